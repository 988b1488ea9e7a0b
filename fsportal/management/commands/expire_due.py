"""`manage.py expire_due`: deletes what has been kept long enough, as the worker does daily."""

from typing import Any

from django.core.management.base import BaseCommand

from fsportal.management.cleaning import clean_up


class Command(BaseCommand):
    help = (
        "Delete expired in-app notifications, records of scheduled runs (90 days) and of tasks (30 days), one-time"
        " codes (1 day), expired sessions, and the content of files that nobody imported (7 days), as the worker does"
        " daily. Invitations expire by themselves."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(clean_up())
