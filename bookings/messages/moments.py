"""When messages about a visit go: the moment of each reminder, and the hours of the visit's place."""

import datetime as dt

from bookings.models import Booking, Reminder
from fsportal.models import PortalSettings
from notifications.customers.sending_hours import SendingHours

#: A visit that begins within this time, or this short a time after the next hour for messages, is told of at once.
SOON, TOO_SHORT = dt.timedelta(hours=4), dt.timedelta(hours=1)
#: The longest pause that a reminder goes before. A longer one it would have to know of a week ahead.
LONG_WEEKEND = dt.timedelta(days=6)


def sending_hours(booking: Booking, channel: str, portal_settings: PortalSettings) -> SendingHours:
    return SendingHours(portal_settings.hours(channel), booking.zone_name, booking.work_order.site.country)


def leaves_time(opens: dt.datetime, start: dt.datetime) -> bool:
    """Tell whether a message that waits until `opens` still comes in time for a visit at `start`."""
    return opens <= start - TOO_SHORT


def reminder_goes(
    reminder: Reminder, booking: Booking, channel: str, portal_settings: PortalSettings
) -> dt.datetime | None:
    """Return when a reminder goes (UTC), or None if whoever set the start chose that nobody is told.

    One that would fall outside the hours for messages waits for them, or goes before they end if the visit would begin
    first.
    """
    moment = _moment(reminder, booking)
    if moment is None:
        return None
    hours = sending_hours(booking, channel, portal_settings)
    opens = hours.next_open(moment)
    if leaves_time(opens, booking.start):
        return opens
    earlier = hours.last_open(moment)
    # A visit that was set only after that is told of at once, if in no other way (appointment.py).
    return moment if booking.timed_at is not None and booking.timed_at > earlier else earlier


def _moment(reminder: Reminder, booking: Booking) -> dt.datetime | None:
    start, timed_at, zone_name = booking.start, booking.timed_at, booking.zone_name
    if not booking.is_quiet or timed_at is None or timed_at < start - reminder.lead:
        return reminder.moment(start, zone_name, timed_at)
    slot = reminder.next_slot(timed_at, zone_name)
    return slot if reminder.at is not None and reminder.regular(timed_at, start, zone_name) == slot else None


def look_ahead(reminder: Reminder, channel: str, portal_settings: PortalSettings) -> dt.timedelta:
    """Return how much earlier than its lead time a reminder may have to go because of a pause; mostly not at all."""
    hours = portal_settings.hours(channel)
    if not hours.are_limited:
        return dt.timedelta()
    pause = hours.nightly_pause if hours.at_weekends and hours.on_holidays else LONG_WEEKEND
    waits_for_its_hour = dt.timedelta(days=1) if reminder.at is not None else dt.timedelta()
    return pause if reminder.lead < pause + TOO_SHORT + waits_for_its_hour else dt.timedelta()
