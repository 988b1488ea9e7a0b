"""What other settings would do to messages that are to come: which would go, would not, or at another time.

Both plans ask what delivery asks (plan.py). They look at the visits of the newest waiting messages and at the
next visits, MOST of each: so it takes as long with a hundred bookings as with a hundred thousand.
"""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from django.contrib.contenttypes.models import ContentType

from bookings.models import Booking
from bookings.plan import MessagePlan, Planned, SettingsToBe, Stored, plan_each
from fsportal.models import PortalSettings
from notifications.models import CustomerNotification, Reason, State

MOST = 50
#: Messages that would go at nearly the same time count as unchanged.
SAME = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class ComingMessage:
    """One message as it would be: `before` and `after` are None where it does not go."""

    booking: Booking
    planned: Planned
    before: dt.datetime | None
    after: dt.datetime | None
    reason: Reason | None = None


@dataclass(frozen=True)
class SettingsEffect:
    """How messages would change. `visits` were looked at, up to `until` if there are more."""

    visits: int
    until: dt.datetime | None
    sent: list[ComingMessage] = field(default_factory=list)
    withdrawn: list[ComingMessage] = field(default_factory=list)
    moved: list[ComingMessage] = field(default_factory=list)
    #: What goes with the settings as they are.
    going: list[Planned] = field(default_factory=list)

    @property
    def is_nothing(self) -> bool:
        return not (self.sent or self.withdrawn or self.moved)


def effect_of(settings_to_be: SettingsToBe, now: dt.datetime) -> SettingsEffect:
    """Return what saving these settings would do. Changes nothing."""
    bookings, until = _looked_at(now)
    stored = Stored()
    before = _by_key(plan_each(bookings, now, stored=stored))
    after = _by_key(plan_each(bookings, now, settings_to_be, stored))
    going = [planned for _booking, planned in before.values() if planned.at is not None]
    effect = SettingsEffect(len(bookings), until, going=going)
    for key in before | after:
        booking, planned = after.get(key) or before[key]
        goes = before[key][1].at if key in before else None
        would_go = planned.at if key in after else None
        reason = planned.reason if key in after else _why_gone(planned, settings_to_be.portal_settings)
        change = ComingMessage(booking, planned, goes, would_go, reason)
        if goes is None and would_go is not None:
            effect.sent.append(change)
        elif goes is not None and would_go is None:
            effect.withdrawn.append(change)
        elif goes is not None and would_go is not None and abs(goes - would_go) >= SAME:
            effect.moved.append(change)
    return effect


def _why_gone(planned: Planned, portal_settings: PortalSettings) -> Reason | None:
    """Say why a reminder is not even in the plan any more; one of those that were removed needs no reason."""
    if not portal_settings.sends(planned.event):
        return Reason.SWITCHED_OFF
    return None if planned.channel in portal_settings.channels else Reason.CHANNEL_OFF


def _by_key(plans: list[MessagePlan]) -> dict[str, tuple[Booking, Planned]]:
    return {one.message.dedupe_key: (plan.booking, one) for plan in plans for one in plan.messages}


def _looked_at(now: dt.datetime) -> tuple[list[Booking], dt.datetime | None]:
    """Return the visits, and the start of the last one if there are more."""
    coming = list(Booking.objects.with_visit().upcoming(now).order_by("start", "pk")[: MOST + 1])
    until = coming[MOST - 1].start if len(coming) > MOST else None
    kind = ContentType.objects.get_for_model(Booking)
    # By an index; there is none by the moment at which they are due.
    waiting = CustomerNotification.objects.filter(state=State.QUEUED, regarding_type=kind).order_by("-created_at", "pk")
    ids = waiting.values_list("regarding_id", flat=True)[:MOST]
    known = {booking.pk for booking in coming[:MOST]}
    others = Booking.objects.with_visit().filter(pk__in={pk for pk in ids if pk is not None} - known)
    return [*coming[:MOST], *others], until


def by_event(changes: list[ComingMessage]) -> list[tuple[str, int]]:
    """Return how many messages there are of each event, the most frequent first."""
    return Counter(one.planned.event for one in changes).most_common()
