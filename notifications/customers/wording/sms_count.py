"""What a text message costs in the company's own words: characters, segments, and what makes it dearer.

static/js/sms-text.js counts the same while somebody types, with TABLES; this is what counts.
"""

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from fsportal.lib.text import HARMFUL, one_line
from fsportal.lib.text_direction import RIGHT_TO_LEFT, as_rtl
from notifications.customers.channels import sms_text
from notifications.customers.channels.sms_text import EXTENSION, costly, gsm_safe, is_gsm7, segments
from notifications.customers.wording.placeholders import MARK, fill, names_in

#: What the script needs of sms_text.py.
TABLES: dict[str, Any] = {
    "basic": "".join(sorted(sms_text.BASIC)),
    "extension": "".join(sorted(EXTENSION)),
    "plain": {chr(mark): twin for mark, twin in sms_text.PLAIN_TWINS.items()},
    "latin": {chr(mark): twin for mark, twin in sms_text.LATIN_TWINS.items()},
}


@dataclass(frozen=True)
class SmsCount:
    """Counted of a text as it will go out. Characters are given with their places in the words, from 1."""

    characters: int
    segments: int
    is_gsm7: bool
    #: Those for which a segment holds 70 instead of 160.
    costly: list[tuple[str, int]]
    #: Those that count as two.
    double: list[tuple[str, int]]
    #: The placeholders whose values have costly characters.
    costly_values: list[str]


def counted(words: str, values: Mapping[str, str], language: str, optional: Collection[str] = ()) -> SmsCount:
    """Count the words of a text message with these values in the place of the placeholders."""
    text = gsm_safe(one_line(fill(words, values, optional)))
    if language in RIGHT_TO_LEFT:
        text = as_rtl(text)
    is_cheap = is_gsm7(text)
    return SmsCount(
        sum(2 if mark in EXTENSION and is_cheap else 1 for mark in text),
        segments(text),
        is_cheap,
        [] if is_cheap else _first_places(words, is_meant=costly),
        _first_places(words, is_meant=EXTENSION.__contains__) if is_cheap else [],
        [] if is_cheap else [name for name in names_in(words) if any(costly(mark) for mark in values.get(name, ""))],
    )


def _first_places(words: str, *, is_meant: Any) -> list[tuple[str, int]]:
    """Return each character that is meant, with its first place; placeholders are not looked into."""
    # Of the same length, so that places stay; a bracket that stands for itself is one.
    text = MARK.sub(lambda found: (" " if found[1] else "[").ljust(len(found[0])), unicodedata.normalize("NFC", words))
    places: dict[str, int] = {}
    for place, mark in enumerate(text, 1):
        if not mark.isspace() and not HARMFUL.match(mark) and is_meant(mark):
            places.setdefault(mark, place)
    return list(places.items())
