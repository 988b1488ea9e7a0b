"""Labels of fields with choices, for lists: Django's get_…_display() translates all choices of the field each time."""

from functools import cache
from typing import Any

from django.db import models


def choice_label(record: models.Model, name: str) -> str:
    """Return the label of what the field `name` of the record holds, like get_…_display()."""
    value = getattr(record, name)
    return str(_labels(type(record), name).get(value, value))


@cache
def _labels(model: type[models.Model], name: str) -> dict[Any, Any]:
    field: Any = model._meta.get_field(name)
    return dict(field.flatchoices)
