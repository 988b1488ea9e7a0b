"""Customers' notes and wishes, and their feedback, which somebody has to see to."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Avg, Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.admin.timeline import RATING_TONES
from bookings.models import CustomerNote, Feedback, Wish
from fsportal.lib.choice_labels import choice_label
from fsportal.lib.text import one_line
from fsportal.settings_area.actions import ActionRefused, RecordAction
from fsportal.settings_area.filters import choice_filter
from fsportal.settings_area.parts import (
    ATTENTION,
    GOOD,
    QUIET,
    ReadOnlyAdmin,
    dot,
    record_link,
    site_moment,
    site_when,
    staff,
)
from fsportal.settings_area.record_page import Facts, RecordPage
from notifications.inapp.ending import end_about

SHORT = 80
#: Fetched in the list's own query, because the visit's columns name them.
VISIT = (
    "contact",
    "booking__resource",
    "booking__work_order__account",
    "booking__work_order__incident_type",
)


@transaction.atomic
def _see_to(request: HttpRequest, said: CustomerNote | Feedback, data: dict[str, Any]) -> str:
    if not said.see_to(by=staff(request)):
        raise ActionRefused(_("Somebody has seen to it already."))
    end_about(said.booking)
    return _("Seen to. It is off the list of what waits.")


WaitingFilter = choice_filter(
    gettext_lazy("waiting"),
    "waiting",
    {"yes": (gettext_lazy("Waiting for us"), lambda notes, _request: notes.waiting())},
)


class OfVisit(ReadOnlyAdmin):
    """A list of notes or feedback, with columns about the visit."""

    list_select_related = VISIT
    list_per_page = 50
    search_fields = ["#booking__work_order__number", "booking__work_order__account__name", "contact__name"]
    search_help_text = gettext_lazy("Work order, account or contact")

    @admin.display(description=gettext_lazy("visit"), ordering="booking__start")
    def visit(self, record: Any) -> SafeString:
        booking = record.booking
        return record_link(booking, site_when(booking.start, booking.end, booking.zone_name))

    @admin.display(description=gettext_lazy("account"), ordering="booking__work_order__account__name")
    def account(self, record: Any) -> str:
        return one_line(record.booking.work_order.account.name, 60)

    @admin.display(description=gettext_lazy("contact"), ordering="contact__name")
    def whom(self, record: Any) -> str:
        return one_line(record.contact.name, 60) if record.contact else "–"


@admin.register(CustomerNote)
class CustomerNoteAdmin(RecordPage, OfVisit):
    """Notes and wishes. What is asked for is done on the visit's own page, then marked here as seen to."""

    change_form_template = "admin/customer_note.html"
    list_display = ["state_dot", "short", "visit", "account", "whom", "written"]
    list_display_links = ["state_dot", "short"]
    list_filter = [WaitingFilter, "wish"]
    date_hierarchy = "written_at"
    ordering = ["-written_at"]
    record_actions = [
        RecordAction(
            "seen-to",
            gettext_lazy("Seen to"),
            _see_to,
            "bookings.change_customernote",
            possible=lambda note: note.handled_at is None,
            bulk=True,
        )
    ]

    @admin.display(description=gettext_lazy("asks for"), ordering="wish")
    def state_dot(self, record: CustomerNote) -> SafeString:
        if record.handled_at is not None:
            return dot(choice_label(record, "wish"), GOOD)
        return dot(choice_label(record, "wish"), QUIET if record.wish == Wish.NOTE else ATTENTION)

    @admin.display(description=gettext_lazy("text"))
    def short(self, record: CustomerNote) -> str:
        return one_line(record.text, SHORT) or "–"

    @admin.display(description=gettext_lazy("written"), ordering="written_at")
    def written(self, record: CustomerNote) -> str:
        return site_moment(record.written_at, record.booking.zone_name)

    def page_title(self, record: CustomerNote) -> str:
        return _("%(wish)s, by %(whom)s") % {"wish": choice_label(record, "wish"), "whom": self.whom(record)}

    def facts(self, record: CustomerNote) -> Facts:
        booking, contact = record.booking, record.contact
        rows: Facts = [
            (_("Visit"), self.visit(record)),
            (_("Status"), choice_label(booking, "status")),
            (_("Customer"), record_link(booking.work_order.account)),
            (_("Contact"), record_link(contact)),
            (_("Phone"), contact.mobile_phone if contact else ""),
            (_("Written"), self.written(record)),
            (_("Seen to"), site_moment(record.handled_at, booking.zone_name) if record.handled_at else ""),
            (_("Seen to by"), record.handled_by or ""),
        ]
        return [row for row in rows if row[1]]


