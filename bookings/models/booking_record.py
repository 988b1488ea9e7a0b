"""What a booking stores, and how its verbs work (bookings/models/booking.py)."""

import datetime as dt
import uuid
from typing import Any, Self

from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from bookings.models.errors import NotAllowed, StaleBooking
from bookings.models.history import BookingChange, Verb, Via
from bookings.models.status import MAY_FOLLOW, BookingStatus
from bookings.models.technicians import Resource
from bookings.models.work import WorkOrder
from fsportal.lib import zones
from fsportal.models import Contact, User


class BookingRecord(models.Model):
    """What a booking stores, and how a verb changes it: locked, allowed, applied, and noted in the history."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    work_order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="bookings", verbose_name=_("work order"))
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="bookings", verbose_name=_("resource"))
    start = models.DateTimeField(_("start"), db_index=True)
    end = models.DateTimeField(_("end"))
    status = models.IntegerField(_("booking status"), choices=BookingStatus.choices, default=BookingStatus.SCHEDULED)
    revision = models.PositiveIntegerField(_("revision"), default=1, editable=False)
    external_id = models.CharField(_("external id"), max_length=100, unique=True, null=True, blank=True)
    #: When the technician said that work will begin, having said that they run late (`run_late`).
    expected_start = models.DateTimeField(_("expected to begin"), null=True, editable=False)
    set_off_at = models.DateTimeField(_("set off"), null=True, editable=False)
    arrival_earliest = models.DateTimeField(_("arrival, earliest"), null=True, editable=False)
    arrival_latest = models.DateTimeField(_("arrival, latest"), null=True, editable=False)
    arrival_source = models.CharField(_("arrival, source"), max_length=20, blank=True, editable=False)
    arrival_at = models.DateTimeField(_("arrival, computed"), null=True, editable=False)
    arrival_metres = models.PositiveIntegerField(_("way to go, metres"), null=True, editable=False)
    #: The earliest arrival before the technician said that they run late: what the next such word counts from.
    arrival_unsaid = models.DateTimeField(null=True, editable=False)
    #: The routing engine has not answered yet: what stands above is the estimate.
    arrival_due = models.BooleanField(default=False, editable=False)
    #: When dispatchers were told that this visit will begin late, since the technician set off.
    late_alert_at = models.DateTimeField(null=True, editable=False)
    completed_at = models.DateTimeField(_("completed"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        abstract = True
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        ordering = ["start"]
        permissions = [("change_status", "Can travel, start, complete and cancel bookings")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__gt=models.F("start")),
                name="booking_ends_after_start",
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(condition=models.Q(status__in=BookingStatus.values), name="booking_status_is_known"),
        ]
        indexes = [
            models.Index(fields=["start"], name="booking_scheduled_start", condition=models.Q(status=690970000)),
            # Each report of a technician's position asks to whom they are traveling.
            models.Index(fields=["resource"], name="booking_traveling", condition=models.Q(status=690970001)),
            models.Index(fields=["resource", "start"], name="booking_of_resource"),
            # Free times ask for what is still ahead; by its start that would be all of the past too.
            models.Index(fields=["resource", "end"], name="booking_of_resource_ending"),
        ]

    def __str__(self) -> str:
        moment = zones.moment(self.start, self.zone_name, translation.get_language() or "en")
        return f"{self.work_order.number}, {moment}"

    @property
    def zone_name(self) -> str:
        """Return the IANA zone of the site: every time that a customer reads is in it."""
        return self.work_order.zone_name

    @property
    def reported_by(self) -> Contact | None:
        """Return the contact who reported the work."""
        return self.work_order.reported_by

    # --- How a verb works -------------------------------------------------------------------------------------------
    @transaction.atomic
    def _follow(
        self,
        status: BookingStatus,
        verb: Verb,
        *,
        by: User | None = None,
        via: str = Via.SYSTEM,
        why: str = "",
        at: dt.datetime | None = None,
        **changes: Any,
    ) -> bool:
        before = self._to_follow(status, verb)
        if before is None:
            return False
        self._apply(verb, before, by=by, via=via, why=why, at=at, status=status, **changes)
        return True

    def locked(self) -> Self:
        """Return the booking as it is now, locked until the caller's transaction ends."""
        # SQLite has no row locks; there IMMEDIATE transactions run one after the other.
        return type(self)._default_manager.select_for_update().get(pk=self.pk)

    def _unchanged(self, before: Self) -> bool:
        self._take_over(before)
        return False

    def _to_follow(self, status: BookingStatus, verb: Verb) -> Self | None:
        before = self.locked()
        if before.status == status:
            self._unchanged(before)
            return None
        self._require(before, verb, status in MAY_FOLLOW[before.status])
        return before

    def _require(self, before: Self, verb: Verb, allowed: bool) -> None:
        if before.revision != self.revision:
            raise StaleBooking(
                _("Somebody changed this visit in the meantime: it is %(status)s now, on %(when)s. Look, then decide.")
                % {"status": before.get_status_display(), "when": _when(before)}
            )
        if not allowed:
            raise NotAllowed(
                _("This visit is %(status)s; “%(verb)s” is not possible any more.")
                % {"status": before.get_status_display(), "verb": Verb(verb).label}
            )

    def _apply(
        self,
        verb: Verb,
        before: Self,
        *,
        by: User | None,
        via: str,
        why: str,
        at: dt.datetime | None = None,
        **changes: Any,
    ) -> None:
        self.revision = before.revision + 1
        for name, value in changes.items():
            setattr(self, name, value)
        self.save(update_fields=["revision", *changes])
        self._record(verb, before, by=by, via=via, why=why, at=at)

    def _record(
        self,
        verb: Verb,
        before: Self | None,
        *,
        by: User | None,
        via: str,
        why: str,
        at: dt.datetime | None = None,
    ) -> None:
        BookingChange.objects.create(
            booking_id=self.pk,
            at=at or timezone.now(),
            verb=verb,
            via=via,
            by=by,
            why=why[:500],
            revision=self.revision,
            old_status=before.status if before else None,
            new_status=self.status,
            old_start=before.start if before else None,
            new_start=self.start,
            old_resource_id=before.resource_id if before else None,
            new_resource_id=self.resource_id,
        )

    def _take_over(self, before: Self) -> None:
        for field in self._meta.concrete_fields:
            if not field.is_relation:
                setattr(self, field.attname, getattr(before, field.attname))
        self.resource_id = before.resource_id


def _when(booking: BookingRecord) -> str:
    return zones.when(booking.start, booking.end, booking.zone_name, translation.get_language() or "en")
