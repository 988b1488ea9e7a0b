"""`manage.py export_person EMAIL`: everything that is held about a person, as one JSON document."""

import json
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from fsportal.management import erasing
from fsportal.models import AuditEntry, AuditKind, Contact, Person


class Command(BaseCommand):
    help = (
        "Print everything that is held about the person with this email address, as JSON, without codes and passwords."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="upper or lower case")
        parser.add_argument("--output", metavar="FILE", help="write here (mode 0600); an existing file is refused")

    def handle(self, *args: Any, **options: Any) -> None:
        person = Person.of(options["email"])
        if not erasing.is_known(person):
            raise CommandError(f"Nobody here has the address '{person.email}'.")
        for contact in Contact.objects.filter(pk__in=person.contacts):
            AuditEntry.note(contact, "personal data exported", kind=AuditKind.PERSONAL_DATA)
        text = json.dumps(erasing.export(person), ensure_ascii=False, indent=2)
        if options["output"]:
            _write(Path(options["output"]), text + "\n")
        else:
            self.stdout.write(text)


def _write(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CommandError(f"{path} exists already and is not overwritten.") from None
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
