"""Opens the record or list of this app that a link names in Dataverse's terms."""

from django.apps import apps
from django.contrib.admin.utils import quote
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from notifications.inapp.links import OwnLink

#: The logical names of Dataverse's tables, and our model of each.
TABLES = {
    "account": "fsportal_account",
    "contact": "fsportal_contact",
    "systemuser": "fsportal_user",
    "bookableresourcebooking": "bookings_booking",
    "msdyn_workorder": "bookings_workorder",
    "bookableresource": "bookings_resource",
    "msdyn_incidenttype": "bookings_incidenttype",
    "appnotification": "notifications_appnotification",
}


@require_safe
@login_required
def open_link(request: HttpRequest) -> HttpResponse:
    """Redirect to the record or list that the query names; 404 with a page if there is none."""
    link = OwnLink.parse(request.META.get("QUERY_STRING", ""))
    page = TABLES.get(link.table) if link else None
    if link is None or page is None or (link.page_type == "entityrecord" and _is_gone(page, link, request)):
        return render(request, "notifications/no_such_record.html", status=404)
    if link.page_type == "entitylist":
        return redirect(reverse(f"admin:{page}_changelist"))
    return redirect(reverse(f"admin:{page}_change", args=[quote(str(link.record_id))]))


def _is_gone(page: str, link: OwnLink, request: HttpRequest) -> bool:
    """Tell whether there is no such record, for which the Settings area would redirect to its first page.

    A user who may not see the table learns nothing here; the Settings area refuses them.
    """
    app, _, name = page.partition("_")
    if link.record_id is None or not request.user.has_perm(f"{app}.view_{name}"):
        return link.record_id is None
    return not apps.get_model(app, name)._default_manager.filter(pk=link.record_id).exists()
