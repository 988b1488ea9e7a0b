"""F15: an import beside traffic. Others hardly wait, see all of it or nothing, and a killed import leaves nothing."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.faults.schedule_files import environment, python, write_schedule
from tests.test_start import PATIENCE, ROOT

#: Writes and reads until the file `stop` is there, and says how long it waited and what it saw.
BESIDE = """
import json, sys, time, datetime as dt, pathlib
import django; django.setup()
from bookings.models import Booking
from fsportal.models import Account, ScheduledRun
stop, ready = pathlib.Path({folder!r}, "stop"), pathlib.Path({folder!r}, "ready")
run = ScheduledRun.objects.create(job="beside", slot=dt.datetime.now(dt.UTC))
longest, errors, seen, writes = 0.0, [], set(), 0
while not stop.exists():
    began = time.monotonic()
    try:
        ScheduledRun.objects.filter(pk=run.pk).update(result=str(writes))
        seen.add(Booking.objects.count())
    except Exception as error:
        errors.append(str(error))
    longest = max(longest, time.monotonic() - began)
    writes += 1
    ready.touch()
    time.sleep(0.01)
print(json.dumps([longest, errors, sorted(seen), writes]))
"""
#: Dies at the `at`-th statement of the short transaction.
KILLED = """
import os, signal
from fsportal.lib import bulk_rows
run, left = bulk_rows.Statement.run, {at}
def dying(self):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    run(self)
bulk_rows.Statement.run = dying
call_command("import_bookings", {path!r})
"""
#: Longer than this nobody waits, whatever the size of the file.
LONGEST_WAIT = 5.0
COUNT = """
from bookings.models import Booking, BookingChange, WorkOrder
from fsportal.models import Account, Contact
print([model.objects.count() for model in (Account, Contact, WorkOrder, Booking, BookingChange)])
"""


def beside(folder: Path, env: dict[str, str], path: Path, *arguments: str) -> tuple[float, list[str], list[int], int]:
    """Import a file beside somebody who writes and reads; return what they waited, suffered and saw."""
    for name in ("stop", "ready"):
        (folder / name).unlink(missing_ok=True)
    other = subprocess.Popen(
        [sys.executable, "-c", BESIDE.format(folder=str(folder))], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    )
    try:
        while not (folder / "ready").exists():
            assert other.poll() is None
        python(f'call_command("import_bookings", *{[str(path), *arguments]!r})', env)
    finally:
        (folder / "stop").touch()
        told, _nothing = other.communicate(timeout=PATIENCE)
    longest, errors, seen, writes = json.loads(told)
    return longest, errors, seen, writes


def test_others_hardly_wait_and_see_all_or_nothing(
    tmp_path: Path, database_url: str, size: Callable[[int, int], int]
) -> None:
    rows = size(1_500, 50_000)
    env = environment(tmp_path, database_url)
    path = write_schedule(tmp_path / "new.csv", range(rows))
    python('call_command("migrate", verbosity=0)', env)

    preview = beside(tmp_path, env, path, "--dry-run")
    new = beside(tmp_path, env, path)
    print(f"{rows} rows: longest wait {preview[0]:.2f} s beside the preview, {new[0]:.2f} s beside the import")

    for longest, errors, seen, writes in (preview, new):
        assert errors == []
        assert writes > 10
        assert longest < LONGEST_WAIT
        assert set(seen) <= {0, rows}
    assert python(COUNT, env).strip() == str([rows] * 5)


def test_a_killed_import_leaves_nothing_and_can_be_repeated(
    tmp_path: Path, database_url: str, size: Callable[[int, int], int]
) -> None:
    rows = 200
    env = environment(tmp_path, database_url)
    path = write_schedule(tmp_path / "new.csv", range(rows))
    python('call_command("migrate", verbosity=0)', env)
    # Accounts, contacts, types, technicians, work orders, bookings and history are a statement each.
    for at in range(7, 11) if size(0, 1) else (9,):
        code = "import django; django.setup()\nfrom django.core.management import call_command\n"
        killed = subprocess.run(
            [sys.executable, "-c", code + KILLED.format(at=at, path=str(path))], cwd=ROOT, env=env, check=False
        )
        if killed.returncode == 0:
            continue
        assert killed.returncode == -signal.SIGKILL
        assert python(COUNT, env).strip() == str([0] * 5)
    python(f'call_command("import_bookings", {str(path)!r})', env)
    assert python(COUNT, env).strip() == str([rows] * 5)
