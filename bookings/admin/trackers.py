"""Technicians > Trackers and Positions: which app reports for whom, and what it reported."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import Mark, Position, Tracker
from fsportal.lib.choice_labels import choice_label
from fsportal.settings_area.actions import ConfirmForm, RecordAction
from fsportal.settings_area.parts import ATTENTION, GOOD, ReadOnlyAdmin, company_moment, dot, record_link, staff
from fsportal.settings_area.record_page import Facts, RecordPage

PERMISSION = "bookings.change_tracker"


def _rotate(request: HttpRequest, tracker: Tracker, data: dict[str, Any]) -> str:
    tracker.rotate(by=staff(request))
    return _("The device id is a new one; write it into the app.")


ACTIONS = [
    RecordAction(
        "rotate",
        gettext_lazy("New device id"),
        _rotate,
        PERMISSION,
        form=ConfirmForm,
        explains=gettext_lazy("The app that has the old one is not heard any more, until it gets the new one."),
    )
]


@admin.register(Tracker)
class TrackerAdmin(RecordPage):
    """Trackers are made for a technician, and changed by actions; the model notes each in the audit trail."""

    may_change = False
    shows_trail = True
    change_form_template = "admin/tracker.html"
    record_actions = ACTIONS
    fields = ["resource"]
    list_display = ["resource", "last_heard"]
    list_select_related = ["resource"]
    search_fields = ["resource__name"]
    autocomplete_fields = ["resource"]
    ordering = ["resource__name"]
    list_per_page = 50

    @admin.display(description=gettext_lazy("last heard"), ordering="last_heard_at")
    def last_heard(self, record: Tracker) -> str:
        return company_moment(record.last_heard_at) if record.last_heard_at else _("never")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.__dict__.update(Tracker.connect(obj.resource, by=staff(request)).__dict__)

    def page_title(self, record: Tracker) -> str:
        return _("Tracker of %(resource)s") % {"resource": record.resource.name}

    def details(self, request: HttpRequest, record: Tracker) -> dict[str, Any]:
        """Return what to write into the app; the secret only for those who may change it."""
        device_id = record.device_id if request.user.has_perm(PERMISSION) else ""
        return {"address": f"{settings.SITE_URL}/track/", "device_id": device_id}

    def facts(self, record: Tracker) -> Facts:
        return [(_("Technician"), record_link(record.resource)), (_("Last heard"), self.last_heard(record))]


@admin.register(Position)
class PositionAdmin(ReadOnlyAdmin):
    """The latest positions and what is wrong with each: they explain why a map does not move."""

    list_display = ["technician", "booking_link", "recorded", "received", "mark_dot", "accuracy"]
    list_display_links = ["recorded"]
    list_filter = ["mark"]
    search_fields = ["resource__name", "#booking__work_order__number"]
    ordering = ["-pk"]
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Position]:
        return super().get_queryset(request).select_related("resource", "booking__work_order__account")

    @admin.display(description=gettext_lazy("technician"), ordering="resource")
    def technician(self, record: Position) -> str:
        return record.resource.name

    @admin.display(description=gettext_lazy("booking"), ordering="booking__work_order__number")
    def booking_link(self, record: Position) -> SafeString:
        return record_link(record.booking, record.booking.work_order.number)

    @admin.display(description=gettext_lazy("recorded"), ordering="recorded_at")
    def recorded(self, record: Position) -> str:
        return company_moment(record.recorded_at, to_the_second=True)

    @admin.display(description=gettext_lazy("received"), ordering="received_at")
    def received(self, record: Position) -> str:
        return company_moment(record.received_at, to_the_second=True)

    @admin.display(description=gettext_lazy("mark"), ordering="mark")
    def mark_dot(self, record: Position) -> SafeString:
        return dot(choice_label(record, "mark"), GOOD if record.mark == Mark.GOOD else ATTENTION)
