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


def _secret(key: str, purpose: str, public: str, generation: int) -> str:
    message = f"{purpose}:{public}:{generation}".encode()
    digest = hmac.new(b"fsportal.codes:" + key.encode(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest)[:SECRET_LENGTH].decode()
