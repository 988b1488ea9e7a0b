"""One visit as the board shows it: all that a dispatcher has to know of it at a glance, in words."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from bookings.admin.board.spans import Place, place
from bookings.admin.confirmations import mark
from bookings.admin.timeline import STATES, STATUS_TONES
from bookings.admin.told_column import is_told
from bookings.availability.conflicts import Conflict, Proposal, conflicts_of
from bookings.models import Booking, BookingStatus, CustomerNote, Resource, Wish
from bookings.models.status import ASSIGNABLE, FINAL, RESCHEDULABLE
from fsportal.lib import zones
from fsportal.lib.text import one_line
from fsportal.settings_area.company_zone import current_zone
from fsportal.settings_area.parts import FAILED, GOOD, QUIET

NOBODY = uuid.UUID(int=0)
#: What the board shows of a visit, and what is asked of it to find conflicts: to read all 80 columns of several hundred
#: visits took a third of a week. A column that is missing here is a statement for each visit, which a test counts.
_OF_PLACE = ("street", "city", "country", "latitude", "longitude", "time_zone")
COLUMNS = (
    *("resource_id", "start", "end", "status", "revision", "window_start", "window_end", "asked_at", "answer"),
    *(f"work_order__{name}" for name in (*_OF_PLACE, "account_id", "incident_type_id")),
    *(f"work_order__account__{name}" for name in (*_OF_PLACE, "name")),
    *(f"work_order__incident_type__{name}" for name in ("name", "buffer_before_minutes", "buffer_after_minutes")),
)


class Reader:
    """What is the same for all visits of a page: its moment, clock and language, and how addresses begin."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now
        self.zone = current_zone()
        self.language = zones.supported_language(translation.get_language() or "en")
        # Looked up once: for 500 visits it takes as long as all of their words.
        self._page = reverse("admin:bookings_booking_change", args=[NOBODY])
        self._move = reverse("admin:board-move")
        # So does the name of a choice, which Django looks up among all choices of the field each time.
        self._statuses: dict[int, str] = {}
        # And so do the same words again and again.
        self.span, self.to, self.move_word = _("%(start)s to %(end)s"), _("to"), _("Move")
        self.late, self.conflict, self.told, self.not_told = _("Late"), _("Conflict"), _("Told"), _("Not told")

    def status(self, booking: Booking) -> str:
        found = self._statuses.get(booking.status)
        if found is None:
            found = str(STATES.get(BookingStatus(booking.status)) or booking.get_status_display())
            self._statuses[booking.status] = found
        return found

    def page(self, booking: Booking) -> str:
        return self._page.replace(str(NOBODY), str(booking.pk))

    def move(self, booking: Booking) -> str:
        return f"{self._move}?visit={booking.pk}"

    def clock(self, moment: dt.datetime) -> str:
        return zones.clock(moment, self.zone, self.language)


