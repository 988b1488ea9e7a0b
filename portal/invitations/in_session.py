"""The invitation that a browser holds between typing its code and redeeming it: in the session, by id and generation.

The code itself is not kept; a code that is renewed, withdrawn or used up meanwhile opens nothing.
"""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest

from portal.invitations.redeem import Redeemer, by_email
from portal.models import Invitation, OneTimeCode

KEY = "portal.invitation"
#: Long enough to look for a password and an email; short enough for a shared computer.
KEPT_FOR = dt.timedelta(hours=2)


def hold(request: HttpRequest, invitation: Invitation, now: dt.datetime) -> None:
    """Keep the invitation for this browser, under a new session key."""
    request.session.cycle_key()
    until = (now + KEPT_FOR).isoformat()
    request.session[KEY] = {"id": str(invitation.pk), "generation": invitation.generation, "until": until}


def held(request: HttpRequest, now: dt.datetime) -> Invitation | None:
    """Return the invitation that this browser holds, in whatever state; None once its code was renewed."""
    kept = _kept(request)
    if not kept or now >= dt.datetime.fromisoformat(kept["until"]):
        return None
    found = Invitation.objects.filter(pk=uuid.UUID(kept["id"]), generation=kept["generation"])
    return found.select_related("account").first()


def _kept(request: HttpRequest) -> dict[str, Any]:
    kept: dict[str, Any] = request.session.get(KEY, {})
    return kept


# --- Who claims to hold it (group invitations) ------------------------------------------------------------------------
def note_who(request: HttpRequest, name: str, email: str, code: OneTimeCode) -> None:
    """Keep who somebody claims to be, and which one-time code went to them."""
    kept = _kept(request)
    request.session[KEY] = kept | {"name": name, "email": email, "code": str(code.pk), "proven": False}


def forget_who(request: HttpRequest) -> None:
    request.session[KEY] = {key: value for key, value in _kept(request).items() if key in ("id", "generation", "until")}


def who(request: HttpRequest) -> tuple[str, str]:
    kept = _kept(request)
    return kept.get("name", ""), kept.get("email", "")


def sent_code(request: HttpRequest) -> OneTimeCode | None:
    """Return the newest one-time code that went out for this browser."""
    pk = _kept(request).get("code")
    return OneTimeCode.objects.filter(pk=uuid.UUID(pk)).first() if pk else None


def prove(request: HttpRequest) -> None:
    """Note that the person at this browser has read the email."""
    request.session[KEY] = _kept(request) | {"proven": True}


def proven(request: HttpRequest, invitation: Invitation, language: str) -> Redeemer | None:
    """Return who has proven their email in this browser, or None."""
    kept = _kept(request)
    return by_email(invitation, kept["name"], kept["email"], language) if kept.get("proven") else None
