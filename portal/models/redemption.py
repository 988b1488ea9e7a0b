"""Who came in by which invitation, and whom the automatic invite has reached."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.models import Contact, User
from portal.models.invitation import Invitation
from portal.models.web_role import WebRole


class Redemption(models.Model):
    """Who redeemed an invitation, when, and what that gave them: enough to undo it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="redemptions", verbose_name=_("invitation"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, related_name="redemptions", verbose_name=_("contact")
    )
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="redemptions", verbose_name=_("user"))
    redeemed_at = models.DateTimeField(_("redeemed"), default=timezone.now)
    made_user = models.BooleanField(_("account made"), default=False)
    made_contact = models.BooleanField(_("contact made"), default=False)
    #: Those that the contact did not have before.
    web_roles = models.ManyToManyField(WebRole, blank=True, related_name="+", verbose_name=_("web roles given"))
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("undone by"))

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        ordering = ["-redeemed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["invitation", "contact"],
                condition=Q(undone_at=None),
                name="one_redemption_per_invitation_and_contact",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact}: {self.invitation}"


class InvitedAddress(models.Model):
    """An email address that the automatic invite went to: once, ever, whatever becomes of its contact.

    (Seed: "A contact with a matching email will only receive the portal invite once, even if the contact is deleted
    and readded to the system.")
    """

    email = models.EmailField(_("email"), unique=True, help_text=_("In lower case."))
    invited_at = models.DateTimeField(_("invited"), default=timezone.now)

    class Meta:
        verbose_name = _("invited address")
        verbose_name_plural = _("invited addresses")
        ordering = ["-invited_at"]

    def __str__(self) -> str:
        return self.email
