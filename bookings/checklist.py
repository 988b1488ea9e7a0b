"""Steps of the first hour that this floor knows of: technicians and services."""

from django.db.models import Model, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import IncidentType, Resource
from fsportal.models import PortalSettings
from fsportal.settings_area import demo_marks
from fsportal.settings_area.checklist import ChecklistStep, register


def own_technicians() -> Q:
    """Return which technicians are not the demo's: others by name, or one whom somebody of the company signs in as."""
    return ~Q(name__in=demo_marks.TECHNICIANS) | (Q(user__isnull=False) & ~Q(user__in=demo_marks.users()))


def _technicians_missing(portal_settings: PortalSettings) -> str:
    found = Resource.objects.filter(own_technicians(), is_active=True).order_by()
    return "" if found.exists() else _("Add your first technician.")


def _services_missing(portal_settings: PortalSettings) -> str:
    found = IncidentType.objects.exclude(name__in=demo_marks.SERVICES).order_by()
    return "" if found.exists() else _("Add your first service.")


def _list_or_first(model: type[Model], missing: str) -> str:
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    return reverse(f"admin:{name}_{'add' if missing else 'changelist'}")


def register_steps() -> None:
    register(
        ChecklistStep(
            30,
            "technicians",
            gettext_lazy("Technicians"),
            gettext_lazy("Visits are planned for them, within their working hours."),
            _technicians_missing,
            lambda portal_settings, missing: _list_or_first(Resource, missing),
        ),
        ChecklistStep(
            40,
            "services",
            gettext_lazy("Services"),
            gettext_lazy("What is done at a visit, how long it takes, and what customers may book by themselves."),
            _services_missing,
            lambda portal_settings, missing: _list_or_first(IncidentType, missing),
        ),
    )
