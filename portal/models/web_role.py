"""Web roles: named rights of contacts in the portal."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from fsportal.lib.text import validate_no_control
from fsportal.models import AuditEntry, AuditKind, Contact, User

#: The one that the portal itself asks for (Notifications page, *Manually send an invite*).
WEB_API_USERS = "Web API Users"


class WebRole(models.Model):
    """A named portal right. A contact with the role *Web API Users* may use the portal; others are for the company."""

    audit_kind = AuditKind.RIGHTS

    name = models.CharField(_("name"), max_length=100, unique=True, validators=[validate_no_control])
    description = models.CharField(_("description"), max_length=300, blank=True)
    contacts = models.ManyToManyField(Contact, blank=True, related_name="web_roles", verbose_name=_("contacts"))

    class Meta:
        verbose_name = _("web role")
        verbose_name_plural = _("web roles")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a name that differs from another only in case: people would confuse the two roles."""
        if type(self).objects.filter(name__iexact=self.name).exclude(pk=self.pk).exists():
            raise ValidationError({"name": _("There is a web role of this name already.")})

    @classmethod
    def web_api_users(cls) -> "WebRole":
        """Return the role that the portal asks for; makes it if somebody deleted it."""
        role, _created = cls.objects.get_or_create(name=WEB_API_USERS)
        return role

    @property
    def is_built_in(self) -> bool:
        """Tell whether the portal itself depends on this role: it is neither renamed nor deleted."""
        return self.name == WEB_API_USERS

    def give(self, contact: Contact, *, by: User | None) -> bool:
        """Give the role to a contact; returns whether that is new. Works from their next request on."""
        if self.contacts.filter(pk=contact.pk).exists():
            return False
        self.contacts.add(contact)
        AuditEntry.note(contact, "web role given", by=by, why=self.name, kind=AuditKind.RIGHTS)
        return True

    def take_away(self, contact: Contact, *, by: User | None) -> bool:
        """Take the role from a contact; returns whether they had it. Works from their next request on."""
        if not self.contacts.filter(pk=contact.pk).exists():
            return False
        self.contacts.remove(contact)
        AuditEntry.note(contact, "web role taken away", by=by, why=self.name, kind=AuditKind.RIGHTS)
        return True


def install(using: str = "default", **kwargs: Any) -> None:
    """Give the database the role that the portal asks for; harmless when repeated. Runs after every migrate."""
    WebRole.objects.using(using).get_or_create(
        name=WEB_API_USERS, defaults={"description": "Needed to use the customer portal."}
    )
