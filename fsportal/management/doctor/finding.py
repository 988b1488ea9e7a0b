"""What one examination found."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum


class FindingLevel(Enum):
    OK = "ok"
    #: Worth knowing; nothing has to be done.
    NOTE = "note"
    #: Something has to be done; the command ends with 1.
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One sentence about one part, and what to do. Never holds a secret."""

    level: FindingLevel
    about: str
    says: str
    to_do: str = ""

    def __str__(self) -> str:
        lines = [f"{self.level.value:<6} {self.about:<10} {self.says}"]
        return "\n".join([*lines, f"{'':<18}{self.to_do}"] if self.to_do else lines)


Examination = Callable[[], Iterator[Finding]]
#: Seconds for each question that goes over the network.
TIMEOUT = 5.0


def ok(about: str, says: str) -> Finding:
    return Finding(FindingLevel.OK, about, says)


def note(about: str, says: str, to_do: str = "") -> Finding:
    return Finding(FindingLevel.NOTE, about, says, to_do)


def wrong(about: str, says: str, to_do: str) -> Finding:
    return Finding(FindingLevel.WRONG, about, says, to_do)


def kind(error: BaseException) -> str:
    """Return the type of an error. Its text may hold a host name, a user or a password."""
    return type(error).__name__
