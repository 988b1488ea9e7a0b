"""Ends all sessions of a user."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.utils import timezone


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
