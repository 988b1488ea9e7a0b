"""The syntax of the company's own words: names in square brackets, and nothing else.

`[when]` stands for a value. `[[` is a bracket. Everything else is text, braces and markup too, and so are all values. A
line in which a placeholder has no value is left out, so that no sentence has a hole.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: A bracket that stands for itself, or a name.
MARK = re.compile(r"\[\[|\[([a-z_]{1,30})\]")


@dataclass(frozen=True)
class Placeholder:
    """One name that words may have, with a description for whoever writes them. `example` is for a list beside them."""

    name: str
    description: Any
    example: Any = ""


def names_in(text: str) -> list[str]:
    """Return the names of the placeholders in a text, each once, in their order."""
    return list(dict.fromkeys(found[1] for found in MARK.finditer(text) if found[1]))


def unknown_in(text: str, known: Iterable[Placeholder]) -> list[str]:
    names = {one.name for one in known}
    return [name for name in names_in(text) if name not in names]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders' values; without lines in which one has none, and without gaps for them.

    A name that is not among the values has none.
    """
    lines = [_filled(line, values) for line in text.replace("\r\n", "\n").split("\n")]
    kept = "\n".join(line for line in lines if line is not None)
    return re.sub(r"\n{3,}", "\n\n", kept).strip()


def _filled(line: str, values: Mapping[str, str]) -> str | None:
    if any(not values.get(name) for name in names_in(line)):
        return None
    return MARK.sub(lambda found: values[found[1]] if found[1] else "[", line)
