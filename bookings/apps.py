"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookingsConfig(AppConfig):
    """Work orders, bookings and what customers are told about them."""

    name = "bookings"
    verbose_name = _("Bookings")

    def ready(self) -> None:
        """Register the messages, and keep the database's own rules in place after every migrate."""
        # Models are loaded only now.
        from bookings import consequences, staff_cards  # noqa: PLC0415
        from bookings.constraints import TRIGGERS  # noqa: PLC0415
        from bookings.messages import appointment, progress  # noqa: PLC0415
        from notifications.customers import kinds  # noqa: PLC0415

        for kind in (*appointment.KINDS, *progress.KINDS):
            kinds.register(kind)
        staff_cards.register_kinds()
        consequences.register()
        TRIGGERS.keep(self, "bookings.constraints")
