"""A migration that drops the index of one column: on SQLite Django itself would copy the whole table for that."""

from typing import Any

from django.db.migrations.operations import AlterField


class DropIndexOfField(AlterField):
    """Make a field the same with `db_index=False`, and touch nothing but its index."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        column = model._meta.get_field(self.name).column
        for name in _indexes_of(schema_editor, model._meta.db_table, column):
            schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute(schema_editor._create_index_sql(model, fields=[model._meta.get_field(self.name)]))  # noqa: SLF001


def _indexes_of(schema_editor: Any, table: str, column: str) -> list[str]:
    """Return the indexes of this column alone that are no constraint and that no model names."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    return [
        name
        for name, one in found.items()
        if one["index"] and one["columns"] == [column] and not one["unique"] and name.startswith(table[:11])
    ]
