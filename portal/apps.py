"""App configuration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """What a customer sees, and how customers come in."""

    name = "portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        """Register the messages, let sign-in do without a cache, and give every database the web role we ask for."""
        from portal import alerts, forgiving_cache, second_factors  # noqa: PLC0415  (models are loaded only now)
        from portal.messages import register_kinds  # noqa: PLC0415
        from portal.models import web_role  # noqa: PLC0415

        register_kinds()
        alerts.register_kinds()
        forgiving_cache.install()
        second_factors.register()
        post_migrate.connect(web_role.install, sender=self, dispatch_uid="portal.web_role")
