"""F4: the disk of the database fills up in mid-delivery. It needs root, to mount a small disk."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.faults import promise
from tests.servers import SmtpSink, TwilioServer
from tests.test_start import Started, eventually

LEFT_OUT = "no small disk can be mounted: that takes root"


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """Mount a disk of 96 MB that anybody on this machine may enter."""
    folder = Path(tempfile.mkdtemp(prefix="fsportal-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", "size=96M,mode=755", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0
    if not mounted:
        folder.rmdir()
        pytest.skip(LEFT_OUT)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


@pytest.fixture
def database_url(small_disk: Path) -> Iterator[str]:
    """Return the URL of an empty database on the small disk."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    if not server:
        yield f"sqlite:///{small_disk / 'db.sqlite3'}"
        return
    name = f"fsportal_faults_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        [data] = connection.execute("SHOW data_directory").fetchone() or [""]
        if not Path(data).is_dir():
            pytest.skip(f"{LEFT_OUT}, on the PostgreSQL server's own machine")
        shutil.chown(small_disk, Path(data).owner(), Path(data).group())
        connection.execute(f"CREATE TABLESPACE {name} LOCATION '{small_disk}'".encode())
        connection.execute(f"CREATE DATABASE {name} TABLESPACE {name}".encode())
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        connection.execute(f"DROP TABLESPACE {name}".encode())


def fill(disk: Path, database_url: str) -> list[Path]:
    """Write files until nothing more fits; returns them."""
    ballast = [disk / "first", disk / "rest"]
    for path in ballast:
        for block in (1024 * 1024, 4096):
            with path.open("ab", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(b"\0" * block)
        if database_url.startswith("sqlite"):
            # Otherwise the room that the write-ahead log has already would do for a while.
            with suppress(sqlite3.OperationalError):  # it finds the disk full
                promise.query(database_url, "PRAGMA wal_checkpoint(TRUNCATE)")
    return ballast


def stands_still(received: Callable[[], int]) -> bool:
    before = received()
    time.sleep(3)
    return received() == before


def test_nothing_is_lost_and_it_goes_on_when_there_is_room(
    small_disk: Path, database_url: str, start: Callable[..., Started], size: Callable[[int, int], int]
) -> None:
    number = size(150, 1500)
    with SmtpSink() as smtp, TwilioServer() as twilio:
        smtp.delay = twilio.delay = 0.05
        worker = start("--worker", DELIVERY_MODE="live", EMAIL_URL=smtp.url, SMS_URL=twilio.sms_url)
        worker.wait_until_ready()
        seeded = worker.run("-m", "tests.faults.company", str(number))
        assert seeded.returncode == 0, seeded.stderr

        def received() -> int:
            return len(smtp.messages) + len(twilio.messages)

        eventually(lambda: received() >= 20, "it delivers")
        ballast = fill(small_disk, database_url)
        eventually(lambda: stands_still(received), "nothing can be recorded")
        assert not promise.has_ended(database_url), "there was something to do while the disk was full"
        for path in ballast:
            path.unlink()
        eventually(lambda: promise.has_ended(database_url), "the rest is sent")
    outbox = promise.rows(database_url)
    assert len(outbox) == 2 * number
    promise.check(outbox, smtp.messages, twilio.messages, crashes=1)
    copies = len(smtp.messages) - len({mail["Message-ID"] for mail in smtp.messages})
    print(f"{len(outbox)} messages, {copies} copies: {dict(promise.states(database_url))}")
    print("\n".join(worker.lines))
