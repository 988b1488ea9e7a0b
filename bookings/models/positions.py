"""Positions of technicians while they travel to a customer, and the trackers that report them."""

import datetime as dt
import uuid
from typing import Self

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from bookings.models.resources import LATITUDE, LONGITUDE, Resource
from bookings.models.status import BookingStatus
from fsportal.lib import codes
from fsportal.lib.prepared import PreparedQuery
from fsportal.models import AuditEntry, AuditKind, User

TRACKER_PURPOSE = "tracker"
HEARD_TO = dt.timedelta(minutes=1)
#: Rows deleted in one transaction: while it runs, nobody else writes to SQLite.
CHUNK = 2000


class Mark(models.TextChoices):
    """What is wrong with a position; the empty mark means that nothing is."""

    GOOD = "", _("good")
    JUMP = "jump", _("too far from the one before")
    OLD = "old", _("reported too late")
    ORDER = "order", _("older than one that is here already")
    VAGUE = "vague", _("too inexact")


class PositionQuerySet(models.QuerySet["Position"]):
    def good(self) -> Self:
        return self.filter(mark=Mark.GOOD)

    def last_of(self, booking: Booking) -> "Position | None":
        """Return the newest good position on the way to this visit, since the technician set off."""
        since = booking.set_off_at
        if since is None:
            return None
        # Of the present technician: the visit may have been given to somebody else on the way.
        return LAST.first(booking=booking.pk, resource=booking.resource_id, since=since)

    def last_of_each(self) -> Self:
        """Return the same for each booking of an outer query, newest first."""
        visit = models.OuterRef("pk")
        mine = self.good().filter(booking=visit, resource=models.OuterRef("resource_id"))
        return mine.filter(recorded_at__gte=models.OuterRef("set_off_at")).order_by("-recorded_at")


class Position(models.Model):
    """One position on the way to one visit, for that visit's customer only, and kept for a set time."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="positions", db_index=False)
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="positions", db_index=False)
    latitude = models.FloatField(_("latitude"), validators=LATITUDE)
    longitude = models.FloatField(_("longitude"), validators=LONGITUDE)
    accuracy = models.FloatField(_("accuracy, metres"), null=True)
    speed = models.FloatField(_("speed, metres per second"), null=True)
    heading = models.FloatField(_("heading, degrees"), null=True)
    recorded_at = models.DateTimeField(_("recorded"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    mark = models.CharField(_("mark"), max_length=5, choices=Mark.choices, blank=True, default=Mark.GOOD)

    objects = PositionQuerySet.as_manager()

    class Meta:
        verbose_name = _("position")
        verbose_name_plural = _("positions")
        ordering = ["-recorded_at"]
        indexes = [
            models.Index(fields=["booking", "-recorded_at"], name="position_of_booking"),
            models.Index(fields=["received_at"], name="position_to_delete"),
        ]

    def __str__(self) -> str:
        # No coordinates: what names a record ends up in logs.
        return f"{self.resource}, {self.recorded_at:%Y-%m-%d %H:%M:%S}"


class Route(models.Model):
    """The way that the technician of a traveling visit is expected to take, from the routing engine."""

    booking = models.OneToOneField(Booking, models.CASCADE, primary_key=True, related_name="route")
    #: [[latitude, longitude], …] in degrees, from where the technician was at `computed_at` to the site.
    line = models.JSONField(default=list)
    computed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("route")
        verbose_name_plural = _("routes")

    def __str__(self) -> str:
        return str(self.booking_id)


class Tracker(models.Model):
    """A technician's tracker app, known by a secret device id that is derived, not stored (fsportal/lib/codes.py)."""

    audit_kind = AuditKind.LINKS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resource = models.OneToOneField(Resource, models.CASCADE, related_name="tracker", verbose_name=_("technician"))
    public_id = models.CharField(max_length=16, unique=True, default=codes.public_id, editable=False)
    generation = models.PositiveIntegerField(default=1, editable=False)
    last_heard_at = models.DateTimeField(_("last heard"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("tracker")
        verbose_name_plural = _("trackers")

    def __str__(self) -> str:
        return str(self.resource)

    #: Whether the technician is on the way to a visit; known of a tracker that was found by its device id.
    is_on_the_way: bool

    @property
    def device_id(self) -> str:
        """Return the secret that the tracker app sends as its device id. Never log it, never store it."""
        return codes.code_for(TRACKER_PURPOSE, self.public_id, self.generation)

    @classmethod
    def find(cls, device_id: str) -> "Tracker | None":
        """Return the tracker of an active technician with this device id; None for unknown and wrong ids alike.

        A technician whose user may no longer sign in is refused; a technician without a user is not.
        """
        public, secret = codes.split_code(device_id)
        found = HEARD.first(public_id=public)
        matches = codes.is_code_for(secret, TRACKER_PURPOSE, public or "-", found.generation if found else 1)
        return found if found and matches else None

    @classmethod
    @transaction.atomic
    def connect(cls, resource: Resource, *, by: User | None) -> "Tracker":
        """Return the technician's tracker, making it on first use."""
        tracker, is_new = cls.objects.get_or_create(resource=resource)
        if is_new:
            AuditEntry.note(tracker, "created", by=by)
        return tracker

    def heard(self, now: dt.datetime) -> None:
        """Note that the app reported, to the minute: it does so every few seconds."""
        if self.last_heard_at is None or now - self.last_heard_at > HEARD_TO:
            type(self).objects.filter(pk=self.pk).update(last_heard_at=now)

    @transaction.atomic
    def rotate(self, *, by: User | None) -> None:
        """Give it another device id; reports with the old one are refused from now on."""
        type(self).objects.filter(pk=self.pk).update(generation=models.F("generation") + 1)
        self.refresh_from_db()
        AuditEntry.note(self, "rotated", by=by)


LAST = PreparedQuery(
    lambda booking, resource, since: (
        Position.objects.good()
        .filter(booking=booking, resource=resource, recorded_at__gte=since)
        .order_by("-recorded_at")[:1]
    )
)
#: Trackers of active technicians, unless their user may no longer sign in.
HEARD = PreparedQuery(
    lambda public_id: (
        Tracker.objects.select_related("resource")
        .filter(models.Q(resource__user=None) | models.Q(resource__user__is_active=True))
        .filter(public_id=public_id, resource__is_active=True)
        .annotate(**_on_the_way())
        .order_by()
    )
)


def _on_the_way() -> dict[str, models.Exists]:
    theirs = Booking.objects.on_the_way().filter(resource=models.OuterRef("resource"))
    return {"is_on_the_way": models.Exists(theirs)}


def forget_positions(now: dt.datetime, hours: int) -> int:
    """Delete positions that were kept for `hours`, and where technicians were last seen; return how many.

    Routes of visits that nobody is traveling to are deleted as well. In chunks, and harmless when repeated.
    """
    before = now - dt.timedelta(hours=hours)
    Route.objects.filter(computed_at__lt=before).delete()
    Route.objects.exclude(booking__status=BookingStatus.TRAVELING).delete()
    seen = Resource.objects.filter(last_seen_at__lt=before)
    seen.update(last_latitude=None, last_longitude=None, last_accuracy=None, last_seen_at=None)
    count = 0
    while chunk := list(
        Position.objects.filter(received_at__lt=before).order_by().values_list("pk", flat=True)[:CHUNK]
    ):
        count += Position.objects.filter(pk__in=chunk).delete()[0]
    return count
