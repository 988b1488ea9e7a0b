"""Removing a user's second factors, which an admin does for somebody who has lost phone and recovery codes."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from fsportal.models import User
from portal.models import SecurityEvent, SecurityNotice


@transaction.atomic
def remove_all(user: User, *, by: User) -> int:
    """Remove apps, passkeys and recovery codes, and tell the user; returns how many. Harmless when repeated."""
    removed: int = Authenticator.objects.filter(user=user).delete()[0]
    if removed:
        SecurityNotice.tell(user, SecurityEvent.FACTORS_REMOVED, by=by)
    return removed


def has_some(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user).exists())


def in_words(user: User) -> str:
    """Return the kinds of second factors that a user has; empty if there are none."""
    kinds = Authenticator.objects.filter(user=user).order_by("type").values_list("type", flat=True).distinct()
    return ", ".join(str(Authenticator.Type(kind).label) for kind in kinds)
