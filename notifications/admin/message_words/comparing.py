"""Two texts side by side in one: what was taken out and what was put in, word by word."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

# Spaces and line breaks are pieces of their own, so that nothing of a text is lost.
PIECES = re.compile(r"\s+|[^\s]+")


class Piece(NamedTuple):
    """A run of words: `same` in both, `old` in the first text only, or `new` in the second only."""

    tag: str
    text: str


def compared(old: str, new: str) -> list[Piece]:
    return list(_pieces(PIECES.findall(old), PIECES.findall(new)))


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(old[old_from:old_to]))
            continue
        if old_to > old_from:
            yield Piece("old", "".join(old[old_from:old_to]))
        if new_to > new_from:
            yield Piece("new", "".join(new[new_from:new_to]))
