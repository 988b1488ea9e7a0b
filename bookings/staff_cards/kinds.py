"""The kinds of staff cards about bookings, and who counts as a dispatcher."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from fsportal.models import User
from notifications.inapp import staff_cards
from notifications.inapp.privileges import receivers_with
from notifications.inapp.staff_cards import StaffCardKind

ASSIGNED, MOVED, OFF, FILE = "booking_assigned", "booking_moved", "booking_off", "visits_imported"
CHANGED, WROTE, LOW_RATING = "customer_changed", "customer_wrote", "low_rating"
UNDELIVERED, IMPORTED, LATE = "undelivered", "import_finished", "will_be_late"

KINDS = (
    StaffCardKind(ASSIGNED, gettext_lazy("A visit given to you"), gettext_lazy("A visit is yours now.")),
    StaffCardKind(MOVED, gettext_lazy("A visit of yours moved"), gettext_lazy("One of your visits has another time.")),
    StaffCardKind(
        OFF,
        gettext_lazy("A visit of yours is off"),
        gettext_lazy("One of your visits was canceled, or given to somebody else."),
    ),
    StaffCardKind(
        FILE,
        gettext_lazy("Your visits in a schedule file"),
        gettext_lazy("A file was imported that gave you visits, moved them or took them away: one card per file."),
    ),
    StaffCardKind(
        CHANGED,
        gettext_lazy("A customer booked, changed or canceled"),
        gettext_lazy("A customer booked a visit on the portal, moved one, or called it off."),
    ),
    StaffCardKind(
        WROTE,
        gettext_lazy("A customer wrote"),
        gettext_lazy("A customer left a note, or asks for another time or to cancel."),
    ),
    StaffCardKind(
        UNDELIVERED,
        gettext_lazy("A message could not be delivered"),
        gettext_lazy(
            "A customer was not told of their visit, or did not get an invitation, a code or a link, and no other"
            " message said it."
        ),
    ),
    StaffCardKind(
        LATE,
        gettext_lazy("A visit will begin late"),
        gettext_lazy(
            "A technician will arrive well after the visit was to begin, or should have been there and is not."
        ),
    ),
    StaffCardKind(
        LOW_RATING,
        gettext_lazy("A low rating"),
        gettext_lazy("A customer was not content with a visit."),
    ),
    StaffCardKind(
        IMPORTED,
        gettext_lazy("Your import is finished"),
        gettext_lazy("A schedule file that you uploaded has been imported."),
    ),
)


def register_kinds() -> None:
    for kind in KINDS:
        staff_cards.register(kind)


def dispatchers() -> QuerySet[User]:
    """Return active users who may change bookings and can receive cards. One query."""
    return receivers_with("bookings.change_booking")
