"""The syntax of the company's own words: names in square brackets, and nothing else.

`[when]` stands for a value. `[[` is a bracket. Everything else is text, braces and markup too, and so are all values. A
line in which a placeholder has no value is left out, so that no sentence has a hole. Inside a link of the company's own
(`https://example.com/?visit=[reference]`) values are percent-encoded: they cannot lead it elsewhere.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote

from notifications.models import message_template

#: A bracket that stands for itself, or a name.
MARK = re.compile(r"\[\[|\[([a-z_]{1,30})\]")
#: A link with what follows up to the next space. It begins in the words, never in a value.
OWN_LINK = re.compile(r"https?://\S+")
#: The fields of a TemplateVersion that have words.
FIELDS = message_template.FIELDS


@dataclass(frozen=True)
class Placeholder:
    """One name that words may have, with a description for whoever writes them. `example` is for a list beside them."""

    name: str
    description: Any
    example: Any = ""
    #: Where it may stand: a link leads nowhere in a subject or on a button.
    fields: tuple[str, ...] = FIELDS


def names_in(text: str) -> list[str]:
    """Return the names of the placeholders in a text, each once, in their order."""
    return list(dict.fromkeys(found[1] for found in MARK.finditer(text) if found[1]))


def unknown_in(text: str, known: Iterable[Placeholder]) -> list[str]:
    names = {one.name for one in known}
    return [name for name in names_in(text) if name not in names]


@dataclass(frozen=True)
class TextLine:
    """A line as it is filled: words, and between them names, each with whether it stands inside a link."""

    pieces: tuple[str | tuple[str, bool], ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(piece[0] for piece in self.pieces if isinstance(piece, tuple))

    def filled(self, values: Mapping[str, str]) -> str:
        return "".join(piece if isinstance(piece, str) else _value(*piece, values) for piece in self.pieces)


def _value(name: str, is_in_link: bool, values: Mapping[str, str]) -> str:
    value = values.get(name, "")
    return quote(value, safe="") if is_in_link else value


def lines_kept(text: str, values: Mapping[str, str], optional: Collection[str] = ()) -> list[TextLine]:
    """Return the lines of a text that go out: those without a placeholder that has no value.

    A name that is not among the values has none. The `optional` ones just leave no trace.
    """
    return [line for line in _lines(text) if all(values.get(name) or name in optional for name in line.names)]


def fill(text: str, values: Mapping[str, str], optional: Collection[str] = ()) -> str:
    """Return the lines of a text that go out, with the placeholders' values and without gaps for what is left out."""
    return filled(lines_kept(text, values, optional), values)


def filled(lines: Iterable[TextLine], values: Mapping[str, str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.filled(values) for line in lines)).strip()


# Thousands of messages have the same words.
@lru_cache(maxsize=256)
def _lines(text: str) -> list[TextLine]:
    return [_line(line.rstrip()) for line in text.replace("\r\n", "\n").split("\n")]


def _line(line: str) -> TextLine:
    links = [range(*found.span()) for found in OWN_LINK.finditer(line)]
    pieces: list[str | tuple[str, bool]] = []
    ends = 0
    for found in MARK.finditer(line):
        pieces.append(line[ends : found.start()])
        name = found[1]
        pieces.append((name, any(found.start() in link for link in links)) if name else "[")
        ends = found.end()
    return TextLine((*pieces, line[ends:]))
