"""A contact's consent: opt-outs of a whole channel, and choices per message and channel."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.models.audit import AuditKind


class Channel(models.TextChoices):
    EMAIL = "email", _("Email")
    SMS = "sms", _("SMS")


class OptOutSource(models.TextChoices):
    """How an opt-out was given or taken back."""

    LINK = "link", _("On the page behind the link in a message")
    ONE_CLICK = "one-click", _("With the mail program's own button")
    SMS = "sms", _("By a text message")
    PROVIDER = "provider", _("The SMS provider says so")
    MAIL_PROVIDER = "mail-provider", _("The mail provider says so")
    SPAM = "spam", _("Reported as spam")
    PROFILE = "profile", _("On the profile page")
    STAFF = "staff", _("Noted by staff")
    BEFORE = "before", _("Before the person was erased")


class OptOutQuerySet(models.QuerySet["OptOut"]):
    def in_force(self) -> "OptOutQuerySet":
        return self.filter(ended_at=None)


class OptOut(models.Model):
    """A contact wants no more messages on one channel: when and how that was said, and taken back."""

    audit_kind = AuditKind.PERSONAL_DATA

    contact = models.ForeignKey("fsportal.Contact", models.CASCADE, related_name="opt_outs", verbose_name=_("contact"))
    channel = models.CharField(_("channel"), max_length=5, choices=Channel.choices)
    since = models.DateTimeField(_("since"), default=timezone.now)
    how = models.CharField(_("how"), max_length=40)
    ended_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    ended_how = models.CharField(_("how taken back"), max_length=40, blank=True)

    objects = OptOutQuerySet.as_manager()

    class Meta:
        verbose_name = _("opt-out")
        verbose_name_plural = _("opt-outs")
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "channel"], condition=Q(ended_at=None), name="one_opt_out_in_force_per_channel"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}: {self.contact}"

    @property
    def how_in_words(self) -> str:
        """Return how it was given, in words; a value that is not an OptOutSource is returned as it is."""
        return str(OptOutSource(self.how).label) if self.how in OptOutSource.values else self.how

    @property
    def how_ended_in_words(self) -> str:
        return str(OptOutSource(self.ended_how).label) if self.ended_how in OptOutSource.values else self.ended_how


class MessageChoice(models.Model):
    """Whether a contact wants messages about one event on one channel. No row means yes."""

    audit_kind = AuditKind.PERSONAL_DATA

    contact = models.ForeignKey(
        "fsportal.Contact", models.CASCADE, related_name="message_choices", verbose_name=_("contact")
    )
    event = models.CharField(_("message"), max_length=30)
    channel = models.CharField(_("channel"), max_length=5, choices=Channel.choices)
    is_wanted = models.BooleanField(_("wanted"), default=True)
    chosen_at = models.DateTimeField(_("chosen"), default=timezone.now)

    class Meta:
        verbose_name = _("message choice")
        verbose_name_plural = _("message choices")
        ordering = ["event", "channel"]
        constraints = [
            models.UniqueConstraint(fields=["contact", "event", "channel"], name="one_choice_per_message_and_channel")
        ]

    def __str__(self) -> str:
        return f"{self.contact}: {self.event}, {self.get_channel_display()}"
