"""Who calls the Web API: the user of a bearer token, or of the browser's session with its CSRF token.

It never redirects to a sign-in page, which a program could not read.
"""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone

from fsportal.lib import origin
from fsportal.lib.throttle import Throttle, client_of
from fsportal.models import ApiToken, AuditEntry, User
from notifications.web_api.errors import NOT_SIGNED_IN, PRIVILEGE_DENIED, TOO_MANY_REQUESTS, ODataError
from notifications.web_api.request import SAFE

#: Wrong tokens from one address. A right one is still accepted: other clients may call from there.
FAILURES = Throttle("api-token", limit=30, seconds=300)
#: Requests of one user that are not GET or HEAD; Dataverse's own limit.
WRITES = Throttle("api-write", limit=6000, seconds=300)
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Web API"'}
LONGEST = 200
#: Uses of today that are in the audit trail already. At once two threads may note one twice: that is one row.
NOTED: set[tuple[uuid.UUID, str, dt.date]] = set()
MOST_NOTED = 2000


def user_of(request: HttpRequest) -> User:
    """Return the caller; raises 401, 403 for a session without CSRF token, and 429."""
    header = request.headers.get("Authorization", "")
    user = _user_of_token(request, header) if header else _user_of_session(request)
    if request.method not in SAFE and (wait := WRITES.count(str(user.pk))):
        raise _too_many(wait)
    return user


def _user_of_token(request: HttpRequest, header: str) -> User:
    scheme, _, text = header.partition(" ")
    text = text.strip()
    token = ApiToken.of(text) if scheme.lower() == "bearer" and 0 < len(text) <= LONGEST else None
    if token is None:
        wait = FAILURES.count(client_of(request))
        AuditEntry.count("API token refused")
        if wait:
            raise _too_many(wait)
        raise ODataError(
            401,
            NOT_SIGNED_IN,
            "The bearer token is unknown, expired or revoked, or its user is not active.",
            {"WWW-Authenticate": f'{CHALLENGE["WWW-Authenticate"]}, error="invalid_token"'},
        )
    token.note_use(timezone.now(), is_read=request.method in SAFE)
    origin.present().name = token.name
    _note_first_use(token, client_of(request))
    return token.user


def _note_first_use(token: ApiToken, client: str) -> None:
    """Note the first use on a day from an address. What this process has noted, it does not ask for again."""
    use = (token.pk, client, timezone.now().date())
    if use in NOTED:
        return
    AuditEntry.note_first(token, "API token used", of=client, by=token.user)
    if len(NOTED) >= MOST_NOTED:
        NOTED.clear()
    NOTED.add(use)


def _user_of_session(request: HttpRequest) -> User:
    user = request.user
    if not (isinstance(user, User) and user.is_active):
        raise ODataError(401, NOT_SIGNED_IN, "Sign in: send 'Authorization: Bearer <token>'.", CHALLENGE)
    if reason := _CsrfCheck.problem(request):
        raise ODataError(403, PRIVILEGE_DENIED, f"A session needs the CSRF token in the header X-CSRFToken: {reason}")
    return user


def _too_many(wait: int) -> ODataError:
    return ODataError(429, TOO_MANY_REQUESTS, f"Too many requests. Wait {wait} seconds.", {"Retry-After": str(wait)})


class _CsrfCheck(CsrfViewMiddleware):
    """Django's own check, but it returns the reason instead of a page."""

    @classmethod
    def problem(cls, request: HttpRequest) -> str:
        """Return why the check fails, or an empty text."""
        check = cls(lambda _request: HttpResponse())
        check.process_request(request)
        return str(check.process_view(request, _no_view, (), {}) or "")

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def _no_view(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
