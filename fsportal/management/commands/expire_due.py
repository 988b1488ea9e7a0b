"""`manage.py expire_due`: lets go of what has been kept long enough."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django_q.models import Task

from bookings.models import BookingImport
from fsportal.models import ScheduledRun

RUNS_KEPT = dt.timedelta(days=90)
TASKS_KEPT = dt.timedelta(days=14)
FILES_KEPT = dt.timedelta(days=30)


class Command(BaseCommand):
    """Delete old traces of the machinery, and the content of imported files; harmless when repeated."""

    help = "Delete traces of scheduled runs (90 days), of tasks (14 days), and imported files' content (30 days)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Expire, and say what was done."""
        now = timezone.now()
        runs, _by_model = ScheduledRun.objects.filter(slot__lt=now - RUNS_KEPT).delete()
        tasks, _by_model = Task.objects.filter(stopped__lt=now - TASKS_KEPT).delete()
        old = BookingImport.objects.filter(uploaded_at__lt=now - FILES_KEPT).exclude(content=b"")
        files = old.update(content=b"")
        self.stdout.write(f"Deleted {runs} scheduled runs and {tasks} task results; emptied {files} imported files.")
