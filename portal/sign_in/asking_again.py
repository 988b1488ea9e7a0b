"""Asking again for the password or a second factor before a change that could lock the owner out of their account."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest, HttpResponseBase

from fsportal.models import User

Response = TypeVar("Response", bound=HttpResponseBase)


def has_proved_lately(request: HttpRequest) -> bool:
    """Tell whether whoever asks gave a password or factor within the last minutes.

    Signing in counts, which it does not for django-allauth's own decorator: nobody is asked twice in a row.
    Somebody who signs in only by another service has nothing that we could ask for.
    """
    user = request.user
    if not isinstance(user, User):
        return False
    if not get_reauthentication_flows(user):
        return True
    since = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    return any(record.get("at", 0) > since for record in get_authentication_records(request, user))


def ask_again(request: HttpRequest) -> None:
    """Lead to the page that asks, unless they proved it lately; what was posted is done once they have.

    Raises ReauthenticationRequired, which django-allauth's middleware answers.
    """
    if not has_proved_lately(request):
        raise ReauthenticationRequired


def asks_again(view: Callable[..., Response]) -> Callable[..., Response]:
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        ask_again(request)
        return view(request, *args, **kwargs)

    return wrapped
