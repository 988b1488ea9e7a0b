"""What can be wrong with a schedule file, in words for the person who made it."""

from dataclasses import dataclass


class FileRefused(Exception):
    """The file as a whole cannot be read; the message says what to do instead."""


class CellError(ValueError):
    """One cell cannot be read; the message says what to write instead."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something at one row and column, with its reason. The row is the one that a spreadsheet shows."""

    row: int
    column: str
    reason: str
