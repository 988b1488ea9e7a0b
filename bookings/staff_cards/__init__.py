"""What the product tells staff about bookings: cards under the bell (notifications/inapp/staff_cards.py).

Each function is called in the transaction of the change (bookings/consequences.py). Technicians hear of their own
visits, dispatchers of what customers do and of messages that did not arrive. Nobody is told what they did themselves.
The rows of a file become one card per technician (`imported`).

A card is stored in words, once for everybody who gets it, in the installation's language: staff have none of their own.
"""

from bookings.staff_cards.confirmation import customer_declined, nobody_answered
from bookings.staff_cards.conversations import customer_texted, unreached
from bookings.staff_cards.customers import (
    customer_asked_for_time,
    customer_booked,
    customer_canceled,
    customer_moved,
    customer_wrote,
    low_rating,
)
from bookings.staff_cards.imports import import_finished
from bookings.staff_cards.kinds import (
    ASSIGNED,
    CHANGED,
    FILE,
    IMPORTED,
    KINDS,
    LATE,
    LOW_RATING,
    MOVED,
    OFF,
    REQUESTED,
    SERIES_WAITS,
    TEXTED,
    UNCONFIRMED,
    UNDELIVERED,
    WROTE,
    dispatchers,
    register_kinds,
)
from bookings.staff_cards.lateness import if_late, is_missed, will_be_late
from bookings.staff_cards.on_again import back_again, is_on_again
from bookings.staff_cards.series import series_waits
from bookings.staff_cards.technicians import assigned, canceled, imported, moved, reopened, scheduled
from bookings.staff_cards.undelivered_messages import arrived, undelivered

__all__ = [
    "ASSIGNED",
    "CHANGED",
    "FILE",
    "IMPORTED",
    "KINDS",
    "LATE",
    "LOW_RATING",
    "MOVED",
    "OFF",
    "REQUESTED",
    "SERIES_WAITS",
    "TEXTED",
    "UNCONFIRMED",
    "UNDELIVERED",
    "WROTE",
    "arrived",
    "assigned",
    "back_again",
    "canceled",
    "customer_asked_for_time",
    "customer_booked",
    "customer_canceled",
    "customer_declined",
    "customer_moved",
    "customer_texted",
    "customer_wrote",
    "dispatchers",
    "if_late",
    "import_finished",
    "imported",
    "is_missed",
    "is_on_again",
    "low_rating",
    "moved",
    "nobody_answered",
    "register_kinds",
    "reopened",
    "scheduled",
    "series_waits",
    "undelivered",
    "unreached",
    "will_be_late",
]
