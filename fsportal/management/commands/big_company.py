"""`manage.py big_company`: fills an empty database for trying lists and pages at size."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from bookings.models import Resource, WorkOrder
from fsportal.management.big_company import messages, people, visits
from fsportal.management.big_company.bulk import hurried
from fsportal.management.big_company.plan import Plan
from fsportal.management.demo import logins
from fsportal.models import Account
from notifications.models import CustomerNotification


def is_empty() -> bool:
    return not any(model.objects.exists() for model in (Account, Resource, WorkOrder, CustomerNotification))


class Command(BaseCommand):
    help = "Fill an empty database with two years of bookings, contacts and messages, for trying it at size."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--bookings", type=int, default=100_000)
        parser.add_argument("--contacts", type=int, default=100_000)
        parser.add_argument("--messages", type=int, default=1_000_000)

    def handle(self, *args: Any, **options: Any) -> None:
        if min(options["bookings"], options["contacts"]) < 1 or options["messages"] < 0:
            raise CommandError("Give at least 1 booking, 1 contact and 0 messages.")
        if not is_empty():
            raise CommandError(
                "This database has accounts, technicians, work orders or messages. Name an empty one, for example"
                " DATA_DIR=/tmp/big manage.py migrate, then DATA_DIR=/tmp/big manage.py big_company."
            )
        self.began = time.monotonic()
        plan = Plan(timezone.now(), options["bookings"], options["contacts"], options["messages"])
        # All or nothing: what is interrupted leaves the database empty.
        with hurried(), transaction.atomic():
            logins.make()
            people.fill(plan)
            self.say(f"{len(plan.accounts):,} accounts, {len(plan.people):,} contacts")
            visits.fill(plan)
            self.say(f"{len(plan.visits):,} bookings with history and codes")
            messages.fill(plan, lambda made: self.say(f"{made:,} messages"))
        self.say(f"Done. The sign-ins are kept in {logins.path()}")

    def say(self, words: str) -> None:
        self.stdout.write(f"{time.monotonic() - self.began:6.1f} s  {words}")
        self.stdout.flush()
