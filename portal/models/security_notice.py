"""Changes of how somebody signs in, of which they are told: it may have been somebody else."""

import uuid

from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from fsportal.models import AuditEntry, AuditKind, Contact, User
from fsportal.models.consent import Channel
from notifications.customers import outbox


class SecurityEvent(models.TextChoices):
    """The changes that people are told of; the values are the names of django-allauth's own notices."""

    PASSWORD_CHANGED = "password_changed", _("Your password was changed.")
    PASSWORD_SET = "password_set", _("A password was set for your account.")
    PASSWORD_RESET = "password_reset", _("Your password was reset by the link in an email.")
    TOTP_ACTIVATED = "totp_activated", _("An authenticator app was set up for your account.")
    TOTP_DEACTIVATED = "totp_deactivated", _("The authenticator app of your account was removed.")
    WEBAUTHN_ADDED = "webauthn_added", _("A passkey was added to your account.")
    WEBAUTHN_REMOVED = "webauthn_removed", _("A passkey was removed from your account.")
    RECOVERY_CODES = "recovery_codes_generated", _("New recovery codes were made for your account.")
    CONNECTED = "account_connected", _("Sign-in by another service was connected to your account.")
    DISCONNECTED = "account_disconnected", _("Sign-in by another service was taken off your account.")
    FACTORS_REMOVED = "factors_removed", _("We removed the second factors of your account: apps, passkeys, codes.")


class SecurityNotice(models.Model):
    """One change of how somebody signs in, of which they are told by email."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("user"))
    change = models.CharField(_("change"), max_length=30, choices=SecurityEvent.choices)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("security notice")
        verbose_name_plural = _("security notices")

    def __str__(self) -> str:
        return str(self.get_change_display())

    @classmethod
    @transaction.atomic
    def tell(cls, user: User, change: str, *, by: User | None = None) -> None:
        """Write the change into the audit trail, and queue the email to the user's address if they have one.

        `by` is who did it when it was somebody else. Raises ValueError for a change that is not a SecurityEvent.
        """
        notice = cls(user=user, change=SecurityEvent(change))
        AuditEntry.note(user, change.replace("_", " "), by=by or user, kind=AuditKind.SIGN_IN)
        if not user.email:
            return
        notice.save()
        outbox.queue(
            "security_notice",
            contact=Contact.objects.filter(portal_user=user).order_by("created_at").first(),
            channels=[Channel.EMAIL],
            regarding=notice,
            to=user.email,
            language=translation.get_language() or "",
        )
