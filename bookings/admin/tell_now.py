"""Telling of a visit because somebody of the staff asks for it."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings.messages.queue import ASKED_FOR, recipient, tell
from bookings.messages.told import BOOKED, UPCOMING
from bookings.models import Booking, BookingStatus, NotAllowed
from fsportal.models import PortalSettings, User
from notifications.models import CustomerNotification, Reason, State


@transaction.atomic
def tell_now(booking: Booking, *, by: User | None) -> None:
    """Tell of a visit because somebody asks for it, whatever was told before. Raises NotAllowed if nobody can be told.

    It goes in the hours for messages, like others; what was asked for and has not gone out yet is not asked for twice.
    """
    portal_settings = PortalSettings.load()
    event = next((event for event in (UPCOMING, BOOKED) if portal_settings.sends(event)), None)
    if event is None:
        raise NotAllowed(_("“Upcoming booking” and “Booked” are both switched off in the settings."))
    if booking.status != BookingStatus.SCHEDULED or booking.start <= timezone.now():
        raise NotAllowed(_("Only of a scheduled visit that is still ahead can anybody be told."))
    contact = recipient(booking.work_order, portal_settings)
    if contact is None:
        raise NotAllowed(Reason.NO_CONTACT.label)
    about = CustomerNotification.objects.regarding(booking).exclude(asked_by=None)
    if not about.filter(state__in=State.open(), contact=contact).exists():
        tell(booking, event, contact, f"{about.count()}:{ASKED_FOR}", by=by)
