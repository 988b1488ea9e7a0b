"""F17: a rolling upgrade. The release before goes on working on tables that the new one has brought up to date."""

import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.faults.schedule_files import environment, python
from tests.test_start import PATIENCE, ROOT

PREVIOUS = (ROOT / ".ci" / "previous-release").read_text().strip()
#: Its own tests of verbs, messages and sign-in.
FLOWS = (
    "tests/bookings/models/test_verbs.py",
    "tests/notifications/customers/test_outbox.py",
    "tests/portal/sign_in/test_sign_in.py",
)
SETTINGS = """
from tests.settings import *
DATABASES["default"]["TEST"] = {{"NAME": {name!r}}}
"""


def git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)


def previous_release(folder: Path) -> Path:
    """Unpack the release before; a tag or a commit, which a shallow clone fetches first."""
    packed = git("archive", PREVIOUS)
    if packed.returncode != 0:
        git("fetch", "--depth=1", "origin", PREVIOUS)
        packed = git("archive", PREVIOUS)
    if packed.returncode != 0:
        pytest.skip(f"LEFT OUT: the release before ({PREVIOUS}) is not in this clone and could not be fetched")
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def test_the_release_before_works_on_the_new_tables(tmp_path: Path, database_url: str) -> None:
    old = previous_release(tmp_path / "previous")
    python('call_command("migrate", verbosity=0)', environment(tmp_path, database_url))
    parts = urlsplit(database_url)
    name = parts.path.lstrip("/") if parts.scheme.startswith("postgres") else str(tmp_path / "db.sqlite3")
    (old / "settings_of_upgrade.py").write_text(SETTINGS.format(name=name))
    env = environment(tmp_path, database_url)
    if parts.scheme.startswith("postgres"):
        env["TEST_DATABASE_URL"] = parts._replace(path="/postgres").geturl()
    own = {**env, "PYTHONPATH": str(old), "DJANGO_SETTINGS_MODULE": "settings_of_upgrade"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "--reuse-db"]
    run = subprocess.run(
        [*command, "-o", "addopts=--strict-markers", "--ds=settings_of_upgrade", *FLOWS],
        cwd=old, env=own, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    assert " passed" in run.stdout
