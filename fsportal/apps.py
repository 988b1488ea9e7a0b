"""The project's own app, and the Settings area in the place of Django's stock admin."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class FsportalConfig(AppConfig):
    """The ground floor: who is who, and the settings record."""

    name = "fsportal"
    verbose_name = _("Field Service Portal")

    def ready(self) -> None:
        """Register the system checks."""
        from fsportal import checks  # noqa: F401, PLC0415  (checks register on import, once apps are loaded)


class SettingsAreaConfig(AdminConfig):
    """Django admin with our site: `django.contrib.admin.site` is the Settings area."""

    default_site = "fsportal.admin.SettingsSite"
