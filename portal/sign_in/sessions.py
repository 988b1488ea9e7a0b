"""The sessions of a signed-in user: noting where they sign in, and ending them."""

import datetime as dt
from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from allauth.account.signals import password_changed, password_set, user_logged_in
from allauth.usersessions import signals
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from fsportal.lib.sessions import SessionStore
from fsportal.lib.zones import moment, supported_language
from fsportal.models import AuditEntry, AuditKind, PortalSettings, User
from portal.sign_in.asking_again import asks_again
from portal.sign_in.user_agent import device_words


def note_places_ourselves() -> None:
    """Take over from django-allauth, which would store the session's key, and with it the way in."""
    user_logged_in.disconnect(signals.on_user_logged_in)
    user_logged_in.connect(_note_place, dispatch_uid="portal.place")
    # A new password brings a new key.
    for changed in (password_set, password_changed):
        changed.disconnect(signals.on_password_changed)
        changed.connect(_note_place, dispatch_uid="portal.place")


def _note_place(request: HttpRequest, **kwargs: object) -> None:
    if not request.session.session_key:
        request.session.save()
    longest = UserSession._meta.get_field("user_agent").max_length
    place = {
        "user": request.user,
        "ip": get_adapter().get_client_ip(request),
        "user_agent": request.headers.get("User-Agent", "")[:longest],
        "last_seen_at": timezone.now(),
    }
    UserSession.objects.update_or_create(session_key=_here(request), defaults=place)


@dataclass(frozen=True)
class SignedInPlace:
    """One place where somebody is signed in, in words. Without a row (`pk`) it cannot be ended from elsewhere."""

    device: str
    address: str
    since: str
    is_this: bool
    pk: int | None = None


@login_required
@never_cache
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """List where this person is signed in: here first, then the newest."""
    assert isinstance(request.user, User)
    rows = [row for row in _rows(request.user) if _is_alive(row, request.user)]
    zone = _zone(request.user)
    found = [_in_words(row, zone, _here(request)) for row in rows]
    if not any(place.is_this for place in found):
        agent = request.headers.get("User-Agent", "")
        found.insert(0, SignedInPlace(device_words(agent), "", "", is_this=True))
    found.sort(key=lambda place: not place.is_this)
    return render(request, "usersessions/usersession_list.html", {"sessions": found, "others": len(found) - 1})


@login_required
@require_POST
@asks_again
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own sessions; for the present one, sign out."""
    assert isinstance(request.user, User)
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    if session.session_key == _here(request):
        return HttpResponseRedirect(reverse("account_logout"))
    _end(session)
    AuditEntry.note(
        request.user,
        "signed out elsewhere",
        by=request.user,
        why=device_words(session.user_agent),
        kind=AuditKind.SIGN_IN,
    )
    messages.success(request, _("Signed out there."))
    return HttpResponseRedirect(reverse("usersessions_list"))


@login_required
@require_POST
@asks_again
def end_others(request: HttpRequest) -> HttpResponse:
    """End all of one's own sessions but this one."""
    ended = sign_out_elsewhere(request)
    words = ngettext("Signed out in %(count)d other place.", "Signed out in %(count)d other places.", ended)
    messages.success(request, words % {"count": ended})
    return HttpResponseRedirect(reverse("usersessions_list"))


def sign_out_elsewhere(request: HttpRequest) -> int:
    """End all sessions of this person but this one; returns how many were signed in."""
    assert isinstance(request.user, User)
    return _sign_out(request.user, but=_here(request))


def sign_out_everywhere(user: User) -> int:
    """End all sessions of a user; returns how many were signed in."""
    return _sign_out(user, but="")


def _sign_out(user: User, *, but: str) -> int:
    rows = [row for row in _rows(user) if row.session_key != but]
    ended = sum(_is_alive(row, user) for row in rows)
    for row in rows:
        _end(row)
    if rows:
        AuditEntry.note(user, "signed out everywhere else", by=user, why=str(ended), kind=AuditKind.SIGN_IN)
    return ended


def _here(request: HttpRequest) -> str:
    """Return what the row of this session has as its key."""
    session = request.session
    assert isinstance(session, SessionStore)
    return session.stored_key


@transaction.atomic
def _end(row: UserSession) -> None:
    SessionStore.end(row.session_key)
    row.delete()


def _rows(user: User) -> list[UserSession]:
    return list(UserSession.objects.filter(user=user).order_by("-created_at"))


def _is_alive(row: UserSession, user: User) -> bool:
    """Tell whether the session is still signed in. django-allauth's own check writes to the database."""
    session = SessionStore.contents(row.session_key)
    if session.get(SESSION_KEY) != str(user.pk):
        return False
    known = str(session.get(HASH_SESSION_KEY, ""))
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(known, each) for each in hashes)


def _zone(user: User) -> str:
    contact = user.contacts.select_related("account").order_by("created_at").first()
    return (contact.time_zone or contact.account.time_zone) if contact else PortalSettings.load("time_zone").time_zone


def _in_words(row: UserSession, zone: str, here: str) -> SignedInPlace:
    language = supported_language(translation.get_language() or "en")
    since: dt.datetime = row.created_at
    words = moment(since, zone, language, now=timezone.now())
    return SignedInPlace(device_words(row.user_agent), row.ip, words, row.session_key == here, row.pk)
