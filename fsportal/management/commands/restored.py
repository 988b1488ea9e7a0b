"""Say that a backup was restored, where `start` cannot notice it by itself: DATA_DIR is new or was restored as well."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from fsportal.management import restoring
from notifications.customers import holding


class Command(BaseCommand):
    help = "After a backup was restored: hold the messages that may have gone out since, until an admin decides."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since", help="when the backup was made, in UTC: 2026-11-24T02:30 (default: what it says)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        restore = restoring.restored(_since(options["since"]))
        self.stdout.write(
            f"The database is of {restore}. {holding.held().count()} messages are held, and reminders that it does not"
            " know of will be. Release or drop them: Customer Portal > Notifications, held."
        )


def _since(text: str | None) -> dt.datetime:
    if text is None:
        return restoring.last_beat() or timezone.now()
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text} is not a time. Write it like 2026-11-24T02:30 (UTC).") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
