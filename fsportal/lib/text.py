"""Makes text from strangers safe for a header line, a plain body or a spreadsheet cell.

Invisible characters that can do harm are dropped: control characters; bidirectional embeddings, overrides and
isolates, which would affect our own words around them; zero-width spaces; tag characters; lone surrogates, which no
encoding can write. Marks that scripts need and that open nothing are kept: RLM, LRM and ALM (Arabic and Hebrew beside
digits), ZWJ and ZWNJ (Persian, emoji).
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LINE_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
HARMFUL = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # C0 and C1 controls that are not white space
    "\xad\u200b\u2060-\u2064\ufeff"  # soft hyphen, zero-width space, word joiner, byte order mark
    "\u202a-\u202e\u2066-\u2069"  # bidirectional embeddings, overrides, isolates
    "\u206a-\u206f\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
JOINS_THE_ONE_BEFORE = "\u200d\ufe0e\ufe0f"
FORMULA_STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"  # the last four are full-width forms, which count too
#: Where a cell may begin, and what makes it a formula there.
FORMULA = re.compile(rf"""(\A|[;\t\r\n])([ "']*[{re.escape(FORMULA_STARTS)}])""")


def one_line(text: str, limit: int | None = None) -> str:
    """Return `text` as one line for headers, subjects and SMS: any run of white space becomes one space.

    A text longer than `limit` characters is cut and ends in "…", never between a letter and its accents.
    """
    # Most texts are harmless, and that is quickly told: what the patterns look for is never printable.
    if not text.isprintable():
        text = HARMFUL.sub("", LINE_BREAKS.sub(" ", text))
    line = " ".join(text.split())
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
    r"""Return `text` without control characters except tabs and line breaks, which become "\n"."""
    if not text.replace("\n", "").isprintable():
        text = HARMFUL.sub("", LINE_BREAKS.sub("\n", text))
    return unicodedata.normalize("NFC", text)


def csv_cell(value: object) -> str:
    """Return a CSV cell that no spreadsheet takes for a formula; None is empty, numbers stay numbers.

    A text that begins with = + - @ tab or CR, perhaps after spaces, gets an apostrophe in front (OWASP: CSV Injection).
    So does what follows a semicolon, tab or line break in it: where those separate cells, as in a German Excel, a cell
    begins there, whatever our quotation marks say.
    """
    if value is None:
        return ""
    return FORMULA.sub(r"\1'\2", str(value)) if isinstance(value, str) else str(value)


def initials(name: str) -> str:
    """Return one or two initials: "Omar Haddad" gives "OH", "Ng, Anna" gives "AN", nothing gives "?"."""
    last, comma, first = one_line(name).partition(",")
    words = (f"{first} {last}" if comma else last).split()
    letters = [found[0] for word in words if (found := [mark for mark in word if mark.isalnum()])]
    return "".join(letter.upper()[:1] for letter in [*letters[:1], *letters[1:][-1:]]) or "?"


def validate_no_control(value: str) -> None:
    """Raise ValidationError unless `value` is one line without invisible characters. Imports use `one_line`."""
    if HARMFUL.search(value) or LINE_BREAKS.search(value) or "\t" in value:
        raise ValidationError(
            _("This holds an invisible character or a line break, perhaps from copying; type it again on one line."),
            code="control",
        )


def folded(address: str) -> str:
    """Return an address as it is compared: in lower case, without surrounding spaces.

    Letters that only look like ASCII stay as they are; lower() would turn the Kelvin sign into a k.
    """
    return "".join(mark if not mark.isascii() and mark.lower().isascii() else mark.lower() for mark in address.strip())
