"""The Settings area: Django's admin, grouped as admins think."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class SettingsSite(admin.AdminSite):
    """Django admin as the portal's Settings area."""

    site_header = _("Settings")
    site_title = _("Settings")
    index_title = _("Settings")
