"""Personal data in bookings: what is exported and what is erased. The work done stays, what the person wrote goes."""

import uuid
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from bookings.models import (
    Absence,
    Booking,
    BookingChange,
    BookingImport,
    BookingNotificationCode,
    BulkChange,
    BulkRow,
    CalendarFeed,
    CustomerNote,
    Feedback,
    GeocodedAddress,
    Position,
    Resource,
    Route,
    Series,
    SpecialDay,
    Tap,
    Tracker,
    WorkOrder,
)
from bookings.schedule_files.reading import format_of, read_sheet
from bookings.staff_cards import CHANGED, LATE, LOW_RATING, REQUESTED, UNDELIVERED, WROTE
from fsportal.lib.personal_data import ERASED, Disposition, Line, blank, erase, kept, told
from fsportal.models import Account, Person, Site
from notifications.personal_data import cards_about, erase_cards

HANDLED = {
    "bookings.WorkOrder": "stays, without the notes and what they asked for",
    "bookings.GeocodedAddress": "erased for the addresses of their work and accounts",
    "bookings.Booking": "stays",
    "bookings.BookingChange": "stays, without the words",
    "bookings.Series": "paused, without the notes",
    "bookings.CustomerNote": "that they wrote stays, without the words",
    "bookings.Feedback": "the rating stays, without the comment",
    "bookings.BookingNotificationCode": "blocked, with a new secret part",
    "bookings.BookingImport": "a file that waits for its import is emptied if it names them",
    "bookings.Resource": "technicians: stays as a nameless one",
    "bookings.Position": "technicians: erased",
    "bookings.Route": "technicians: erased",
    "bookings.Tap": "technicians: erased",
    "bookings.Tracker": "technicians: erased",
    "bookings.CalendarFeed": "technicians: erased, with its address",
    "bookings.Absence": "technicians: erased; who noted one is erased with the user",
    "bookings.SpecialDay": "technicians: erased",
    "bookings.BulkChange": "stays, without the words; who asked for it is erased with the user",
    "bookings.BulkRow": "stays, without the words",
}
NOT_PERSONAL = {
    "bookings.WorkOrderType": "a kind of work",
    "bookings.IncidentType": "a kind of work",
    "bookings.NumberSeries": "a counter",
    "bookings.Occurrence": "which day of a series was made",
    "bookings.Skill": "what some work asks for",
    "bookings.Team": "a part of the company",
    "bookings.VisitCount": "numbers of visits by day; nameless with its resource",
    "bookings.IncidentType_skills": "what some work asks for",
    "bookings.Resource_skills": "who can do what; nameless with its resource",
    "bookings.Resource_incident_types": "which kinds of work are done by whom; nameless with its resource",
}


CARDS = (CHANGED, WROTE, LOW_RATING, REQUESTED, UNDELIVERED, LATE)


def _orders(person: Person) -> QuerySet[WorkOrder]:
    return WorkOrder.objects.filter(reported_by__in=person.contacts)


def _bookings(person: Person) -> QuerySet[Booking]:
    return Booking.objects.filter(work_order__reported_by__in=person.contacts)


def _series(person: Person) -> QuerySet[Series]:
    return Series.objects.filter(contact__in=person.contacts)


def _codes(person: Person) -> QuerySet[BookingNotificationCode]:
    return BookingNotificationCode.objects.filter(contact__in=person.contacts)


def _notes(person: Person) -> QuerySet[CustomerNote]:
    return CustomerNote.objects.filter(contact__in=person.contacts)


def _feedback(person: Person) -> QuerySet[Feedback]:
    return Feedback.objects.filter(contact__in=person.contacts)


def _changes(person: Person) -> QuerySet[BookingChange]:
    """Return the changes that they made themselves."""
    return BookingChange.objects.filter(Q(contact__in=person.contacts) | Q(by__in=person.users))


def _resources(person: Person) -> QuerySet[Resource]:
    return Resource.objects.filter(user__in=person.users)


def staff(person: Person) -> set[uuid.UUID]:
    """Return which of the person's users are technicians: those are kept, for the history of their work."""
    return set(_resources(person).values_list("user", flat=True))


