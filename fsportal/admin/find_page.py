"""Find anything: the page, and the list below the box while one types."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.admin.navigation import NavigationSection
from fsportal.settings_area.find import MOST, FindGroup, FindSearch, Hit, HitGroup, matches

#: A single letter finds half of everything.
SHORTEST = 2
#: Nobody types a longer name; a longer text would only cost time.
LONGEST = 100


def in_pages(sections: Iterable[NavigationSection], text: str) -> HitGroup:
    """Return pages of the navigation, which holds only what the user may see."""
    hits = [
        Hit(str(link.name), link.url, "" if job.name == link.name else str(job.name))
        for section in sections
        for job in section.jobs
        for link in job.links
        if matches(text, job.name, link.name)
    ]
    return HitGroup("pages", gettext_lazy("Pages"), hits[:MOST])


def page(groups: Sequence[FindGroup]) -> Callable[[HttpRequest, dict[str, Any]], HttpResponse]:
    """Return the view: the page, or with ?part=yes only what was found, for the list below the box."""

    def view(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        text = " ".join(request.GET.get("q", "").replace("\0", "").split())[:LONGEST]
        found = _everything(request, context, groups, text) if len(text) >= SHORTEST else []
        own = {"text": text, "found": found, "too_short": bool(text) and len(text) < SHORTEST}
        if request.GET.get("part"):
            response = render(request, "admin/includes/found.html", own)
        else:
            response = TemplateResponse(request, "admin/find.html", context | own | {"title": _("Find")})
        response["Cache-Control"] = "private, no-store"
        return response

    return view


def _everything(
    request: HttpRequest, context: dict[str, Any], groups: Sequence[FindGroup], text: str
) -> list[HitGroup]:
    """Return what was found: pages first, as they cost nothing."""
    search = FindSearch(request, text)
    found = [in_pages(context["navigation"], text), *(group.found(search) for group in groups)]
    return [group for group in found if group.hits]
