"""Redemptions of invitations, and the addresses that the automatic invite went to."""

import uuid

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models import BookingNotificationCode
from fsportal.lib.sessions import end_sessions
from fsportal.models import AuditEntry, AuditKind, Contact, User
from notifications.models import CustomerNotification
from portal.models.invitation import Invitation
from portal.models.web_role import WebRole


class Redemption(models.Model):
    """Who redeemed an invitation, when, and what that gave them: enough to undo it."""

    audit_kind = AuditKind.LINKS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="redemptions", verbose_name=_("invitation"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, related_name="redemptions", verbose_name=_("contact")
    )
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="redemptions", verbose_name=_("user"))
    redeemed_at = models.DateTimeField(_("redeemed"), default=timezone.now)
    made_user = models.BooleanField(_("account made"), default=False)
    made_contact = models.BooleanField(_("contact made"), default=False)
    #: Web roles that the contact did not have before.
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

    @transaction.atomic
    def undo(self, *, by: User | None, why: str = "") -> bool:
        """Take back what it gave, because the wrong person redeemed it; returns False if that was done before.

        The contact is free again, gets back the profile from before (or messages would go on to the wrong person), and
        loses the roles that it brought. An account that was made by it is closed and signed out everywhere, and the
        invitation gets its seat back. A contact that was made by it stays: it may have a history by now. An older
        account loses only this contact.
        """
        undone = {"undone_at": timezone.now(), "undone_by": by}
        if not type(self).objects.filter(pk=self.pk, undone_at=None).update(**undone):
            return False
        self.refresh_from_db()
        if self.contact is not None:
            self._free(self.contact, by, why)
        if self.made_user and self.user is not None:
            self._close(self.user, by, why)
        self.invitation.give_seat_back(by=by)
        AuditEntry.note(self.invitation, "redemption undone", by=by, why=why)
        return True

    def _free(self, contact: Contact, by: User | None, why: str) -> None:
        # They may have come in by another invitation as well; that one stands, with the roles that it gives.
        others = list(type(self).objects.filter(contact=contact, user=self.user_id, undone_at=None))
        for role in self.web_roles.all():
            giver = next((one for one in others if one.invitation.web_roles.contains(role)), None)
            if giver is None:
                role.take_away(contact, by=by)
            else:
                giver.web_roles.add(role)  # undoing that one takes it away
        if others:
            return
        if self.user is not None:
            self._close_links(contact, by)
            contact.undo_changes(of=self.user, since=self.redeemed_at, by=by)
        if Contact.objects.filter(pk=contact.pk, portal_user=self.user_id).update(portal_user=None):
            AuditEntry.note(contact, "portal user taken away", by=by, why=why, kind=AuditKind.RIGHTS)

    def _close_links(self, contact: Contact, by: User | None) -> None:
        """Renew the links to visits that went to an address which the wrong person had entered."""
        changes = contact.profile_changes.filter(by=self.user, at__gte=self.redeemed_at)
        theirs = changes.filter(what__in=("email", "mobile_phone")).exclude(after="").values("after")
        sent = CustomerNotification.objects.filter(contact=contact, to__in=theirs, created_at__gte=self.redeemed_at)
        for code in BookingNotificationCode.objects.filter(contact=contact, booking__in=sent.values("regarding_id")):
            code.rotate(by=by)

    def _close(self, user: User, by: User | None, why: str) -> None:
        # Accounts with other contacts stay open, but nobody stays signed in as the wrong contact.
        if not user.contacts.exists() and not user.is_staff:
            User.objects.filter(pk=user.pk).update(is_active=False)
            AuditEntry.note(user, "account closed", by=by, why=why)
        end_sessions(user)


class InvitedAddress(models.Model):
    """An email address that the automatic invite went to: once, ever.

    Even if the contact is deleted and added again (Notifications page, *Advanced user notifications*).
    """

    email = models.EmailField(_("email"), unique=True, help_text=_("In lower case."))
    invited_at = models.DateTimeField(_("invited"), default=timezone.now)

    class Meta:
        verbose_name = _("invited address")
        verbose_name_plural = _("invited addresses")
        ordering = ["-invited_at"]

    def __str__(self) -> str:
        return self.email
