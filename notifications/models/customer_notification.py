"""One message to one contact on one channel about one event: a row of the outbox, which is also the log."""

import uuid
from collections.abc import Sequence
from typing import Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.models import AuditKind, Contact
from fsportal.models.consent import Channel
from notifications.models.email_frame import EmailFrame
from notifications.models.message_template import TemplateVersion
from notifications.models.staff_message import StaffMessage


class State(models.TextChoices):
    """The states of a message. *Perhaps sent* may have been accepted, so it is never sent again by itself."""

    QUEUED = "queued", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Could not be delivered")
    EXPIRED = "expired", _("Too late to send")
    SUPERSEDED = "superseded", _("No longer true")
    SUPPRESSED = "suppressed", _("Not sent")
    SIMULATED = "simulated", _("Simulated")
    UNKNOWN = "unknown", _("Perhaps sent")

    @classmethod
    def open(cls) -> list[str]:
        """Return the states that delivery still works on."""
        return [cls.QUEUED, cls.SENDING]


class Reason(models.TextChoices):
    """Why a message was not sent, or not yet, in the admin's words."""

    NO_CONTACT = "no_contact", _("Nobody to tell: no reported-by contact and no fallback contact")
    NO_ADDRESS = "no_address", _("The contact has no address on this channel")
    OPTED_OUT = "opted_out", _("The contact has opted out of this channel")
    NOT_WANTED = "not_wanted", _("The contact does not want this message on this channel")
    EXCLUDED_ACCOUNT = "excluded_account", _("The account is on the exclusion list")
    EXCLUDED_TYPE = "excluded_type", _("The work order type is on the exclusion list")
    INACTIVE_ACCOUNT = "inactive_account", _("The account is not active")
    SWITCHED_OFF = "switched_off", _("This message is switched off in the settings")
    CHANNEL_OFF = "channel_off", _("This channel is switched off in the settings")
    COUNTRY = "country", _("Texts do not go to this country, or to numbers of this kind")
    TEXT_LIMIT = "text_limit", _("As many texts as may go to this number or account in a day have gone out")
    SPENDING_LIMIT = "spending_limit", _("The spending limit for texts is reached: raise it in the settings, or wait")
    NOT_ON_GUEST_LIST = "not_on_guest_list", _("The address is not on the guest list")
    SUBJECT_GONE = "subject_gone", _("What the message was about has been deleted")
    STATUS_CHANGED = "status_changed", _("The visit has another status by now")
    NEWER_MESSAGE = "newer_message", _("A newer message says it")
    CHANGED_BACK = "changed_back", _("The time is again close to what the contact was told")
    CONFIRMED = "confirmed", _("The customer has confirmed the visit")
    RECIPIENT_CHANGED = "recipient_changed", _("Messages about this work go to somebody else by now")
    NOT_REMINDED = "not_reminded", _("The contact was never told of this visit")
    ALREADY_TOLD = "already_told", _("The contact was told the same a short while ago")
    SMALL_MOVE = "small_move", _("The start moved by ten minutes or less")
    SAME_WINDOW = "same_window", _("It is still within the arrival window")
    QUIET_HOURS = "quiet_hours", _("Outside the hours in which messages go out")
    UNNAMED = "unnamed", _("The company has no name yet: write it in the settings, under Display")
    DO_NOT_TELL = "do_not_tell", _("Whoever made the change chose to tell nobody")
    NOTHING_TO_CORRECT = "nothing_to_correct", _("The contact does not expect anybody at the moment")
    NOT_TOLD_OTHERWISE = "not_told_otherwise", _("The contact was told nothing else")
    TOO_LATE = "too_late", _("The time in which it was of use has passed")
    NOT_CONNECTED = "not_connected", _("The channel is not connected")
    PROVIDER = "provider", _("The provider did not take it")
    REFUSED = "refused", _("The address was refused for good")
    BOUNCED = "bounced", _("Email to this address comes back")
    UNREACHABLE = "unreachable", _("The phone was off or out of reach")
    FILTERED = "filtered", _("It was held back as unwanted, by the carrier or the mail provider")
    NOT_DELIVERED = "not_delivered", _("The provider could not deliver it; the address may be right")
    LAPSED = "lapsed", _("The worker stopped while sending; whether it went out cannot be known")
    GAVE_UP = "gave_up", _("It was tried as often as it may be")
    UNKNOWN_ADDRESS = "unknown_address", _("Nobody signs in with this address")
    INACTIVE_USER = "inactive_user", _("The account of this address is closed")
    NO_PASSWORD = "no_password", _("This person signs in without a password")
    INVITATION_OVER = "invitation_over", _("The invitation was withdrawn, has expired or is used up")
    CARD_SETTLED = "card_settled", _("The card was opened, or what it was about is over")
    ERASED = "erased", _("The person has been erased")
    RESTORED = "restored", _("It had gone out before the database was restored")
    CANNOT_RENDER = "cannot_render", _("The message could not be written")


