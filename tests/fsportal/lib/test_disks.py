"""Full disks: a real one, and the errors that mean one."""

import errno
import os
import secrets
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import psycopg
import pytest
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import DatabaseError, OperationalError, connection
from django.test import Client
from pytest_django import Settings

from fsportal.lib import disks, probes
from fsportal.lib.cache import FailOpenCache, outages
from fsportal.models import User


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of its own with 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        pytest.skip(f"NOT TESTED: a disk of its own needs root ({made.stderr.strip()})")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> None:
    with (folder / "ballast").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        _write_for_ever(file)


def _write_for_ever(file: IO[bytes]) -> None:
    while True:
        file.write(secrets.token_bytes(64_000))


def test_a_full_disk_is_named_with_its_folder_and_an_empty_one_is_not(small_disk: Path, settings: Settings) -> None:
    settings.DATA_DIR = small_disk
    assert not disks.is_full(small_disk)
    fill(small_disk)
    assert disks.is_full(small_disk)
    found = next(disks.problems())
    assert "Uploads and files (DATA_DIR): the disk is full" in found
    assert str(small_disk) in found


@pytest.mark.django_db
def test_health_names_the_disk_and_advises_no_cache_table(small_disk: Path, settings: Settings, client: Client) -> None:
    settings.DATA_DIR = small_disk
    settings.CACHES = settings.CACHES | {
        "configured": {"BACKEND": "tests.fsportal.lib.test_disks.FullTable", "LOCATION": "x"}
    }
    fill(small_disk)
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert "the disk is full" in response.content.decode()
    assert "createcachetable" not in response.content.decode()


@pytest.mark.django_db
def test_the_health_page_names_the_disk(small_disk: Path, settings: Settings, client: Client, admin: User) -> None:
    settings.DATA_DIR = small_disk
    fill(small_disk)
    client.force_login(admin)
    page = client.get("/admin/health/").content.decode()
    assert "the disk is full" in page
    assert "Delete or move something there" in page


def full(error: type[DatabaseError], words: str) -> DatabaseError:
    made = error(words)
    made.__cause__ = psycopg.errors.DiskFull(words)
    return made


@pytest.mark.parametrize(
    ("error", "is_full"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), True),
        (OSError(errno.EDQUOT, "quota"), True),
        (OperationalError("database or disk is full"), True),
        (full(OperationalError, "x"), True),
        (DatabaseError('could not extend file "base/1/2": No space left on device'), True),
        (OperationalError("database is locked"), False),
        (OSError(errno.ENOENT, "no such file"), False),
    ],
)
def test_which_errors_mean_a_full_disk(error: Exception, is_full: bool) -> None:
    assert disks.is_about_full_disk(error) is is_full


def test_a_probe_that_meets_one_says_so_instead_of_the_name_of_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> list[str]:
        raise OperationalError("database or disk is full")

    monkeypatch.setitem(probes._probes, "The moon", fails)
    assert probes.problems_of("The moon") == ["The moon cannot be written: the disk is full."]


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has a disk that we do not see")
def test_postgresql_is_asked_to_write_a_file_of_its_own() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64kB'")
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {disks._SORT}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "external merge" in plan
    assert disks._database_server_has_room()


# --- Sign-in ----------------------------------------------------------------------------------------------------------
class FullTable(DatabaseCache):
    """Django's cache in a table that cannot be written: it swallows the error and says that nothing was stored."""

    def _base_set(self, mode: str, key: str, value: object, timeout: object = None) -> bool:
        return False

    def get_many(self, keys: Iterable[object], version: int | None = None) -> dict[object, object]:
        return {}

    def has_key(self, key: str, version: int | None = None) -> bool:
        return False


@pytest.fixture
def full_table(settings: Settings) -> Iterator[None]:
    settings.CACHES = settings.CACHES | {
        "configured": {"BACKEND": "tests.fsportal.lib.test_disks.FullTable", "LOCATION": "fsportal_cache"}
    }
    outages.clear()
    yield
    outages.clear()


def test_a_lock_in_a_table_that_cannot_be_written_is_not_taken_by_others(full_table: None) -> None:
    cache = caches["default"]
    assert isinstance(cache, FailOpenCache)
    assert cache.add("lock", 1)
    assert cache.add("lock", 1)


@pytest.mark.django_db
def test_a_right_password_is_not_too_many_tries(full_table: None, client: Client) -> None:
    user = User.objects.create_user("ann", password="a long and right password")
    response = client.post("/accounts/login/", {"login": "ann", "password": "a long and right password"})
    assert response.status_code == 302, response.content.decode()
    assert client.session["_auth_user_id"] == str(user.pk)


@pytest.mark.django_db
def test_a_lock_that_somebody_has_is_still_refused(settings: Settings, django_db_blocker: object) -> None:
    from django.core.management import call_command

    settings.CACHES = settings.CACHES | {
        "configured": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "fsportal_cache"}
    }
    outages.clear()
    call_command("createcachetable", "fsportal_cache")
    assert caches["default"].add("lock", 1)
    assert not caches["default"].add("lock", 1)
