"""Migrations after the first release only add: the release before runs on the new tables while machines change over."""

import re
from collections.abc import Container, Iterator

import pytest
from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED

APPS = ("fsportal", "notifications", "bookings", "portal")
#: A migration that takes away what the release before no longer uses says so: `contracts = "0.3.0"`.
MARK = "contracts"
TAKES_AWAY = (migrations.RemoveField, migrations.RenameField, migrations.DeleteModel, migrations.RenameModel)


def ours() -> Iterator[migrations.Migration]:
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        if app in APPS and not name.startswith("0001_"):
            yield migration


def breaks(operation: Operation, made: Container[str]) -> str:
    """Say how an operation would break the release before, or nothing; that one knows no model `made` only now."""
    if isinstance(operation, TAKES_AWAY):
        return "takes away or renames"
    if isinstance(operation, migrations.AddField) and operation.model_name.lower() in made:
        return ""
    if isinstance(operation, migrations.AddField) and not _may_be_left_out(operation.field):
        return "adds a column that the release before does not fill: give it null=True or db_default"
    return ""


def _may_be_left_out(field: object) -> bool:
    given = getattr(field, "db_default", NOT_PROVIDED)
    return bool(getattr(field, "null", False) or getattr(field, "many_to_many", False)) or given is not NOT_PROVIDED


@pytest.mark.parametrize("migration", sorted(ours(), key=str), ids=str)
def test_a_migration_leaves_the_release_before_working(migration: migrations.Migration) -> None:
    contracts = getattr(migration, MARK, "")
    assert not contracts or re.fullmatch(r"\d+\.\d+\.\d+", contracts), "name the last release that used it"
    if not contracts:
        made = {one.name.lower() for one in migration.operations if isinstance(one, migrations.CreateModel)}
        assert [problem for operation in migration.operations if (problem := breaks(operation, made))] == []
