"""Sessions in the database that say when they end; and how to end all of a user."""

import uuid
from importlib import import_module

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

#: Sent when somebody may have lost or won access: `user` is the id, or None if it may be anybody. Whoever remembers who
#: may do what listens to it. Within the transaction, if there is one.
access_changed = Signal()


class SessionStore(DatabaseSessionStore):
    """Django's sessions, but the end of one is told, whoever ends it: its user, another session of theirs, staff."""

    def delete(self, session_key: str | None = None) -> None:
        # Read again: whoever flushes a session has emptied it before.
        user = _user_in(type(self)(session_key or self.session_key))
        super().delete(session_key)
        if user is not None:
            access_changed.send(type(self), user=user)


def _user_in(session: DatabaseSessionStore) -> uuid.UUID | None:
    try:
        return uuid.UUID(session.get(SESSION_KEY, ""))
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
    theirs = [row.pk for row in live.iterator() if row.get_decoded().get(SESSION_KEY) == str(user.pk)]
    with transaction.atomic():
        for key in theirs:
            store(key).delete()
    return len(theirs)
