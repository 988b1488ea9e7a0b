"""Sessions in the database: what is stored opens none, the end of one is told, and all of a user's can be ended.

The browser's key is a secret; the row has its hash (the *stored key*) and its contents encrypted, so a dump or backup
signs nobody in and holds no token that waited in a session.
"""

import hashlib
import uuid
from importlib import import_module
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from fsportal.lib.ciphers import cipher

#: Sent when somebody may have lost or won access: `user` is the id, or None if it may be anybody. Whoever remembers who
#: may do what listens to it. Within the transaction, if there is one.
access_changed = Signal()


def stored_key_of(session_key: str) -> str:
    """Return what the row is found by. A key has 165 random bits, so a plain hash tells nothing of it."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]  # as long as the column


class SessionStore(DatabaseSessionStore):
    """Django's sessions, but stored so that nobody can come in with what is stored, and the end of one is told."""

    @property
    def stored_key(self) -> str:
        return stored_key_of(self.session_key) if self.session_key else ""

    def encode(self, session_dict: dict[str, Any]) -> str:
        return cipher("fsportal.session").encrypt(self.serializer().dumps(session_dict)).decode()

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """Return the contents; nothing if the key of their encryption is gone."""
        try:
            found: dict[str, Any] = self.serializer().loads(cipher("fsportal.session").decrypt(session_data))
        except InvalidToken:
            # Rows of a release before 0.3 are signed and not encrypted.
            return dict(super().decode(session_data))
        return found

    def load(self) -> dict[str, Any]:
        found = self.model.objects.filter(pk=self.stored_key, expire_date__gt=timezone.now()).first()
        if found is None:
            self._session_key = None
            return {}
        return self.decode(found.session_data)

    def exists(self, session_key: str) -> bool:
        return bool(self.model.objects.filter(pk=stored_key_of(session_key)).exists())

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Return the row, as Django would make it, under the stored key."""
        row = super().create_model_instance(data)
        row.session_key = stored_key_of(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            self.end(stored_key_of(key))

    @classmethod
    def contents(cls, stored_key: str) -> dict[str, Any]:
        """Return what a row holds, or nothing if it is over."""
        row = cls.get_model_class().objects.filter(pk=stored_key, expire_date__gt=timezone.now()).first()
        return cls().decode(row.session_data) if row else {}

    @classmethod
    def end(cls, stored_key: str) -> None:
        """End the session of a row, whoever wants it: its user, another session of theirs, staff."""
        rows = cls.get_model_class().objects.filter(pk=stored_key)
        row = rows.first()
        if row is None:
            return
        user = _user_in(cls().decode(row.session_data))
        rows.delete()
        if user is not None:
            access_changed.send(cls, user=user)


def _user_in(contents: dict[str, Any]) -> uuid.UUID | None:
    try:
        return uuid.UUID(contents.get(SESSION_KEY, ""))
    except ValueError:
        return None


def end_sessions(user: AbstractBaseUser) -> int:
    """Sign `user` out everywhere; returns how many sessions ended.

    The user is stored inside each session, so this reads every live one: only for rare actions of staff. Sessions kept
    outside the database cannot be searched; they still open nothing once the user is inactive or the password has
    changed.
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore
    if not hasattr(store, "get_model_class"):
        return 0
    live = store.get_model_class().objects.filter(expire_date__gt=timezone.now())
    theirs = [row.pk for row in live.iterator() if store().decode(row.session_data).get(SESSION_KEY) == str(user.pk)]
    with transaction.atomic():
        for key in theirs:
            store.end(key)
    return len(theirs)
