"""Prepares what `manage.py start` needs: database tables, cache table, static files, demo company."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from fsportal.management import restoring
from fsportal.management.demo import logins
from fsportal.models import Account, User

#: An arbitrary number, the same on every machine: only one at a time sets the database up.
SETUP_LOCK = 7_202_611


def prepare(*, static: bool, say: Callable[[str], None]) -> None:
    """Bring the database up to date, and collect static files if `static`."""
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
            call_command("demo", verbosity=0)
    if static:
        call_command("collectstatic", verbosity=0, interactive=False)


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
    """Keep machines that start at once from setting up the same database. SQLite is for one machine only."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [SETUP_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [SETUP_LOCK])
