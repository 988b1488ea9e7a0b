"""Technicians: what they can do, when they work, where they start."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.admin import somebody_is_out
from bookings.admin.absences import upcoming_absences
from bookings.admin.away_fields import day_input
from bookings.admin.calendar_feeds import feed_link
from bookings.admin.hide_positions import SEES_WHEREABOUTS, AsksNoPlaces
from bookings.admin.visits_beside import AHEAD, MAY_SEE, ahead, done_by, on_day_of, rows
from bookings.admin.working_hours import HELP, DayHoursField, WorkingHoursField, in_words
from bookings.models import Booking, Resource, SpecialDay
from bookings.models.resources import office_hours
from fsportal.settings_area.company_zone import current_zone
from fsportal.settings_area.lists import number_of
from fsportal.settings_area.parts import (
    ATTENTION,
    GOOD,
    QUIET,
    AnyInline,
    AnyModelForm,
    ago,
    dot,
    list_link,
    record_link,
)
from fsportal.settings_area.phones import PhoneField
from fsportal.settings_area.reach import phone_link
from fsportal.settings_area.record_page import Facts, NextStep, RecordWithForm, Related, Row
from fsportal.settings_area.story import SEES_AUDIT, Source, audited, seen_by

#: Visits of today that the page of a technician shows.
SHOWN = 20


class SpecialDayForm(AnyModelForm):
    day = forms.DateField(label=gettext_lazy("Day"), widget=day_input())
    hours = DayHoursField(
        label=gettext_lazy("Working hours"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("As in 09:00-12:00, 13:00-15:00. Empty: a day off."),
    )


class SpecialDayInline(AnyInline):
    model = SpecialDay
    form = SpecialDayForm
    #: The tabular one has no labels, and is wider than a phone.
    template = "admin/edit_inline/stacked.html"
    fields = ("day", "hours")
    extra = 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out days that are long past: nobody plans by them."""
        recent = timezone.now().date() - dt.timedelta(days=7)
        found: QuerySet[Any] = super().get_queryset(request)
        return found.filter(day__gte=recent).order_by("day")


def never_offered(resource: Resource) -> str:
    """Return why customers are never offered this technician; empty if they may be."""
    if resource.start_place is None:
        return _("Never offered to customers: no start place.")
    return "" if resource.time_zone else _("Never offered to customers: no time zone.")


def _position(resource: Resource) -> str:
    """Return how old the last known position is; empty if there is none."""
    if resource.last_seen_at is None:
        return ""
    now = timezone.now()
    said = {"ago": ago(min(resource.last_seen_at, now), now)}
    return _("Last seen %(ago)s") % said


class ResourceForm(AnyModelForm):
    working_hours = WorkingHoursField(
        label=gettext_lazy("Working hours"), required=False, initial=office_hours, help_text=HELP
    )
    main_phone = PhoneField(label=gettext_lazy("Main phone"), required=False)


