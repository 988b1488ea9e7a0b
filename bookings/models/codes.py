"""Booking notification codes: each gives one contact access to one booking through a link."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from fsportal.lib import codes, zones
from fsportal.lib.prepared import PreparedQuery
from fsportal.models import AuditEntry, AuditKind, Contact, User

PURPOSE = "visit"
#: A code without a date of its own opens the visit until this long after its end.
LIVES_ON_FOR = dt.timedelta(days=30)


class CodeQuerySet(models.QuerySet["BookingNotificationCode"]):
    def for_page(self) -> Self:
        """Return codes with what a visit page shows, and no more: open pages ask for it every few seconds."""
        return self.select_related(
            "contact", "booking__resource", "booking__work_order__account", "booking__work_order__incident_type"
        )

    def for_visit(self) -> Self:
        """Return codes with everything that names the visit, for lists and verbs."""
        return self.select_related(
            "contact",
            "booking__resource",
            "booking__work_order__account__primary_contact",
            "booking__work_order__incident_type",
            "booking__work_order__work_order_type",
            "booking__work_order__reported_by",
        )


class BookingNotificationCode(models.Model):
    """Access of one contact to one booking. Each pair has one row for ever; rotating changes only its secret part."""

    audit_kind = AuditKind.LINKS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=16, unique=True, default=codes.public_id, editable=False)
    generation = models.PositiveIntegerField(_("generation"), default=1, editable=False)
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="codes", verbose_name=_("booking"))
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="booking_codes", verbose_name=_("contact"))
    expires_at = models.DateTimeField(
        _("expires"),
        null=True,
        blank=True,
        help_text=_("Without a date the link works until 30 days after the visit, also when the visit moves."),
    )
    extended_until = models.DateTimeField(_("extended until"), null=True, editable=False)
    blocked_at = models.DateTimeField(_("blocked"), null=True, blank=True, editable=False)
    blocked_why = models.CharField(_("why blocked"), max_length=500, blank=True, editable=False)
    first_opened_at = models.DateTimeField(_("first opened"), null=True, editable=False)
    last_opened_at = models.DateTimeField(_("last opened"), null=True, editable=False)
    times_opened = models.PositiveIntegerField(_("times opened"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = CodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("booking notification code")
        verbose_name_plural = _("booking notification codes")
        ordering = ["-created_at"]
        permissions = [("show_link", "Can see the secret link of a booking notification code")]
        indexes = [
            models.Index(fields=["-created_at"], name="code_newest"),
            models.Index(fields=["-created_at"], name="code_blocked", condition=models.Q(blocked_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "contact"],
                name="one_code_per_booking_and_contact",
                violation_error_message=_(
                    "This contact has a code for this booking already; extend or rotate that one."
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact}, {self.booking}"

    @property
    def audit_name(self) -> str:
        """Return what the audit trail calls it: no secret, and known without asking for booking and contact."""
        return self.public_id

    @classmethod
    @transaction.atomic(savepoint=False)
    def issue(cls, booking: Booking, contact: Contact, *, by: User | None = None) -> "BookingNotificationCode":
        """Return the code of this contact for this booking, making it on first use."""
        new = cls._new([(booking, contact)])[0]
        code, created = cls.objects.get_or_create(
            booking=booking, contact=contact, defaults={"public_id": new.public_id}
        )
        if created:
            AuditEntry.note(code, "created", by=by)
        code.booking, code.contact = booking, contact
        return code

    @classmethod
    @transaction.atomic(savepoint=False)
    def issue_each(
        cls, pairs: Iterable[tuple[Booking, Contact]]
    ) -> dict[tuple[uuid.UUID, uuid.UUID | None], "BookingNotificationCode"]:
        """Return the codes of these visits and contacts by their ids, in a few statements however many there are."""
        wanted = {(booking.pk, contact.pk): (booking, contact) for booking, contact in pairs}
        found = cls._of(wanted)
        lacking = [wanted[key] for key in wanted.keys() - found.keys()]
        missing = cls._new(lacking)
        if missing:
            BookingNotificationCode.objects.bulk_create(missing, ignore_conflicts=True)
            stored = set(cls.objects.filter(pk__in=[code.pk for code in missing]).values_list("pk", flat=True))
            made = [code for code in missing if code.pk in stored]
            AuditEntry.note_all(made, "created")
            # Another worker may have made some of them, and has noted those.
            found = found | cls._by_keys(made) if len(made) == len(missing) else cls._of(wanted)
        for key, code in found.items():
            code.booking, code.contact = wanted[key[0], code.contact_id]
        return found

    @classmethod
    def _new(cls, pairs: Sequence[tuple[Booking, Contact]]) -> list["BookingNotificationCode"]:
        """Return new codes, not saved. A code that is made again after a restore gets the same public id again.

        That does not depend on SECRET_KEY, so it outlives a change of the key; it opens nothing.
        """
        names = [codes.public_id_of(PURPOSE, booking.pk, contact.pk) for booking, contact in pairs]
        taken = set(cls.objects.filter(public_id__in=names).values_list("public_id", flat=True))
        made = []
        for (booking, contact), name in zip(pairs, names, strict=True):
            # With 49 bits two visits may share one; the later of them gets a random id.
            made.append(cls(booking=booking, contact=contact, public_id=codes.public_id() if name in taken else name))
            taken.add(name)
        return made

    @classmethod
    def _of(
        cls, wanted: Mapping[tuple[uuid.UUID, uuid.UUID], object]
    ) -> dict[tuple[uuid.UUID, uuid.UUID | None], "BookingNotificationCode"]:
        bookings, contacts = {booking for booking, _contact in wanted}, {contact for _booking, contact in wanted}
        rows = cls.objects.filter(booking__in=bookings, contact__in=contacts)
        return {key: code for key, code in cls._by_keys(rows).items() if key in wanted}

    @staticmethod
    def _by_keys(
        found: Iterable["BookingNotificationCode"],
    ) -> dict[tuple[uuid.UUID, uuid.UUID | None], "BookingNotificationCode"]:
        return {(code.booking_id, code.contact_id): code for code in found}

    @classmethod
    def find(cls, text: str, now: dt.datetime) -> "BookingNotificationCode | None":
        """Return the code for `text` if it opens its visit at `now`.

        Unknown, wrong, expired and blocked codes all give None after the same work, so that nobody can tell them apart.
        """
        public, secret = codes.split_code(text)
        # Read little until we know that the code opens: every refusal costs the same one look-up and comparison.
        few = ("generation", "blocked_at", "expires_at", "extended_until", "booking__end")
        found = cls.objects.filter(public_id=public).select_related("booking").only(*few).first()
        matches = codes.is_code_for(secret, PURPOSE, public or "-", found.generation if found else 1)
        if found is None or not matches or not found.opens_at(now):
            return None
        return cls.objects.for_visit().filter(pk=found.pk).first()

    @classmethod
    def shut(cls, text: str) -> "BookingNotificationCode | None":
        """Return the code for a `text` that `find` refused, if it is blocked or over; None after the same work."""
        public, secret = codes.split_code(text)
        found = cls.objects.filter(public_id=public).only("public_id", "generation").first()
        return found if codes.is_code_for(secret, PURPOSE, public or "-", found.generation if found else 1) else None

    @classmethod
    def of_page(cls, public_id: str, generation: int) -> "BookingNotificationCode | None":
        """Return the code with this id unless it was rotated since, with what a visit page shows."""
        return FOR_PAGE.first(public_id=public_id, generation=generation)

    @property
    def code(self) -> str:
        """Return the whole secret code. Whoever has it sees the visit: never log it, never store it."""
        return codes.code_for(PURPOSE, self.public_id, self.generation)

    @property
    def link(self) -> str:
        return f"{settings.SITE_URL}/visit/{self.code}/"

    @property
    def ends_at(self) -> dt.datetime:
        """Return when the link stops opening the visit (UTC). Extending a link never shortens its life."""
        if self.expires_at is not None:
            return self.expires_at
        by_itself = self.booking.end + LIVES_ON_FOR
        return max(by_itself, self.extended_until) if self.extended_until else by_itself

    def opens_at(self, now: dt.datetime) -> bool:
        """Tell whether the link opens the visit at `now`."""
        return self.blocked_at is None and now < self.ends_at

    @transaction.atomic
    def extend(self, until: dt.datetime, *, by: User | None) -> None:
        """Let the link work at least until `until` (aware), and longer if the visit moves beyond it."""
        self.expires_at, self.extended_until = None, until
        self.save(update_fields=["expires_at", "extended_until"])
        AuditEntry.note(
            self, "extended", by=by, why=f"until {zones.stamp(until, timezone.get_current_timezone_name())}"
        )

    @transaction.atomic
    def expire(self, *, by: User | None) -> None:
        """End the link now. Harmless if it has ended already."""
        if timezone.now() >= self.ends_at:
            return
        self.expires_at = timezone.now()
        self.save(update_fields=["expires_at"])
        AuditEntry.note(self, "expired", by=by)

    @transaction.atomic
    def block(self, *, by: User | None, why: str) -> None:
        """Refuse the link until it is unblocked, whatever its date. Harmless when repeated."""
        if self.blocked_at is not None:
            return
        self.blocked_at, self.blocked_why = timezone.now(), why[:500]
        self.save(update_fields=["blocked_at", "blocked_why"])
        AuditEntry.note(self, "blocked", by=by, why=why)

    @transaction.atomic
    def unblock(self, *, by: User | None, why: str = "") -> None:
        """Let the link work again. Harmless if it is not blocked."""
        if self.blocked_at is None:
            return
        self.blocked_at, self.blocked_why = None, ""
        self.save(update_fields=["blocked_at", "blocked_why"])
        AuditEntry.note(self, "unblocked", by=by, why=why)

    @transaction.atomic
    def rotate(self, *, by: User | None) -> None:
        """Change the secret part: no link sent so far opens the visit any more."""
        type(self).objects.filter(pk=self.pk).update(generation=F("generation") + 1)
        self.refresh_from_db(fields=["generation"])
        AuditEntry.note(self, "rotated", by=by)

    def opened(self) -> None:
        """Count that the page was opened; the page itself reports it. Nothing may depend on this."""
        now = timezone.now()
        row = type(self).objects.filter(pk=self.pk)
        row.filter(first_opened_at=None).update(first_opened_at=now)
        row.update(last_opened_at=now, times_opened=F("times_opened") + 1)


FOR_PAGE = PreparedQuery(
    lambda public_id, generation: (
        BookingNotificationCode.objects.for_page().filter(public_id=public_id, generation=generation).order_by()
    )
)
