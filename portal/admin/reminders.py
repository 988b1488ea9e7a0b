"""Further reminders, on the page of the settings."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from bookings.models import Reminder
from fsportal.models import PortalSettings
from fsportal.settings_area.parts import AnyInline, AnyModelForm

if TYPE_CHECKING:
    AnyInlineFormSet = BaseInlineFormSet[Reminder, PortalSettings, AnyModelForm]
else:
    AnyInlineFormSet = BaseInlineFormSet

#: What the empty row offers; it is saved only if it is switched on.
OFFERED: dict[str, Any] = {"is_on": False, "lead_days": 1, "lead_hours": 0}


class ReminderForm(AnyModelForm):
    class Meta:
        model = Reminder
        fields = ["is_on", "lead_days", "lead_hours", "channel", "at", "in_site_zone", "asks", "only_unconfirmed"]
        widgets = {
            "lead_days": forms.NumberInput(attrs={"min": 0, "max": 60, "class": "short-number"}),
            "lead_hours": forms.NumberInput(attrs={"min": 0, "max": 240, "class": "short-number"}),
            "at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }


class ReminderFormSet(AnyInlineFormSet):
    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        count = f"{kwargs.get('prefix')}-TOTAL_FORMS"
        if data is not None and count not in data:
            # A program that posts the settings alone leaves the reminders as they are.
            data = {**data.dict(), count: "0", count.replace("TOTAL", "INITIAL"): "0"}
        super().__init__(data, **{**kwargs, "initial": [OFFERED]})


class ReminderInline(AnyInline):
    model = Reminder
    form = ReminderForm
    formset = ReminderFormSet
    # As a table it would be too wide for a phone.
    template = "admin/edit_inline/stacked.html"
    fields = ("is_on", ("lead_days", "lead_hours", "channel"), ("at", "in_site_zone"), ("asks", "only_unconfirmed"))
    extra = 1
    verbose_name_plural = gettext_lazy("Further reminders")

    # Whoever may change the settings may change these.
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("fsportal.view_portalsettings") or self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("fsportal.change_portalsettings")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)
