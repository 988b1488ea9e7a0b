"""Where to go next, for staff and for those who see the portal for the first time."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from fsportal.models import User

#: Two of the demo company's sign-ins.
DEMO_USERS = ("customer", "dispatcher")


@dataclass(frozen=True)
class FirstStep:
    title: str
    text: str
    address: str


def has_demo_company() -> bool:
    """Tell whether the demo company is there and nothing leaves the machine: a first look at the product."""
    if settings.DELIVERY_MODE != "simulate" or not settings.DEMO:
        return False
    return User.objects.filter(username__in=DEMO_USERS).count() == len(DEMO_USERS)


def first_steps() -> list[FirstStep]:
    """Return the tour of the Settings area, in the active language."""
    return [
        FirstStep(
            _("Look around the Settings area"),
            _("Bookings, customers, messages and the portal's own settings, grouped as you work."),
            _address("admin:index"),
        ),
        FirstStep(
            _("See what customers are told"),
            _("The message log holds the exact words of every message, and why one was not sent."),
            _address("admin:notifications_customernotification_changelist"),
        ),
        FirstStep(
            _("Open a visit as its customer"),
            _("Each booking notification code shows the secret link that its customer gets."),
            _address("admin:bookings_bookingnotificationcode_changelist"),
        ),
        FirstStep(
            _("Bring your own schedule in"),
            _("Import bookings from a CSV or Excel file; you see every row before anything is changed."),
            _address("admin:bookings_bookingimport_add"),
        ),
        FirstStep(
            _("Make it yours"),
            _("Company name, time zone, colours, and which messages are sent."),
            _address("admin:fsportal_portalsettings_changelist"),
        ),
    ]


def _address(name: str) -> str:
    """Return the page's address, or the Settings area's if there is no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse("admin:index")
