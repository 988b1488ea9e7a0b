"""Technicians, work orders, bookings with their history, codes, notes and feedback."""

import datetime as dt
import uuid
from collections.abc import Iterator

from django.contrib.contenttypes.models import ContentType

from bookings.models import (
    Booking,
    BookingChange,
    BookingNotificationCode,
    BookingStatus,
    CustomerNote,
    Feedback,
    IncidentType,
    Resource,
    WorkOrder,
    WorkOrderType,
)
from fsportal.management.big_company.bulk import Row, write
from fsportal.management.big_company.people import FIRST, LAST, PLACES
from fsportal.management.big_company.plan import AHEAD, BEGAN, DAY, Plan
from fsportal.models import AuditEntry, AuditKind

SERVICES = ("Boiler service", "Leak repair", "Air-conditioning check", "Safety audit", "Filter exchange", "Inspection")
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
#: How many minutes after its time work begins; most is on time.
LATE = (-5, 0, 0, 0, 5, 5, 8, 12, 25, 50, 90)
#: Bookings that one technician has in two years.
PER_TECHNICIAN = 2000
#: One work order in ten has two visits.
PER_ORDER = 1.1
CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
S = BookingStatus


def fill(plan: Plan) -> None:
    _technicians(plan)
    kinds = [IncidentType.objects.create(name=name, is_offered=True) for name in SERVICES]
    types = [WorkOrderType.objects.create(name=name) for name in ("Maintenance", "Repair", "Inspection")]
    orders: list[tuple[uuid.UUID, uuid.UUID]] = []
    write(WorkOrder, _orders(plan, orders, [kind.pk for kind in kinds], [one.pk for one in types]))
    bookings = list(_bookings(plan, orders))
    write(Booking, bookings)
    write(BookingChange, (change for booking in bookings for change in _changes(plan, booking)))
    codes = [_code(plan, visit) for visit in plan.visits if plan.happens(0.85)]
    write(BookingNotificationCode, codes)
    kind = ContentType.objects.get_for_model(BookingNotificationCode)
    write(AuditEntry, (_entry(kind.pk, code) for code in codes))
    write(Feedback, _feedback(plan, bookings))
    write(CustomerNote, _notes(plan))


