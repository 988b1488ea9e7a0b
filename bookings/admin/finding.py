"""What *Find* finds on this floor: bookings, customers, work orders, technicians, booking notification codes."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.admin.new_visit import find as customers
from bookings.models import Booking, BookingNotificationCode, Resource, WorkOrder
from fsportal.models import PortalSettings
from fsportal.settings_area.find import FindGroup, Hit, InList, hit_of
from fsportal.settings_area.parts import change_url, site_moment, site_when
from fsportal.settings_area.phones import company_country


def _booking(row: Booking) -> Hit:
    order = row.work_order
    when = site_when(row.start, row.end, row.zone_name)
    return hit_of(
        row,
        when,
        order.account.name,
        order.incident_type.name,
        order.number,
        row.resource.name,
        row.get_status_display(),
    )


def _latest(rows: QuerySet[Any]) -> QuerySet[Any]:
    found: QuerySet[Any] = rows.with_visit().order_by("-start")  # type: ignore[attr-defined]
    return found


def _work_order(row: WorkOrder) -> Hit:
    return hit_of(row, row.number, row.account.name, row.incident_type.name)


def _code(row: BookingNotificationCode) -> Hit:
    until = site_moment(row.ends_at, row.booking.zone_name)
    return hit_of(row, row.contact.name, row.booking.work_order.number, _("works until %(moment)s") % {"moment": until})


def _customers(request: HttpRequest, text: str) -> list[Hit]:
    """Find as *New visit* does: by name, number however it is written, email, street or account."""
    if not request.user.has_perms(["fsportal.view_contact", "fsportal.view_account"]):
        return []
    found = customers.find(text, company_country(PortalSettings.of(request)))
    return [Hit(one.label, change_url(one.contact or one.account), "; ".join(one.lines)) for one in found.customers]


GROUPS = [
    FindGroup("bookings", gettext_lazy("Bookings"), InList(Booking, _booking, _latest), "bookings_booking"),
    FindGroup("customers", gettext_lazy("Customers"), _customers, "fsportal_contact"),
    FindGroup(
        "work-orders",
        gettext_lazy("Work orders"),
        InList(
            WorkOrder, _work_order, lambda rows: rows.select_related("account", "incident_type").order_by("-created_at")
        ),
        "bookings_workorder",
    ),
    FindGroup(
        "technicians",
        gettext_lazy("Technicians"),
        InList(Resource, lambda row: hit_of(row, row.name), lambda rows: rows.order_by("name")),
        "bookings_resource",
    ),
    FindGroup(
        "codes",
        gettext_lazy("Booking Notification Codes"),
        InList(BookingNotificationCode, _code, lambda rows: rows.for_visit().order_by("-created_at")),  # type: ignore[attr-defined]
        "bookings_bookingnotificationcode",
    ),
]