LowFilter = choice_filter(
    gettext_lazy("waiting"),
    "waiting",
    {"yes": (gettext_lazy("Low, waiting for us"), Q(rating__lte=Feedback.LOW, handled_at=None))},
)


@admin.register(Feedback)
class FeedbackAdmin(RecordPage, OfVisit):
    """Ratings. Of a low one somebody should call the customer, then mark it here as seen to."""

    change_form_template = "admin/feedback.html"
    change_list_template = "admin/feedback_list.html"
    list_display = ["rating_dot", "short", "visit", "account", "technician", "whom", "given"]
    list_display_links = ["rating_dot"]
    list_filter = [LowFilter, "rating", "booking__resource"]
    date_hierarchy = "given_at"
    ordering = ["-given_at"]
    record_actions = [
        RecordAction(
            "seen-to",
            gettext_lazy("Seen to"),
            _see_to,
            "bookings.change_feedback",
            possible=lambda feedback: feedback.is_low and feedback.handled_at is None,
            bulk=True,
        )
    ]

    def page_title(self, record: Feedback) -> str:
        return _("%(rating)d of 5, by %(whom)s") % {"rating": record.rating, "whom": self.whom(record)}

    def state_dot(self, record: Feedback) -> SafeString:
        return self.rating_dot(record)

    def facts(self, record: Feedback) -> Facts:
        booking, contact = record.booking, record.contact
        rows: Facts = [
            (_("Visit"), self.visit(record)),
            (_("Customer"), record_link(booking.work_order.account)),
            (_("Technician"), self.technician(record)),
            (_("Contact"), record_link(contact)),
            (_("Phone"), contact.mobile_phone if contact else ""),
            (_("Given"), self.given(record)),
            (_("Seen to"), site_moment(record.handled_at, booking.zone_name) if record.handled_at else ""),
            (_("Seen to by"), record.handled_by or ""),
        ]
        return [row for row in rows if row[1]]

    @admin.display(description=gettext_lazy("rating"), ordering="rating")
    def rating_dot(self, record: Feedback) -> SafeString:
        return dot(_("%(rating)d of 5") % {"rating": record.rating}, RATING_TONES[record.rating])

    @admin.display(description=gettext_lazy("comment"))
    def short(self, record: Feedback) -> str:
        return one_line(record.comment, SHORT) or "–"

    @admin.display(description=gettext_lazy("technician"), ordering="booking__resource__name")
    def technician(self, record: Feedback) -> str:
        return record.booking.resource.name

    @admin.display(description=gettext_lazy("given"), ordering="given_at")
    def given(self, record: Feedback) -> str:
        return site_moment(record.given_at, record.booking.zone_name)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Add the average of the listed ratings."""
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown:
            shown["average"] = self._average(shown["cl"])
        return response

    @staticmethod
    def _average(changelist: Any) -> dict[str, Any]:
        """Return average and number. The list knows the keys of its rows, so nothing is searched for again."""
        rows, keys = changelist.queryset.order_by(), changelist.paginator.keys
        if changelist.query and len(keys) == changelist.result_count:
            rows = Feedback.objects.order_by().filter(pk__in=[changelist.opts.pk.to_python(key) for key in keys])
        average: dict[str, Any] = rows.aggregate(rating=Avg("rating"), number=Count("*"))
        return average
