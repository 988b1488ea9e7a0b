"""What settings change, as a table: when reminders and messages go, what is deleted, when customers can book."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from bookings.messages import examples
from bookings.messages.moments import reminder_goes
from bookings.models import Reminder
from fsportal.lib import zones
from fsportal.lib.public_holidays import public_holidays
from fsportal.models import PortalSettings
from fsportal.models.consent import Channel
from notifications.customers.sending_hours import SendingHours
from portal.admin.settings_pages.changes import lead_words

#: A time of day at which most people sleep, and one at which most are at work.
NIGHT, DAY = dt.time(23), dt.time(11)
SATURDAY = 5


@dataclass(frozen=True)
class LookTable:
    """Rows of what is asked and the answer, below a sentence that says what they are."""

    says: str
    rows: list[tuple[str, str]]


def of_reminders(portal_settings: PortalSettings, reminders: list[Reminder], now: dt.datetime) -> LookTable:
    """Return when each reminder of a visit goes that was booked long before."""
    if not reminders:
        return LookTable(_("No reminder goes with these settings."), [])
    booking = examples.made_up(portal_settings, now)
    longest = max(reminder.lead for reminder in reminders)
    shift = dt.timedelta(days=longest.days + 1)
    booking.start, booking.end = booking.start + shift, booking.end + shift
    zone = booking.zone_name
    rows = []
    for reminder in reminders:
        moments: dict[str, list[str]] = {}
        for channel in reminder.channels(portal_settings):
            goes = reminder_goes(reminder, booking, channel, portal_settings)
            moments.setdefault(_moment(goes, zone) if goes else "–", []).append(str(Channel(channel).label))
        rows += [(", ".join([lead_words(reminder), *channels]), when) for when, channels in moments.items()]
    if hours := portal_settings.unconfirmed_card_hours:
        at = _moment(booking.start - dt.timedelta(hours=hours), zone)
        rows.append((_("Without an answer dispatchers are told"), at))
    says = _("A visit on %(when)s that was booked long before:") % {"when": _moment(booking.start, zone)}
    return LookTable(says, rows)


def of_hours(portal_settings: PortalSettings, reminders: list[Reminder], now: dt.datetime) -> LookTable:
    """Return when messages go that become due at an hour when they may have to wait."""
    zone, rows = portal_settings.time_zone, []
    for at in _odd_hours(portal_settings, now):
        goes = []
        for channel in Channel:
            hours = SendingHours(portal_settings.hours(channel), zone, portal_settings.home_country)
            opens = hours.next_open(at)
            when = _("at once") if opens == at else _moment(opens, zone)
            goes.append(_("%(channel)s: %(when)s") % {"channel": channel.label, "when": when})
        rows.append((_moment(at, zone), " · ".join(goes)))
    return LookTable(_("A message that becomes due then goes, if the visit is far enough ahead:"), rows)


def _odd_hours(portal_settings: PortalSettings, now: dt.datetime) -> Iterator[dt.datetime]:
    """Yield tonight, the next Saturday and the next public holiday."""
    zone = zones.zone(zones.shown(portal_settings.time_zone))
    today = now.astimezone(zone).date()
    saturday = today + dt.timedelta(days=(SATURDAY - today.weekday()) % 7 or 7)
    days = [(today, NIGHT), (saturday, DAY)]
    country = portal_settings.home_country
    holidays = {day for year in (today.year, today.year + 1) for day in public_holidays(country, year) if day > today}
    if country and holidays:
        days.append((min(holidays), DAY))
    for day, at in sorted(days):
        yield dt.datetime.combine(day, at, tzinfo=zone).astimezone(dt.UTC)


def of_kept(portal_settings: PortalSettings, reminders: list[Reminder], now: dt.datetime) -> LookTable:
    """Return what the daily clean-up deletes, by the day before which it was made."""
    zone = portal_settings.time_zone

    def before(days: int) -> str:
        if not days:
            return _("kept for ever")
        day = zones.day(now - dt.timedelta(days=days), zone, _language())
        return _("from before %(day)s") % {"day": day}

    hours = portal_settings.positions_kept_hours
    return LookTable(
        _("The next daily clean-up deletes:"),
        [
            (_("Words and addresses of messages"), before(portal_settings.messages_kept_days)),
            (_("Entries of the audit trail"), before(portal_settings.audit_kept_days)),
            (
                _("Positions of technicians"),
                ngettext("older than %(number)d hour", "older than %(number)d hours", hours) % {"number": hours},
            ),
        ],
    )


def of_booking(portal_settings: PortalSettings, now: dt.datetime) -> list[tuple[str, str]]:
    """Return the first and the last moment that customers can book now, and how far away."""
    shortest = dt.timedelta(days=portal_settings.min_lead_days, hours=portal_settings.min_lead_hours)
    longest = dt.timedelta(days=portal_settings.max_lead_days)
    zone, unit = portal_settings.time_zone, portal_settings.get_travel_radius_unit_display()
    radius: dict[str, Any] = {"number": portal_settings.travel_radius, "unit": unit}
    return [
        (_("Not before"), _moment(now + shortest, zone)),
        (_("Not after"), _moment(now + longest, zone)),
        (_("Not further from a technician than"), _("%(number)d %(unit)s") % radius),
    ]


def _moment(at: dt.datetime, zone: str) -> str:
    return zones.moment(at, zone, _language())


def _language() -> str:
    return zones.supported_language(get_language() or "en")
