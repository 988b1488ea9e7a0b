"""The booking statuses of Dynamics 365 and which may follow which."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class BookingStatus(models.IntegerChoices):
    """The values are those of Dynamics 365 Field Service."""

    SCHEDULED = 690970000, _("Scheduled")
    TRAVELING = 690970001, _("Traveling")
    ON_BREAK = 690970002, _("On Break")
    IN_PROGRESS = 690970003, _("In Progress")
    COMPLETED = 690970004, _("Completed")
    CANCELED = 690970005, _("Canceled")


S = BookingStatus

#: From a status to those that may follow. Completed and Canceled are final, unless somebody reopens the visit
#: (bookings/models/reopening.py).
#: A technician who forgot a tap may go straight from Scheduled to In Progress or Completed.
MAY_FOLLOW: dict[int, frozenset[int]] = {
    S.SCHEDULED: frozenset({S.TRAVELING, S.IN_PROGRESS, S.COMPLETED, S.CANCELED}),
    S.TRAVELING: frozenset({S.SCHEDULED, S.ON_BREAK, S.IN_PROGRESS, S.COMPLETED, S.CANCELED}),
    S.ON_BREAK: frozenset({S.TRAVELING, S.IN_PROGRESS, S.COMPLETED, S.CANCELED}),
    S.IN_PROGRESS: frozenset({S.ON_BREAK, S.COMPLETED, S.CANCELED}),
    S.COMPLETED: frozenset(),
    S.CANCELED: frozenset(),
}
#: Only a visit that has not begun can be moved to another time.
RESCHEDULABLE = frozenset({S.SCHEDULED})
#: Work that is under way can be handed to another technician; finished work cannot.
ASSIGNABLE = frozenset({S.SCHEDULED, S.TRAVELING, S.ON_BREAK, S.IN_PROGRESS})
#: Somebody is at it, or on the way to it.
UNDER_WAY = frozenset({S.TRAVELING, S.ON_BREAK, S.IN_PROGRESS})
#: Before work begins a technician can say that they run late.
MAY_BE_LATE = frozenset({S.SCHEDULED, S.TRAVELING})
FINAL = frozenset({S.COMPLETED, S.CANCELED})

# The same as conditions of queries and of partial indexes. SQLite uses such an index only for a condition that is
# written alike, and never for `IN`.
#: Not FINAL.
OPEN = Q(status__lt=S.COMPLETED)
#: UNDER_WAY.
UNDER_WAY_NOW = Q(status__gt=S.SCHEDULED) & OPEN
