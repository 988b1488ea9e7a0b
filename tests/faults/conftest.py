"""A database and a folder of its own for each product that a fault suite starts."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.migrated import copy_to
from tests.test_start import Started

IS_FULL = os.environ.get("FAULTS") == "full"


@pytest.fixture
def size() -> Callable[[int, int], int]:
    """Choose between the short form's number and that of `make faults`."""
    return lambda short, full: full if IS_FULL else short


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """Return the URL of an empty database: on the server of TEST_DATABASE_URL, otherwise a SQLite file."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    if not server:
        yield f"sqlite:///{tmp_path / 'db.sqlite3'}"
        return
    name = f"fsportal_faults_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def start(tmp_path: Path, database_url: str) -> Iterator[Callable[..., Started]]:
    """Start the product on that database; what was started is killed at the end.

    `folder` gives a second one, as on another machine, a DATA_DIR of its own.
    """
    made: list[Started] = []

    def begin(*arguments: str, folder: Path = tmp_path, **environment: str) -> Started:
        if database_url.startswith("sqlite"):
            copy_to(Path(urlsplit(database_url).path))
        made.append(Started(folder, *arguments, **{"DATABASE_URL": database_url, **environment}))
        return made[-1]

    yield begin
    for started in made:
        started.clean_up()
