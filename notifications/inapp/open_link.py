"""Opening what a notification points to: a record or a list of this app, by its Dataverse names."""

from django.apps import apps
from django.contrib.admin.utils import quote
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from notifications.inapp.links import OwnLink

#: Logical names of this app's tables (domain.md), and the model behind each.
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
    """Lead to the record or list that the query names; say so plainly where this app has no such thing."""
    link = OwnLink.parse(request.META.get("QUERY_STRING", ""))
    page = TABLES.get(link.table) if link else None
    if link is None or page is None or (link.page_type == "entityrecord" and _is_gone(page, link, request)):
        return render(request, "notifications/no_such_record.html", status=404)
    if link.page_type == "entitylist":
        return redirect(reverse(f"admin:{page}_changelist"))
    return redirect(reverse(f"admin:{page}_change", args=[quote(str(link.record_id))]))


def _is_gone(page: str, link: OwnLink, request: HttpRequest) -> bool:
    """Tell whether there is no such record: the Settings area would lead to its first page instead of saying no.

    Who may not see the table learns nothing of its records here either; the Settings area refuses them.
    """
    app, _, name = page.partition("_")
    if link.record_id is None or not request.user.has_perm(f"{app}.view_{name}"):
        return link.record_id is None
    return not apps.get_model(app, name)._default_manager.filter(pk=link.record_id).exists()