def records(person: Person) -> list[QuerySet[Any]]:
    """Return the records that audit entries about the person may be about."""
    return [
        _orders(person),
        _bookings(person),
        _series(person),
        _codes(person),
        _notes(person),
        _feedback(person),
        _resources(person),
        Tracker.objects.filter(resource__in=_resources(person)),
        CalendarFeed.objects.filter(resource__in=_resources(person)),
    ]


# --- Export -----------------------------------------------------------------------------------------------------------
def export(person: Person) -> dict[str, Any]:
    """Return what is held of the person, without what others did or wrote, and without codes."""
    about = ("booking__work_order__number", "booking__start")
    repeated = ("name", "account__name", "first_day", "start_time", "every", "unit", "until", "notes", "created_at")
    opened = ("created_at", "first_opened_at", "last_opened_at", "times_opened", "blocked_at")
    return {
        "work_orders": [_order(one) for one in _orders(person).order_by("created_at")],
        "repeating_visits": told(_series(person).order_by("created_at"), *repeated),
        "booking_changes": told(_changes(person).order_by("at"), *about, "at", "verb", "via", "why"),
        "customer_notes": told(_notes(person).order_by("written_at"), *about, "written_at", "wish", "text"),
        "feedback": told(_feedback(person).order_by("given_at"), *about, "given_at", "rating", "comment"),
        "booking_notification_codes": told(_codes(person).order_by("created_at"), *about, *opened),
        **_technician(person),
    }


def _order(order: WorkOrder) -> dict[str, Any]:
    place = ("street", "city", "postal_code", "country", "latitude", "longitude")
    (row,) = told([order], "number", "account__name", "incident_type__name", "created_at", "notes", "request", *place)
    visits = told(order.bookings.order_by("start"), "start", "end", "status", "completed_at", "created_at")
    return row | {"bookings": visits}


def _technician(person: Person) -> dict[str, Any]:
    mine = _resources(person)
    if not mine.exists():
        return {}
    start = ("start_latitude", "start_longitude", "last_latitude", "last_longitude", "last_seen_at")
    where = ("recorded_at", "latitude", "longitude", "accuracy", "speed", "heading")
    return {
        "resources": told(mine, "name", "main_phone", "working_hours", "time_zone", *start),
        "positions": told(Position.objects.filter(resource__in=mine).order_by("recorded_at"), *where),
        "absences": told(Absence.objects.filter(resource__in=mine).order_by("start"), "start", "end", "kind", "note"),
        "special_days": told(SpecialDay.objects.filter(resource__in=mine).order_by("day"), "day", "hours"),
        "taps": told(Tap.objects.filter(user__in=person.users).order_by("made_at"), "made_at", "verb", "outcome"),
    }


# --- Erasure ----------------------------------------------------------------------------------------------------------
def forget(person: Person) -> list[Line]:
    """Blank or delete it in the caller's transaction."""
    now = timezone.now()
    visits = _bookings(person)
    ahead = visits.filter(pk__in=Booking.objects.active()).filter(end__gt=now).count()
    cards = cards_about([visits, _notes(person), _feedback(person), _orders(person)], *CARDS)
    return [
        kept("work orders", _orders(person).count(), "records of the business, of a nameless contact"),
        kept("bookings", visits.count(), "records of the business, of a nameless contact"),
        *([kept("of them still ahead", ahead, "nobody is told of them any more: cancel them?")] if ahead else []),
        blank("repeating visits, now paused", _series(person).filter(paused_at=None), paused_at=now),
        blank("names and notes of repeating visits", _series(person).exclude(name=ERASED), name=ERASED, notes=""),
        blank("notes in work orders", _orders(person).exclude(notes=""), notes=""),
        blank("what they asked for in work orders", _orders(person).exclude(request=""), request=""),
        _forget_geocoded(person),
        blank("reasons of changes", _changed_by_or_about(person).exclude(why=""), why=""),
        blank("results of bulk changes", BulkRow.objects.filter(booking__in=visits).exclude(said=""), said=""),
        blank("reasons of bulk changes", _bulk_changes(person).exclude(terms={}), terms={}),
        blank("wishes that waited, now seen to", _notes(person).filter(handled_at=None), handled_at=now),
        blank("notes and wishes", _notes(person).exclude(text=""), text=""),
        blank("comments of feedback", _feedback(person).exclude(comment=""), comment=""),
        kept("feedback", _feedback(person).count(), "the rating, of a nameless contact"),
        _close_codes(person),
        erase_cards("in-app notifications about what they did", cards),
        _empty_files(person),
        *_forget_technician(person),
    ]


