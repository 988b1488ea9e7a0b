"""Until when a card may be snoozed, in the zone of whoever snoozes it."""

import datetime as dt
from collections.abc import Callable

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from fsportal.lib import zones
from fsportal.models import PortalSettings, User

#: When "tomorrow" begins, in the user's zone.
MORNING = dt.time(8)
LONGEST = dt.timedelta(days=30)
FOR: dict[str, dt.timedelta] = {"15m": dt.timedelta(minutes=15), "1h": dt.timedelta(hours=1)}
TOMORROW, AT = "tomorrow", "at"

_own_zones: list[Callable[[User], str]] = []


class WrongTime(Exception):
    """That is no time until which a card can be snoozed; the message says what is."""


def register_zone(zone: Callable[[User], str]) -> None:
    """Let an app above say in which zone some users live; an empty name means that it does not know."""
    if zone not in _own_zones:
        _own_zones.append(zone)


def zone_of(user: User) -> str:
    """Return the zone in which a user reads times: their own if it is known, otherwise the company's."""
    own = next(filter(None, (zone(user) for zone in _own_zones)), "")
    return zones.shown(own or PortalSettings.load().time_zone)


def until(choice: str, at: str, zone_name: str, now: dt.datetime, expires_at: dt.datetime) -> dt.datetime:
    """Return the time (aware) that a form asks for: FOR, TOMORROW, or AT with a wall time in the zone.

    Raises WrongTime.
    """
    moment = _asked_for(choice, at, zone_name, now)
    if moment <= now:
        raise WrongTime(_("That time has passed. Choose a later one."))
    if moment > now + LONGEST:
        raise WrongTime(_("A notification can be snoozed for %(days)d days at most.") % {"days": LONGEST.days})
    if moment >= expires_at:
        raise WrongTime(_("This notification expires before that. Choose an earlier time."))
    return moment


def _asked_for(choice: str, at: str, zone_name: str, now: dt.datetime) -> dt.datetime:
    if choice in FOR:
        return now + FOR[choice]
    if choice == TOMORROW:
        day = zones.local(now, zone_name).date() + dt.timedelta(days=1)
        return zones.local_to_utc(dt.datetime.combine(day, MORNING), zone_name)
    wall = _wall_time(at) if choice == AT else None
    if wall is None:
        raise WrongTime(_("Choose a day and a time until which to snooze."))
    try:
        return zones.local_to_utc(wall, zone_name)
    except (ValueError, OverflowError) as error:
        raise WrongTime(str(error)) from None


def _wall_time(text: str) -> dt.datetime | None:
    try:
        wall = parse_datetime(text)
    except ValueError:
        return None
    return wall if wall is not None and wall.tzinfo is None else None
