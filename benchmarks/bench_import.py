"""How long an import keeps everybody else from writing, and how long it takes.

A file of new bookings is imported, imported again with every visit moved, and once more unchanged, each by
`manage.py import_bookings` in a process of its own. Beside it one writer and one reader go on; their longest waits are
printed. `--rows 50000` is the largest file that is taken. It uses an empty database, under DATA_DIR or DATABASE_URL.
"""

import argparse
import csv
import datetime as dt
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fsportal.settings")
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp())
os.environ["DEMO"] = "0"

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bookings.models import Booking  # noqa: E402
from fsportal.models import ScheduledRun  # noqa: E402

HEADING = (
    "external_id,work_order,account,account_external_id,address,city,country,latitude,longitude,time_zone,"
    "contact_name,contact_email,contact_phone,language,incident_type,resource,start,end"
)


def write_file(path: Path, rows: int, *, hours_later: int = 0) -> None:
    """Write a file with an account, a contact and a work order for each booking, and 200 technicians."""
    first = dt.datetime.now(dt.UTC).replace(hour=8, minute=0, second=0, microsecond=0) + dt.timedelta(days=2)
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADING.split(","))
        for n in range(rows):
            start = first + dt.timedelta(minutes=30 * (n % 18), days=n // 3600, hours=hours_later)
            end = start + dt.timedelta(minutes=30)
            writer.writerow([
                f"B-{n}", f"WO-{n}", f"Household {n}", f"A-{n}", f"{n} High Street", "London", "GB", "51.5", "-0.14",
                "Europe/London", f"Ann {n}", f"ann{n}@example.com", f"0207946{n % 10000:04}", "en", "Boiler inspection",
                f"Technician {n % 200}", f"{start:%Y-%m-%dT%H:%MZ}", f"{end:%Y-%m-%dT%H:%MZ}",
            ])  # fmt: skip


@dataclass
class Beside:
    """Somebody who does one small thing over and over, and notes how long each took."""

    act: Callable[[int], object]
    waits: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    is_over: bool = False

    def run(self) -> None:
        while not self.is_over:
            begun = time.monotonic()
            try:
                self.act(len(self.waits))
            except Exception as error:  # noqa: BLE001 - counted and printed
                self.errors.append(str(error))
            self.waits.append(time.monotonic() - begun)
            time.sleep(0.01)
        connection.close()

    def __str__(self) -> str:
        return f"longest wait {max(self.waits):6.2f} s, {len(self.errors)} errors in {len(self.waits)}"


def timed(name: str, *arguments: str) -> None:
    writer = Beside(lambda n: ScheduledRun.objects.filter(job="bench").update(result=str(n)))
    reader = Beside(lambda _: Booking.objects.filter(status=690970000).count())
    threads = [threading.Thread(target=one.run) for one in (writer, reader)]
    for thread in threads:
        thread.start()
    begun, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    run = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "import_bookings", *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    took, cpu = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - used
    for one in (writer, reader):
        one.is_over = True
    for thread in threads:
        thread.join()
    print(f"{name:10} {took:6.1f} s, {cpu:6.1f} s of processor | writer {writer} | reader {reader}")
    if run.returncode:
        print(run.stderr[-2000:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    rows = parser.parse_args().rows
    call_command("migrate", verbosity=0)
    ScheduledRun.objects.create(job="bench", slot=dt.datetime.now(dt.UTC))
    folder = Path(tempfile.mkdtemp())
    new, moved = folder / "new.csv", folder / "moved.csv"
    write_file(new, rows)
    write_file(moved, rows, hours_later=1)
    print(f"{rows} rows on {connection.vendor}")
    timed("preview", str(new), "--dry-run")
    timed("new", str(new))
    timed("moved", str(moved))
    timed("unchanged", str(moved))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest import process: {peak:.0f} MB")


if __name__ == "__main__":
    main()
