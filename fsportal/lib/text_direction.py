"""Arabic and Hebrew as plain text: what a mail program or a phone makes of a line depends on its first letter.

The marks used here (RLM, LRM) are invisible and open nothing, so that nothing can be left open (UAX #9).
"""

import unicodedata

LRM, RLM = "\u200e", "\u200f"
#: Languages written from right to left, of those that messages come in.
RIGHT_TO_LEFT = frozenset({"ar", "he"})


def starts_rightwards(text: str) -> bool:
    """Return whether the first letter of `text` is one that is written from right to left."""
    classes = (unicodedata.bidirectional(mark) for mark in text)
    return next((found in ("R", "AL") for found in classes if found in ("L", "R", "AL")), False)


def as_rtl(text: str) -> str:
    """Return `text` with an RLM before each line that would else be read from left to right for a Latin name in front.

    Lines without a letter of a right-to-left script (a link, a number) are left alone.
    """
    return "\n".join(RLM + line if _is_misled(line) else line for line in text.split("\n"))


def _is_misled(line: str) -> bool:
    return not starts_rightwards(line) and any(unicodedata.bidirectional(mark) in ("R", "AL") for mark in line)


def value_in_rtl(value: str) -> str:
    """Return a value that follows a right-to-left label: "12 Rose Lane" keeps its number in front."""
    return value if starts_rightwards(value) else LRM + value