class CustomerNotificationQuerySet(models.QuerySet["CustomerNotification"]):
    """Reads of the outbox and the log."""

    def regarding(self, subject: models.Model) -> Self:
        """Return the messages about `subject`."""
        kind = ContentType.objects.get_for_model(subject)
        return self.filter(regarding_type=kind, regarding_id=subject.pk)

    def told(self) -> Self:
        """Return those after which the contact must be taken to know what they say."""
        return self.filter(told_at__isnull=False)

    def beside_failures(self, notifications: "Sequence[CustomerNotification]") -> "list[CustomerNotification]":
        """Return those of `notifications` about a record of which another message needs attention."""
        about = {notification.regarding_id for notification in notifications}
        failed = self.filter(regarding_id__in=about).needing_attention()
        beside = set(failed.values_list("regarding_id", flat=True))
        return [notification for notification in notifications if notification.regarding_id in beside]

    def needing_attention(self) -> Self:
        """Return those that somebody should look at: failed for good or perhaps sent."""
        return self.filter(state__in=[State.FAILED, State.UNKNOWN])

    def unsettled(self) -> Self:
        """Return those that need attention and were not sent again since."""
        # Asked for each by itself: NOT EXISTS becomes a join, for which PostgreSQL may read all messages.
        again = self.model.objects.filter(resent_of=models.OuterRef("pk")).order_by().values("pk")
        return self.needing_attention().alias(sent_again=models.Subquery(again[:1])).filter(sent_again=None)


