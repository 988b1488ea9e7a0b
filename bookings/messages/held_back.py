"""Messages that were held back for a reason that may be gone, such as a missing email address."""

import datetime as dt
from collections.abc import Iterable

from django.db import models
from django.db.models import Exists, OuterRef, Q

from bookings.messages import moments, told
from bookings.messages.queue import OWN_ACT
from bookings.models import HOLD, Booking, BookingStatus, Reminder
from fsportal.models import PortalSettings, Restore
from fsportal.models.consent import Channel, MessageChoice, OptOut
from notifications.models import CustomerNotification, Reason, State

CONTACT = OuterRef("contact_id")
#: Reasons that go once the visit gets another time.
SAID = (Reason.ALREADY_TOLD, Reason.NEWER_MESSAGE, Reason.DO_NOT_TELL)
#: Reasons that go once the contact may be told again.
REACHABLE_AGAIN = (
    Reason.NO_ADDRESS,
    Reason.BOUNCED,
    Reason.OPTED_OUT,
    Reason.NOT_WANTED,
    Reason.EXCLUDED_ACCOUNT,
    Reason.INACTIVE_ACCOUNT,
    Reason.EXCLUDED_TYPE,
    Reason.COUNTRY,
)
#: What stays of use until the visit. Whoever hears nothing of a new time believes the old one until the end.
OF_USE_UNTIL_THE_VISIT = (told.BOOKED, told.RESCHEDULED, told.CANCELED, told.REOPENED)
#: Reasons that may be gone some day.
CURABLE = (
    *REACHABLE_AGAIN,
    Reason.SWITCHED_OFF,
    Reason.CHANNEL_OFF,
    Reason.STATUS_CHANGED,
    Reason.RECIPIENT_CHANGED,
    Reason.CONFIRMED,
    Reason.TOO_LATE,
    *SAID,
)


def may_come_back(row: CustomerNotification, booking: Booking) -> bool:
    """Tell whether the sweep queues an ended reminder again, if it can go out then. A plan asks it."""
    # What failed has the reasons of the provider, and somebody to see to it.
    if row.told_at is not None or row.reason not in CURABLE or row.state == State.FAILED:
        return False
    has_another_time = booking.timed_at is not None and (row.finished_at is None or booking.timed_at > row.finished_at)
    return has_another_time or row.reason not in SAID


def look_again(
    due: "models.QuerySet[Booking]",
    near: "models.QuerySet[Booking]",
    reminder: Reminder,
    channel: str,
    now: dt.datetime,
) -> int:
    """Queue again what was never told and could go out now; returns how many. `due` names the `recipient`.

    `due` looks ahead, as what is queued again may have to go before a pause; what waits in the outbox is made due only
    if it is about one of the visits that are `near` by now.

    Whether it is true is checked again at delivery. Only reasons that are really gone count, as this is asked every
    minute.
    """
    own = Q(dedupe_key__endswith=f":{reminder.occasion}") if reminder.pk else Q(revision=0)
    never_told = CustomerNotification.objects.filter(
        own, event=told.UPCOMING, channel=channel, told_at=None, regarding_id__in=due.order_by().values("pk")
    )
    found = never_told.filter(_is_cured(due, near, channel, now) | _has_allowed_country(never_told))
    return _queue_again(found, now)


def _queue_again(found: "models.QuerySet[CustomerNotification]", now: dt.datetime) -> int:
    if not found.exists():  # an UPDATE of nothing takes the write lock all the same
        return 0
    # They may have gone out after the backup that was restored.
    held = {"held_at": now} if Restore.recent(now) else {}
    return found.update(state=State.QUEUED, reason="", due_at=now, finished_at=None, **held)


def hurry_what_comes_too_late(now: dt.datetime) -> int:
    """Make due what waits for a moment that would be too late since the visit was moved; returns how many."""
    # What is due that soon may wait for somebody to undo it (Change.hold).
    waiting = CustomerNotification.objects.filter(state=State.QUEUED, due_at__gt=now + HOLD, attempts_made=0)
    waiting = waiting.filter(held_at=None)
    visit = Booking.objects.upcoming(now).filter(
        pk=OuterRef("regarding_id"), start__lt=OuterRef("due_at") + moments.TOO_SHORT
    )
    found = waiting.filter(Exists(visit))
    return found.update(due_at=now) if found.exists() else 0


def comes_too_late(row: CustomerNotification, booking: Booking, now: dt.datetime) -> bool:
    """Tell whether `hurry_what_comes_too_late` makes an open message due. A plan asks it."""
    if booking.status != BookingStatus.SCHEDULED or booking.start <= now or row.attempts_made:
        return False
    return row.due_at > now + HOLD and not moments.leaves_time(row.due_at, booking.start)


