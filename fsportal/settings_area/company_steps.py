"""Steps of the first hour that this floor knows of: the company's name, logo and zone, and its first customers."""

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import Contact, PortalSettings
from fsportal.settings_area import demo_marks
from fsportal.settings_area.checklist import ChecklistStep, register
from fsportal.settings_area.parts import setting_url

NOBODYS_ZONE = "UTC"


def _is_named(portal_settings: PortalSettings) -> bool:
    return not (portal_settings.is_unnamed or demo_marks.has_demo_name(portal_settings))


def _name_missing(portal_settings: PortalSettings) -> str:
    if not _is_named(portal_settings):
        return _("Write your company's name.")
    return "" if portal_settings.logo else _("The name is there. Add the logo.")


def _zone_missing(portal_settings: PortalSettings) -> str:
    if portal_settings.time_zone == NOBODYS_ZONE:
        return _("Choose the zone of your town.")
    # Until the company has its own name, the zone is the demo's as well.
    return _("This is the demo's zone.") if demo_marks.has_demo_name(portal_settings) else ""


def _customers_missing(portal_settings: PortalSettings) -> str:
    # Asked for each contact until there is one: the accounts that are not the demo's may be a hundred thousand.
    of_demo = Exists(demo_marks.accounts().filter(pk=OuterRef("account")))
    return (
        ""
        if Contact.objects.filter(~of_demo).order_by().exists()
        else _("Add an account with a contact, or import your schedule: it brings them along.")
    )


def _name_page(portal_settings: PortalSettings, missing: str) -> str:
    return setting_url("company", "logo" if _is_named(portal_settings) else "company_name")


def register_steps() -> None:
    register(
        ChecklistStep(
            10,
            "name",
            gettext_lazy("Name and logo"),
            gettext_lazy("Customers know you by them, on every page and in every message."),
            _name_missing,
            lambda portal_settings, missing: setting_url(
                "company", "logo" if _is_named(portal_settings) else "company_name"
            ),
        ),
        ChecklistStep(
            20,
            "zone",
            gettext_lazy("Time zone"),
            gettext_lazy("Days and times here are by your clock, and so is what counts as today."),
            _zone_missing,
            lambda portal_settings, missing: setting_url("company", "time_zone"),
        ),
        ChecklistStep(
            70,
            "customers",
            gettext_lazy("First customers"),
            gettext_lazy("Somebody has to be told: each account has a contact with an email address or a phone."),
            _customers_missing,
            lambda portal_settings, missing: reverse("admin:bookings_bookingimport_add"),
        ),
    )
