"""The daily clean-up of all apps, for the worker and `manage.py expire_due`."""

import datetime as dt
from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_q.models import Task

from bookings.models import BookingImport, Tap
from fsportal.management.statistics import renew_statistics
from fsportal.models import ApiToken, ScheduledRun
from notifications.models import IdempotentCall, TextReply
from notifications.models.app_notification import expire
from portal.models import OneTimeCode

RUNS_KEPT = dt.timedelta(days=90)
REPLIES_KEPT = dt.timedelta(days=90)
#: Far longer than a phone repeats a tap; what taps did is in the visit's history.
TAPS_KEPT = dt.timedelta(days=30)
TASKS_KEPT = dt.timedelta(days=30)
#: They expire after minutes; a day lets an admin see that one was tried. Invited addresses are never deleted, because
#: the automatic invite reaches each once, ever; nor are old invitations, because they say who was invited.
ONE_TIME_CODES_KEPT = dt.timedelta(days=1)


def clean_up() -> str:
    """Delete what has been kept long enough; returns a sentence about it. Harmless when repeated."""
    now = timezone.now()
    runs, _by_model = ScheduledRun.objects.filter(slot__lt=now - RUNS_KEPT).delete()
    tasks, _by_model = Task.objects.filter(stopped__lt=now - TASKS_KEPT).delete()
    codes, _by_model = OneTimeCode.objects.filter(created_at__lt=now - ONE_TIME_CODES_KEPT).delete()
    # As manage.py clearsessions does.
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    _forget_ended_sign_ins()
    Tap.objects.filter(received_at__lt=now - TAPS_KEPT).delete()
    TextReply.forget_old(now - REPLIES_KEPT)
    files = BookingImport.forget_old(now)
    IdempotentCall.forget_old(now)
    ApiToken.keep_last_uses()
    notifications = expire(now)
    renew_statistics()
    return (
        f"Deleted {notifications} in-app notifications, {runs} scheduled runs, {tasks} task results, {codes} one-time"
        f" codes and old sessions; emptied {files} imported files."
    )


def _forget_ended_sign_ins() -> None:
    alive = Session.objects.values("session_key")
    UserSession.objects.exclude(session_key__in=alive).delete()