def look_again_at_others(channels: Iterable[str], now: dt.datetime) -> int:
    """Queue again that a visit is booked, moved or off, for contacts who can be told by now.

    It would be true on a later day too. Whether it is the last word is checked at delivery; returns how many.
    """
    held = CustomerNotification.objects.filter(
        event__in=OF_USE_UNTIL_THE_VISIT, state=State.SUPPRESSED, reason__in=REACHABLE_AGAIN, told_at=None
    ).exclude(dedupe_key__endswith=f":{OWN_ACT}")
    ahead, off = Booking.objects.upcoming(now), Booking.objects.filter(status=BookingStatus.CANCELED, start__gt=now)
    count = 0
    for event in OF_USE_UNTIL_THE_VISIT:
        visits = off if event == told.CANCELED else ahead
        for channel in channels:
            of_these = held.filter(event=event, channel=channel, regarding_id__in=visits.order_by().values("pk"))
            found = of_these.filter(_may_be_reached(visits, channel, event) | _has_allowed_country(of_these))
            count += _queue_again(found, now)
    return count


def is_held_back(row: CustomerNotification, booking: Booking, now: dt.datetime) -> bool:
    """Tell whether `look_again_at_others` queues an ended message again, if it can go out. A plan asks it."""
    status = BookingStatus.CANCELED if row.event == told.CANCELED else BookingStatus.SCHEDULED
    is_held = (
        row.event in OF_USE_UNTIL_THE_VISIT
        and row.state == State.SUPPRESSED
        and row.reason in REACHABLE_AGAIN
        and row.told_at is None
    )
    is_own = row.dedupe_key.endswith(f":{OWN_ACT}")
    return is_held and not is_own and booking.status == status and booking.start > now


def _may_be_reached(visits: "models.QuerySet[Booking]", channel: str, event: str) -> Q:
    """Tell whether what kept a contact of these visits from being told is gone."""
    visit = visits.order_by().filter(pk=OuterRef("regarding_id"))
    addressed = ~Q(contact__email="") if channel == Channel.EMAIL else ~Q(contact__mobile_phone="")
    opted_out = OptOut.objects.in_force().filter(contact=CONTACT, channel=channel)
    unwanted = MessageChoice.objects.filter(contact=CONTACT, channel=channel, event=event, is_wanted=False)
    return (
        Q(reason=Reason.NO_ADDRESS) & addressed  # type: ignore[return-value]  # a Q, whatever the stubs say of Exists
        | Q(reason=Reason.BOUNCED, contact__email_bounced_at=None)
        | Q(reason=Reason.OPTED_OUT) & ~Exists(opted_out)
        | Q(reason=Reason.NOT_WANTED) & ~Exists(unwanted)
        | Q(reason=Reason.EXCLUDED_ACCOUNT) & Exists(visit.filter(work_order__account__is_excluded=False))
        | Q(reason=Reason.INACTIVE_ACCOUNT) & Exists(visit.filter(work_order__account__is_active=True))
        | Q(reason=Reason.EXCLUDED_TYPE) & ~Exists(visit.filter(work_order__work_order_type__is_excluded=True))
    )


def _is_cured(due: "models.QuerySet[Booking]", near: "models.QuerySet[Booking]", channel: str, now: dt.datetime) -> Q:
    visit = due.order_by().filter(pk=OuterRef("regarding_id"))
    # The sweep asks only about channels and messages that are on.
    suppressed = Q(reason__in=[Reason.SWITCHED_OFF, Reason.CHANNEL_OFF]) | _may_be_reached(due, channel, told.UPCOMING)
    # Of a visit that is confirmed, `due` has none that goes only to those who have not confirmed.
    came_back = Q(reason__in=[Reason.STATUS_CHANGED, Reason.CONFIRMED]) | (
        Q(reason=Reason.RECIPIENT_CHANGED) & Exists(visit.filter(recipient=CONTACT))  # type: ignore[misc]  # an annotation
    )
    has_another_time = Exists(visit.filter(timed_at__gt=OuterRef("finished_at")))
    return (
        Q(state=State.SUPPRESSED) & suppressed
        | Q(state=State.SUPERSEDED) & came_back
        | Q(state__in=[State.SUPERSEDED, State.SUPPRESSED]) & Q(reason__in=SAID) & has_another_time
        # It had been too late for the time that the visit had then.
        | Q(state=State.EXPIRED)
        # It waits for a later date that the visit once had.
        | Q(state=State.QUEUED, due_at__gt=now, attempts_made=0)
        & ~Q(reason=Reason.QUIET_HOURS)
        & Q(regarding_id__in=near.order_by().values("pk"))
    )


def _has_allowed_country(never_told: "models.QuerySet[CustomerNotification]") -> Q:
    refused = never_told.filter(state=State.SUPPRESSED, reason=Reason.COUNTRY)
    numbers = refused.values_list("pk", "contact__mobile_phone")
    portal_settings = PortalSettings.load()
    return Q(pk__in=[pk for pk, number in numbers if number and portal_settings.may_text(number)])
