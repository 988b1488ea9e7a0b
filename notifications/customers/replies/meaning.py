"""The meaning of a text reply: stop, start again, help, or something for a person to read."""

import re
import unicodedata
from enum import Enum

from fsportal.lib.text import plain
from notifications.customers.replies.vocabulary import (
    HELP,
    POLITE,
    POLITE_PHRASES,
    START_EXACTLY,
    VOCABULARIES,
    Vocabulary,
)

#: Nobody who only wants to stop messages writes more.
MOST_LETTERS = 200
#: The Arabic tatweel, a filler that people type or omit.
TATWEEL = "\u0640"
APOSTROPHES = "'\u2019\u02bc\u2018`\u00b4"
DRAWN_OUT = re.compile(r"(.)\1{2,}")


class Meaning(Enum):
    """What a text message wants."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    OTHER = "other"


def meaning_of(text: str) -> Meaning:
    """Return the meaning of a text reply: STOP and START only if it can mean nothing else.

    The whole text must consist of words for it, in one language, and polite phrases. A sentence that merely contains
    such a word ("Can you stop by the shop?") is for a person to read.
    """
    words = words_of(text[: MOST_LETTERS + 1]) if len(text) <= MOST_LETTERS else []
    if not words:
        return Meaning.OTHER
    if len(words) == 1 and words[0] in START_EXACTLY:
        return Meaning.START
    rest = without(words, POLITE_PHRASES)
    rest = [word for word in rest if word not in POLITE]
    if len(rest) == 1 and rest[0] in HELP:
        return Meaning.HELP
    for vocabulary in VOCABULARIES:
        found = _said(rest, vocabulary)
        if found is not None:
            return found
    return Meaning.OTHER


def is_yes(text: str) -> bool:
    """Tell whether a text is nothing but YES, which carriers take for START and people for the answer to anything."""
    words = words_of(text[: MOST_LETTERS + 1])
    return len(words) == 1 and words[0] in START_EXACTLY


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, without accents, punctuation, emoji and invisible characters.

    "S.T.O.P." is one word, and "stooooop" is "stop". The Arabic hamza stays, because it distinguishes words.
    """
    folded = unicodedata.normalize("NFKC", plain(text)).casefold()
    folded = "".join(mark for mark in folded if mark not in APOSTROPHES and mark != TATWEEL)
    letters = "".join(_without_accent(mark) for mark in unicodedata.normalize("NFC", folded))
    words = "".join(mark if mark.isalnum() else " " for mark in letters).split()
    if len(words) > 1 and all(len(word) == 1 for word in words):
        words = ["".join(words)]
    return [DRAWN_OUT.sub(r"\1", word) for word in words]


def _without_accent(mark: str) -> str:
    """Return a letter without its diacritics; Arabic letters keep their hamza."""
    if unicodedata.combining(mark) or unicodedata.category(mark) == "Cf":
        return ""
    if "\u0600" <= mark <= "\u06ff":
        return mark
    return unicodedata.normalize("NFD", mark)[0]


def without(words: list[str], phrases: tuple[tuple[str, ...], ...]) -> list[str]:
    """Return `words` without every occurrence of one of `phrases`."""
    left: list[str] = []
    at = 0
    while at < len(words):
        length = next((len(phrase) for phrase in phrases if tuple(words[at : at + len(phrase)]) == phrase), 0)
        if not length:
            left.append(words[at])
        at += length or 1
    return left


def _said(words: list[str], vocabulary: Vocabulary) -> Meaning | None:
    """Return STOP or START if `words` mean that in this language, and nothing else."""
    after_stop = without(words, vocabulary.stop_phrases)
    rest = without(after_stop, vocabulary.start_phrases)
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
    # Both at once, or with an unrelated word: not to be guessed.
    if len(wanted) != 1 or not vocabulary.about.union(vocabulary.around).issuperset(around):
        return None
    meaning = wanted[0]
    is_plain = surely[meaning] or not around or bool(vocabulary.about.intersection(around))
    return meaning if is_plain else None
