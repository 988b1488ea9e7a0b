"""Arabic and Hebrew in plain text, where mail programs and phones take a line's direction from its first letter.

Only marks that open no embedding (RLM, LRM) are used, so none can be left open (UAX #9, 2.6).
"""

import unicodedata

LRM, RLM = "\u200e", "\u200f"
#: The languages of messages that are written from right to left.
RIGHT_TO_LEFT = frozenset({"ar", "he"})


def starts_rightwards(text: str) -> bool:
    """Tell whether the first letter of `text` belongs to a right-to-left script."""
    classes = (unicodedata.bidirectional(mark) for mark in text)
    return next((found in ("R", "AL") for found in classes if found in ("L", "R", "AL")), False)


def as_rtl(text: str) -> str:
    """Return `text` with an RLM before each right-to-left line that begins with Latin letters, such as a name.

    Lines without any right-to-left letter (a link, a number) stay as they are.
    """
    return "\n".join(RLM + line if _is_misled(line) else line for line in text.split("\n"))


def _is_misled(line: str) -> bool:
    return not starts_rightwards(line) and any(unicodedata.bidirectional(mark) in ("R", "AL") for mark in line)


def value_in_rtl(value: str) -> str:
    """Return a value that follows a right-to-left label: "12 Rose Lane" keeps its number in front."""
    return value if starts_rightwards(value) else LRM + value
