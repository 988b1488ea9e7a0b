"""One line of the Health page."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """The result of one check in words, and what to do if it is not well."""

    name: str
    tone: str
    words: str
    to_do: Any = ""
