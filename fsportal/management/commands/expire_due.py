"""`manage.py expire_due`: lets go of what has been kept long enough."""

from typing import Any

from django.core.management.base import BaseCommand

from fsportal.management.cleaning import clean_up


class Command(BaseCommand):
    help = (
        "Delete in-app notifications that are over, traces of scheduled runs (90 days) and of tasks (30 days), one-time"
        " codes (1 day), sessions that are over, and the content of files that nobody imported (7 days). The worker"
        " does so daily. Invitations end by themselves at their time."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(clean_up())
