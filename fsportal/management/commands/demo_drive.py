"""`manage.py demo_drive`: lets the demo's technician drive to their visit, so that the live map moves."""

import datetime as dt
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from bookings.models import Booking
from bookings.tracking import intake
from fsportal.management.demo import drive

LONGEST = 600
MINUTE = dt.timedelta(minutes=1)


class Command(BaseCommand):
    """Reports positions on an invented line, as a phone would. The visit keeps its status."""

    help = "Let the demo's technician drive to the visit that they have set off for, so that the live map moves."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--minutes", type=float, default=10, help="How long it takes (10).")

    def handle(self, *args: Any, **options: Any) -> None:
        """Drive to the door, unless somebody starts work or turns back, or presses Ctrl-C."""
        booking = drive.visit()
        if booking is None:
            raise CommandError(
                "Nobody is on the way to a visit of the demo. Sign in as technician, press Set off, then try again."
            )
        way = _way(booking, options["minutes"])
        self.stdout.write(
            f"{booking.resource} drives to {booking.work_order.account.name}, {options['minutes']:g} minutes;"
            " Ctrl-C stops it.\nWatch as customer (View live map) or as dispatcher (Map of the day)."
        )
        try:
            arrived = _drive(booking, way)
        except KeyboardInterrupt:
            arrived = False
        self.stdout.write("At the door." if arrived else "Stopped on the way.")


def _way(booking: Booking, minutes: float) -> drive.DemoDrive:
    if not 0 < minutes <= LONGEST:
        raise CommandError(f"--minutes must be more than 0, and {LONGEST} at most.")
    way = drive.to(booking, dt.timedelta(minutes=minutes), timezone.now())
    if way is None:
        raise CommandError("There is no route: the visit's address or the technician's start has no coordinates.")
    if way.takes < way.least:
        raise CommandError(f"Nobody drives that fast. From there it takes at least --minutes {way.least // MINUTE}.")
    return way


def _drive(booking: Booking, way: drive.DemoDrive) -> bool:
    """Report until the end; False if the technician is no longer on the way to this visit."""
    for report in way.reports(timezone.now()):
        time.sleep(max(0.0, (report.recorded_at - timezone.now()).total_seconds()))
        now = intake.visit_traveled_to(booking.resource)
        if now is None or now.pk != booking.pk or not intake.take(booking.resource, [report], timezone.now()):
            return False
    return True
