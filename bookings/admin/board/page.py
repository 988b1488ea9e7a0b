"""The board's page, and the part of it that scripts ask for again and again."""

import datetime as dt
import hashlib
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, QueryDict
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from bookings.admin.board import lanes, tray, undo, week
from bookings.admin.board.query import DAY, WEEK, BoardQuery
from bookings.admin.board.spans import place
from bookings.models import Absence, BookingChange, CustomerNote, Skill, Team, WorkOrder
from fsportal.lib import zones
from fsportal.settings_area.company_zone import current_zone

MAY_SEE = "bookings.view_booking"
MAY_MOVE = "bookings.change_status"
MAY_BOOK = "bookings.add_booking"
#: After this time a board is drawn again even if nothing was changed: visits become late, and messages go out.
DRAWN_FOR = dt.timedelta(minutes=2)


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    query, now = _asked(request), timezone.now()
    more = {
        "title": _("Board"),
        "is_nav_sidebar_enabled": False,  # the lanes need the room
        "teams": Team.objects.all(),
        "skills": Skill.objects.all(),
        "undo": token if undo.is_open(token := request.GET.get("undo", "")) else "",
        "seconds": int(undo.OPEN_FOR.total_seconds()),
        "new_visit_url": new_visit_url(request),
        **shown(request, query, now),
    }
    return TemplateResponse(request, "admin/board.html", context | more)


def part(request: HttpRequest, _context: dict[str, Any]) -> HttpResponse:
    """Return lanes and tray as they are now; 304 if nothing has happened since the copy that the browser has."""
    query, now = _asked(request), timezone.now()
    tag = _tag(request, query, now)
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified()
    answer = HttpResponse(render_to_string("admin/includes/board.html", shown(request, query, now), request))
    answer["ETag"], answer["Cache-Control"] = tag, "private, no-cache"
    return answer


def new_visit_url(request: HttpRequest) -> str:
    """Return the address of the form for a new visit; empty for whoever may not book."""
    return reverse("admin:new-visit") if request.user.has_perm(MAY_BOOK) else ""


def _asked(request: HttpRequest) -> BoardQuery:
    if not request.user.has_perm(MAY_SEE):
        raise PermissionDenied
    return BoardQuery.of(request.GET, timezone.now())


def _tag(request: HttpRequest, query: BoardQuery, now: dt.datetime) -> str:
    """Return a name for what the board shows, from the newest row of each table that it is made of."""
    waiting = WorkOrder.objects.filter(waits_since__isnull=False)
    newest = [
        BookingChange.objects.aggregate(newest=Max("pk"))["newest"],
        waiting.aggregate(newest=Max("waits_since"))["newest"],
        waiting.count(),
        CustomerNote.objects.waiting().count(),
        Absence.objects.filter(end__gt=now).count(),
        int(now.timestamp() // DRAWN_FOR.total_seconds()),
        request.user.pk,
        query,
    ]
    return f'"{hashlib.sha256(repr(newest).encode()).hexdigest()[:32]}"'


def shown(request: HttpRequest, query: BoardQuery, now: dt.datetime) -> dict[str, Any]:
    """Return what the part of the page that scripts refresh is made of."""
    found: dict[str, Any] = (
        {"board": lanes.board_day(query, now)} if query.view == DAY else {"week": week.week(query, now)}
    )
    return {
        "query": query,
        "is_week": query.view == WEEK,
        "day_words": _days_in_words(query),
        "today": query.but(day=timezone.localdate(now)),
        "zone_words": zones.plain_label(current_zone(), translation.get_language() or "en"),
        **_now(query, now),
        "tray": tray.tray(query.tray, now),
        "may_move": request.user.has_perm(MAY_MOVE),
        "may_book": request.user.has_perm(MAY_BOOK),
        **found,
    }


def of_day(now: dt.datetime) -> dict[str, Any]:
    """Return what today's lanes and the number of what waits to be planned are made of, to be looked at only."""
    query = BoardQuery.of(QueryDict(), now)
    return {
        "query": query,
        "board": lanes.board_day(query, now),
        "day_words": _days_in_words(query),
        "to_be_planned": WorkOrder.objects.filter(waits_since__isnull=False).order_by()[:1000].count(),
        **_now(query, now),
    }


def _now(query: BoardQuery, now: dt.datetime) -> dict[str, Any]:
    """Return what the line of the present needs."""
    return {
        "is_today": query.day == timezone.localdate(now),
        "now_place": place(now, now + dt.timedelta(minutes=1), query.day),
        "now_clock": zones.clock(now, current_zone(), translation.get_language() or "en"),
    }


def _days_in_words(query: BoardQuery) -> str:
    first, last = query.days[0], query.days[-1]
    words = [_day_in_words(first)] if first == last else [_day_in_words(first), _day_in_words(last)]
    return _("%(first)s to %(last)s") % {"first": words[0], "last": words[-1]} if len(words) > 1 else words[0]


def _day_in_words(day: dt.date) -> str:
    noon = dt.datetime.combine(day, dt.time(12), dt.UTC)
    return zones.day(noon, "UTC", translation.get_language() or "en")
