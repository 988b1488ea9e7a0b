"""What stands against a visit. It is shown before anything is saved; who books all the same says why.

Free times (free_times.py) and conflicts are two sides of one thing: a time that is offered has no conflicts.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.availability.obstacles import ConflictKind, Obstacle, Obstacles, Proposal
from bookings.availability.places import KM, Radius
from bookings.availability.words import away_in_words, hours_in_words
from bookings.models import Absence, Booking, BookingError
from fsportal.lib import durations, zones
from fsportal.models.portal_settings import DistanceUnit

__all__ = ["Conflict", "ConflictKind", "ConflictsFound", "Proposal", "conflicts", "conflicts_of", "first_kinds",
           "refuse_conflicts"]  # fmt: skip

#: Visits in one statement; SQLite takes only so many parameters.
TOGETHER = 500


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


def conflicts_of(proposals: Iterable[Proposal], *, drafted: Iterable[Booking] = ()) -> list[list[Conflict]]:
    """Return what stands against each proposal; a few statements, however many there are.

    `drafted` are bookings that are not stored yet, such as those of a file that is previewed: they count as they will
    be, instead of as they are stored.
    """
    each, drafts = list(proposals), {one.pk: one for one in drafted}
    known = Obstacles(each, drafts.values())
    found = [list(known.against(proposal)) for proposal in each]
    others = _others((one for some in found for one in some), drafts)
    return [
        [_in_words(one, proposal, known, others) for one in some] for proposal, some in zip(each, found, strict=True)
    ]


def first_kinds(
    proposals: Iterable[Proposal], despite: Iterable[str], *, drafted: Iterable[Booking] = ()
) -> list[ConflictKind | None]:
    """Return, for each proposal, the gravest kind of conflict that is not accepted, or None.

    No words are made: of a thousand visits meant for one technician, each is in the way of a hundred others.
    """
    each, accepted = list(proposals), set(despite)
    known = Obstacles(each, list(drafted))
    open_ones = ((one.kind for one in known.against(proposal) if one.kind not in accepted) for proposal in each)
    return [next(kinds, None) for kinds in open_ones]


def refuse_conflicts(proposal: Proposal, despite: Iterable[str]) -> None:
    """Raise ConflictsFound if anything stands against the proposal that is not among the accepted kinds (`despite`).

    The caller holds the technician's lock, so nobody books them in between.
    """
    open_ones = [conflict for conflict in conflicts(proposal) if conflict.kind not in set(despite)]
    if open_ones:
        raise ConflictsFound(open_ones)


def _others(found: Iterable[Obstacle], drafts: dict[uuid.UUID, Booking]) -> dict[uuid.UUID, Booking]:
    """Return the visits that are in the way by their keys."""
    pks = list({one.neighbour.pk for one in found if one.neighbour} - drafts.keys())
    stored: dict[uuid.UUID, Booking] = {}
    for at in range(0, len(pks), TOGETHER):
        stored |= Booking.objects.with_visit().in_bulk(pks[at : at + TOGETHER])
    return stored | drafts


# --- In words ---------------------------------------------------------------------------------------------------------
def _in_words(one: Obstacle, proposal: Proposal, known: Obstacles, others: dict[uuid.UUID, Booking]) -> Conflict:
    other = others.get(one.neighbour.pk) if one.neighbour else None
    name = proposal.resource.name
    match one.kind:
        case ConflictKind.OVERLAP:
            said = _("%(name)s has another visit at this time: %(visit)s.") % {"name": name, "visit": _visit(other)}
        case ConflictKind.DRIVE:
            said = _drive(one, proposal, other)
        case ConflictKind.HOURS:
            said = _hours(proposal, known)
        case ConflictKind.ABSENT:
            said = _absent(name, one.detail, proposal.resource.time_zone)
        case ConflictKind.HOLIDAY:
            said = _("%(name)s has a public holiday off then.") % {"name": name}
        case ConflictKind.SKILL:
            said = _skill(one, proposal)
        case ConflictKind.RADIUS:
            said = _radius(one.detail, proposal, known.radius())
        case ConflictKind.PLACE:
            said = _place(one.detail, name)
        case ConflictKind.INACTIVE:
            said = _("%(name)s is not active any more.") % {"name": name}
    return Conflict(one.kind, said, other)


def _language() -> str:
    return translation.get_language() or "en"


def _visit(other: Booking | None) -> str:
    """Return whose visit it is and when, in the time of its own site."""
    if other is None:
        return _("a visit that has just been changed")
    when = zones.when(other.start, other.end, other.zone_name, _language())
    return f"{other.work_order.account}, {when}"


def _drive(one: Obstacle, proposal: Proposal, other: Booking | None) -> str:
    earlier, later, needs, has = one.detail
    words = {"name": proposal.resource.name, "visit": _visit(other), "needs": _rounded(needs), "has": _rounded(has)}
    is_before = one.neighbour is not None and one.neighbour.end <= proposal.start
    buffers = earlier.after + later.before
    if not buffers:
        return (
            _("%(name)s drives about %(needs)s from the visit before, but has %(has)s: %(visit)s.") % words
            if is_before
            else _("%(name)s drives about %(needs)s to the visit after, but has %(has)s: %(visit)s.") % words
        )
    words |= {"drive": _rounded(needs - buffers), "buffers": _rounded(buffers)}
    return (
        _(
            "%(name)s needs %(needs)s after the visit before (drive %(drive)s, kept free %(buffers)s),"
            " but has %(has)s: %(visit)s."
        )
        % words
        if is_before
        else _(
            "%(name)s needs %(needs)s before the visit after (drive %(drive)s, kept free %(buffers)s),"
            " but has %(has)s: %(visit)s."
        )
        % words
    )


def _rounded(span: dt.timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    if not minutes:
        return ngettext("%(number)d minute", "%(number)d minutes", 0) % {"number": 0}
    return durations.length(dt.timedelta(minutes=minutes))


def _hours(proposal: Proposal, known: Obstacles) -> str:
    zone, language = proposal.resource.time_zone, _language()
    intervals = known.calendar(proposal.resource).intervals_on(zones.local(proposal.start, zone).date())
    words = {"name": proposal.resource.name, "day": zones.day(proposal.start, zone, language)}
    if not intervals:
        return _("%(name)s does not work on %(day)s.") % words
    words |= {"hours": hours_in_words(intervals), "zone": zones.plain_label(zone, language)}
    return _("%(name)s works %(hours)s (%(zone)s) on %(day)s.") % words


def _absent(name: str, absence: Absence, zone_name: str) -> str:
    # Why somebody is absent may be a matter of health: it is on the page of the absence only.
    when = away_in_words(absence.start, absence.end, zone_name)
    return _("%(name)s is absent: %(when)s.") % {"name": name, "when": when}


def _skill(one: Obstacle, proposal: Proposal) -> str:
    words = {"name": proposal.resource.name, "service": proposal.work_order.incident_type.name}
    if not one.detail:
        return _("“%(service)s” is not among the work that %(name)s does.") % words
    return _("%(name)s lacks what “%(service)s” asks for: %(skills)s.") % {**words, "skills": ", ".join(one.detail)}


def _radius(km: float, proposal: Proposal, radius: Radius) -> str:
    words = {
        "name": proposal.resource.name,
        "distance": round(km / KM[radius.unit]),
        "radius": radius.number(proposal.resource),
        "unit": DistanceUnit(radius.unit).label,
    }
    return _("It is %(distance)d %(unit)s from where %(name)s starts, and the travel radius is %(radius)d.") % words


def _place(what: str, name: str) -> str:
    words = {"name": name}
    if what == "start":
        return _("Nobody knows how far it is for %(name)s, who has no start place.") % words
    if what == "zone":
        return _("Nobody knows the working hours of %(name)s, who has no time zone.") % words
    return (
        _("Nobody knows how far it is: the address has no coordinates, and %(name)s works in another country.") % words
    )
