"""Invitations into the portal: a code that makes a contact a portal user, once or up to a maximum."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.lib import codes, zones
from fsportal.models import Account, AuditEntry, AuditKind, Contact, PortalSettings, User
from notifications.customers import outbox
from notifications.models import CustomerNotification, State
from portal.models.web_role import WebRole

PURPOSE = "invitation"
#: The event of its message (portal/invitations/message.py).
EVENT = "invitation"


class InvitationType(models.TextChoices):
    """For one contact, or for many."""

    SINGLE = "single", _("Single")
    GROUP = "group", _("Group")


class InvitationState(models.TextChoices):
    """The state of an invitation; worked out from its dates, never stored."""

    DRAFT = "draft", _("Draft")
    SENT = "sent", _("Sent")
    REDEEMED = "redeemed", _("Redeemed")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class NotRedeemable(Exception):
    """The invitation cannot be redeemed (any more). Customers are not told why."""


class NoAddress(Exception):
    """None of the invited contacts has an email address."""


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def redeemable(self, now: dt.datetime) -> Self:
        return self.filter(
            Q(expires_at=None) | Q(expires_at__gt=now), withdrawn_at=None, redeemed_count__lt=F("max_redemptions")
        )

    def open_for(self, contact: Contact, now: dt.datetime) -> Self:
        """Return the single invitations that this contact can redeem at `now`, newest first."""
        return self.redeemable(now).filter(type=InvitationType.SINGLE, contacts=contact).order_by("-created_at")

    def in_state(self, state: str, now: dt.datetime) -> Self:
        used_up, over = Q(redeemed_count__gte=F("max_redemptions")), Q(expires_at__lte=now)
        open_ = ~used_up & Q(withdrawn_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))
        wanted = {
            InvitationState.REDEEMED: used_up,
            InvitationState.WITHDRAWN: ~used_up & Q(withdrawn_at__isnull=False),
            InvitationState.EXPIRED: ~used_up & Q(withdrawn_at=None) & over,
            InvitationState.SENT: open_ & Q(sent_at__isnull=False),
            InvitationState.DRAFT: open_ & Q(sent_at=None),
        }
        return self.filter(wanted[InvitationState(state)])


class Invitation(models.Model):
    """A way into the portal for one contact (single) or for several people of one account (group).

    The code is derived from public id and generation (docs/decisions/0003-derived-codes.md), so it can be shown again
    and a dump of the database redeems nothing.
    """

    audit_kind = AuditKind.LINKS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    type = models.CharField(_("type"), max_length=6, choices=InvitationType.choices, default=InvitationType.SINGLE)
    public_id = models.CharField(max_length=16, unique=True, default=codes.typed_public_id, editable=False)
    generation = models.PositiveIntegerField(default=1, editable=False)
    inviter = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("inviter")
    )
    contacts = models.ManyToManyField(
        Contact, blank=True, related_name="invitations", verbose_name=_("invited contacts")
    )
    account = models.ForeignKey(
        Account,
        models.CASCADE,
        related_name="invitations",
        verbose_name=_("account"),
        help_text=_("Whoever redeems a group invitation becomes a contact of this account."),
    )
    web_roles = models.ManyToManyField(
        WebRole, blank=True, related_name="+", verbose_name=_("web roles given on redemption")
    )
    max_redemptions = models.PositiveIntegerField(
        _("maximum redemptions"),
        default=1,
        validators=[MinValueValidator(1)],
        help_text=_("1 for a single invitation."),
    )
    redeemed_count = models.PositiveIntegerField(_("redeemed"), default=0, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True, help_text=_("Empty: it does not expire."))
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)
    is_automatic = models.BooleanField(_("automatic"), default=False, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at"]
        permissions = [
            ("show_code", "Can see the code of an invitation"),
            ("undo_redemption", "Can undo a redemption"),
            ("see_as_customer", "Can see the portal as a customer, read-only"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(type=InvitationType.GROUP) | Q(max_redemptions=1),
                name="single_invitation_redeemed_once",
                violation_error_message=_("A single invitation can be redeemed once; choose the type Group for more."),
            ),
            models.CheckConstraint(
                condition=Q(redeemed_count__lte=F("max_redemptions")), name="invitation_not_over_its_maximum"
            ),
        ]
        indexes = [models.Index(fields=["-created_at"], name="invitation_newest")]

    def __str__(self) -> str:
        return f"{self.get_type_display()}: {self.account}"

    def clean(self) -> None:
        """Refuse a maximum above one on a single invitation, as the constraint does."""
        if self.type == InvitationType.SINGLE and self.max_redemptions != 1:
            raise ValidationError({"max_redemptions": _("A single invitation can be redeemed once.")})

    # --- Making and finding -----------------------------------------------------------------------------------------

    @classmethod
    @transaction.atomic
    def for_contact(cls, contact: Contact, *, by: User | None, is_automatic: bool = False) -> "Invitation":
        """Make a single invitation for a contact, giving *Web API Users*, with the expiry that the settings say."""
        expires_at = PortalSettings.load().invitation_ends(timezone.now())
        invitation = cls._made_once_more(
            lambda: cls.objects.create(
                inviter=by, account=contact.account, expires_at=expires_at, is_automatic=is_automatic
            )
        )
        invitation.contacts.add(contact)
        invitation.web_roles.add(WebRole.web_api_users())
        AuditEntry.note(invitation, "created", by=by)
        return invitation

    @classmethod
    @transaction.atomic
    def offer(cls, contact: Contact, *, by: User | None) -> "tuple[Invitation, bool]":
        """Return an open invitation for this contact, and whether it had to be made."""
        # The contact's row is locked, so that a double click makes one.
        Contact.objects.select_for_update().get(pk=contact.pk)
        found = cls.objects.open_for(contact, timezone.now()).first()
        return (found, False) if found else (cls.for_contact(contact, by=by), True)

    @staticmethod
    def _made_once_more(make: "Callable[[], Invitation]") -> "Invitation":
        # Public ids of six letters collide now and then.
        for _attempt in range(5):
            try:
                with transaction.atomic():
                    return make()
            except IntegrityError:
                continue
        return make()

    @classmethod
    def find(cls, text: str, now: dt.datetime) -> "Invitation | None":
        """Return the invitation whose code `text` is, if it can be redeemed at `now`; None for everything else alike.

        Case, spaces and dashes do not count.
        """
        found = cls.by_code(text)
        return found if found and found.is_redeemable(now) else None

    @classmethod
    def by_code(cls, text: str) -> "Invitation | None":
        """Return the invitation that has this code now, in whatever state; None means that the code was a guess."""
        public, secret = codes.split_typed_code(text)
        found = cls.objects.filter(public_id=public).select_related("account").first()
        right = codes.is_typed_code_for(secret, PURPOSE, public, found.generation if found else 0)
        return found if right else None

    @property
    def code(self) -> str:
        return codes.typed_code_for(PURPOSE, self.public_id, self.generation)

    @property
    def link(self) -> str:
        """Return the address that opens the portal with the code filled in."""
        return settings.SITE_URL + reverse("redeem-code", args=[self.code])

    # --- Where it stands --------------------------------------------------------------------------------------------

    @property
    def is_group(self) -> bool:
        return self.type == InvitationType.GROUP

    def state_at(self, now: dt.datetime) -> InvitationState:
        """Return the state at `now`. *Redeemed* means that all seats are taken."""
        if self.redeemed_count >= self.max_redemptions:
            return InvitationState.REDEEMED
        if self.withdrawn_at is not None:
            return InvitationState.WITHDRAWN
        if self.expires_at is not None and self.expires_at <= now:
            return InvitationState.EXPIRED
        return InvitationState.SENT if self.sent_at else InvitationState.DRAFT

    def is_redeemable(self, now: dt.datetime) -> bool:
        return self.state_at(now) in (InvitationState.DRAFT, InvitationState.SENT)

    # --- Verbs ------------------------------------------------------------------------------------------------------

    @transaction.atomic
    def send(self, *, by: User | None, asked_at: dt.datetime | None = None) -> int:
        """Email code and link to the invited contacts who have not redeemed it; returns how many emails are queued.

        Raises NotRedeemable, and NoAddress if none of them has an email address. `asked_at` is when the page with the
        button was made: pressing it again on the same page sends nothing more. An email that went out before is sent
        again; one that is still queued is left alone.
        """
        now = timezone.now()
        waiting = self.contacts.exclude(pk__in=self._came_in())
        if self.is_redeemable(now) and waiting.exists() and not waiting.exclude(email="").exists():
            raise NoAddress
        wish = Q(sent_at=None) | Q(sent_at__lt=asked_at or now)
        if not type(self).objects.redeemable(now).filter(wish, pk=self.pk).update(sent_at=now):
            self.refresh_from_db()
            if not self.is_redeemable(now):
                raise NotRedeemable
            return 0
        self.refresh_from_db()
        AuditEntry.note(self, "sent", by=by)
        # Contacts without an address are in the log with that reason; no email is on its way to them.
        return sum(self._mail(contact, by) and bool(contact.email) for contact in waiting)

    def _came_in(self) -> "models.QuerySet[Contact, uuid.UUID]":
        live = self.redemptions.filter(undone_at=None, contact__isnull=False)
        return live.values_list("contact", flat=True)  # type: ignore[return-value]

    def _mail(self, contact: Contact, by: User | None) -> bool:
        mine = self.messages().filter(contact=contact, revision=self.generation)
        last = mine.order_by("-created_at").first()
        if last is None:
            outbox.queue(EVENT, contact=contact, channels=["email"], regarding=self, revision=self.generation)
        elif last.state in State.open():
            return False
        else:
            outbox.send_again(last, by=by)
        return True

    def messages(self) -> models.QuerySet[CustomerNotification]:
        return CustomerNotification.objects.regarding(self).filter(event=EVENT).order_by("-created_at")

    @transaction.atomic
    def extend(self, until: dt.datetime | None, *, by: User | None) -> None:
        """Let it be redeemed until `until` (aware), or for ever."""
        self.expires_at = until
        self.save(update_fields=["expires_at"])
        why = f"until {zones.stamp(until, timezone.get_current_timezone_name())}" if until else "for ever"
        AuditEntry.note(self, "extended", by=by, why=why)

    @transaction.atomic
    def withdraw(self, *, by: User | None, why: str = "") -> bool:
        """End it; those who have redeemed it keep what they got. Returns False if it was withdrawn already."""
        if not type(self).objects.filter(pk=self.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
            return False
        self.refresh_from_db(fields=["withdrawn_at"])
        AuditEntry.note(self, "withdrawn", by=by, why=why)
        return True

    @transaction.atomic
    def renew_code(self, *, by: User | None) -> None:
        """Give it a new code, so that the old one no longer works. A withdrawn invitation opens again."""
        type(self).objects.filter(pk=self.pk).update(generation=F("generation") + 1, sent_at=None, withdrawn_at=None)
        self.refresh_from_db(fields=["generation", "sent_at", "withdrawn_at"])
        AuditEntry.note(self, "new code", by=by)

    def give_seat_back(self, *, by: User | None) -> None:
        """Free a seat after a redemption was undone, in the caller's transaction.

        A single invitation also gets a new code, as the old one was in the wrong hands.
        """
        type(self).objects.filter(pk=self.pk, redeemed_count__gt=0).update(redeemed_count=F("redeemed_count") - 1)
        self.refresh_from_db(fields=["redeemed_count"])
        if not self.is_group:
            self.renew_code(by=by)

    def take_seat(self, now: dt.datetime) -> None:
        """Count one redemption, in the caller's transaction; raises NotRedeemable if no seat is left.

        One conditional UPDATE: with get-then-save nine people at once got nine accounts from one code.
        """
        left = type(self).objects.redeemable(now).filter(pk=self.pk, generation=self.generation)
        if not left.update(redeemed_count=F("redeemed_count") + 1):
            raise NotRedeemable
