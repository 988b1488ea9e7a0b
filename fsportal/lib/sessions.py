"""Ends the sessions of a user."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone


def end_sessions(user: AbstractBaseUser) -> int:
    """Sign `user` out everywhere; returns how many sessions that were.

    Whose a session is stands inside it, so every live one is read: for rare actions of staff, not for requests of
    customers. Sessions that are kept outside the database cannot be looked through; those of a user who is closed, or
    whose password is another one, open nothing all the same.
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
