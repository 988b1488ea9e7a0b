"""What *Find* finds on this floor: settings, by their labels and explanations, and their pages."""

from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import PortalSettings
from fsportal.settings_area.find import MOST, FindGroup, FindSearch, Hit, matches
from portal.admin.settings_pages.subjects import SUBJECTS, Subject


def _settings(search: FindSearch) -> list[Hit]:
    if not admin.site._registry[PortalSettings].has_view_permission(search.request):
        return []
    return [hit for subject in SUBJECTS for hit in _of_subject(subject, search.text)][: MOST + 1]


def _of_subject(subject: Subject, text: str) -> list[Hit]:
    """Return the page of a subject, and its fields where they are on the page."""
    fields = [PortalSettings._meta.get_field(name) for name in subject.fields]
    page = [Hit(str(subject.title), subject.url, _("Settings"))] if matches(text, subject.title) else []
    return page + [
        Hit(capfirst(str(label)), f"{subject.url}#id_{field.name}", str(subject.title))
        for field in fields
        for label in [getattr(field, "verbose_name", field.name)]
        if matches(text, subject.title, label, getattr(field, "help_text", ""))
    ]


GROUPS = [FindGroup("settings", gettext_lazy("Settings"), _settings)]
