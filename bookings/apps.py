"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookingsConfig(AppConfig):
    """Work orders, bookings and what customers are told about them."""

    name = "bookings"
    verbose_name = _("Bookings")

    def ready(self) -> None:
        """Register the messages, and keep the database's own rules in place after every migrate."""
        from bookings import alerts  # noqa: PLC0415  (models are loaded only now)
        from bookings.constraints import TRIGGERS  # noqa: PLC0415
        from bookings.messages import register_kinds  # noqa: PLC0415

        register_kinds()
        alerts.register_kinds()
        TRIGGERS.keep(self, "bookings.constraints")
