"""The daily clean-up, for the worker and for `manage.py expire_due`. Here, for it looks up to every app."""

import datetime as dt
from importlib import import_module

from django.conf import settings
from django.utils import timezone
from django_q.models import Task

from bookings.models import BookingImport
from fsportal.models import ApiToken, ScheduledRun
from notifications.models import IdempotentCall

RUNS_KEPT = dt.timedelta(days=90)
TASKS_KEPT = dt.timedelta(days=30)


def clean_up() -> str:
    """Let go of what has been kept long enough, and say what that was. Harmless when repeated."""
    now = timezone.now()
    runs, _by_model = ScheduledRun.objects.filter(slot__lt=now - RUNS_KEPT).delete()
    tasks, _by_model = Task.objects.filter(stopped__lt=now - TASKS_KEPT).delete()
    # What manage.py clearsessions does.
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    files = BookingImport.forget_old(now)
    IdempotentCall.forget_old(now)
    ApiToken.keep_last_uses()
    return f"Deleted {runs} scheduled runs, {tasks} task results and old sessions; emptied {files} imported files."