@dataclass(frozen=True)
class BoardVisit:
    """A booking on one day of the board; `row` is where it stands in its lane."""

    booking: Any
    place: Place
    reader: Reader
    conflicts: Sequence[Conflict] = ()
    wishes: Sequence[CustomerNote] = ()
    row: int = 0

    # --- Words ------------------------------------------------------------------------------------------------------
    @cached_property
    def clock(self) -> str:
        return self.reader.clock(self.booking.start)

    @cached_property
    def until(self) -> str:
        return self.reader.clock(self.booking.end)

    @cached_property
    def own_clock(self) -> str:
        """Return the start by the clock at the site; empty if it is the company's."""
        start, zone, reader = self.booking.start, self.booking.zone_name, self.reader
        if zone == reader.zone or zones.local(start, zone).utcoffset() == zones.local(start, reader.zone).utcoffset():
            return ""
        return f"{zones.clock(start, zone, reader.language)} {zones.zone_label(start, zone, reader.language)}"

    @cached_property
    def customer(self) -> str:
        return one_line(self.booking.work_order.account.name, 60)

    @cached_property
    def service(self) -> str:
        return one_line(self.booking.work_order.incident_type.name, 60)

    @cached_property
    def town(self) -> str:
        return str(self.booking.work_order.site.city)

    @cached_property
    def status(self) -> str:
        return self.reader.status(self.booking)

    @cached_property
    def tone(self) -> str:
        return FAILED if self.is_late else STATUS_TONES[BookingStatus(self.booking.status)]

    @cached_property
    def sentence(self) -> str:
        """Return all of it in a sentence, for whoever hears the board or rests the pointer on a visit."""
        parts = [
            self.reader.span % {"start": self.clock, "end": self.until},
            self.own_clock,
            self.customer,
            self.service,
            self.town,
            self.status,
            *self.marks,
        ]
        said = ", ".join(part for part in parts if part)
        return " ".join([f"{said}.", *(conflict.words for conflict in self.conflicts)])

    @property
    def marks(self) -> list[str]:
        return [
            *([self.reader.late] if self.is_late else []),
            *(str(Wish(note.wish).label) for note in self.wishes),
            *([self.reader.conflict] if self.conflicts else []),
            *([self.told_word] if self.told_word else []),
        ]

    # --- State ------------------------------------------------------------------------------------------------------
    @cached_property
    def is_late(self) -> bool:
        return bool(self.booking.status == BookingStatus.SCHEDULED and self.booking.told_time.latest <= self.reader.now)

    @cached_property
    def is_over(self) -> bool:
        return self.booking.status in FINAL

    @cached_property
    def told_word(self) -> str:
        """Return what the customer says of the time, or else whether they know it; of what is over nobody asks."""
        return self._told[0]

    @property
    def told_tone(self) -> str:
        return self._told[1]

    @cached_property
    def _told(self) -> tuple[str, str]:
        if self.is_over:
            return "", QUIET
        told = (self.reader.told, GOOD) if self.booking.is_told else (self.reader.not_told, QUIET)
        return mark(self.booking) or told

    @cached_property
    def may(self) -> str:
        """Return what can be done to it on the board, for its scripts."""
        status = self.booking.status
        can = [("move", status in RESCHEDULABLE), ("hand", status in ASSIGNABLE), ("tray", status in RESCHEDULABLE)]
        return " ".join(word for word, possible in can if possible)

    # --- Addresses --------------------------------------------------------------------------------------------------
    @cached_property
    def url(self) -> str:
        return self.reader.page(self.booking)

    @cached_property
    def move_url(self) -> str:
        return self.reader.move(self.booking)


def read(bookings: QuerySet[Booking], resources: Iterable[Resource]) -> list[Any]:
    """Return visits, all of these technicians, with all that the board shows, in order; one statement."""
    by_pk = {resource.pk: resource for resource in resources}
    rows = bookings.annotate(is_told=is_told()).only(*COLUMNS)
    found = list(rows.select_related("work_order__account", "work_order__incident_type").order_by("start", "pk"))
    for booking in found:
        booking.resource = by_pk[booking.resource_id]
    return found


def conflicts_by_pk(bookings: Iterable[Any]) -> dict[Any, list[Conflict]]:
    """Return what stands against each visit that is not over."""
    still = [booking for booking in bookings if booking.status not in FINAL]
    proposals = [
        Proposal(booking.resource, booking.work_order, booking.start, booking.end, booking) for booking in still
    ]
    return {booking.pk: found for booking, found in zip(still, conflicts_of(proposals), strict=True)}


def wishes_by_pk(bookings: Iterable[Any]) -> dict[Any, list[CustomerNote]]:
    """Return the open wishes of customers by visit; one statement."""
    found: dict[Any, list[CustomerNote]] = {}
    for note in CustomerNote.objects.waiting().filter(booking__in=[booking.pk for booking in bookings]):
        found.setdefault(note.booking_id, []).append(note)
    return found


def by_day(bookings: Iterable[Any]) -> dict[dt.date, list[Any]]:
    """Return the visits that touch each day by the company's clock, in their order."""
    found: defaultdict[dt.date, list[Any]] = defaultdict(list)
    for booking in bookings:
        day, last = (zones.local(moment, current_zone()).date() for moment in (booking.start, booking.end))
        while day <= last:
            found[day].append(booking)
            day += dt.timedelta(days=1)
    return found


def on_day(
    bookings: Iterable[Any],
    day: dt.date,
    reader: Reader,
    conflicts: dict[Any, list[Conflict]],
    wishes: dict[Any, list[CustomerNote]],
) -> list[BoardVisit]:
    """Return those visits that touch the day."""
    placed = ((booking, place(booking.start, booking.end, day, reader.zone)) for booking in bookings)
    return [
        BoardVisit(booking, where, reader, conflicts.get(booking.pk, ()), wishes.get(booking.pk, ()))
        for booking, where in placed
        if where is not None
    ]
