"""`manage.py create_api_token USERNAME`: prints a bearer token for the Web API, once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from fsportal.models import ApiToken, User
from fsportal.models.api_token import LONGEST_LIFE


class Command(BaseCommand):
    help = "Make a bearer token with which a program signs in to the Web API as USERNAME, and print it, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="command line", help="What uses it; shown in the Settings area.")
        parser.add_argument("--days", type=int, default=365, help="How long it works (365).")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        name, days = options["name"].strip(), options["days"]
        if user is None:
            raise CommandError(f"There is no user '{options['username']}'.")
        if not user.is_active:
            raise CommandError(f"The user '{user.username}' is not active, so the token would not work.")
        if not 1 <= days <= LONGEST_LIFE:
            raise CommandError(f"--days takes 1 to {LONGEST_LIFE}; it got {days}.")
        if not 1 <= len(name) <= 100:
            raise CommandError("--name takes 1 to 100 characters.")
        _token, text = ApiToken.issue(user, name, days=days)
        self.stdout.write(text)
