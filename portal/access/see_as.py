"""Staff see the portal as a customer: who, and until when. That nothing is changed that way is in middleware.py."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from fsportal.lib import zones
from fsportal.models import AuditEntry, AuditKind, Contact, User
from fsportal.settings_area.parts import change_url
from portal.access.viewer import SEE_AS, SEE_AS_FOR, viewer_of


@dataclass(frozen=True)
class Looking:
    """Which customer a member of staff sees the portal as, and until when (aware)."""

    contact: Contact
    until: dt.datetime

    @property
    def until_words(self) -> str:
        """Return "14:35 (London time)", in the zone of the customer like all times on the page."""
        zone, language = self.contact.account.time_zone, get_language() or "en"
        return zones.span(self.until, self.until, zone, language)


def begin(request: HttpRequest, contact: Contact, now: dt.datetime) -> None:
    """Let this browser see the portal as `contact` for half an hour, and note it in the audit trail."""
    request.session[SEE_AS] = {"contact": str(contact.pk), "until": (now + SEE_AS_FOR).isoformat()}
    AuditEntry.note(contact, "saw the portal as", by=request.user, kind=AuditKind.SIGN_IN)


def end(request: HttpRequest, now: dt.datetime) -> Contact | None:
    """End it; returns the contact, or None if it was over already."""
    looking = looking_of(request, now)
    request.session.pop(SEE_AS, None)
    if looking is None:
        return None
    AuditEntry.note(looking.contact, "stopped seeing the portal as", by=request.user, kind=AuditKind.SIGN_IN)
    return looking.contact


def looking_of(request: HttpRequest, now: dt.datetime) -> Looking | None:
    """Return who this browser sees the portal as at `now`: None after the half hour, or without the permission."""
    session: Any = getattr(request, "session", None)
    # Without a session nothing is read from it, so that a page that says the same to everybody can be cached.
    if session is None or not session.session_key or SEE_AS not in session:
        return None
    viewer = viewer_of(request, now)
    if viewer is None or viewer.seen_as is None:
        return None
    return Looking(viewer.seen_as, dt.datetime.fromisoformat(session[SEE_AS]["until"]))


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Stop looking, and go back to the contact's page if they may see it. Harmless for everybody else."""
    contact = end(request, timezone.now())
    if contact and isinstance(request.user, User) and request.user.has_perm("fsportal.view_contact"):
        return redirect(change_url(contact))
    return redirect("home")
