"""Rows that are prepared before the transaction which writes them."""

import sqlite3
import uuid
from pathlib import Path
from unittest.mock import patch

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fsportal.lib import bulk_rows, keys
from fsportal.models import Account

ON_SQLITE = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="one lock for all writers is SQLite's")


def accounts(number: int) -> list[Account]:
    return [Account(name=f"Account {n}", external_id=f"A-{n}", time_zone="Europe/London") for n in range(number)]


def temporary_tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM temp.sqlite_master WHERE type = 'table'")
        return [name for (name,) in cursor.fetchall()]


@ON_SQLITE
@pytest.mark.django_db(transaction=True)
def test_rows_are_brought_in_while_somebody_else_has_the_lock(tmp_path: Path) -> None:
    statement = bulk_rows.insert(accounts(3))
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA database_list")
        path = next(file for _number, name, file in cursor.fetchall() if name == "main")
    other = sqlite3.connect(path, uri=True, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with bulk_rows.at_hand([statement]):
        assert temporary_tables() != []
        other.execute("COMMIT")
        with transaction.atomic(), CaptureQueriesContext(connection) as asked:
            statement.run()
    other.close()
    assert len(asked) == 1
    assert list(Account.objects.order_by("external_id").values_list("external_id", flat=True)) == ["A-0", "A-1", "A-2"]
    assert temporary_tables() == []


@pytest.mark.django_db
def test_rows_at_hand_are_written_like_others() -> None:
    by_row, by_table = bulk_rows.insert(accounts(2)), bulk_rows.insert(accounts(4), skip_existing=True)
    by_row.run()
    with bulk_rows.at_hand([by_table]):
        by_table.run()
    stored = list(Account.objects.order_by("external_id").values("name", "external_id", "is_active", "created_at"))
    assert [row["name"] for row in stored] == [f"Account {n}" for n in range(4)]
    assert all(row["is_active"] is True and row["created_at"].tzinfo for row in stored)


@pytest.mark.django_db
def test_changes_at_hand_are_written_like_others() -> None:
    made = [*Account.objects.bulk_create(accounts(3))]
    for one in made[:2]:
        one.name, one.latitude, one.is_active = f"New {one.external_id}", 51.5, False
    (statement,) = bulk_rows.updates((one, ["name", "latitude", "is_active"]) for one in made[:2])
    with bulk_rows.at_hand([statement]):
        statement.run()
    stored = Account.objects.order_by("external_id").values_list("name", "latitude", "is_active")
    assert list(stored) == [
        ("New A-0", 51.5, False),
        ("New A-1", 51.5, False),
        ("Account 2", None, True),
    ]


@ON_SQLITE
@pytest.mark.django_db
def test_no_table_stays_when_the_rows_are_refused() -> None:
    statement = bulk_rows.insert([*accounts(1), *accounts(1)])
    with pytest.raises(IntegrityError), bulk_rows.at_hand([statement]), transaction.atomic():
        statement.run()
    assert temporary_tables() == []
    assert not Account.objects.exists()


@ON_SQLITE
@pytest.mark.django_db
def test_without_room_for_temporary_tables_the_rows_are_written_all_the_same() -> None:
    statement = bulk_rows.insert(accounts(2))
    full = OperationalError("database or disk is full")
    with patch.object(bulk_rows, "_fill", side_effect=full), bulk_rows.at_hand([statement]):
        statement.run()
    assert Account.objects.count() == 2


def test_keys_ascend_and_do_not_run_out() -> None:
    new_key = keys.ascending(20)
    made = [new_key() for _ in range(20)]
    assert made == sorted(set(made))
    assert isinstance(new_key(), uuid.UUID)
