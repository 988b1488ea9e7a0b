"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """How a message reaches a person."""

    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        """Register health probes, kinds of staff cards and gauges, and listen to what changes who has a bell."""
        from fsportal.lib import gauges, probes  # noqa: PLC0415  (models are loaded only now)
        from notifications import checklist  # noqa: PLC0415
        from notifications.customers import health_probe, kinds, metrics, outages, text_limits  # noqa: PLC0415  (as above)
        from notifications.customers.conversations import messages  # noqa: PLC0415
        from notifications.inapp import access, unopened_message  # noqa: PLC0415

        access.connect()
        checklist.register_steps()
        probes.register("The outbox", health_probe.outbox)
        probes.register("The providers", health_probe.providers)
        probes.register("The held messages", health_probe.held)
        probes.register("The spending limit", health_probe.texts)
        outages.register_kinds()
        text_limits.register_kinds()
        unopened_message.register_kinds()
        kinds.register(unopened_message.UnopenedCardMessage())
        kinds.register(messages.StaffAnswer())
        kinds.register(messages.FreeMessage())
        gauges.register("outbox", metrics.outbox)
        gauges.register("attempts", metrics.attempts)
