"""Shared building blocks for lists and pages of the Settings area."""

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fsportal.lib import phones, zones
from fsportal.models import User
from fsportal.settings_area.company_zone import current_zone
from fsportal.settings_area.lists import BoundedAdmin

AnyAdmin = BoundedAdmin
# Generic for the type checker only; Django's own classes take no parameters when they run.
if TYPE_CHECKING:
    AnyInline = admin.TabularInline[Any, Any]
    AnyStackedInline = admin.StackedInline[Any, Any]
    AnyModelForm = forms.ModelForm[Any]
else:
    AnyInline, AnyStackedInline, AnyModelForm = admin.TabularInline, admin.StackedInline, forms.ModelForm

#: The meanings of a dot. Colour never carries the meaning alone: a word stands beside it.
GOOD, WAITING, ATTENTION, FAILED, QUIET = "good", "waiting", "attention", "failed", "quiet"


def dot(label: object, tone: str) -> SafeString:
    return format_html('<span class="state tone-{}">{}</span>', tone, label)


def change_url(record: models.Model) -> str:
    """Return the URL of a record's page in the Settings area, or "" if it has none."""
    meta = record._meta
    try:
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[quote(record.pk)])
    except NoReverseMatch:
        return ""


def setting_url(subject: str, name: str = "") -> str:
    """Return the URL of a subject's page of settings, at the field of this name if one is given."""
    return reverse(f"admin:settings-{subject}") + (f"#id_{name}" if name else "")


def record_link(record: models.Model | None, text: object = None) -> SafeString:
    """Return a link to a record's page, or its name where there is no page; a dash for None."""
    if record is None:
        return format_html("{}", "–")
    url = change_url(record)
    words = str(record) if text is None else text
    return format_html('<a href="{}">{}</a>', url, words) if url else format_html("{}", words)


def list_link(model: str, text: object, **query: object) -> SafeString:
    """Return a link to the list of `model` ("app.model"), filtered by `query` (admin look-ups)."""
    app, name = model.lower().split(".")
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return format_html('<a href="{}?{}">{}</a>', reverse(f"admin:{app}_{name}_changelist"), asked, text)


def masked_address(address: str) -> str:
    """Return an email address or phone number with just enough left to recognise it."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}•••@{host}" if at else phones.masked(address)


def company_moment(moment: dt.datetime | None, *, to_the_second: bool = False) -> str:
    """Return a time in the company's zone, which the page's head names; a dash for None."""
    if moment is None:
        return "–"
    zone, language = current_zone(), _language()
    wall = zones.local(moment, zone)
    words = f"{zones.day(moment, zone, language)}, {wall:%H:%M:%S}" if to_the_second else _unnamed(moment, zone)
    return f"{words} ({zones.zone_label(moment, zone, language)})" if zones.is_unclear(zone, moment) else words


def company_day(moment: dt.datetime) -> str:
    """Return the day of a moment in the company's zone."""
    return zones.day(moment, current_zone(), _language())


def _unnamed(moment: dt.datetime, zone: str) -> str:
    return f"{zones.day(moment, zone, _language())}, {zones.clock(moment, zone, _language())}"


def site_moment(moment: dt.datetime | None, zone_name: str) -> str:
    """Return a time in the zone of a site, with the zone's name unless it is the company's; a dash for None."""
    if moment is None or zone_name == current_zone():
        return company_moment(moment)
    return zones.moment(moment, zone_name, _language())


def site_when(start: dt.datetime, end: dt.datetime, zone_name: str) -> str:
    """Return a visit's day and times in the zone of its site, with the zone's name unless it is the company's."""
    if zone_name != current_zone() or zones.is_unclear(zone_name, start, end):
        return zones.when(start, end, zone_name, _language())
    same_day = zones.local(start, zone_name).date() == zones.local(end, zone_name).date()
    until = zones.clock(end, zone_name, _language()) if same_day else _unnamed(end, zone_name)
    begins = _unnamed(start, zone_name)
    return begins if start == end else _("%(start)s to %(end)s") % {"start": begins, "end": until}


def ago(moment: dt.datetime, now: dt.datetime | None = None) -> str:
    """Return how long ago (or ahead) a moment is, in one unit: "3 h ago", "in 2 days"."""
    seconds = ((now or timezone.now()) - moment).total_seconds()
    words = span_words(abs(seconds))
    return _("%(span)s ago") % {"span": words} if seconds >= 0 else _("in %(span)s") % {"span": words}


def span_words(seconds: float) -> str:
    """Return a length of time (seconds) in one unit: "3 h"."""
    if seconds < 90:
        return _("%(number)d s") % {"number": seconds}
    if seconds < 90 * 60:
        return _("%(number)d min") % {"number": seconds / 60}
    if seconds < 36 * 3600:
        return _("%(number)d h") % {"number": seconds / 3600}
    return _("%(number)d days") % {"number": seconds / 86400}


def _language() -> str:
    return zones.supported_language(translation.get_language() or "en")


def staff(request: HttpRequest) -> User:
    """Return the signed-in user; the Settings area lets in nobody else."""
    assert isinstance(request.user, User)
    return request.user


class BaseAdmin(AnyAdmin):
    """A model admin whose attributes say what nobody may do by hand, whatever their rights."""

    may_add: ClassVar[bool] = True
    may_change: ClassVar[bool] = True
    may_delete: ClassVar[bool] = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_change and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_delete and super().has_delete_permission(request, obj)

    def list_details(self, request: HttpRequest) -> dict[str, Any]:
        """Return more context for the list's template."""
        return {}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, self.list_details(request) | (extra_context or {}))


class ReadOnlyAdmin(BaseAdmin):
    """Records that nobody adds, changes or deletes by hand."""

    may_add = may_change = may_delete = False
