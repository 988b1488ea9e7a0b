"""Small parts that every list and page of the Settings area is made of."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import models
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fsportal.lib import phones, zones

# Generic for the type checker only; Django's own classes take no parameters when they run.
if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.TabularInline[Any, Any]
    AnyModelForm = forms.ModelForm[Any]
else:
    AnyAdmin, AnyInline, AnyModelForm = admin.ModelAdmin, admin.TabularInline, forms.ModelForm

#: What a dot may mean; colour never carries it alone, a word stands beside it.
GOOD, WAITING, ATTENTION, FAILED, QUIET = "good", "waiting", "attention", "failed", "quiet"


def dot(label: object, tone: str) -> SafeString:
    """Return `label` with a coloured dot before it."""
    return format_html('<span class="state tone-{}">{}</span>', tone, label)


def change_url(record: models.Model) -> str:
    """Return the address of a record's page in the Settings area, or "" when it has none."""
    meta = record._meta
    try:
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[quote(record.pk)])
    except NoReverseMatch:
        return ""


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
    """Return an email address or phone number that says whose it is likely to be and no more."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}•••@{host}" if at else phones.masked(address)


def site_moment(moment: dt.datetime | None, zone_name: str) -> str:
    """Return a time in the zone of a site, the zone named; a dash for None."""
    return zones.moment(moment, zone_name, _language()) if moment else "–"


def utc_moment(moment: dt.datetime | None, *, to_the_second: bool = False) -> str:
    """Return a time of the machinery, which is at no site: in UTC; a dash for None."""
    if moment is None:
        return "–"
    clock = f"{moment.astimezone(dt.UTC):%H:%M:%S}" if to_the_second else zones.clock(moment, "UTC", _language())
    return f"{zones.day(moment, 'UTC', _language())}, {clock} UTC"


def site_when(start: dt.datetime, end: dt.datetime, zone_name: str) -> str:
    """Return a visit's day and times in the zone of its site."""
    return zones.when(start, end, zone_name, _language())


def ago(moment: dt.datetime, now: dt.datetime | None = None) -> str:
    """Return how long ago (or ahead) a moment is, in one unit: "3 h ago", "in 2 days"."""
    seconds = ((now or timezone.now()) - moment).total_seconds()
    words = span_words(abs(seconds))
    return _("%(span)s ago") % {"span": words} if seconds >= 0 else _("in %(span)s") % {"span": words}


def span_words(seconds: float) -> str:
    """Return a length of time in one unit."""
    if seconds < 90:
        return _("%(number)d s") % {"number": seconds}
    if seconds < 90 * 60:
        return _("%(number)d min") % {"number": seconds / 60}
    if seconds < 36 * 3600:
        return _("%(number)d h") % {"number": seconds / 3600}
    return _("%(number)d days") % {"number": seconds / 86400}


def _language() -> str:
    return zones.supported_language(translation.get_language() or "en")


class ReadOnlyAdmin(AnyAdmin):
    """Records that nobody adds, changes or deletes by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse; who may change may still view."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False
