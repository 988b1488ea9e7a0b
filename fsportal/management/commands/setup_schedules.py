"""`manage.py setup_schedules`: upserts the schedules; runs by itself after every migrate."""

from typing import Any

from django.core.management.base import BaseCommand

from fsportal.management import schedules


class Command(BaseCommand):
    """Write the schedules into the database."""

    help = "Make the worker's schedules say what the code says. Runs by itself after migrate."

    def handle(self, *args: Any, **options: Any) -> None:
        """Upsert, and say how many there are."""
        self.stdout.write(f"{schedules.upsert()} schedules are in place.")
