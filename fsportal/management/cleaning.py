"""The daily clean-up of all apps, for the worker and `manage.py expire_due`: what is let go, and when.

docs/operations.md, *What is kept how long*, has the whole table, with what is never deleted.
"""

import datetime as dt
from importlib import import_module
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django_q.models import Task

from bookings.models import Booking, BookingImport, BulkChange, BulkRow, GeocodedAddress, Tap
from fsportal.lib import worker_wakeup
from fsportal.lib.chunks import Budget, delete_in_chunks
from fsportal.management.statistics import renew_statistics
from fsportal.models import ApiToken, AuditEntry, PortalSettings, ProfileChange, ScheduledRun, Tally
from notifications import retention
from notifications.models import IdempotentCall, UnopenedCard
from notifications.models.app_notification import expire
from portal.models import OneTimeCode, SecurityNotice

#: Seconds for one run by the worker, which has other things to do; another run does the rest.
BUDGET = 20.0
TASK = "fsportal.management.cleaning.clean_up"

DAY = dt.timedelta(days=1)
RUNS_KEPT = REPLIES_KEPT = 90 * DAY
#: Far longer than a phone repeats a tap; what taps did is in the visit's history.
TAPS_KEPT = TASKS_KEPT = 30 * DAY
#: They expire after minutes; a day lets an admin see that one was tried. Invited addresses are never deleted, because
#: the automatic invite reaches each once, ever; nor are old invitations, because they say who was invited.
ONE_TIME_CODES_KEPT = DAY
#: Long enough to undo what somebody else did to a profile.
PROFILE_CHANGES_KEPT = 365 * DAY
#: The email about one gives up after a few days, the audit trail has the change itself.
SECURITY_NOTICES_KEPT = 90 * DAY
#: Long after the last card of that kind about that record; a card that comes then is another one.
UNOPENED_CARDS_KEPT = 90 * DAY
#: Links work until then, and closing one looks for the address to which its message went.
AFTER_A_VISIT = 30 * DAY


def clean_up(budget: float | None = BUDGET) -> str:
    """Let go what has been kept long enough; returns a sentence about it. Harmless when repeated.

    With a `budget` (seconds) it ends soon after and asks for another run if something may be left.
    """
    worker_wakeup.woken(TASK)
    now, time_left = timezone.now(), Budget(budget)
    portal_settings = PortalSettings.load()
    deleted = {"in-app notifications": expire(now)}
    for what, rows in _old_rows(now, portal_settings).items():
        deleted[what] = delete_in_chunks(rows, time_left)
    # As manage.py clearsessions does; nearly all of them went with the rows above.
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    files = BookingImport.forget_old(now)
    BulkChange.objects.filter(BulkChange.old(now), rows=None).delete()
    ApiToken.keep_last_uses()
    messages = _forget_messages(now, portal_settings.messages_kept_days, time_left)
    if time_left.is_spent:
        worker_wakeup.wake(TASK, group="clean-up")
    else:
        renew_statistics()
    what_went = ", ".join(f"{count} {what}" for what, count in deleted.items() if count) or "nothing"
    return f"Deleted {what_went}; emptied {files} imported files and {messages} messages."


def _old_rows(now: dt.datetime, portal_settings: PortalSettings) -> dict[str, QuerySet[Any]]:
    """Return what is deleted, by what it is called. Nothing refers to these rows."""
    alive = Session.objects.values("session_key")
    rows: dict[str, QuerySet[Any]] = {
        "scheduled runs": ScheduledRun.objects.filter(slot__lt=now - RUNS_KEPT),
        "task results": Task.objects.filter(stopped__lt=now - TASKS_KEPT),
        "one-time codes": OneTimeCode.objects.filter(created_at__lt=now - ONE_TIME_CODES_KEPT),
        "sessions": Session.objects.filter(expire_date__lt=now),
        "ended sign-ins": UserSession.objects.exclude(session_key__in=alive),
        "geocoded addresses": GeocodedAddress.objects.filter(until__lte=now),
        "taps": Tap.objects.filter(received_at__lt=now - TAPS_KEPT),
        "repeatable calls": IdempotentCall.objects.filter(created_at__lte=now - IdempotentCall.KEPT_FOR),
        "profile changes": ProfileChange.objects.filter(at__lt=now - PROFILE_CHANGES_KEPT),
        "notes of mailed cards": UnopenedCard.objects.forgettable().filter(mailed_at__lt=now - UNOPENED_CARDS_KEPT),
        "rows of bulk changes": BulkRow.objects.filter(bulk_change__in=BulkChange.objects.filter(BulkChange.old(now))),
        "counts of tries": Tally.objects.filter(ends__lt=now.timestamp()),
        "security notices": SecurityNotice.objects.filter(at__lt=now - SECURITY_NOTICES_KEPT),
    }
    if portal_settings.messages_kept_days:
        before = now - max(REPLIES_KEPT, portal_settings.messages_kept_days * DAY)
        rows["text replies"] = retention.old_texts(before)
    if portal_settings.audit_kept_days:
        audited_since = now - portal_settings.audit_kept_days * DAY
        rows["audit entries"] = AuditEntry.objects.filter(at__lt=audited_since)
        rows["entries of the Settings area's log"] = LogEntry.objects.filter(action_time__lt=audited_since)
    return rows


def _forget_messages(now: dt.datetime, days: int, budget: Budget) -> int:
    if not days:
        return 0
    # Addresses show who was told of a visit (bookings/messages/told.py), so messages about those ahead keep theirs.
    lately = Booking.objects.filter(pk=OuterRef("regarding_id"), end__gt=now - AFTER_A_VISIT)
    messages = retention.forget(now, now - days * DAY, budget, but=Q(Exists(lately)))
    retention.forget_texts(now - days * DAY, budget)
    retention.forget_conversations(now - days * DAY, budget)
    return messages
