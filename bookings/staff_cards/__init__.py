"""What staff are told about bookings by themselves: cards under the bell (notifications/inapp/staff_cards.py).

Each function is called inside the transaction of the change that it tells of. Technicians hear of their own visits;
dispatchers of what customers do and of what did not reach them. Nobody is told what they did themselves. The rows of a
file are told in one card per technician (`imported`), not one by one.

Cards are stored in words, once, for all who get them: in the installation's language, as staff have none of their own.
"""

from bookings.staff_cards.customers import customer_booked, customer_changed, customer_wrote, low_rating
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
    UNDELIVERED,
    WROTE,
    dispatchers,
    register_kinds,
)
from bookings.staff_cards.lateness import if_late, is_missed, will_be_late
from bookings.staff_cards.messages import arrived, undelivered
from bookings.staff_cards.technicians import assigned, canceled, imported, moved, scheduled

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
    "UNDELIVERED",
    "WROTE",
    "arrived",
    "assigned",
    "canceled",
    "customer_booked",
    "customer_changed",
    "customer_wrote",
    "dispatchers",
    "if_late",
    "import_finished",
    "imported",
    "is_missed",
    "low_rating",
    "moved",
    "register_kinds",
    "scheduled",
    "undelivered",
    "will_be_late",
]
