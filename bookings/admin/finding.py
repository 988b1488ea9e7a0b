"""What *Find* finds on this floor: bookings, customers, work orders, technicians, booking notification codes."""

from typing import Any

from django.db.models import Case, Q, QuerySet, When
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
    """Return those with the whole number, then those with it as a part, for which all numbers are read."""
    if not search.has_digit:
        return []
    same = list(newest.filter(number__in=_spellings(search)))
    # Whoever is found by their phone number was meant.
    if search.digits and search.contacts:
        return same
    return [*same, *newest.filter(number__icontains=search.text)[:SEARCHED]]


def _spellings(search: FindSearch) -> set[str]:
    return {search.text, search.text.upper()}


def _whole_number_first(search: FindSearch, path: str) -> Case:
    """Return an order: what was written in full is meant before what only begins or ends like it."""
    return Case(When(**{f"{path}__in": _spellings(search)}, then=0), default=1)


def _visits(search: FindSearch) -> list[Any]:
    """Return the keys of the latest bookings of these work orders."""
    theirs = Q(work_order__in=search.once("orders", _orders)) | Q(external_id=search.text)
    rows = Booking.objects.filter(theirs).order_by(_whole_number_first(search, "work_order__number"), "-start", "pk")
    return list(rows.values_list("pk", flat=True)[:SEARCHED])


def _bookings(search: FindSearch) -> QuerySet[Booking]:
    rows = Booking.objects.filter(pk__in=search.once("visits", _visits)).with_visit()
    return rows.order_by(_whole_number_first(search, "work_order__number"), "-start", "pk")


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
    in_order = rows.order_by(_whole_number_first(search, "number"), "-created_at", "pk")
    return in_order.select_related("account", "incident_type")


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
