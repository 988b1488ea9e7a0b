"""Settings > Bookings > Trackers and Positions: which app reports for whom, and what it reported."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import Mark, Position, Tracker
from fsportal.models import AuditEntry
from fsportal.settings_area.actions import ActionsAdmin, ConfirmForm, RecordAction
from fsportal.settings_area.parts import ATTENTION, GOOD, ReadOnlyAdmin, dot, record_link, utc_moment

PERMISSION = "bookings.change_tracker"


def _rotate(request: HttpRequest, tracker: Tracker, data: dict[str, Any]) -> str:
    tracker.rotate(by=request.user)  # type: ignore[arg-type]  # a signed-in user, as in all actions
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
class TrackerAdmin(ActionsAdmin):
    """Trackers are made for a technician, and changed by actions; each is noted in the audit trail by the model."""

    change_form_template = "admin/tracker.html"
    record_actions = ACTIONS
    fields = ["resource"]
    list_display = ["resource", "last_heard"]
    list_select_related = ["resource"]
    search_fields = ["resource__name"]
    autocomplete_fields = ["resource"]
    ordering = ["resource__name"]
    list_per_page = 50

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: the actions change a tracker."""
        return False

    @admin.display(description=gettext_lazy("last heard"), ordering="last_heard_at")
    def last_heard(self, record: Tracker) -> str:
        """Return when the app reported last."""
        return utc_moment(record.last_heard_at) if record.last_heard_at else _("never")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Use a form for adding only."""
        return super().get_form(request, obj, change, **({"form": forms.ModelForm} | kwargs))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Connect the technician, as anybody else would."""
        obj.__dict__.update(Tracker.connect(obj.resource, by=request.user).__dict__)  # type: ignore[arg-type]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one tracker and its actions; the secret only to those who may change it."""
        record = self.get_object(request, object_id)
        if record is None:
            return super().change_view(request, object_id, form_url, extra_context)
        own = {
            "title": _("Tracker of %(resource)s") % {"resource": record.resource.name},
            "subtitle": None,
            "facts": self.action_facts(record),
            "buttons": self.buttons(request, record),
            "address": f"{settings.SITE_URL}/track/",
            "device_id": record.device_id if request.user.has_perm(PERMISSION) else "",
            "trail": AuditEntry.of(record),
        }
        return super().change_view(request, object_id, form_url, own | (extra_context or {}))

    def action_facts(self, record: Tracker) -> list[tuple[Any, Any]]:
        """Repeat the tracker on the page of a action's form."""
        return [(_("Technician"), record_link(record.resource)), (_("Last heard"), self.last_heard(record))]


@admin.register(Position)
class PositionAdmin(ReadOnlyAdmin):
    """What came in lately, with what is wrong with it: why a map does not move."""

    list_display = ["resource", "booking_link", "recorded", "received", "mark_dot", "accuracy"]
    list_display_links = ["recorded"]
    list_filter = ["mark"]
    search_fields = ["resource__name", "booking__work_order__number"]
    ordering = ["-pk"]
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Position]:
        """Fetch what a row shows in one query."""
        return super().get_queryset(request).select_related("resource", "booking__work_order__account")

    @admin.display(description=gettext_lazy("booking"), ordering="booking__work_order__number")
    def booking_link(self, record: Position) -> SafeString:
        """Return a link to the visit that was traveled to."""
        return record_link(record.booking, record.booking.work_order.number)

    @admin.display(description=gettext_lazy("recorded"), ordering="recorded_at")
    def recorded(self, record: Position) -> str:
        """Return when the device says that it was there."""
        return utc_moment(record.recorded_at, to_the_second=True)

    @admin.display(description=gettext_lazy("received"), ordering="received_at")
    def received(self, record: Position) -> str:
        """Return when it came in."""
        return utc_moment(record.received_at, to_the_second=True)

    @admin.display(description=gettext_lazy("mark"), ordering="mark")
    def mark_dot(self, record: Position) -> SafeString:
        """Return what is wrong with it."""
        return dot(record.get_mark_display(), GOOD if record.mark == Mark.GOOD else ATTENTION)
