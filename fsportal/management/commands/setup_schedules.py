"""`manage.py setup_schedules`: upserts the schedules; runs by itself after every migrate."""

from typing import Any

from django.core.management.base import BaseCommand

from fsportal.management import schedules


class Command(BaseCommand):
    help = "Make the worker's schedules match the code. Runs by itself after migrate."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{schedules.upsert()} schedules are in place.")
