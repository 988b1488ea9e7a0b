"""Names and addresses, masked so that their owner knows them and nobody else learns them; phones has the numbers.

The dots are always three, so that they say nothing about how much they hide.
"""

import unicodedata

from fsportal.lib.text import one_line

DOTS = "•••"
#: A name of many words would be known by their number alone.
MOST_WORDS = 3


def name(text: str) -> str:
    """Return "Sarah O'Brien" as "S••• O•••": the first letter of each word, at most three; empty stays empty."""
    return " ".join(f"{_first_letter(word)}{DOTS}" for word in one_line(text).split()[:MOST_WORDS])


def email(address: str) -> str:
    """Return "sarah@example.com" as "s•••@example.com"; what is no address is empty."""
    before, at, host = one_line(address).rpartition("@")
    return f"{before[:1]}{DOTS}{at}{host}" if at else ""


def _first_letter(word: str) -> str:
    """Return the first character with the accents that belong to it."""
    end = 1
    while end < len(word) and unicodedata.combining(word[end]):
        end += 1
    return word[:end]
