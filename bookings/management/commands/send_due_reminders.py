"""`manage.py send_due_reminders`: one reminder sweep, now."""

from typing import Any

from django.core.management.base import BaseCommand

from bookings.messages import reminders


class Command(BaseCommand):
    """Queue every reminder that is due, whatever the clock says."""

    help = "Queue a reminder for every visit within the lead time that has none yet, now."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{reminders.sweep()}.")
