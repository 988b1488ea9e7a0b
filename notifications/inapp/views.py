"""The notification center as a page, and the buttons of its cards. Everything works without scripts."""

import datetime as dt
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from fsportal.lib import zones
from fsportal.models import User
from notifications.inapp import cards, snoozing
from notifications.inapp.privileges import has_bell
from notifications.inapp.taking import with_company
from notifications.models import AppNotification
from notifications.models.app_notification import UNDO_FOR

View = Callable[..., HttpResponse]


def with_bell(view: View) -> View:
    """Admit users who have a bell, and pass the user to the view. 403 for others; strangers are asked to sign in."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or not has_bell(user):
            raise PermissionDenied
        response = view(request, user, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response

    return wrapped


@require_safe
@with_bell
def center(request: HttpRequest, user: User) -> HttpResponse:
    """Show the cards, high priority first; with `?part=1` only the list, for the flyout. Changes no row."""
    now, zone = timezone.now(), snoozing.zone_of(user)
    rows = with_company(cards.center(user, now), now)
    page = Paginator(rows, cards.PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "cards": cards.cards(page.object_list, now, cards.muted_by(user, page.object_list)),
        "page": page,
        "number": cards.unseen(user, now),
        "until": now.isoformat(),
        "undo": _undo_of(request),
        "snoozed": cards.cards(cards.snoozed(user, now)[: cards.PAGE_SIZE], now, zone=zone),
        "zone_words": zones.zone_label(now, zone, translation.get_language() or "en"),
    }
    context |= frame(request, user, _("Notifications"))
    part = "notifications/inapp/list.html" if "part" in request.GET else "notifications/inapp/center.html"
    return render(request, part, context)


@require_POST
@with_bell
def seen(request: HttpRequest, user: User) -> HttpResponse:
    """Note that the cards with these ids, or all that the page showed, have been seen."""
    if "all" in request.POST:
        AppNotification.note_all_seen(user, until=_moment(request.POST.get("until", "")))
    else:
        AppNotification.note_seen(user, _ids(request))
    return done(request)


@require_POST
@with_bell
def toasted(request: HttpRequest, user: User) -> HttpResponse:
    AppNotification.note_toasted(user, _ids(request))
    return HttpResponse(status=204)


@require_POST
@with_bell
def dismiss(request: HttpRequest, user: User, pk: uuid.UUID) -> HttpResponse:
    AppNotification.dismiss(user, pk)
    return done(request, undo=str(pk))


@require_POST
@with_bell
def dismiss_all(request: HttpRequest, user: User) -> HttpResponse:
    """Dismiss what the page showed; newer cards stay."""
    until = _moment(request.POST.get("until", "")) or timezone.now()
    mark = AppNotification.dismiss_all(user, until=until)
    return done(request, undo=mark.isoformat())


@require_POST
@with_bell
def undo(request: HttpRequest, user: User) -> HttpResponse:
    """Undo a dismissal, or say that it is too late (410 to a script)."""
    what = request.POST.get("what", "")
    moment, pk = _moment(what), _uuid(what)
    if moment or pk:
        AppNotification.undo(user, dismissed=moment, pk=pk)
    now = timezone.now()
    is_late = moment is not None and moment <= now - UNDO_FOR
    is_late |= pk is not None and not cards.center(user, now).filter(pk=pk).exists()
    if is_late and is_script(request):
        return HttpResponse(status=410)
    if is_late:
        messages.warning(request, _("It was too late to bring that back."))
    return done(request)


def frame(request: HttpRequest, user: User, title: str) -> dict[str, Any]:
    """Return the context of the frame: the Settings area for staff, a plain page for others."""
    if not user.is_staff:
        return {"frame": "notifications/inapp/frame_plain.html"}
    return {
        **admin.site.each_context(request),
        "frame": "notifications/inapp/frame_staff.html",
        "title": title,
    }


def done(request: HttpRequest, *, undo: str = "") -> HttpResponse:
    """Respond to a script with 204, and to a browser without scripts with the center."""
    if is_script(request):
        response = HttpResponse(status=204)
        response["X-Undo"] = undo
        return response
    return redirect(reverse("notification-center") + (f"?{urlencode({'undo': undo})}" if undo else ""))


def is_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def _undo_of(request: HttpRequest) -> str:
    what = request.GET.get("undo", "")
    return what if _moment(what) or _uuid(what) else ""


def _ids(request: HttpRequest) -> list[uuid.UUID]:
    return [pk for pk in map(_uuid, request.POST.getlist("id")[: cards.PAGE_SIZE * 2]) if pk]


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
