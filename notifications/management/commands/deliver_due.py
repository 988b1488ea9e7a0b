"""`manage.py deliver_due`: one delivery run, now."""

from typing import Any

from django.core.management.base import BaseCommand

from notifications.customers import delivery


class Command(BaseCommand):
    """Deliver every message that is due, then say how many were looked at."""

    help = "Deliver every customer notification that is due, now."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run once."""
        self.stdout.write(f"{delivery.drain()} messages looked at.")