class CustomerNotification(models.Model):
    """One message to one contact on one channel about one event, with its state.

    The stored text has a placeholder for each link, so that a dump of this table opens no visit.
    """

    audit_kind = AuditKind.MESSAGES

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.CharField(_("event"), max_length=30)
    channel = models.CharField(_("channel"), max_length=5, choices=Channel.choices)
    contact = models.ForeignKey(
        Contact,
        models.SET_NULL,
        null=True,
        related_name="notifications",
        verbose_name=_("contact"),
        db_index=False,  # indexed below, with the time
    )
    #: Without an index of its own: nearly all messages are about bookings, and SQLite would read all of them.
    regarding_type = models.ForeignKey(ContentType, models.CASCADE, null=True, related_name="+", db_index=False)
    regarding_id = models.UUIDField(null=True)
    regarding = GenericForeignKey("regarding_type", "regarding_id")
    revision = models.PositiveIntegerField(_("revision"), default=0)
    dedupe_key = models.CharField(max_length=200, unique=True)
    priority = models.PositiveSmallIntegerField(default=5)

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices, blank=True)
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    claim = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    #: It may have gone out before a backup was restored; an admin decides (notifications/customers/holding.py).
    held_at = models.DateTimeField(_("held"), null=True, editable=False)
    attempts_made = models.PositiveSmallIntegerField(_("attempts"), default=0)

    to = models.CharField(_("to"), max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=16, blank=True)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    words = models.TextField(_("words"), blank=True)
    segments = models.PositiveSmallIntegerField(_("SMS segments"), default=0)
    #: What the words of an email were put into, and the words as they were put there, without secret links.
    email_frame = models.ForeignKey(EmailFrame, models.PROTECT, null=True, related_name="+", db_index=False)
    email_words = models.JSONField(null=True, editable=False)
    #: The company's own words that it went out with, and the part of its service, if there are any.
    template_version = models.ForeignKey(TemplateVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    part_version = models.ForeignKey(TemplateVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    #: The words, if a person wrote them.
    staff_message = models.ForeignKey(
        StaffMessage, models.PROTECT, null=True, related_name="notifications", db_index=False
    )
    named_time = models.DateTimeField(
        _("time named"), null=True, help_text=_("The start that this message told the contact.")
    )
    named_until = models.DateTimeField(_("time named, until"), null=True, help_text=_("If it named a range of time."))
    told_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text=_("When the contact must first be taken to know it; no later report moves this."),
    )
    provider_id = models.CharField(_("provider's id"), max_length=100, blank=True, db_index=True)
    #: Indexed below, for the few that have one: an index of mostly NULL looks useless to a planner with statistics.
    resent_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="resends", db_index=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    #: When its words and address were let go (notifications/retention.py).
    forgotten_at = models.DateTimeField(null=True, editable=False)

    objects = CustomerNotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-created_at"]
        permissions = [("send_again", "Can send a notification again")]
        indexes = [
            models.Index(fields=["channel", "priority", "due_at"], name="outbox_due_on", condition=Q(state="queued")),
            models.Index(fields=["lease_until"], name="outbox_lapsed", condition=Q(state="sending")),
            models.Index(fields=["held_at"], name="outbox_held", condition=Q(held_at__isnull=False)),
            models.Index(fields=["created_at"], name="outbox_to_forget", condition=Q(forgotten_at=None)),
            models.Index(fields=["regarding_id", "event", "-created_at"], name="outbox_regarding_event"),
            models.Index(fields=["-created_at"], name="outbox_newest"),
            # Counts by day, state and channel are read from this index alone.
            models.Index(fields=["state", "-created_at", "channel"], name="outbox_by_state_channel"),
            models.Index(fields=["event", "-created_at"], name="outbox_by_event"),
            models.Index(fields=["reason", "-created_at"], name="outbox_by_reason", condition=~Q(reason="")),
            models.Index(fields=["resent_of"], name="outbox_resent_of", condition=Q(resent_of__isnull=False)),
            models.Index(fields=["asked_by"], name="outbox_asked_by", condition=Q(asked_by__isnull=False)),
            models.Index(
                fields=["staff_message"], name="outbox_staff_message", condition=Q(staff_message__isnull=False)
            ),
            # All messages of a contact: their conversation.
            models.Index(fields=["contact", "-created_at"], name="outbox_of_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.channel} {self.state}"


class AttemptOutcome(models.TextChoices):
    """How one attempt ended."""

    OPEN = "open", _("Under way")
    ACCEPTED = "accepted", _("Accepted by the provider")
    TRANSIENT = "transient", _("Not accepted, will be tried again")
    PERMANENT = "permanent", _("Refused for good")
    UNCERTAIN = "uncertain", _("Perhaps accepted")


class NotificationAttempt(models.Model):
    """One attempt to hand a message to a provider."""

    notification = models.ForeignKey(CustomerNotification, models.CASCADE, related_name="attempts")
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True)
    provider = models.CharField(_("provider"), max_length=60)
    outcome = models.CharField(_("outcome"), max_length=10, choices=AttemptOutcome.choices, default=AttemptOutcome.OPEN)
    provider_id = models.CharField(_("provider's id"), max_length=100, blank=True)
    detail = models.CharField(_("detail"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["started_at"]

    def __str__(self) -> str:
        return f"{self.provider}: {self.outcome}"
