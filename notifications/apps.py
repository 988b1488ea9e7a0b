"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """See the package's modules."""

    name = "notifications"
    verbose_name = _("Notifications")
