"""Everybody who signs in, and the business units that staff belong to."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from fsportal.lib.sessions import access_changed
from fsportal.lib.text import validate_no_control


class BusinessUnit(models.Model):
    """A part of the company. Units form a tree, along which privileges reach (docs/domain.md, App notifications)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200, unique=True, validators=[validate_no_control])
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent unit")
    )

    class Meta:
        verbose_name = _("business unit")
        verbose_name_plural = _("business units")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(parent=models.F("id")),
                name="business_unit_not_its_own_parent",
                violation_error_message=_("A business unit cannot be its own parent."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a parent that is this unit or lies below it."""
        above = self.parent
        while above is not None:
            if above.pk == self.pk:
                raise ValidationError({"parent": _("The chosen parent lies below this unit.")})
            above = above.parent


class UserQuerySet(models.QuerySet["User"]):
    def update(self, **values: Any) -> int:
        """Update, and tell it: Django sends no signal. Whom it was about is not known, so it may be anybody."""
        changed = super().update(**values)
        access_changed.send(type(self), user=None)
        return changed


class PortalUserManager(UserManager["User"]):
    """Django's manager of users, with our query set."""

    use_in_migrations = False

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)


class User(AbstractUser):
    """Somebody who signs in. The primary key is the systemuser GUID of the Web API."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    business_unit = models.ForeignKey(
        BusinessUnit, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("business unit")
    )
    #: What the user last chose, or read at their first sign-in; empty before. Cards and emails to staff are in it.
    language = models.CharField(
        _("language"), max_length=16, blank=True, default="", db_default="", choices=settings.LANGUAGES
    )

    objects: ClassVar[PortalUserManager] = PortalUserManager()

    class Meta(AbstractUser.Meta):  # type: ignore[name-defined,misc]  # django-stubs: AbstractUser.Meta is untyped
        pass

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def language_or_default(self) -> str:
        """Return the user's language, or the installation's."""
        return self.language or settings.LANGUAGE_CODE

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the address in lower case, as sign-in looks it up."""
        self.email = self.email.lower()
        super().save(*args, **kwargs)
