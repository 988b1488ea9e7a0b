"""Technicians > Absences, and the skills and teams of technicians."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from bookings.admin.away_fields import AwayFields, as_typed
from bookings.admin.calendar_feeds import calendar_fieldset, feed_link
from bookings.admin.somebody_is_out import MAY_MOVE_VISITS, out_url
from bookings.availability.words import away_in_words
from bookings.models import Absence, Resource, Skill, Team
from fsportal.settings_area.lists import number_of
from fsportal.settings_area.parts import AnyAdmin, AnyModelForm, list_link, record_link, staff


class AbsenceForm(AwayFields, AnyModelForm):
    class Meta:
        model = Absence
        fields = ["resource", "kind", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance
        if stored.created_at is not None:
            self.initial.update(as_typed(stored.start, stored.end, stored.resource.clock_zone))

    def clean(self) -> dict[str, Any]:
        super().clean()
        resource = self.cleaned_data.get("resource")
        times = self.times_in(resource.clock_zone) if resource else None
        if times:
            self.instance.start, self.instance.end = times
        return self.cleaned_data


@admin.register(Absence)
class AbsenceAdmin(AnyAdmin):
    """When technicians are away. After one was added, the visits of that time are shown."""

    form = AbsenceForm
    list_display = ["resource", "when", "kind", "note"]
    list_filter = ["kind", "resource__team"]
    list_select_related = ["resource"]
    search_fields = ["resource__name"]
    autocomplete_fields = ["resource"]
    date_hierarchy = "start"
    sortable_by = ["when"]
    list_per_page = 50
    fieldsets = [
        (None, {"fields": ["resource", "kind", "first_day", "last_day", "note"]}),
        (
            gettext_lazy("Not all day"),
            {
                "description": gettext_lazy("By the technician's own clock. Empty: whole days."),
                "fields": ["from_time", "until_time"],
            },
        ),
    ]

    @admin.display(description=gettext_lazy("when"), ordering="start")
    def when(self, record: Absence) -> str:
        return away_in_words(record.start, record.end, record.resource.clock_zone)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = staff(request)
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        answer = super().response_add(request, obj, post_url_continue)
        if {"_addanother", "_continue", "_popup"} & request.POST.keys() or not request.user.has_perm(MAY_MOVE_VISITS):
            return answer
        return HttpResponseRedirect(out_url(obj.resource, obj))


class NameAndTechnicians(AnyAdmin):
    """Names that technicians have."""

    list_display = ["name", "technicians"]
    search_fields = ["name"]

    def technicians(self, record: Any) -> SafeString:
        raise NotImplementedError


@admin.register(Skill)
class SkillAdmin(NameAndTechnicians):
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = (
            super().get_queryset(request).annotate(number=number_of(Resource.skills.through, "skill"))
        )
        return found

    @admin.display(description=gettext_lazy("technicians"))
    def technicians(self, record: Any) -> SafeString:
        return list_link("bookings.Resource", record.number, skills__id__exact=record.pk)


@admin.register(Team)
class TeamAdmin(NameAndTechnicians):
    readonly_fields = ["calendar"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [(None, {"fields": ["name"]}), *calendar_fieldset(request, obj)]

    @admin.display(description=gettext_lazy("calendar feed"))
    def calendar(self, record: Team) -> SafeString | str:
        return feed_link(record, "team")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request).annotate(number=number_of(Resource, "team"))
        return found

    @admin.display(description=gettext_lazy("technicians"))
    def technicians(self, record: Any) -> SafeString:
        return list_link("bookings.Resource", record.number, team__id__exact=record.pk)


def upcoming_absences(resource: Resource, after: Any) -> list[tuple[SafeString, str]]:
    """Return the absences of a technician that are not over, as links with what they are."""
    return [
        (record_link(one, away_in_words(one.start, one.end, resource.clock_zone)), one.note or one.get_kind_display())
        for one in resource.absences.filter(end__gt=after).order_by("start")[:10]
    ]
