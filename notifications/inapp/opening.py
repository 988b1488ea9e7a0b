"""Opening what a notification points to: a record or a list of this app, by its Dataverse names."""

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
    """Lead to the record or list that the query names; say so plainly where this app has no such thing.

    With `_popup` the page comes without the Settings area around it, as dialogs and side panes show it.
    """
    link = OwnLink.parse(request.META.get("QUERY_STRING", ""))
    page = TABLES.get(link.table) if link else None
    if link is None or page is None:
        return render(request, "notifications/no_such_record.html", status=404)
    if link.page_type == "entityrecord" and link.record_id is None:
        return render(request, "notifications/no_such_record.html", status=404)
    if link.page_type == "entitylist":
        address = reverse(f"admin:{page}_changelist")
    else:
        address = reverse(f"admin:{page}_change", args=[quote(str(link.record_id))])
    return redirect(address + ("?_popup=1" if "_popup" in request.GET else ""))