@admin.register(Resource)
class ResourceAdmin(AsksNoPlaces, RecordWithForm):
    form = ResourceForm
    change_form_template = "admin/resource.html"
    inlines = (SpecialDayInline,)

    ordering = ["name"]  # an aggregate in the query drops the model's own order
    list_display = ["name", "active", "main_phone", "time_zone", "visits"]
    list_filter = ["is_active", "team", "skills", "time_zone"]
    search_fields = ["name", "user__username", "main_phone"]
    autocomplete_fields = ["user"]
    readonly_fields = ["hours_in_words", "last_latitude", "last_longitude", "last_seen_at"]
    list_per_page = 50

    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]
        view = self.admin_site.admin_view(somebody_is_out.page)
        return [path("<path:object_id>/out/", view, name="bookings_resource_out"), *super().get_urls()]

    # --- One technician ---------------------------------------------------------------------------------------------
    def state_dot(self, record: Resource) -> SafeString:
        return self.active(record)

    def key_facts(self, request: HttpRequest, record: Resource) -> list[Any]:
        seen = _position(record) if request.user.has_perm(SEES_WHEREABOUTS) else ""
        return [phone_link(record.main_phone), str(record.team or ""), seen]

    def next_steps(self, request: HttpRequest, record: Resource) -> list[NextStep]:
        may_move = request.user.has_perms([somebody_is_out.MAY_RECORD, somebody_is_out.MAY_MOVE_VISITS])
        return [NextStep(_("Is out…"), somebody_is_out.out_url(record))] if may_move else []

    def details(self, request: HttpRequest, record: Resource) -> dict[str, Any]:
        return {"never_offered": never_offered(record)}

    def facts(self, record: Resource) -> Facts:
        skills = ", ".join(record.skills.values_list("name", flat=True))
        return [(_("Skills"), skills or _("none")), (_("Signs in as"), record_link(record.user))]

    def related(self, request: HttpRequest, record: Resource) -> list[Related]:
        return [*self._visits(request, record), *self._absences(request, record), *self._calendar(request, record)]

    def _visits(self, request: HttpRequest, record: Resource) -> list[Related]:
        if not request.user.has_perm(MAY_SEE):
            return []
        now = timezone.now()
        mine = record.bookings.all()
        today = mine.filter(on_day_of(now, record.clock_zone)).order_by("start", "pk")
        later = ahead(mine, now).exclude(on_day_of(now, record.clock_zone))
        everything = list_link("bookings.Booking", _("All visits"), resource__id__exact=record.pk, when="all")
        return [
            Related(_("Today"), rows(today[:SHOWN], names_customer=True), if_none=_("No visits today.")),
            Related(_("Next visits"), rows(later[:AHEAD], names_customer=True), [everything]),
        ]

    def _absences(self, request: HttpRequest, record: Resource) -> list[Related]:
        if not (request.user.has_perm("bookings.view_absence") or request.user.has_perm(somebody_is_out.MAY_RECORD)):
            return []
        away = [Row(link, why) for link, why in upcoming_absences(record, timezone.now())]
        return [Related(_("Absences"), away, if_none=_("None ahead."))]

    def _calendar(self, request: HttpRequest, record: Resource) -> list[Related]:
        may_see = request.user.has_perm("bookings.view_calendarfeed")
        return [Related(_("Calendar feed"), [Row(feed_link(record, "resource"))])] if may_see else []

    def sources(self, request: HttpRequest, record: Resource) -> list[Source]:
        return seen_by(request, (MAY_SEE, done_by(record)), (SEES_AUDIT, audited(record)))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"time_zone": current_zone(), **super().get_changeform_initial_data(request)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        visits = number_of(Booking, "resource")
        found: QuerySet[Any] = super().get_queryset(request).annotate(number_of_visits=visits)
        return found

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer checkboxes: Django's pair of lists needs scripts and tells screen readers nothing."""
        return super().formfield_for_manytomany(db_field, request, widget=CheckboxSelectMultiple, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        hours = "working_hours" if may_write else "hours_in_words"
        return [
            (None, {"fields": ["name", "user", "photo", "main_phone", "is_active"]}),
            (gettext_lazy("Work"), {"fields": ["team", "incident_types", "skills"]}),
            (gettext_lazy("When they work"), {"fields": ["time_zone", hours, "public_holidays"]}),
            (
                gettext_lazy("Where they start"),
                {"fields": ["start_latitude", "start_longitude", "travel_radius"], "classes": ["collapse"]},
            ),
            *self._whereabouts(request),
        ]

    def get_list_display(self, request: HttpRequest) -> Any:
        may_know = request.user.has_perm(SEES_WHEREABOUTS)
        return [*self.list_display, "last_seen_at"] if may_know else self.list_display

    def _whereabouts(self, request: HttpRequest) -> list[Any]:
        if not request.user.has_perm(SEES_WHEREABOUTS):
            return []
        return [
            (
                gettext_lazy("Last seen"),
                {"fields": ["last_latitude", "last_longitude", "last_seen_at"], "classes": ["collapse"]},
            )
        ]

    @admin.display(description=gettext_lazy("working hours"))
    def hours_in_words(self, record: Resource) -> SafeString:
        return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in in_words(record.working_hours)))

    @admin.display(description=gettext_lazy("state"), ordering="is_active")
    def active(self, record: Resource) -> SafeString:
        if not record.is_active:
            return dot(gettext_lazy("Not active"), QUIET)
        if never_offered(record):
            return dot(gettext_lazy("Never offered to customers"), ATTENTION)
        return dot(gettext_lazy("Active"), GOOD)

    @admin.display(description=gettext_lazy("visits"), ordering="number_of_visits")
    def visits(self, record: Any) -> SafeString:
        return list_link("bookings.Booking", record.number_of_visits, resource__id__exact=record.pk, when="all")
