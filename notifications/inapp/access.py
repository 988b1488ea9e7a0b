"""What takes a bell away, or gives one, gets a new stamp: then no poll is answered without a look at the database.

Session and user are said by `access_changed` (fsportal/lib/sessions.py); groups, permissions, the second factor and the
settings record by Django's signals.
"""

import uuid
from functools import partial
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save

from fsportal.lib.sessions import access_changed
from fsportal.models import PortalSettings, User
from notifications import stamps


def connect() -> None:
    """Listen to everything that decides who has a bell."""
    access_changed.connect(_access_changed)
    post_save.connect(_user_saved, sender=User)
    post_delete.connect(_user_deleted, sender=User)
    for through in (User.groups.through, User.user_permissions.through):
        m2m_changed.connect(_privileges_changed, sender=through)
    m2m_changed.connect(_for_all, sender=Group.permissions.through)
    post_delete.connect(_for_all, sender=Group)
    post_save.connect(_for_all, sender=PortalSettings)
    for signal in (post_save, post_delete):
        signal.connect(_factor_changed, sender=Authenticator)


def _access_changed(user: uuid.UUID | None, **_kwargs: Any) -> None:
    _touch(user)


def _user_saved(instance: User, update_fields: frozenset[str] | None, **_kwargs: Any) -> None:
    if update_fields != frozenset({"last_login"}):
        _touch(instance.pk)


def _user_deleted(instance: User, **_kwargs: Any) -> None:
    _touch(instance.pk)


def _factor_changed(instance: Authenticator, **_kwargs: Any) -> None:
    _touch(instance.user_id)


def _privileges_changed(instance: User | Group, action: str, **_kwargs: Any) -> None:
    if action.startswith("post_"):
        _touch(instance.pk if isinstance(instance, User) else None)


def _for_all(**_kwargs: Any) -> None:
    # A new database gets its groups and settings before it has users or a table for the cache.
    if User.objects.exists():
        _touch(None)


def _touch(user: uuid.UUID | None) -> None:
    transaction.on_commit(partial(stamps.touch, [user]) if user else stamps.touch_all)
