"""Undo: for some seconds what was done on the board can be taken back before any customer hears of it.

What it goes back to is in a signed token, so no row has to be kept for it and nobody can make one up.
"""

import datetime as dt
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings.admin.board import moves
from bookings.messages.told import RESCHEDULED
from bookings.models import HOLD, Booking, BookingError, BookingStatus, Change, Resource, Via, WorkOrder
from bookings.models.confirmation import AFRESH
from bookings.models.window import ToldTime
from bookings.new_visits import require_waiting
from fsportal.models import User
from notifications.models import CustomerNotification, Reason, State

SALT = "board-undo"
#: A little less than customers wait to be told: what was undone has been told to nobody.
OPEN_FOR = HOLD - dt.timedelta(seconds=1)
#: What was asked and answered about a time. Not the card: if nobody has answered, dispatchers get it again.
SAID = ("asked_at", "answer", "answered_at", "answered_by")


class TooLate(BookingError):
    """The time for it has passed, so customers may have been told."""


def token_of(booking: Booking, before: Booking | None, waited_since: dt.datetime | None = None) -> str:
    """Return what takes back the change that made `before` into `booking`; None if it is a new one from the tray."""
    back: dict[str, Any] = {"visit": str(booking.pk), "revision": booking.revision}
    if before is None:
        back["waited"] = waited_since.isoformat() if waited_since else ""
    else:
        back |= {
            "start": before.start.isoformat(),
            "end": before.end.isoformat(),
            "resource": str(before.resource_id),
            "quiet": before.is_quiet,
            "since": before.revision,
            "window": [moment.isoformat() for moment in (before.window_start, before.window_end) if moment],
            "confirmation": {name: _as_text(getattr(before, name)) for name in SAID},
        }
    return signing.dumps(back, salt=SALT)


def _as_text(value: dt.datetime | str | None) -> str:
    return value.isoformat() if isinstance(value, dt.datetime) else value or ""


@transaction.atomic
def take_back(token: str, by: User) -> Booking:
    """Undo what the token is about. Raises TooLate, StaleBooking and other kinds of BookingError."""
    back = _read(token)
    booking = moves.visits().filter(pk=back["visit"]).first()
    if booking is None:
        raise BookingError(_("This visit is gone."))
    booking.revision = back["revision"]
    # Never quiet: technicians have heard of what is undone.
    change = Change(by=by, via=Via.ADMIN, why=_("Undone"))
    if "waited" in back:
        _back_to_tray(booking, back["waited"], change)
    elif booking.status == BookingStatus.CANCELED:
        moves.require_fresh(booking)
        require_waiting(booking.work_order)
        booking.reopen(change)
    else:
        _back_to_place(booking, back, change)
    # A page that is open since before an update says nothing of it.
    _say_again(booking, back.get("confirmation", {}))
    return booking


def is_open(token: str) -> bool:
    """Tell whether the token can still be used."""
    try:
        _read(token)
    except BookingError:
        return False
    return True


def _read(token: str) -> dict[str, Any]:
    try:
        read: dict[str, Any] = signing.loads(token, salt=SALT, max_age=OPEN_FOR)
    except signing.SignatureExpired:
        raise TooLate(_("It is too late to undo this: the customer may have been told. Move the visit back.")) from None
    except signing.BadSignature:
        raise BookingError(_("This cannot be undone. Move the visit back.")) from None
    return read


def _back_to_place(booking: Booking, back: dict[str, Any], change: Change) -> None:
    resource = Resource.objects.get(pk=back["resource"])
    resource.lock()
    start, end = (dt.datetime.fromisoformat(back[name]) for name in ("start", "end"))
    wanted = moves.Wanted(booking.work_order, resource, start, end, booking)
    # What stood against it before, somebody had accepted before.
    moves.require_fresh(booking)
    window = ToldTime(*map(dt.datetime.fromisoformat, back["window"])) if back["window"] else None
    moves.move(booking, wanted, change, window)
    if back["quiet"]:
        _keep_quiet(booking, back["since"])


def _say_again(booking: Booking, said: dict[str, str]) -> None:
    """Let the visit keep what was asked and answered about this time: customers were not told of the other one."""
    if any(said.values()) and booking.asked_at is None and not booking.answer:
        for name in SAID:
            moment = said[name] and name.endswith("_at")
            setattr(booking, name, dt.datetime.fromisoformat(said[name]) if moment else said[name] or AFRESH[name])
        booking.save(update_fields=SAID)


def _keep_quiet(booking: Booking, since: int) -> None:
    """Tell customers nothing: whoever set the time that the visit has again chose to tell nobody of it."""
    booking.is_quiet = True
    booking.save(update_fields=["is_quiet"])
    rows = CustomerNotification.objects.regarding(booking).filter(event=RESCHEDULED, revision__gt=since)
    rows.filter(state=State.QUEUED, attempts_made=0).update(
        state=State.SUPERSEDED, reason=Reason.DO_NOT_TELL, finished_at=timezone.now()
    )


def _back_to_tray(booking: Booking, waited: str, change: Change) -> None:
    moves.put_back(booking, change)
    since = dt.datetime.fromisoformat(waited) if waited else timezone.now()
    WorkOrder.objects.filter(pk=booking.work_order_id).update(waits_since=since)
