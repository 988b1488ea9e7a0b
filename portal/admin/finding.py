"""What *Find* finds on this floor: settings, by their labels and explanations."""

from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from fsportal.models import PortalSettings
from fsportal.settings_area.find import MOST, FindGroup, FindSearch, Hit, matches
from fsportal.settings_area.parts import setting_url


def _settings(search: FindSearch) -> list[Hit]:
    request, page = search.request, admin.site._registry[PortalSettings]
    if not page.has_view_permission(request):
        return []
    labels = {field.name: field for field in PortalSettings._meta.get_fields() if hasattr(field, "verbose_name")}
    return [
        Hit(capfirst(str(label)), setting_url(name), str(section or ""))
        for section, options in page.get_fieldsets(request)
        for name in options["fields"]
        if isinstance(name, str) and (field := labels.get(name)) is not None
        for label in [field.verbose_name]
        if matches(search.text, section or "", label, getattr(field, "help_text", ""))
    ][: MOST + 1]


GROUPS = [FindGroup("settings", gettext_lazy("Settings"), _settings)]