def _technicians(plan: Plan) -> None:
    for number in range(max(3, plan.bookings // PER_TECHNICIAN)):
        _city, _country, zone, latitude, longitude, _language = PLACES[number % len(PLACES)]
        name = f"{FIRST[number % len(FIRST)]} {LAST[number * 3 % len(LAST)]} ({number + 1})"
        plan.resources.append(
            Resource.objects.create(
                name=name, time_zone=zone, start_latitude=latitude, start_longitude=longitude,
                last_latitude=latitude + 0.01, last_longitude=longitude, last_seen_at=plan.now,
            )
        )  # fmt: skip


def _orders(
    plan: Plan, made: list[tuple[uuid.UUID, uuid.UUID]], kinds: list[uuid.UUID], types: list[uuid.UUID]
) -> Iterator[Row]:
    for number in range(max(1, int(plan.bookings / PER_ORDER))):
        contact, account, _name = plan.people[number * 13 % len(plan.people)]
        key = plan.key()
        made.append((key, contact))
        yield {
            "id": key,
            "number": f"WO-{number:07}",
            "account_id": account,
            "incident_type_id": plan.chance.choice(kinds),
            "work_order_type_id": plan.chance.choice(types),
            "reported_by_id": contact,
            "notes": "Ring twice, please." if plan.happens(0.2) else "",
            "created_at": plan.now - BEGAN * (1 - number * PER_ORDER / plan.bookings),
        }


def _bookings(plan: Plan, orders: list[tuple[uuid.UUID, uuid.UUID]]) -> Iterator[Row]:
    """Yield visits by start: the past is completed or canceled but for a few, some are under way, the rest ahead."""
    span = BEGAN + AHEAD
    busy: set[int] = set()
    for number in range(plan.bookings):
        start = plan.now - BEGAN + span * (number / plan.bookings)
        start = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0)
        order, contact = orders[number % len(orders)]
        key = plan.key()
        plan.visits.append((key, contact, start))
        status = _status(plan, start, number % len(plan.resources), busy)
        yield {
            "id": key,
            "work_order_id": order,
            "resource_id": plan.resources[number % len(plan.resources)].pk,
            "start": start,
            "end": start + HOUR * plan.chance.choice((1, 1, 2)),
            "status": status,
            "external_id": f"B-{number:07}",
            "revision": 4 if status == S.COMPLETED else 1 if status == S.SCHEDULED else 2,
            "set_off_at": start if status not in (S.SCHEDULED, S.CANCELED) else None,
            "completed_at": start + HOUR if status == S.COMPLETED else None,
            "created_at": start - 14 * DAY,
        }


def _status(plan: Plan, start: dt.datetime, technician: int, busy: set[int]) -> int:
    if start > plan.now:
        return S.CANCELED if plan.happens(0.03) else S.SCHEDULED
    if start > plan.now - 2 * HOUR and technician not in busy:
        busy.add(technician)
        return plan.chance.choice((S.TRAVELING, S.ON_BREAK, S.IN_PROGRESS, S.SCHEDULED))
    if plan.happens(0.002):
        return S.SCHEDULED  # late, or forgotten
    return S.CANCELED if plan.happens(0.08) else S.COMPLETED


def _changes(plan: Plan, booking: Row) -> Iterator[Row]:
    steps = {
        S.SCHEDULED: (),
        S.CANCELED: (("cancel", S.CANCELED),),
        S.TRAVELING: (("travel", S.TRAVELING),),
        S.ON_BREAK: (("pause", S.ON_BREAK),),
        S.IN_PROGRESS: (("start", S.IN_PROGRESS),),
        S.COMPLETED: (("travel", S.TRAVELING), ("start", S.IN_PROGRESS), ("complete", S.COMPLETED)),
    }[S(booking["status"])]
    before, at = None, booking["created_at"]
    begins = booking["start"] + LATE[booking["id"].int % len(LATE)] * MINUTE
    for revision, (verb, status) in enumerate((("schedule", S.SCHEDULED), *steps), 1):
        yield {
            "booking_id": booking["id"],
            "at": at,
            "verb": verb,
            "via": "import" if revision == 1 else "technician",
            "revision": revision,
            "old_status": before,
            "new_status": status,
            "new_start": booking["start"],
            "new_resource_id": booking["resource_id"],
        }
        before = status
        # The next step: set off, begin, be done.
        at = {1: begins - 20 * MINUTE, 2: begins}.get(revision, begins + HOUR)


def _code(plan: Plan, visit: tuple[uuid.UUID, uuid.UUID, dt.datetime]) -> Row:
    booking, contact, start = visit
    created = plan.before_now(start - DAY)
    opened = created + 3 * HOUR if plan.happens(0.4) else None
    return {
        "id": plan.key(),
        "public_id": "".join(plan.chance.choices(CODE_LETTERS, k=10)),
        "booking_id": booking,
        "contact_id": contact,
        "blocked_at": created if plan.happens(0.002) else None,
        "first_opened_at": opened,
        "last_opened_at": opened,
        "times_opened": 1 if opened else 0,
        "created_at": created,
    }


def _entry(kind: int, code: Row) -> Row:
    return {
        "at": code["created_at"],
        "action": "created",
        "kind": AuditKind.LINKS,
        "subject_type_id": kind,
        "subject_id": str(code["id"]),
        "subject_name": code["public_id"],
        "way": "worker",
    }


def _feedback(plan: Plan, bookings: list[Row]) -> Iterator[Row]:
    for booking, (_key, contact, _start) in zip(bookings, plan.visits, strict=True):
        if booking["status"] == S.COMPLETED and plan.happens(0.1):
            rating = plan.chance.choice((1, 2, 3, 4, 4, 5, 5, 5, 5))
            at = plan.before_now(booking["start"] + DAY)
            yield {
                "id": plan.key(),
                "booking_id": booking["id"],
                "contact_id": contact,
                "rating": rating,
                "given_at": at,
            }


def _notes(plan: Plan) -> Iterator[Row]:
    for booking, contact, start in plan.visits:
        if plan.happens(0.05):
            at = plan.before_now(start - 3 * DAY)
            yield {
                "id": plan.key(),
                "booking_id": booking,
                "contact_id": contact,
                "wish": plan.chance.choice(("note", "note", "change", "cancel")),
                "text": "The bell is broken, please knock.",
                "written_at": at,
                "handled_at": at + HOUR if at < plan.now - 5 * DAY else None,
            }
