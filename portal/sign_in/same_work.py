"""Signing in takes the same work whoever is asked for, so that its time tells nobody who has an account."""

from collections.abc import Iterator
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from fsportal.models import User


def install() -> None:
    """Replace how django-allauth's backend looks people up: it hashes up to three times for a known address.

    A backend of our own would have another name, and end every session that was begun with this one.
    """
    if not callable(getattr(AuthenticationBackend, "_authenticate", None)):
        raise ImproperlyConfigured("The backend of this django-allauth has no _authenticate")
    AuthenticationBackend._authenticate = _authenticate  # noqa: SLF001


def _authenticate(backend: AuthenticationBackend, request: HttpRequest | None, **credentials: Any) -> User | None:
    """Hash the password once for each account that is meant; for none, django-allauth itself hashes it once."""
    password = credentials.get("password") or ""
    for user in {user.pk: user for user in _meant(credentials)}.values():
        if backend._check_password(user, password):  # noqa: SLF001
            return user
    return None


def _meant(credentials: dict[str, Any]) -> Iterator[User]:
    """Yield whose address or name was typed; a name may look like an address."""
    for login in dict.fromkeys(filter(None, (credentials.get("username"), credentials.get("email")))):
        yield from filter_users_by_email(login, prefer_verified=True, for_login=True)
        if named := get_user_by_username(login):
            yield named
