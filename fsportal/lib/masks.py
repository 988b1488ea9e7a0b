"""Masks names and email addresses so that only their owner recognises them; lib/phones.py masks phone numbers.

There are always three dots, so that they do not tell how much they hide.
"""

import unicodedata

from fsportal.lib.text import one_line

DOTS = "•••"
#: More are left out: a long name could be recognised by its number of words.
MOST_WORDS = 3


def name(text: str) -> str:
    """Return "Sarah O'Brien" as "S••• O•••": the first letter of each word, at most three; empty stays empty."""
    return " ".join(f"{_first_letter(word)}{DOTS}" for word in one_line(text).split()[:MOST_WORDS])


def email(address: str) -> str:
    """Return "sarah@example.com" as "s•••@example.com"; empty if it is not an address."""
    before, at, host = one_line(address).rpartition("@")
    return f"{before[:1]}{DOTS}{at}{host}" if at else ""


def _first_letter(word: str) -> str:
    """Return the first character with the accents that belong to it."""
    end = 1
    while end < len(word) and unicodedata.combining(word[end]):
        end += 1
    return word[:end]
