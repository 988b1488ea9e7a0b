"""A migrated SQLite database without rows of ours, made once for each state of the sources and then copied.

To migrate takes longer than most tests do, and each worker and each process that a test starts would do it again.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: What a migration writes depends on more than migrations: models, roles, schedules, permissions.
SOURCES = (
    "*/migrations/*.py",
    "*/models/*.py",
    "*/apps.py",
    "*/triggers.py",
    "fsportal/lib/*.py",
    "fsportal/management/*.py",
    "fsportal/settings.py",
)


def copy_to(path: Path) -> None:
    """Put a copy there, unless there is a database already."""
    if not path.exists():
        shutil.copyfile(_made(), path)


@cache
def _made() -> Path:
    path = Path(tempfile.gettempdir()) / f"fsportal-migrated-{_state_of_the_sources()}.sqlite3"
    with Path(f"{path}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            with tempfile.TemporaryDirectory() as folder:
                _migrate(folder)
                unfinished = Path(f"{path}.new")
                shutil.copyfile(Path(folder) / "db.sqlite3", unfinished)
                unfinished.replace(path)
    return path


def _state_of_the_sources() -> str:
    found = hashlib.sha256(sys.version.encode())
    for path in sorted(path for pattern in SOURCES for path in ROOT.glob(pattern)):
        found.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _migrate(folder: str) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.endswith(("_URL", "_DIR", "_MODE"))}
    environment = clean | {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "fsportal.settings"}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    # Copied without its log, the file must be whole.
    done = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA wal_checkpoint(TRUNCATE)')"
    subprocess.run([sys.executable, "-c", done, f"{folder}/db.sqlite3"], check=True)
