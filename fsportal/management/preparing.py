"""Prepares what `manage.py start` needs: closed files, database tables, static files, demo company."""

import fcntl
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from fsportal.lib.private_files import close_to_others
from fsportal.management import restoring
from fsportal.management.demo import logins
from fsportal.metrics.folder import emptied
from fsportal.models import Account, User

#: An arbitrary number, the same on every machine: only one at a time sets the database up.
SETUP_LOCK = 7_202_611


def prepare(*, static: bool, say: Callable[[str], None]) -> None:
    """Bring the database up to date, and collect static files if `static`."""
    close_to_others(Path(settings.DATA_DIR), *_database_files())
    with _alone():
        if _migrations_wait():
            say("Bringing the database up to date.")
        # Even without new migrations, since roles and schedules are updated after each run.
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        restore = restoring.notice()
        if restore is not None:
            say(f"An older database was restored, of {restore}: what may have gone out since is held (Notifications).")
        if settings.DEMO and _is_empty():
            say("Loading the demo company (DEMO=0 starts empty).")
            with _without_log("fsportal.audit"):
                call_command("demo", verbosity=0)
        if static and settings.METRICS_DIR:
            emptied(Path(settings.METRICS_DIR))
        if static:
            call_command("collectstatic", verbosity=0, interactive=False)


@contextmanager
def _without_log(name: str) -> Iterator[None]:
    """Leave out the lines of a logger: what the demo company did would hide the sign-ins."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def sign_ins() -> dict[str, str]:
    """Return the demo's user names with their passwords; empty without a demo."""
    return logins.read()


def _migrations_wait() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _is_empty() -> bool:
    return not (Account.objects.exists() or User.objects.exists())


@contextmanager
def _alone() -> Iterator[None]:
    """Keep others that start at the same time from setting up the same folder or the same database."""
    with ExitStack() as locks:
        for folder in sorted(_folders()):
            lock = locks.enter_context((folder / "setup.lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        if connection.vendor == "postgresql":
            locks.enter_context(_advisory_lock())
        yield


def _folders() -> set[Path]:
    """Return DATA_DIR and the folder of a SQLite database, which may be another one."""
    own = {Path(settings.DATA_DIR)}
    return own | {Path(connection.settings_dict["NAME"]).resolve().parent} if connection.vendor == "sqlite" else own


def _database_files() -> list[Path]:
    if connection.vendor != "sqlite":
        return []
    file = Path(connection.settings_dict["NAME"]).resolve()
    return [path for path in (file, Path(f"{file}-wal"), Path(f"{file}-shm")) if path.exists()]


@contextmanager
def _advisory_lock() -> Iterator[None]:
    """Keep other machines out, which share nothing but the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [SETUP_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [SETUP_LOCK])
