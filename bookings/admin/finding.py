"""What *Find* finds on this floor: bookings, customers, work orders, technicians, booking notification codes."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import Booking, BookingNotificationCode, Resource, WorkOrder
from fsportal.lib import phones
from fsportal.models import Account, Contact
from fsportal.settings_area.find import SEARCHED, FindGroup, FindRecords, FindSearch, Hit, hit_of
from fsportal.settings_area.parts import site_moment, site_when


def _orders(search: FindSearch) -> list[Any]:
    """Return the keys of work orders with this number, or of the customers that were found, the newest first."""
    whose = Q(reported_by__in=search.contacts) | Q(account__in=search.accounts)
    newest = WorkOrder.objects.order_by("-created_at").values_list("pk", flat=True)
    return [*_numbered(search, newest), *newest.filter(whose)[:SEARCHED]]


def _numbered(search: FindSearch, newest: Any) -> list[Any]:
    """Return those with the whole number, or else with it as a part, for which all numbers are read."""
    if not search.has_digit:
        return []
    same = list(newest.filter(number__in={search.text, search.text.upper()}))
    # Whoever is found by their phone number was meant.
    is_settled = same or (search.digits and search.contacts)
    return same if is_settled else list(newest.filter(number__icontains=search.text)[:SEARCHED])


def _visits(search: FindSearch) -> list[Any]:
    """Return the keys of the latest bookings of these work orders."""
    theirs = Q(work_order__in=search.once("orders", _orders)) | Q(external_id=search.text)
    return list(Booking.objects.filter(theirs).order_by("-start").values_list("pk", flat=True)[:SEARCHED])


def _bookings(search: FindSearch) -> QuerySet[Booking]:
    return Booking.objects.filter(pk__in=search.once("visits", _visits)).with_visit().order_by("-start")


def _booking(row: Booking) -> Hit:
    order = row.work_order
    when = site_when(row.start, row.end, row.zone_name)
    about = (order.account.name, order.incident_type.name, order.number, row.resource.name, row.get_status_display())
    return hit_of(row, when, *about)


def _contacts(search: FindSearch) -> QuerySet[Contact]:
    return Contact.objects.filter(pk__in=search.contacts).select_related("account").order_by("name", "pk")


def _contact(row: Contact) -> Hit:
    account = "" if row.account.name == row.name else row.account.name
    return hit_of(row, row.name, account, phones.display(row.mobile_phone), row.email)


def _accounts(search: FindSearch) -> QuerySet[Account]:
    return Account.objects.filter(pk__in=search.accounts).order_by("name", "pk")


def _work_orders(search: FindSearch) -> QuerySet[WorkOrder]:
    rows = WorkOrder.objects.filter(pk__in=search.once("orders", _orders))
    return rows.select_related("account", "incident_type").order_by("-created_at")


def _technicians(search: FindSearch) -> QuerySet[Resource]:
    return Resource.objects.filter(*(Q(name__icontains=word) for word in search.words)).order_by("name")


def _codes(search: FindSearch) -> QuerySet[BookingNotificationCode]:
    theirs = Q(contact__in=search.contacts) | Q(booking__in=search.once("visits", _visits))
    return BookingNotificationCode.objects.filter(theirs).for_visit().order_by("-created_at")


def _code(row: BookingNotificationCode) -> Hit:
    until = site_moment(row.ends_at, row.booking.zone_name)
    return hit_of(row, row.contact.name, row.booking.work_order.number, _("works until %(moment)s") % {"moment": until})


GROUPS = [
    FindGroup("bookings", gettext_lazy("Bookings"), FindRecords(Booking, _bookings, _booking), "bookings_booking"),
    FindGroup("contacts", gettext_lazy("Contacts"), FindRecords(Contact, _contacts, _contact), "fsportal_contact"),
    FindGroup(
        "accounts",
        gettext_lazy("Accounts"),
        FindRecords(Account, _accounts, lambda row: hit_of(row, row.name, row.address_line())),
        "fsportal_account",
    ),
    FindGroup(
        "work-orders",
        gettext_lazy("Work orders"),
        FindRecords(
            WorkOrder,
            _work_orders,
            lambda row: hit_of(row, row.number, row.account.name, row.incident_type.name),
        ),
        "bookings_workorder",
    ),
    FindGroup(
        "technicians",
        gettext_lazy("Technicians"),
        FindRecords(Resource, _technicians, lambda row: hit_of(row, row.name, phones.display(row.main_phone))),
        "bookings_resource",
    ),
    FindGroup(
        "codes",
        gettext_lazy("Booking Notification Codes"),
        FindRecords(BookingNotificationCode, _codes, _code),
        "bookings_bookingnotificationcode",
    ),
]
