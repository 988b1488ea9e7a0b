"""The bookings app: what it registers when it is ready."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookingsConfig(AppConfig):
    name = "bookings"
    verbose_name = _("Bookings")

    def ready(self) -> None:
        """Register messages, cards and consequences, and keep the triggers in place after every migrate."""
        # Models are loaded only now.
        from bookings import checklist, consequences, staff_cards, subject_of_texts  # noqa: PLC0415
        from bookings.confirming import by_text  # noqa: PLC0415
        from bookings.messages import appointment, progress, reopened  # noqa: PLC0415
        from bookings.models import Resource  # noqa: PLC0415
        from bookings.triggers import TRIGGERS  # noqa: PLC0415
        from bookings.visit_names import visit_names  # noqa: PLC0415
        from fsportal.lib.trigrams import TrigramIndexes  # noqa: PLC0415  (with the others)
        from notifications.customers import kinds, naming  # noqa: PLC0415
        from notifications.customers.replies import listeners  # noqa: PLC0415
        from notifications.inapp import snoozing  # noqa: PLC0415

        # In this order pages list them: as a visit goes.
        for kind in (
            appointment.Confirmed(),
            appointment.Booked(),
            appointment.Upcoming(),
            progress.Traveling(),
            progress.Delayed(),
            progress.Completed(),
            appointment.Rescheduled(),
            appointment.Canceled(),
            reopened.Reopened(),
            progress.Asked(),
        ):
            kinds.register(kind)
        naming.register("bookings.booking", visit_names)
        staff_cards.register_kinds()
        listeners.register_subject(subject_of_texts.visit_of)
        listeners.register_staff(staff_cards.customer_texted)
        listeners.register_unreached(staff_cards.unreached)
        listeners.register(by_text.understand)
        snoozing.register_zone(Resource.zone_of)
        consequences.register()
        checklist.register_steps()
        TRIGGERS.keep(self, "bookings.triggers")
        TrigramIndexes({"bookings_workorder": ("number",)}).keep(self, "bookings.trigrams")
