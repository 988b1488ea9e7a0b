"""Where people land after signing in who did not want a certain page: where their role works."""

from django.urls import reverse

from bookings.technician.access import technician_of
from fsportal.models import User

#: Whoever has it sets the house up; the index shows them what is left to do.
ADMINISTERS = "fsportal.change_portalsettings"


def landing_of(user: User) -> str:
    """Return the address of the page on which this user works."""
    if user.is_staff and user.has_perm(ADMINISTERS):
        return reverse("admin:index")
    if user.is_staff and user.has_perm("bookings.view_booking"):
        return reverse("admin:today")
    if technician_of(user) is not None:
        return reverse("technician")
    return reverse("home")
