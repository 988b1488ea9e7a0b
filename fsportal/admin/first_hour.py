"""The page of the first hour's checklist, and putting it away on the index."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from fsportal.models import AuditEntry, PortalSettings
from fsportal.settings_area import demo_marks
from fsportal.settings_area.checklist import checklist

#: Whoever sets the house up.
MAY_SEE = "fsportal.change_portalsettings"


def on_index(request: HttpRequest) -> dict[str, Any]:
    """Return what the index shows of the checklist: nothing once it is put away or all is done."""
    portal_settings = PortalSettings.of(request)
    if not request.user.has_perm(MAY_SEE) or portal_settings.checklist_put_away_at is not None:
        return {}
    found = checklist(portal_settings)
    return {} if found.is_complete else {"checklist": found, "has_demo": demo_marks.accounts().exists()}


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    return permission_required(MAY_SEE, raise_exception=True)(_page)(request, context)


def _page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    portal_settings = PortalSettings.of(request)
    own = {
        "title": _("First hour"),
        "checklist": checklist(portal_settings),
        "is_put_away": portal_settings.checklist_put_away_at is not None,
        "has_demo": demo_marks.accounts().exists(),
    }
    return TemplateResponse(request, "admin/first_hour.html", context | own)


@require_POST
@permission_required(MAY_SEE, raise_exception=True)
def put_away(request: HttpRequest) -> HttpResponse:
    """Take the checklist off the index, or with `back` put it there again."""
    is_back = "back" in request.POST
    at = None if is_back else timezone.now()
    record, _made = PortalSettings.objects.update_or_create(pk=1, defaults={"checklist_put_away_at": at})
    AuditEntry.note(record, "checklist shown again" if is_back else "checklist put away", by=request.user)
    words = _("The checklist is on the first page again.") if is_back else _("The checklist is off the first page.")
    messages.success(request, words)
    return HttpResponseRedirect(reverse("admin:first-hour"))
