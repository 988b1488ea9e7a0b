"""`manage.py erase_person EMAIL`: erases a person and keeps what the business did, without them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from fsportal.lib.personal_data import Refused
from fsportal.management import erasing
from fsportal.models import Contact, Person


class Command(BaseCommand):
    help = "Erase the person with this email address. Bookings stay, and that messages were sent, without the person."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="upper or lower case")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        person, dry_run = Person.of(options["email"]), options["dry_run"]
        if not erasing.is_known(person):
            raise CommandError(f"Nobody here has the address '{person.email}'.")
        # Say who is concerned: several people may share an address.
        for contact in Contact.objects.filter(pk__in=person.contacts).select_related("account"):
            self.stdout.write(f"Contact: {contact.name} <{contact.email}>, {contact.account.name}")
        for name in person.user_names:
            self.stdout.write(f"User: {name}")
        try:
            lines = erasing.erase(person, dry_run=dry_run)
        except Refused as error:
            raise CommandError(str(error)) from None
        for line in lines:
            if line.count:
                self.stdout.write(str(line))
        self.stdout.write("Nothing was changed (--dry-run)." if dry_run else "Erased.")
