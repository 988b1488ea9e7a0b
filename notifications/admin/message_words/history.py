"""The versions of the words of one message: listed, compared, used again, or left for the built-in words."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from fsportal.settings_area.parts import company_moment, staff
from notifications.admin.message_words.comparing import compared
from notifications.admin.message_words.edited import EditedTemplate
from notifications.admin.message_words.editor import MAY_CHANGE
from notifications.admin.message_words.forms import LABELS, changed_meanwhile
from notifications.models import MessageTemplate, TemplateVersion
from notifications.models.message_template import WordsChanged

#: The newest versions that the page lists; all others stay, and can be compared by their number.
MOST = 100


def page(request: HttpRequest, edited: EditedTemplate, context: dict[str, Any]) -> HttpResponse:
    """List the versions. With `from` and `to` (numbers; 0 is none) it compares two of them, or shows one."""
    versions = _versions(edited)
    current = edited.current
    older, newer = (_number(request.GET.get(name, "")) for name in ("from", "to"))
    if older is None and newer is None and versions:
        newer = current.number if current else versions[0].number
        older = newer - 1
    more = {
        "title": _("Versions"),
        "edited": edited,
        "current": current,
        "versions": [(version, company_moment(version.written_at)) for version in versions],
        "older": older,
        "newer": newer,
        "differences": _differences(edited, older, newer) if versions else [],
        "may_change": request.user.has_perm(MAY_CHANGE),
    }
    return TemplateResponse(request, "admin/message_words/history.html", context | more)


def _versions(edited: EditedTemplate) -> list[TemplateVersion]:
    return list(edited.template.versions.select_related("author")[:MOST]) if edited.template else []


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


def _differences(edited: EditedTemplate, older: int | None, newer: int | None) -> list[tuple[Any, Any]]:
    new = _words(edited, newer)
    old = _words(edited, older) if older else new
    return [
        (LABELS[name], compared(old.get(name, ""), new.get(name, "")))
        for name in edited.fields
        if old.get(name) or new.get(name)
    ]


def _words(edited: EditedTemplate, number: int | None) -> dict[str, str]:
    """Return the words of a version; raises Http404 if there is none. Version 0 has none: the built-in words."""
    if not number or edited.template is None:
        return {}
    version = edited.template.versions.filter(number=number).first()
    if version is None:
        raise Http404
    return version.words


def restore(request: HttpRequest, edited: EditedTemplate, context: dict[str, Any]) -> HttpResponse:
    """Make a new version with the words of an old one."""
    number = _number(request.POST.get("number", ""))
    if request.method == "POST" and not number:
        raise Http404
    return _change(request, edited, lambda by, seen: _restore(edited, number or 0, by, seen))


def _restore(edited: EditedTemplate, number: int, by: Any, seen: uuid.UUID | None) -> str:
    version, is_new = MessageTemplate.write(*edited.key, _words(edited, number), by=by, based_on=seen)
    if version is None or not is_new:
        return _("Nothing was changed: these words are in use.")
    words = {"old": number, "number": version.number}
    return _("The words of version %(old)d are used again, as version %(number)d.") % words


def use_built_in(request: HttpRequest, edited: EditedTemplate, context: dict[str, Any]) -> HttpResponse:
    return _change(request, edited, lambda by, seen: _use_built_in(edited, by, seen))


def _use_built_in(edited: EditedTemplate, by: Any, seen: uuid.UUID | None) -> str:
    if not MessageTemplate.use_built_in(*edited.key, by=by, based_on=seen):
        return _("Nothing was changed: the built-in words are in use.")
    return _("The built-in words are used from the next message on. All versions stay here.")


def _change(request: HttpRequest, edited: EditedTemplate, do: Any) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm(MAY_CHANGE):
        raise PermissionDenied
    try:
        seen = uuid.UUID(request.POST["based_on"]) if request.POST.get("based_on") else None
        messages.success(request, do(staff(request), seen))
    except WordsChanged as changed:
        messages.error(request, changed_meanwhile(changed.current))
    except ValueError:
        raise Http404 from None
    return HttpResponseRedirect(edited.url("history"))
