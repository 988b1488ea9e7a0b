"""Text from strangers, made safe for one place: a header line, a plain body, a spreadsheet cell.

Invisible characters that can do harm are dropped: control characters; bidirectional embeddings, overrides and
isolates, whose effect would leak into our words around them; zero-width spaces; tag characters; lone surrogates, which
no encoding can write. Kept are the marks that a script needs and that open nothing: RLM, LRM and ALM (Arabic and
Hebrew beside digits), ZWJ and ZWNJ (Persian, emoji).
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LINE_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
HARMFUL = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # C0 and C1 controls that are no white space
    "\xad\u200b\u2060-\u2064\ufeff"  # soft hyphen, zero-width space, word joiner, byte order mark
    "\u202a-\u202e\u2066-\u2069"  # bidirectional embeddings, overrides, isolates
    "\u206a-\u206f\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
JOINS_THE_ONE_BEFORE = "\u200d\ufe0e\ufe0f"
FORMULA_STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"  # the last four are full-width twins, which count alike


def one_line(text: str, limit: int | None = None) -> str:
    """Return `text` as one line for headers, subjects and SMS: breaks and tabs become spaces, runs of them one.

    With a `limit` (characters) a longer text ends in "…", within the limit and not inside a letter with its accents.
    """
    line = " ".join(HARMFUL.sub("", LINE_BREAKS.sub(" ", text)).split())
    line = unicodedata.normalize("NFC", line)
    return line if limit is None or len(line) <= limit else _cut(line, limit - 1) + "…"


def _cut(line: str, limit: int) -> str:
    at = max(limit, 0)
    while at > 0 and (_joins(line[at]) or line[at - 1] == "\u200d"):
        at -= 1
    return line[:at].rstrip()


def _joins(mark: str) -> bool:
    return unicodedata.combining(mark) > 0 or mark in JOINS_THE_ONE_BEFORE


def plain(text: str) -> str:
    r"""Return `text` with its line breaks (as "\n") and tabs, without other control characters."""
    return unicodedata.normalize("NFC", HARMFUL.sub("", LINE_BREAKS.sub("\n", text)))


def csv_cell(value: object) -> str:
    """Return a value for a CSV cell that no spreadsheet takes for a formula; None is empty, numbers stay numbers.

    A text that begins with = + - @ tab or CR (also after spaces) gets an apostrophe in front, as OWASP advises.
    """
    if value is None:
        return ""
    cell = str(value)
    risky = isinstance(value, str) and (cell.lstrip(" ")[:1] or "x") in FORMULA_STARTS
    return f"'{cell}" if risky else cell


def initials(name: str) -> str:
    """Return one or two initials for a picture that is missing: "Omar Haddad" gives "OH", "Ng, Anna" "AN"."""
    last, comma, first = one_line(name).partition(",")
    words = (f"{first} {last}" if comma else last).split()
    letters = [found[0] for word in words if (found := [mark for mark in word if mark.isalnum()])]
    return "".join(letter.upper()[:1] for letter in [*letters[:1], *letters[1:][-1:]]) or "?"


def validate_no_control(value: str) -> None:
    """Validate a name: one line, no control or hidden direction characters. Importers call `one_line` instead."""
    if HARMFUL.search(value) or LINE_BREAKS.search(value) or "\t" in value:
        raise ValidationError(
            _("This holds an invisible character or a line break, perhaps from copying; type it again on one line."),
            code="control",
        )


def folded(address: str) -> str:
    """Return an address as it is compared: without space around it, in lower case.

    A letter that only looks like another one stays itself: in lower case the Kelvin sign would be a k.
    """
    return "".join(mark if not mark.isascii() and mark.lower().isascii() else mark.lower() for mark in address.strip())
