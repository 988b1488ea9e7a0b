"""`manage.py empty_demo`: removes the demo company and keeps the settings, as *Start your own company* does."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from fsportal.management.demo import emptying
from fsportal.management.demo.emptying import CountOfRecords, DemoContents
from fsportal.models import User


class Command(BaseCommand):
    help = "Remove the demo company; settings, templates and roles stay. Without --yes, only say what would go."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--keep", default="admin", metavar="USER", help="Who stays, and is an admin then (admin).")
        parser.add_argument("--yes", action="store_true", help="Do it.")

    def handle(self, *args: Any, **options: Any) -> None:
        keep = User.objects.filter(username=options["keep"]).first()
        if keep is None:
            raise CommandError(f"There is no user {options['keep']!r}. Name the one who stays: --keep USER.")
        if not options["yes"]:
            contents = DemoContents(keep)
            self._say("This would go:", contents.goes())
            self._say("This stays, besides settings, templates and roles:", contents.stays())
            self.stdout.write("Nothing was changed. Add --yes to do it.")
            return
        try:
            gone = emptying.empty(keep)
        except emptying.NotNow as refusal:
            raise CommandError(str(refusal)) from None
        self._say("This is gone:", gone)

    def _say(self, heading: str, lines: list[CountOfRecords]) -> None:
        self.stdout.write(heading)
        for line in lines:
            names = f" ({', '.join(line.names)})" if line.names else ""
            self.stdout.write(f"  {line.label}: {line.number}{names}")
