"""`manage.py expire_due`: deletes what has been kept long enough, as the worker does daily."""

from typing import Any

from django.core.management.base import BaseCommand

from fsportal.management.cleaning import clean_up


class Command(BaseCommand):
    help = (
        "Delete what has been kept long enough, as the worker does daily, and the words and addresses of old messages"
        " (Customer Portal > Settings says how old). docs/operations.md has the table, What is kept how long."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(clean_up(budget=None))
