"""Secret codes that are derived, not stored: a public id in the row, and an HMAC over it as the secret part.

So a dump of the database opens nothing, yet an admin can show, resend or rotate a code. SECRET_KEY_FALLBACKS keep
links alive while the key is being replaced (docs/decisions/0003-derived-codes.md).
"""

import base64
import hashlib
import hmac
import secrets

from django.conf import settings

from fsportal.lib.compression import no_compression

PUBLIC_LENGTH = 10
SECRET_LENGTH = 22  # base64url characters, a little over 128 bits
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def public_id() -> str:
    """Return a random public id of about 49 bits, which names a code and opens nothing."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(PUBLIC_LENGTH))


def public_id_of(*names: object) -> str:
    """Return the public id of what these ids name together: always the same, whatever the key."""
    number = int.from_bytes(hashlib.sha256(":".join(map(str, names)).encode()).digest(), "big")
    letters = []
    for _ in range(PUBLIC_LENGTH):
        number, letter = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[letter])
    return "".join(letters)


def code_for(purpose: str, public: str, generation: int) -> str:
    """Return the whole code for a public id: the id followed by its secret part."""
    no_compression()
    return public + _secret(settings.SECRET_KEY, purpose, public, generation)


def split_code(code: str) -> tuple[str, str]:
    """Return public id and secret part of what was given as a code; an impossible id becomes empty."""
    public = code[:PUBLIC_LENGTH]
    # Some databases refuse some characters even in a look-up.
    return public if set(public) <= set(_ALPHABET) else "", code[PUBLIC_LENGTH:]


def is_code_for(secret: str, purpose: str, public: str, generation: int) -> bool:
    """Tell, in constant time, whether `secret` belongs to this id and generation under any live key."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    given = secret.encode("utf-8", "replace")
    # Compare every key even after a match, so that the time does not tell which one it was.
    matches = [hmac.compare_digest(_secret(key, purpose, public, generation).encode(), given) for key in keys]
    return any(matches)


# --- Codes that people type -----------------------------------------------------------------------------------------

#: Without letters and digits that look alike, and without vowels, so that no code spells a word.
TYPED_ALPHABET = "2346789BCDFGHJKMPQRTVWXY"
TYPED_PUBLIC_LENGTH = 6
TYPED_SECRET_LENGTH = 10  # 45 bits, good enough only where tries are counted (portal/invitations/redeem.py)
TYPED_GROUP = 4


def typed_public_id() -> str:
    """Return a random public id of about 27 bits for a typed code; it can collide, so the column must be unique."""
    return "".join(secrets.choice(TYPED_ALPHABET) for _ in range(TYPED_PUBLIC_LENGTH))


def typed_code_for(purpose: str, public: str, generation: int) -> str:
    """Return the whole code in groups that are easy to type: `7KMQ-2XTR-9WPD-HB4C`."""
    no_compression()
    code = public + _typed_secret(settings.SECRET_KEY, purpose, public, generation)
    return "-".join(code[at : at + TYPED_GROUP] for at in range(0, len(code), TYPED_GROUP))


def split_typed_code(text: str) -> tuple[str, str]:
    """Return public id and secret part of what somebody typed, or two empty strings if it cannot be a code.

    Case, spaces and dashes do not count.
    """
    code = "".join(mark for mark in text.upper() if mark.isalnum())
    if len(code) != TYPED_PUBLIC_LENGTH + TYPED_SECRET_LENGTH or not set(code) <= set(TYPED_ALPHABET):
        return "", ""
    return code[:TYPED_PUBLIC_LENGTH], code[TYPED_PUBLIC_LENGTH:]


def is_typed_code_for(secret: str, purpose: str, public: str, generation: int) -> bool:
    """Tell the same as `is_code_for`, for a typed code."""
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
