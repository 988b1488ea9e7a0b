"""The daily clean-up, for the worker and for `manage.py expire_due`. Here, for it looks up to every app."""

import datetime as dt
from importlib import import_module

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_q.models import Task

from bookings.models import BookingImport, Tap
from fsportal.models import ApiToken, ScheduledRun
from notifications.models import IdempotentCall, TextReply
from notifications.models.app_notification import expire
from portal.models import OneTimeCode

RUNS_KEPT = dt.timedelta(days=90)
REPLIES_KEPT = dt.timedelta(days=90)
#: Long after a phone may send one again; what they did is in the visit's history.
TAPS_KEPT = dt.timedelta(days=30)
TASKS_KEPT = dt.timedelta(days=30)
#: Of no use after minutes; a day lets an admin see that one was tried. (What the automatic invite has reached is never
#: forgotten: an address gets it once, ever. Invitations that are over stay, for who was invited is asked later.)
ONE_TIME_CODES_KEPT = dt.timedelta(days=1)


def clean_up() -> str:
    """Let go of what has been kept long enough, and say what that was. Harmless when repeated."""
    now = timezone.now()
    runs, _by_model = ScheduledRun.objects.filter(slot__lt=now - RUNS_KEPT).delete()
    tasks, _by_model = Task.objects.filter(stopped__lt=now - TASKS_KEPT).delete()
    codes, _by_model = OneTimeCode.objects.filter(created_at__lt=now - ONE_TIME_CODES_KEPT).delete()
    # What manage.py clearsessions does.
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    _forget_ended_places()
    Tap.objects.filter(received_at__lt=now - TAPS_KEPT).delete()
    TextReply.forget_old(now - REPLIES_KEPT)
    files = BookingImport.forget_old(now)
    IdempotentCall.forget_old(now)
    ApiToken.keep_last_uses()
    notes = expire(now)
    return (
        f"Deleted {notes} in-app notes, {runs} scheduled runs, {tasks} task results, {codes} one-time codes"
        f" and old sessions; emptied {files} imported files."
    )


def _forget_ended_places() -> None:
    alive = Session.objects.values("session_key")
    UserSession.objects.exclude(session_key__in=alive).delete()