def _forget_geocoded(person: Person) -> Line:
    """Forget where the addresses of their work and of their accounts are; the records that stay have it themselves."""
    accounts = Account.objects.filter(contacts__in=person.contacts)
    sites = Site.objects.filter(account__in=accounts)
    keys = {one.address_key() for rows in (accounts, sites, _orders(person)) for one in rows}
    return erase("answers of geocoders", GeocodedAddress.objects.filter(key__in=keys))


def _changed_by_or_about(person: Person) -> QuerySet[BookingChange]:
    """Return their own changes, and those of their visits that no other customer made: staff write about customers."""
    about = Q(booking__in=_bookings(person), contact=None)
    return BookingChange.objects.filter(Q(pk__in=_changes(person)) | about)


def _bulk_changes(person: Person) -> QuerySet[BulkChange]:
    """Return finished ones that were theirs, or that changed a visit of theirs."""
    mine = Q(by__in=person.users) | Q(rows__booking__in=_bookings(person))
    return BulkChange.objects.filter(pk__in=BulkChange.objects.filter(mine, finished_at__isnull=False).values("pk"))


def _close_codes(person: Person) -> Line:
    open_ones = _codes(person).filter(blocked_at=None)
    count = open_ones.count()
    # Staff may unblock a code: the link in the person's mailbox must not open anything even then.
    _codes(person).exclude(blocked_why=ERASED).update(
        blocked_at=timezone.now(), blocked_why=ERASED, generation=F("generation") + 1
    )
    return Line(Disposition.CLOSED, "links to visits", count)


def _empty_files(person: Person) -> Line:
    waiting = BookingImport.objects.exclude(content=b"", summary={}).filter(imported_at=None)
    named = [one.pk for one in waiting.iterator(chunk_size=10) if _names(one, person)]
    rows = BookingImport.objects.filter(pk__in=named)
    return blank("schedule files that wait: upload them again, without the person", rows, content=b"", summary={})


def _names(file: BookingImport, person: Person) -> bool:
    content = bytes(file.content)
    try:
        cells = [
            str(cell) for row in read_sheet(content, format_of(file.file_name, content)).rows for cell in row.cells
        ]
    except Exception:  # noqa: BLE001  (whatever a broken file raises)
        return True  # we cannot tell what is in it, and nobody can import it
    text = "\n".join([*cells, str(file.summary)]).casefold()
    digits = "".join(mark for mark in text if mark.isdigit() or mark == "\n")
    numbers = [phone.lstrip("+")[-9:] for phone in person.phones]  # national and international forms have the same end
    return any(one.casefold() in text for one in person.names | person.emails) or any(n in digits for n in numbers)


def _forget_technician(person: Person) -> list[Line]:
    mine = list(_resources(person))
    if not mine:
        return []
    for resource in mine:
        if resource.photo:
            # Not before the commit: deleting a file cannot be rolled back.
            transaction.on_commit(partial(resource.photo.storage.delete, resource.photo.name))
    nameless = {"main_phone": "", "photo": "", "user": None, "is_active": False}
    places = ("start_latitude", "start_longitude", "last_latitude", "last_longitude", "last_accuracy", "last_seen_at")
    taps = Tap.objects.filter(user__in=person.users)
    lines = [
        erase("taps", taps),
        erase("positions", Position.objects.filter(resource__in=mine)),
        erase("routes", Route.objects.filter(booking__resource__in=mine)),
        erase("absences", Absence.objects.filter(resource__in=mine)),
        erase("special days", SpecialDay.objects.filter(resource__in=mine)),
        erase("calendar feeds", CalendarFeed.objects.filter(resource__in=mine)),
        erase("trackers", Tracker.objects.filter(resource__in=mine)),
    ]
    for resource in mine:
        row = Resource.objects.filter(pk=resource.pk)
        row.update(name=f"{ERASED} {resource.pk.hex[:8]}", **nameless, **dict.fromkeys(places))
    return [*lines, kept("technicians", len(mine), "nameless: visits were theirs; what customers were told stays told")]
