"""The kinds of staff cards about bookings, and who counts as a dispatcher."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from bookings.models import Booking, BookingImport, Resource, WorkOrder
from bookings.staff_cards import ends
from fsportal.models import User
from notifications.inapp import staff_cards
from notifications.inapp.privileges import receivers_with
from notifications.inapp.staff_cards import End, StaffCardKind
from notifications.models import Conversation, StaffMessage

ASSIGNED, MOVED, OFF, FILE = "booking_assigned", "booking_moved", "booking_off", "visits_imported"
CHANGED, WROTE, LOW_RATING = "customer_changed", "customer_wrote", "low_rating"
REQUESTED = "customer_requested"
UNDELIVERED, IMPORTED, LATE = "undelivered", "import_finished", "will_be_late"
SERIES_WAITS = "series_waits"
TEXTED, UNREACHED_BY_US = "customer_texted", "free_message_undelivered"
UNCONFIRMED = "visit_unconfirmed"

KINDS = (
    StaffCardKind(
        ASSIGNED,
        gettext_lazy("A visit given to you"),
        gettext_lazy("A visit is yours now."),
        gettext_lazy("Until it begins, is off or past, or is given to somebody else."),
        (End(Booking, ends.no_longer_theirs),),
    ),
    StaffCardKind(
        MOVED,
        gettext_lazy("A visit of yours moved"),
        gettext_lazy("One of your visits has another time."),
        gettext_lazy("Until it begins, is off or past, or is given to somebody else."),
        (End(Booking, ends.no_longer_theirs),),
    ),
    StaffCardKind(
        OFF,
        gettext_lazy("A visit of yours is off"),
        gettext_lazy("One of your visits was canceled, or given to somebody else."),
        gettext_lazy("Until its time has passed, somebody else begins it, or it is yours again."),
        (End(Booking, ends.no_longer_off),),
    ),
    StaffCardKind(
        FILE,
        gettext_lazy("Your visits in a schedule file"),
        gettext_lazy("A file was imported that gave you visits, moved them or took them away: one card per file."),
        gettext_lazy("For three days."),
        (End(Resource, ends.left_or_changed_hands, after=ends.FILE_FOR),),
    ),
    StaffCardKind(
        CHANGED,
        gettext_lazy("A customer booked, changed or canceled"),
        gettext_lazy("A customer booked a visit on the portal, moved one, or called it off."),
        gettext_lazy("Until somebody does something about the visit, it begins, or its time has passed."),
        (End(Booking, ends.followed_up),),
    ),
    StaffCardKind(
        UNCONFIRMED,
        gettext_lazy("A visit is not confirmed"),
        gettext_lazy("A customer who was asked says that the time does not suit, or has not answered."),
        gettext_lazy("Until they confirm it, staff note what they said, or the visit begins, is moved or off."),
        (End(Booking, ends.confirmed_or_over),),
    ),
    StaffCardKind(
        WROTE,
        gettext_lazy("A customer wrote"),
        gettext_lazy("A customer left a note, or asks for another time or to cancel."),
        gettext_lazy("Until everything they wrote is marked as seen to, or the visit is done, off or past."),
        (End(Booking, ends.answered),),
    ),
    StaffCardKind(
        TEXTED,
        gettext_lazy("A customer texted"),
        gettext_lazy("A customer, or somebody unknown, sent a text, or did not get our answer: one card for each."),
        gettext_lazy("Until somebody answers, or marks it as seen to."),
        (End(Conversation, ends.nobody_waits),),
    ),
    StaffCardKind(
        UNREACHED_BY_US,
        gettext_lazy("A free message did not arrive"),
        gettext_lazy("Somebody did not get a message that staff wrote in their own words: one card per message."),
        gettext_lazy("For three days."),
        (End(StaffMessage, after=ends.FILE_FOR),),
    ),
    StaffCardKind(
        REQUESTED,
        gettext_lazy("A customer asks for a visit"),
        gettext_lazy("A customer wants a visit at a time that the portal does not offer."),
        gettext_lazy("Until a visit is planned, or nobody wants one any more."),
        (End(WorkOrder, ends.planned),),
    ),
    StaffCardKind(
        UNDELIVERED,
        gettext_lazy("A message could not be delivered"),
        gettext_lazy(
            "A customer was not told of their visit, or did not get an invitation, a code or a link, and no other"
            " message said it."
        ),
        gettext_lazy("Until they are told after all, or the visit or the invitation is over; a code, for three days."),
        (End(Booking, ends.told_or_over),),
    ),
    StaffCardKind(
        LATE,
        gettext_lazy("A visit will begin late"),
        gettext_lazy(
            "A technician will arrive well after the visit was to begin, or should have been there and is not."
        ),
        gettext_lazy("Until it begins, is moved or off, or two hours after its end."),
        (End(Booking, ends.nobody_is_late),),
    ),
    StaffCardKind(
        LOW_RATING,
        gettext_lazy("A low rating"),
        gettext_lazy("A customer was not content with a visit."),
        gettext_lazy("Until the rating is marked as seen to."),
        (End(Booking, ends.ratings_seen_to),),
    ),
    StaffCardKind(
        SERIES_WAITS,
        gettext_lazy("Nobody for a repeating visit"),
        gettext_lazy("A visit of a series was due to be planned, and no technician who does this work is free."),
        gettext_lazy("Until somebody has planned it, or it is not wanted any more."),
        (End(WorkOrder, ends.planned),),
    ),
    StaffCardKind(
        IMPORTED,
        gettext_lazy("Your import is finished"),
        gettext_lazy("A schedule file that you uploaded has been imported."),
        gettext_lazy("For three days."),
        (End(BookingImport, after=ends.FILE_FOR),),
    ),
)


def register_kinds() -> None:
    for kind in KINDS:
        staff_cards.register(kind)


def dispatchers() -> QuerySet[User]:
    """Return active users who may change bookings and can receive cards. One query."""
    return receivers_with("bookings.change_booking")
