"""Database: reachable, up to date, with statistics, and where it may be."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from fsportal.management.doctor.finding import TIMEOUT, Finding, kind, note, ok, wrong

ABOUT = "database"
#: From this many rows on, the planner needs to know what is in a table.
BIG = 10_000
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs"}


def database() -> Iterator[Finding]:
    if connection.vendor == "postgresql":
        connection.settings_dict["OPTIONS"].setdefault("connect_timeout", int(TIMEOUT))
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        yield wrong(
            ABOUT,
            f"It does not answer ({kind(error)}).",
            "Does its server run, and is DATABASE_URL right? Try psql with the same values."
            if connection.vendor == "postgresql"
            else "Does the folder exist, and may this user write to it?",
        )
        return
    yield from _version()
    yield from _migrations()
    yield from (_postgresql() if connection.vendor == "postgresql" else _sqlite())


def _version() -> Iterator[Finding]:
    version, least = connection.get_database_version(), connection.features.minimum_database_version or ()
    said = f"{connection.display_name} {'.'.join(map(str, version))}"
    if version < least:
        yield wrong(ABOUT, f"{said} is too old.", f"Upgrade it to {'.'.join(map(str, least))} or newer.")
    else:
        yield ok(ABOUT, f"{said} answers.")


def _migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    unknown = [
        f"{app}.{name}"
        for app, name in executor.loader.applied_migrations
        if app in executor.loader.migrated_apps and (app, name) not in executor.loader.graph.nodes
    ]
    if waiting:
        yield wrong(ABOUT, f"{waiting} migrations wait.", "Run manage.py migrate, or restart manage.py start.")
    if unknown:
        yield note(ABOUT, f"A newer release has changed its tables ({', '.join(sorted(unknown))}).")
    if not waiting:
        yield ok(ABOUT, "All migrations are applied.")


def _postgresql() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_stat_user_tables"
            " WHERE n_live_tup > %s AND last_analyze IS NULL AND last_autoanalyze IS NULL ORDER BY relname",
            [BIG],
        )
        without = [row[0] for row in cursor.fetchall()]
    yield _statistics(without, "Run ANALYZE in psql once, and look whether autovacuum is on.")


def _sqlite() -> Iterator[Finding]:
    name = str(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = cursor.fetchone()[0]
        without = [table for table in _big_tables() if not _has_statistics(table)]
    if mode != "wal":
        yield wrong(ABOUT, f"Its journal mode is {mode}, not WAL: readers wait for writers.", _LOCAL)
    if (file_system := file_system_of(Path(name))) in NETWORK_FILE_SYSTEMS:
        yield wrong(ABOUT, f"SQLite is on a network file system ({file_system}), which can damage it.", _LOCAL)
    yield _statistics(without, f'Run sqlite3 {name} "ANALYZE" in a quiet hour.')
    if settings.SECURE:
        yield note(ABOUT, "SQLite is for one machine. For several write DATABASE_URL=postgres://…")


_LOCAL = "Move the file to a disk of this machine (DATABASE_URL or DATA_DIR)."


def _big_tables() -> Iterator[str]:
    for table in connection.introspection.django_table_names(only_existing=True):
        with connection.cursor() as cursor:
            # A guess from above, in no time; tables without a rowid are small here.
            cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{table}" LIMIT 1 OFFSET {BIG})')  # noqa: S608
            if cursor.fetchone()[0]:
                yield table


def _has_statistics(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1')")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("SELECT EXISTS (SELECT 1 FROM sqlite_stat1 WHERE tbl = %s)", [table])
        return bool(cursor.fetchone()[0])


def _statistics(without: list[str], to_do: str) -> Finding:
    if without:
        return wrong(ABOUT, f"Big tables without statistics, so queries are slow: {', '.join(without)}.", to_do)
    return ok(ABOUT, "Big tables have statistics.")


def file_system_of(path: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """Return the type of the file system that holds `path`; empty where the system does not say."""
    try:
        lines = [line.split() for line in mounts.read_text().splitlines()]
    except OSError:
        return ""
    whole = path.resolve()
    holding = [(len(line[1]), line[2]) for line in lines if len(line) > 2 and whole.is_relative_to(line[1])]
    return max(holding)[1] if holding else ""
