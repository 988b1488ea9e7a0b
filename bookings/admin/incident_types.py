"""Incident types in the Settings area: what customers read as the service, with its name in each language."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from bookings.models import IncidentType
from fsportal.lib.text import validate_no_control
from fsportal.settings_area.parts import AnyAdmin, AnyModelForm


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
class IncidentTypeAdmin(AnyAdmin):
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
