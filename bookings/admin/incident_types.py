"""Incident types in the Settings area: what customers read as the service, with its name in each language."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings.admin.visits_beside import MAY_SEE
from bookings.models import Booking, IncidentType
from fsportal.lib.text import validate_no_control
from fsportal.settings_area.lists import AtLeast
from fsportal.settings_area.parts import GOOD, QUIET, AnyModelForm, dot, list_link, record_link
from fsportal.settings_area.record_page import Facts, RecordWithForm, Related, Row
from fsportal.settings_area.story import SEES_AUDIT, Source, audited, seen_by
from notifications.customers import kinds
from notifications.models import MessageTemplate

#: Visits that are counted.
COUNTED_TO = 1000
#: Parts of messages that are named.
PARTS = 20


def _name_field(code: str, language: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "vTextField", "lang": code, "dir": "auto"})
    return forms.CharField(
        label=language, required=False, max_length=100, validators=[validate_no_control], widget=widget
    )


NAMES = {f"name_{code}": _name_field(code, language) for code, language in settings.LANGUAGES}


class IncidentTypeForm(AnyModelForm):
    """The type, with a field for its name in each language of the portal."""

    class Meta:
        model = IncidentType
        exclude = ["names"]

    locals().update(NAMES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, _language in settings.LANGUAGES:
            self.initial.setdefault(f"name_{code}", self.instance.names.get(code, ""))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        # A language that the portal has no more keeps its name.
        names = self.instance.names | {code: data.get(f"name_{code}", "") for code, _language in settings.LANGUAGES}
        self.instance.names = {code: name for code, name in names.items() if name}
        return data


@admin.register(IncidentType)
class IncidentTypeAdmin(RecordWithForm):
    form = IncidentTypeForm
    list_display = ["name", "duration_minutes", "default_work_order_type", "is_offered"]
    list_filter = ["is_offered", "default_work_order_type"]
    list_select_related = ["default_work_order_type"]
    search_fields = ["name"]
    autocomplete_fields = ["default_work_order_type"]
    fieldsets = [
        (None, {"fields": ["name", "duration_minutes", "window_minutes", "default_work_order_type", "is_offered"]}),
        (
            gettext_lazy("Its name in other languages"),
            {
                "description": gettext_lazy(
                    "Customers read the name of their language in messages and on pages. Where a language has none"
                    " they read the name above, and so do staff and schedule files."
                ),
                "fields": [*NAMES],
                "classes": ["collapse"],
            },
        ),
        (
            gettext_lazy("What it takes"),
            {"fields": ["skills", "buffer_before_minutes", "buffer_after_minutes"]},
        ),
        (
            gettext_lazy("What customers may do"),
            {
                "description": gettext_lazy("By themselves, with a scheduled visit of this type. Staff may always."),
                "fields": [
                    "customers_may_change",
                    "customers_may_cancel",
                    "cutoff_hours",
                    "cancel_cutoff_hours",
                    "max_changes",
                ],
            },
        ),
    ]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer checkboxes: Django's pair of lists needs scripts and tells screen readers nothing."""
        return super().formfield_for_manytomany(db_field, request, widget=CheckboxSelectMultiple, **kwargs)

    facts_title = gettext_lazy("Its name for customers")

    # --- One type ---------------------------------------------------------------------------------------------------
    def state_dot(self, record: IncidentType) -> SafeString:
        return dot(_("Offered in the portal"), GOOD) if record.is_offered else dot(_("Booked by staff only"), QUIET)

    def key_facts(self, request: HttpRequest, record: IncidentType) -> list[Any]:
        minutes = record.duration_minutes
        takes = ngettext("%(number)d minute", "%(number)d minutes", minutes) % {"number": minutes}
        return [takes, self._used(record) if request.user.has_perm(MAY_SEE) else ""]

    def _used(self, record: IncidentType) -> str:
        found = Booking.objects.filter(work_order__incident_type=record).order_by()[: COUNTED_TO + 1].count()
        number = AtLeast(COUNTED_TO) if found > COUNTED_TO else found
        return ngettext("%(number)s visit", "%(number)s visits", found) % {"number": number}

    def facts(self, record: IncidentType) -> Facts:
        """Return its name in each language of the portal."""
        return [(language, record.names.get(code) or record.name) for code, language in settings.LANGUAGES]

    def related(self, request: HttpRequest, record: IncidentType) -> list[Related]:
        found = []
        if request.user.has_perm("bookings.view_workorder"):
            orders = list_link("bookings.WorkOrder", _("Work orders of this type"), incident_type__id__exact=record.pk)
            found.append(Related(_("Used by"), leads_to=[orders]))
        if request.user.has_perm("notifications.view_messagetemplate"):
            parts = MessageTemplate.objects.filter(service=record.pk).exclude(current=None)
            rows = [Row(record_link(one, kinds.label_of(one.event)), one.language) for one in parts[:PARTS]]
            everything = list_link("notifications.MessageTemplate", _("Templates"))
            found.append(Related(_("Its own parts of messages"), rows, [everything], _("None.")))
        return found

    def sources(self, request: HttpRequest, record: IncidentType) -> list[Source]:
        return seen_by(request, (SEES_AUDIT, audited(record)))
