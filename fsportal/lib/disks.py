"""Full disks: how much room is left where we write, and which errors mean that there is none."""

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction

#: Full, for us: at most this much (bytes), or this share of a small disk.
LEAST, LEAST_SHARE = 200_000_000, 0.02


def watched() -> Iterator[tuple[str, Path]]:
    """Return the folders of this machine that we write to, each with what it holds; a disk only once."""
    yield "Uploads and files (DATA_DIR)", settings.DATA_DIR
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and Path(name).is_absolute():
        folder = Path(name).parent
        if folder.exists() and folder.stat().st_dev != settings.DATA_DIR.stat().st_dev:
            yield "The database", folder


def free(folder: Path) -> int:
    """Return the bytes that we may still write."""
    return shutil.disk_usage(folder).free


def is_full(folder: Path) -> bool:
    return free(folder) < min(LEAST, shutil.disk_usage(folder).total * LEAST_SHARE)


#: What SQLite and PostgreSQL say, and the system through them (SQLSTATE 53100).
WORDS = ("disk is full", "no space left on device", "disk full")


def is_about_full_disk(error: BaseException | None) -> bool:
    """Tell whether an error, or what caused it, says that a disk is full."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if getattr(error, "sqlstate", "") == "53100" or any(words in str(error).lower() for words in WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


def problems() -> Iterator[str]:
    """The health probe: name each disk that is full."""
    for what, folder in watched():
        if is_full(folder):
            yield f"{what}: the disk is full, {free(folder) // 1_000_000} MB are free; make room on that of {folder}."
    if connection.vendor == "postgresql" and not _database_server_has_room():
        yield "The disk of the database server is full; make room on it."


#: Sorting more than the memory allows needs a file: about a hundred kilobytes that are gone at once, and no table.
_SORT = (
    "SELECT count(*) FROM (SELECT number FROM generate_series(1, 1500) AS number ORDER BY md5(number::text)) AS sorted"
)


def _database_server_has_room() -> bool:
    """Let PostgreSQL write something. An update of a page that exists would go well on a full disk, too."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '64kB'")
            cursor.execute(_SORT)
    except DatabaseError as error:
        if is_about_full_disk(error):
            return False
        raise
    return True
