"""What the suites about data share: schedule files, and Python run as the product runs, in a process of its own."""

import csv
import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

from tests.test_start import PATIENCE, ROOT

COLUMNS = [
    *("external_id", "work_order", "account", "account_external_id", "city", "country", "time_zone"),
    *("contact_name", "contact_email", "incident_type", "resource", "start", "end"),
]


def write_schedule(path: Path, visits: range, *, later: dt.timedelta = dt.timedelta()) -> Path:
    """Write visits of two days ahead, each with an account, a contact and a work order of its own."""
    first = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=2) + later
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for n in visits:
            start = first + dt.timedelta(minutes=n % 600)
            writer.writerow([
                *(f"B-{n}", f"WO-{n}", f"Account {n}", f"A-{n}", "London", "GB", "Europe/London"),
                *(f"Contact {n}", f"contact{n}@example.com", "Boiler", f"Technician {n % 50}"),
                *(start.isoformat(), (start + dt.timedelta(hours=1)).isoformat()),
            ])  # fmt: skip
    return path


def environment(folder: Path, database_url: str, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.endswith(("_URL", "_DIR", "_MODE"))}
    ours = {"DATA_DIR": str(folder), "DATABASE_URL": database_url, "DEMO": "0"}
    return clean | ours | {"DJANGO_SETTINGS_MODULE": "fsportal.settings", **more}


def python(code: str, env: dict[str, str], cwd: Path = ROOT) -> str:
    """Run code with Django set up; return what it prints."""
    begin = "import django; django.setup()\nfrom django.core.management import call_command\n"
    run = subprocess.run(
        [sys.executable, "-c", begin + code],
        cwd=cwd, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    return run.stdout
