"""What stands against a visit. It is shown before anything is saved; who books all the same says why."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.availability.free_times import overlapping
from bookings.models import Booking, BookingError, Resource, WorkOrder
from fsportal.lib import zones


class ConflictKind(models.TextChoices):
    OVERLAP = "overlap", gettext_lazy("Another visit at this time")
    DRIVE = "drive", gettext_lazy("No time for the drive")
    HOURS = "hours", gettext_lazy("Outside working hours")
    ABSENT = "absent", gettext_lazy("Absent")
    HOLIDAY = "holiday", gettext_lazy("Public holiday")
    SKILL = "skill", gettext_lazy("Skill missing")
    RADIUS = "radius", gettext_lazy("Too far away")
    PLACE = "place", gettext_lazy("Place unknown")
    INACTIVE = "inactive", gettext_lazy("No longer active")


@dataclass(frozen=True)
class Proposal:
    """A visit as somebody would have it (aware times). `booking` is the one to be moved; None if it is new."""

    resource: Resource
    work_order: WorkOrder
    start: dt.datetime
    end: dt.datetime
    booking: Booking | None = None


@dataclass(frozen=True)
class Conflict:
    """One thing that stands against a proposal, in a sentence for staff."""

    kind: ConflictKind
    words: str
    #: The visit that is in the way, if there is one.
    other: Booking | None = None


class ConflictsFound(BookingError):
    """Something stands against a visit, and nobody has accepted it."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        super().__init__(" ".join(conflict.words for conflict in conflicts))
        self.conflicts = conflicts


def conflicts(proposal: Proposal) -> list[Conflict]:
    return conflicts_of([proposal])[0]


def conflicts_of(proposals: Iterable[Proposal]) -> list[list[Conflict]]:
    """Return what stands against each proposal; a few statements, however many there are."""
    return [_overlaps(proposal) for proposal in proposals]


def refuse_conflicts(proposal: Proposal, despite: Iterable[str]) -> None:
    """Raise ConflictsFound if anything stands against the proposal that is not among the accepted kinds (`despite`).

    The caller holds the technician's lock, so nobody books them in between.
    """
    open_ones = [conflict for conflict in conflicts(proposal) if conflict.kind not in set(despite)]
    if open_ones:
        raise ConflictsFound(open_ones)


def _overlaps(proposal: Proposal) -> list[Conflict]:
    other = overlapping(proposal.resource, proposal.start, proposal.end, but=proposal.booking)
    if other is None:
        return []
    language = translation.get_language() or "en"
    words = {
        "name": proposal.resource.name,
        "visit": f"{other.work_order.account}, {zones.when(other.start, other.end, other.zone_name, language)}",
    }
    return [Conflict(ConflictKind.OVERLAP, _("%(name)s has another visit at this time: %(visit)s.") % words, other)]
