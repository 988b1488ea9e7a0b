"""Messages to customers in all states, with attempts and copies that were sent again; cards for staff."""

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.contrib.contenttypes.models import ContentType

from bookings.models import Booking
from fsportal.management.big_company.bulk import Row, write
from fsportal.management.big_company.plan import DAY, Plan
from fsportal.models import User
from notifications.models import AppNotification, CustomerNotification, NotificationAttempt

#: Event and how long before the visit's start it is sent.
EVENTS = (
    ("upcoming", DAY),
    ("traveling", dt.timedelta(minutes=30)),
    ("completed", dt.timedelta(hours=-1)),
    ("booking_confirmed", 10 * DAY),
    ("rescheduled", 2 * DAY),
    ("delayed", dt.timedelta(minutes=10)),
    ("canceled", 3 * DAY),
)
CHANNELS = ("email", "sms")
#: State, reason and how many in a thousand.
ENDS: tuple[tuple[str, str, int], ...] = (
    ("sent", "", 440),
    ("delivered", "", 425),
    ("suppressed", "no_address", 30),
    ("suppressed", "not_wanted", 20),
    ("superseded", "newer_message", 35),
    ("expired", "too_late", 15),
    ("simulated", "", 10),
    ("failed", "refused", 15),
    ("failed", "gave_up", 7),
    ("unknown", "provider", 3),
)
TRIED = {"sent": "accepted", "delivered": "accepted", "failed": "permanent", "unknown": "uncertain"}
TELLS = ("sent", "delivered", "unknown")
#: Share of the undelivered that somebody sent again.
SENT_AGAIN = 0.7
#: Messages that are still waiting.
WAITING = 200
WORDS = (
    "Hello {name}\n\nThis is about your appointment on {day}. Our technician will be with you as agreed; you can see"
    " who is coming, change the time or leave us a note on your page: [link]\n\nIf anything has changed, please tell us"
    " as early as you can.\n\nKind regards\nYour service team"
)
CHUNK = 20_000
#: App notifications for one member of staff.
CARDS = 2000


def fill(plan: Plan, progress: Callable[[int], None]) -> None:
    """Write messages and attempts in chunks; `progress` hears how many there are."""
    rows, made = _messages(plan), 0
    while some := list(islice(rows, CHUNK)):
        made += write(CustomerNotification, some)
        write(NotificationAttempt, (attempt for row in some for attempt in _attempts(plan, row)))
        progress(made)
    staff = list(User.objects.filter(is_staff=True).order_by("username"))
    write(AppNotification, (_card(plan, user, number) for user in staff for number in range(CARDS)))


def _messages(plan: Plan) -> Iterator[Row]:
    about = ContentType.objects.get_for_model(Booking).pk
    names = {key: name for key, _account, name in plan.people}
    left, turn = plan.messages, 0
    while left > 0 and plan.visits:
        (event, before), channel = EVENTS[turn // 2 % len(EVENTS)], CHANNELS[turn % 2]
        for booking, contact, start in plan.visits:
            row = _message(plan, event, channel, start - before)
            row |= {"contact_id": contact, "regarding_type_id": about, "regarding_id": booking, "named_time": start}
            row["dedupe_key"] = f"{event}:{booking}:{turn}:{contact}:{channel}"
            row["words"] = WORDS.format(name=names[contact], day=f"{start:%d %B %Y, %H:%M}")
            for one in (row, *_again(plan, row)):
                if left > 0:
                    left -= 1
                    yield _waiting(plan, one) if left < WAITING and plan.messages > 10 * WAITING else one
        turn += 1


def _message(plan: Plan, event: str, channel: str, at: dt.datetime) -> Row:
    state, reason, _share = plan.chance.choices(ENDS, [share for _state, _reason, share in ENDS])[0]
    created = plan.before_now(at) + plan.within(dt.timedelta(minutes=5))
    finished = created + plan.within(dt.timedelta(minutes=1))
    number = plan.chance.randrange(10**9)
    return {
        "id": plan.key(),
        "event": event,
        "channel": channel,
        "state": state,
        "reason": reason,
        "due_at": created,
        "attempts_made": 1 if state in TRIED else 0,
        "to": f"someone.{number}@example.com" if channel == "email" else f"+44{number:010}",
        "language": "en",
        "subject": "Your appointment" if channel == "email" else "",
        "segments": 0 if channel == "email" else 2,
        "told_at": finished if state in TELLS else None,
        "provider_id": f"SM{number:032x}" if state in TELLS else "",
        "resent_of_id": None,
        "created_at": created,
        "finished_at": finished,
    }


def _again(plan: Plan, row: Row) -> Iterator[Row]:
    """Yield the copy that somebody sent of a message that had failed."""
    if row["state"] in ("failed", "unknown") and plan.happens(SENT_AGAIN):
        more: dict[str, Any] = {"resent_of_id": row["id"], "dedupe_key": f"again:{row['id']}:1"}
        at = min(row["created_at"] + plan.within(DAY), plan.now)
        yield row | more | {"id": plan.key(), "state": "sent", "reason": "", "created_at": at, "told_at": at}


def _waiting(plan: Plan, row: Row) -> Row:
    due = plan.now + plan.within(dt.timedelta(hours=2))
    ended = {"told_at": None, "finished_at": None, "attempts_made": 0, "provider_id": "", "reason": ""}
    return row | ended | {"state": "queued", "created_at": plan.now, "due_at": due}


def _attempts(plan: Plan, row: Row) -> Iterator[Row]:
    outcome = TRIED.get(row["state"])
    if outcome is None:
        return
    for last in (False, True) if plan.happens(0.04) else (True,):
        yield {
            "notification_id": row["id"],
            "started_at": row["created_at"],
            "ended_at": row["finished_at"],
            "provider": "smtp" if row["channel"] == "email" else "twilio",
            "outcome": outcome if last else "transient",
            "provider_id": row["provider_id"] if last else "",
        }


def _card(plan: Plan, user: User, number: int) -> Row:
    created = plan.now - 14 * DAY * (number / CARDS)
    return {
        "id": plan.key(),
        "title": f"Visit {number} was moved",
        "title_html": f"Visit {number} was moved",
        "body_html": "",
        "owner_id": user.pk,
        "ttl_in_seconds": 14 * 86400,
        "created_on": created,
        "modified_on": created,
        "expires_at": created + 14 * DAY,
        "seen_at": created if number > 20 else None,
        "sending": plan.key(),
    }
