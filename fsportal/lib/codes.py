"""Secret codes that are derived, not stored: a random public id in the row, the secret an HMAC over it.

A dump of the database therefore opens nothing, and an admin can still show, resend or rotate a code.
SECRET_KEY_FALLBACKS keep links alive while a key is being replaced.
"""

import base64
import hashlib
import hmac
import secrets

from django.conf import settings

PUBLIC_LENGTH = 10
SECRET_LENGTH = 22  # 128 bits and a little, in base64url
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def public_id() -> str:
    """Return a random public id (about 49 bits; it names a code, it does not open anything)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(PUBLIC_LENGTH))


def code_for(purpose: str, public: str, generation: int) -> str:
    """Return the whole code for a public id: the id followed by its secret part."""
    return public + _secret(settings.SECRET_KEY, purpose, public, generation)


def split_code(code: str) -> tuple[str, str]:
    """Return public id and secret part of anything that was given as a code; an impossible id becomes empty."""
    public = code[:PUBLIC_LENGTH]
    # Not every database takes every character, not even to look it up.
    return public if set(public) <= set(_ALPHABET) else "", code[PUBLIC_LENGTH:]


def is_code_for(secret: str, purpose: str, public: str, generation: int) -> bool:
    """Tell whether `secret` is the secret part for this id and generation, in constant time, under any live key."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    given = secret.encode("utf-8", "replace")
    # Every key is compared, also after a match, so that the time says nothing about which one it was.
    matches = [hmac.compare_digest(_secret(key, purpose, public, generation).encode(), given) for key in keys]
    return any(matches)


# --- Codes that people type -----------------------------------------------------------------------------------------

#: No letters or digits that look alike, and no vowels, so that no code spells a word.
TYPED_ALPHABET = "2346789BCDFGHJKMPQRTVWXY"
TYPED_PUBLIC_LENGTH = 6
TYPED_SECRET_LENGTH = 10  # 45 bits, good enough only where tries are counted (portal/invitations/redeem.py)
TYPED_GROUP = 4


def typed_public_id() -> str:
    """Return a random public id of a code that people type (about 27 bits: it may come twice, so let it be unique)."""
    return "".join(secrets.choice(TYPED_ALPHABET) for _ in range(TYPED_PUBLIC_LENGTH))


def typed_code_for(purpose: str, public: str, generation: int) -> str:
    """Return the whole code in groups that are easy to read and type: `7KMQ-2XTR-9WPD-HB4C`."""
    code = public + _typed_secret(settings.SECRET_KEY, purpose, public, generation)
    return "-".join(code[at : at + TYPED_GROUP] for at in range(0, len(code), TYPED_GROUP))


def split_typed_code(text: str) -> tuple[str, str]:
    """Return public id and secret part of what somebody typed: case, spaces and dashes do not count.

    Whatever cannot be a code gives two empty strings.
    """
    code = "".join(mark for mark in text.upper() if mark.isalnum())
    if len(code) != TYPED_PUBLIC_LENGTH + TYPED_SECRET_LENGTH or not set(code) <= set(TYPED_ALPHABET):
        return "", ""
    return code[:TYPED_PUBLIC_LENGTH], code[TYPED_PUBLIC_LENGTH:]


def is_typed_code_for(secret: str, purpose: str, public: str, generation: int) -> bool:
    """Tell the same of a typed code's secret part."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    given = secret.encode("utf-8", "replace")
    matches = [hmac.compare_digest(_typed_secret(key, purpose, public, generation).encode(), given) for key in keys]
    return any(matches)


def _typed_secret(key: str, purpose: str, public: str, generation: int) -> str:
    number = int.from_bytes(_digest(key, purpose, public, generation), "big")
    letters = []
    for _ in range(TYPED_SECRET_LENGTH):
        number, letter = divmod(number, len(TYPED_ALPHABET))
        letters.append(TYPED_ALPHABET[letter])
    return "".join(letters)


def _secret(key: str, purpose: str, public: str, generation: int) -> str:
    return base64.urlsafe_b64encode(_digest(key, purpose, public, generation))[:SECRET_LENGTH].decode()


def _digest(key: str, purpose: str, public: str, generation: int) -> bytes:
    message = f"{purpose}:{public}:{generation}".encode()
    return hmac.new(b"fsportal.codes:" + key.encode(), message, hashlib.sha256).digest()
