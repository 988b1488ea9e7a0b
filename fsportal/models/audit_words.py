"""What changed, in words that people read: the labels of fields, and what was before and after."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from fsportal.lib.changes import MASKED


def in_words(model: Any, changes: Mapping[str, list[Any]]) -> list[tuple[str, str]]:
    """Return the label of each field of `model` (None if there is none any more), with "before → after"."""
    return [(_label(model, name), _pair(model, name, pair)) for name, pair in changes.items()]


def _label(model: Any, name: str) -> str:
    """Return what people call a field. Of a related record its name stands before, with a colon."""
    field = _field(model, name)
    return capfirst(str(getattr(field, "verbose_name", name))) if field else capfirst(name.replace("_", " "))


def _field(model: Any, name: str) -> Any:
    try:
        return model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None


def _pair(model: Any, name: str, pair: list[Any]) -> str:
    if pair == MASKED:
        return _("changed (the value is not kept)")
    before, after = pair
    if isinstance(before, list) or isinstance(after, list):
        came = [str(one) for one in after or [] if one not in (before or [])]
        went = [str(one) for one in before or [] if one not in (after or [])]
        return "; ".join(
            words % {"names": ", ".join(names)}
            for words, names in ((_("added: %(names)s"), came), (_("removed: %(names)s"), went))
            if names
        )
    choices = dict(getattr(_field(model, name), "flatchoices", ()) or ())
    arrow = "←" if translation.get_language_bidi() else "→"
    return f"{_value(before, choices)} {arrow} {_value(after, choices)}"


def _value(value: Any, choices: dict[Any, Any]) -> str:
    match value:
        case None | "":
            return "–"
        case True:
            return _("yes")
        case False:
            return _("no")
    in_words = choices.get(value, choices.get(str(value), value))
    return str(in_words)
