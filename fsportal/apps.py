"""The project's own app, and the Settings area in the place of Django's stock admin."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class FsportalConfig(AppConfig):
    """The ground floor: who is who, and the settings record."""

    name = "fsportal"
    verbose_name = _("Field Service Portal")

    def ready(self) -> None:
        """Register the system checks, and the people and settings with the Settings area."""
        from fsportal import checks  # noqa: F401, PLC0415  (checks register on import, once apps are loaded)

        # fsportal.admin makes the site itself, so what is registered on it cannot stand there.
        from fsportal import people_admin, settings_admin  # noqa: F401, PLC0415  # isort: skip


class SettingsAreaConfig(AdminConfig):
    """Django admin with our site: `django.contrib.admin.site` is the Settings area."""

    default_site = "fsportal.admin.SettingsSite"
