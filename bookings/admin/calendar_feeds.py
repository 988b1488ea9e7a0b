"""Technicians > Calendar feeds: the secret addresses of technicians' and teams' calendars."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import CalendarFeed
from fsportal.models import AuditEntry
from fsportal.settings_area.actions import ConfirmForm, RecordAction, refuse_unless
from fsportal.settings_area.parts import ATTENTION, GOOD, dot, record_link, staff
from fsportal.settings_area.record_page import Facts, RecordPage

PERMISSION = "bookings.change_calendarfeed"


def _rotate(request: HttpRequest, feed: CalendarFeed, data: dict[str, Any]) -> str:
    feed.rotate(by=staff(request))
    return _("The calendar has a new address; the old one does not answer any more.")


def _revoke(request: HttpRequest, feed: CalendarFeed, data: dict[str, Any]) -> str:
    refuse_unless(feed.revoke(by=staff(request)))
    return _("The address does not answer any more.")


def _add_details(request: HttpRequest, feed: CalendarFeed, data: dict[str, Any]) -> str:
    feed.set_details(True, by=staff(request))
    return _("Phone numbers and notes are in the calendar from now on.")


def _leave_out_details(request: HttpRequest, feed: CalendarFeed, data: dict[str, Any]) -> str:
    feed.set_details(False, by=staff(request))
    return _("Phone numbers and notes are left out from now on.")


ACTIONS = [
    RecordAction(
        "rotate",
        gettext_lazy("New address"),
        _rotate,
        PERMISSION,
        form=ConfirmForm,
        explains=gettext_lazy("Calendars that have the old one stop being updated, until they get the new one."),
    ),
    RecordAction(
        "revoke",
        gettext_lazy("Revoke"),
        _revoke,
        PERMISSION,
        possible=lambda feed: feed.revoked_at is None,
        form=ConfirmForm,
        tone="danger",
        explains=gettext_lazy("Calendars keep what they fetched, and are not updated any more."),
    ),
    RecordAction(
        "add-details",
        gettext_lazy("Add phone numbers and notes"),
        _add_details,
        PERMISSION,
        possible=lambda feed: not feed.has_details,
        form=ConfirmForm,
        explains=gettext_lazy("Calendars of phones are often copied to other services, and customers' data with them."),
    ),
    RecordAction(
        "leave-out-details",
        gettext_lazy("Leave out phone numbers and notes"),
        _leave_out_details,
        PERMISSION,
        possible=lambda feed: feed.has_details,
    ),
]


@admin.register(CalendarFeed)
class CalendarFeedAdmin(RecordPage):
    """Feeds are made for a technician or a team, and changed by actions; the model notes each in the audit trail."""

    may_change = False
    shows_trail = True
    change_form_template = "admin/calendar_feed.html"
    record_actions = ACTIONS
    fields = ["resource", "team", "has_details"]
    list_display = ["whose", "state_dot"]
    list_select_related = ["resource__user", "team"]
    search_fields = ["resource__name", "team__name"]
    autocomplete_fields = ["resource"]
    ordering = ["resource__name", "team__name"]
    list_per_page = 50

    @admin.display(description=gettext_lazy("calendar of"))
    def whose(self, record: CalendarFeed) -> str:
        return str(record)

    @admin.display(description=gettext_lazy("state"))
    def state_dot(self, record: CalendarFeed) -> SafeString:
        return dot(_("Answers"), GOOD) if record.is_open else dot(_("Does not answer"), ATTENTION)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        AuditEntry.note(obj, "created", by=staff(request))

    def page_title(self, record: CalendarFeed) -> str:
        return _("Calendar of %(name)s") % {"name": record}

    def facts(self, record: CalendarFeed) -> Facts:
        whose = (_("Technician"), record_link(record.resource)) if record.resource else (_("Team"), str(record.team))
        details = _("with phone numbers and notes") if record.has_details else _("customer, place and service")
        return [whose, (_("Holds"), details)]

    def details(self, request: HttpRequest, record: CalendarFeed) -> dict[str, Any]:
        """Return the secret address only for those who may change it."""
        return {"address": record.address if request.user.has_perm(PERMISSION) and record.is_open else ""}


def calendar_fieldset(request: HttpRequest, record: Any) -> list[Any]:
    """Return the part of a technician's or a team's page that leads to its calendar; nothing while it is new."""
    if record is None or not request.user.has_perm("bookings.view_calendarfeed"):
        return []
    return [(gettext_lazy("Calendar"), {"fields": ["calendar"]})]


def feed_link(record: Any, kind: str) -> SafeString | str:
    """Return the link from a technician's or a team's (`kind`) page to its calendar, or to the page that makes one."""
    feed = getattr(record, "calendar_feed", None) if record and record.pk else None
    if feed is not None:
        return record_link(feed, _("Address and revoking"))
    if not record or not record.pk:
        return "–"
    return format_html(
        '<a href="{}?{}={}">{}</a>', reverse("admin:bookings_calendarfeed_add"), kind, record.pk, _("Make one")
    )
