"""What customers text back: whether it stops messages, starts them again, asks for help, or is for a person to read."""

import re
import unicodedata
from enum import Enum

from fsportal.lib.text import plain
from notifications.customers.reply_words import (
    HELP,
    POLITE,
    POLITE_PHRASES,
    START_EXACTLY,
    VOCABULARIES,
    Vocabulary,
)

#: No one who wants out writes more; what is longer is a letter to somebody.
MOST_LETTERS = 200
#: Vowel signs of Arabic and Hebrew, and the Arabic stretcher, are marks or fillers that nobody types the same way.
STRETCHER = "\u0640"
APOSTROPHES = "'\u2019\u02bc\u2018`\u00b4"
DRAWN_OUT = re.compile(r"(.)\1{2,}")


class Meaning(Enum):
    """What a text message wants."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    OTHER = "other"


def meaning_of(text: str) -> Meaning:
    """Return what a customer's text message wants: STOP and START only where nothing else can be meant.

    The whole message must be made of words that say so, in one language, with politeness around them. A sentence that
    merely has such a word in it ("Can you stop by the shop?") is for a person to read.
    """
    words = words_of(text[: MOST_LETTERS + 1]) if len(text) <= MOST_LETTERS else []
    if not words:
        return Meaning.OTHER
    if len(words) == 1 and words[0] in START_EXACTLY:
        return Meaning.START
    rest = _without(words, POLITE_PHRASES)
    rest = [word for word in rest if word not in POLITE]
    if len(rest) == 1 and rest[0] in HELP:
        return Meaning.HELP
    for vocabulary in VOCABULARIES:
        found = _said(rest, vocabulary)
        if found is not None:
            return found
    return Meaning.OTHER


def words_of(text: str) -> list[str]:
    """Return the words of a text: small, without accents, punctuation, emoji and hidden marks.

    "S.T.O.P." is one word, and so is "stooooop"; the hamza of Arabic stays, for it tells words apart.
    """
    folded = unicodedata.normalize("NFKC", plain(text)).casefold()
    folded = "".join(mark for mark in folded if mark not in APOSTROPHES and mark != STRETCHER)
    letters = "".join(_without_accent(mark) for mark in unicodedata.normalize("NFC", folded))
    words = "".join(mark if mark.isalnum() else " " for mark in letters).split()
    if len(words) > 1 and all(len(word) == 1 for word in words):
        words = ["".join(words)]
    return [DRAWN_OUT.sub(r"\1", word) for word in words]


def _without_accent(mark: str) -> str:
    """Return a letter without what is written above or below it; Arabic letters keep their hamza."""
    if unicodedata.combining(mark) or unicodedata.category(mark) == "Cf":
        return ""
    if "\u0600" <= mark <= "\u06ff":
        return mark
    return unicodedata.normalize("NFD", mark)[0]


def _without(words: list[str], phrases: tuple[tuple[str, ...], ...]) -> list[str]:
    """Return `words` without every place where one of `phrases` stands."""
    left: list[str] = []
    at = 0
    while at < len(words):
        length = next((len(phrase) for phrase in phrases if tuple(words[at : at + len(phrase)]) == phrase), 0)
        if not length:
            left.append(words[at])
        at += length or 1
    return left


def _said(words: list[str], vocabulary: Vocabulary) -> Meaning | None:
    """Return STOP or START when `words` say so in this language and say nothing else."""
    after_stop = _without(words, vocabulary.stop_phrases)
    rest = _without(after_stop, vocabulary.start_phrases)
    surely = {
        Meaning.STOP: len(after_stop) < len(words) or bool(vocabulary.stop.intersection(rest)),
        Meaning.START: len(rest) < len(after_stop) or bool(vocabulary.start.intersection(rest)),
    }
    perhaps = {
        Meaning.STOP: bool(vocabulary.stop_alone.intersection(rest)),
        Meaning.START: bool(vocabulary.start_alone.intersection(rest)),
    }
    wanted = [meaning for meaning in surely if surely[meaning] or perhaps[meaning]]
    commands = vocabulary.stop | vocabulary.start | vocabulary.stop_alone | vocabulary.start_alone
    around = [word for word in rest if word not in commands]
    # Both at once, or a word that belongs to something else: not ours to guess.
    if len(wanted) != 1 or not vocabulary.about.union(vocabulary.around).issuperset(around):
        return None
    meaning = wanted[0]
    is_plain = surely[meaning] or not around or bool(vocabulary.about.intersection(around))
    return meaning if is_plain else None
