"""SMS are charged by the segment: 160 characters of the GSM-7 alphabet, or 70 if one letter is outside it.

Source: 3GPP TS 23.038 (alphabet, extension table) and TS 23.040 (the header of a part takes 7 characters, or 3 units).
"""

import re
import unicodedata

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("^{}\\[~]|€\f")  # two septets each
SINGLE_GSM7, PART_GSM7 = 160, 153
SINGLE_UCS2, PART_UCS2 = 70, 67
#: Characters of one text message. Twilio refuses more than 1,600 (error 21617), and marks of direction take a few.
LONGEST = 1590
SENTENCE_END = re.compile(r"[.!?؟。]\s")

# Typography with a plain equivalent in any script. Written as escapes where the eye cannot tell them apart.
PLAIN_TWINS = str.maketrans(
    {
        **dict.fromkeys(
            "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f", " "
        ),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2039\u203a\u00b4\u0060\u02bc", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022\u00b7", "-"),
        "\u2026": "...",
        "\u3000": " ",
        "\t": " ",
        "\u00ad": "",
        "\u200b": "",
        "\ufeff": "",
    }
)
# Latin letters that Unicode does not decompose into letter and accent.
LATIN_TWINS = str.maketrans(
    {
        "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "Ð": "D", "ð": "d", "Þ": "Th", "þ": "th", "\u0131": "i", "Ħ": "H",
        "ħ": "h", "Œ": "OE", "œ": "oe", "Ŋ": "N", "ŋ": "n", "Ŧ": "T", "ŧ": "t", "Ə": "E", "ə": "e", "ẞ": "SS",
        "\u00d7": "x",
        # Direction marks and joiners mean nothing among Latin letters.
        "\u200c": "", "\u200d": "", "\u200e": "", "\u200f": "", "\u061c": "",
    }
)  # fmt: skip


def is_gsm7(text: str) -> bool:
    """Return whether every character is in the GSM-7 alphabet or its extension table."""
    return all(mark in BASIC or mark in EXTENSION for mark in text)


def gsm_safe(text: str) -> str:
    """Return `text` with plain typography, and without accents if that brings it into GSM-7.

    A text in another script keeps every accent: a segment holds 70 characters in any case.
    """
    text = unicodedata.normalize("NFC", text).translate(PLAIN_TWINS)
    bare = "".join(mark if is_gsm7(mark) else _bare(mark) for mark in text)
    return bare if is_gsm7(bare) else text


def _bare(mark: str) -> str:
    parts = unicodedata.normalize("NFKD", mark.translate(LATIN_TWINS))
    return "".join(part for part in parts if not unicodedata.combining(part))


def costly(mark: str) -> bool:
    """Tell whether a character takes a text out of GSM-7, and nothing stands in for it."""
    return not is_gsm7(_bare(unicodedata.normalize("NFC", mark).translate(PLAIN_TWINS)))


def segments(text: str) -> int:
    """Return the number of segments charged for a text."""
    return len(parts_of(text))


def parts_of(text: str) -> list[str]:
    """Return a text in the segments that are charged for it; no escaped character and no surrogate pair is split."""
    if is_gsm7(text):
        sizes, single, part = [2 if mark in EXTENSION else 1 for mark in text], SINGLE_GSM7, PART_GSM7
    else:
        sizes, single, part = [2 if ord(mark) > 0xFFFF else 1 for mark in text], SINGLE_UCS2, PART_UCS2
    if sum(sizes) <= single:
        return [text] if text else []
    starts, room = [0], part
    for place, size in enumerate(sizes):
        if size > room:
            starts.append(place)
            room = part
        room -= size
    return [text[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]


def before_link(text: str, sentence: str) -> str:
    """Add a sentence to a text, in front of the link at its end and of the words that lead to it with a colon."""
    head, _space, link = text.rpartition(" ")
    if not link.startswith(("https://", "http://")):
        return f"{text} {sentence}"
    ends = [found.end() for found in SENTENCE_END.finditer(head)] if head.endswith(":") else []
    return f"{head[: ends[-1]]}{sentence} {head[ends[-1] :]} {link}" if ends else f"{head} {sentence} {link}"
