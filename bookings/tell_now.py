"""Telling of a visit because somebody of the staff asks for it, and what that would send."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings.messages.queue import ASKED_FOR, recipient, tell
from bookings.messages.told import BOOKED, UPCOMING
from bookings.models import Booking, BookingStatus, NotAllowed
from bookings.plan import MessagePlan, plan_queued
from fsportal.models import PortalSettings, User
from notifications.customers import outbox
from notifications.models import CustomerNotification, Reason, State


@transaction.atomic
def tell_now(booking: Booking, *, by: User | None) -> None:
    """Tell of a visit because somebody asks for it, whatever was told before. Raises NotAllowed if nobody can be told.

    It goes in the hours for messages, like others; what was asked for and has not gone out yet is not asked for twice.
    """
    _ask(booking, _asked_about([booking])[booking.pk], PortalSettings.load(), by=by)


def plan_tell_now(bookings: Sequence[Booking], now: dt.datetime) -> list[MessagePlan]:
    """Return what will be told about each visit if somebody asks for it now, without those of which nobody can be told.

    Changes nothing.
    """
    portal_settings, asked = PortalSettings.load(), _asked_about(bookings)
    queued = []
    for booking in bookings:
        try:
            with outbox.set_aside() as rows:
                _ask(booking, asked[booking.pk], portal_settings, by=None)
        except NotAllowed:
            continue
        queued.append((booking, rows))
    return plan_queued(queued, now)


def _asked_about(bookings: Iterable[Booking]) -> Mapping[uuid.UUID, Sequence[CustomerNotification]]:
    """Return by visit the messages that somebody asked for, in one query."""
    kind, pks = ContentType.objects.get_for_model(Booking), [booking.pk for booking in bookings]
    found: defaultdict[uuid.UUID, list[CustomerNotification]] = defaultdict(list)
    for row in CustomerNotification.objects.filter(regarding_type=kind, regarding_id__in=pks).exclude(asked_by=None):
        if row.regarding_id is not None:
            found[row.regarding_id].append(row)
    return found


def _ask(
    booking: Booking, asked: Sequence[CustomerNotification], portal_settings: PortalSettings, *, by: User | None
) -> None:
    """Queue it; `asked` are the messages that somebody asked for before."""
    event = next((event for event in (UPCOMING, BOOKED) if portal_settings.sends(event)), None)
    if event is None:
        raise NotAllowed(_("“Upcoming booking” and “Booked” are both switched off in the settings."))
    if booking.status != BookingStatus.SCHEDULED or booking.start <= timezone.now():
        raise NotAllowed(_("Only of a scheduled visit that is still ahead can anybody be told."))
    contact = recipient(booking.work_order, portal_settings)
    if contact is None:
        raise NotAllowed(Reason.NO_CONTACT.label)
    if not any(row.state in State.open() and row.contact_id == contact.pk for row in asked):
        tell(booking, event, contact, f"{len(asked)}:{ASKED_FOR}", by=by)
