"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """See the package's modules."""

    name = "portal"
    verbose_name = _("Portal")
