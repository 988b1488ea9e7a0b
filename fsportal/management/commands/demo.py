"""`manage.py demo`: loads the demo company, and prints its sign-ins."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from fsportal.management.demo import build, logins


class Command(BaseCommand):
    help = "Load the demo company: accounts, contacts, technicians, bookings in every state, and four sign-ins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="also into a database that has other data")

    def handle(self, *args: Any, **options: Any) -> None:
        if build.is_foreign() and not options["force"]:
            raise CommandError(
                "This database has accounts or users that are not the demo's. Use an empty one"
                " (DATA_DIR=/tmp/demo make run), or add --force to mix the demo into it."
            )
        build.build()
        if options["verbosity"] == 0:
            return
        self.stdout.write("The demo company is loaded.")
        for name, password in logins.read().items():
            self.stdout.write(f"  {name:<12} {password}")
        self.stdout.write(f"The sign-ins are kept in {logins.path()}")
