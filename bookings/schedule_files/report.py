"""The report of an import, done, previewed or refused, for the command and the preview."""

import datetime as dt
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.availability.conflicts import Conflict
from bookings.models import BookingStatus
from bookings.plan import MessagePlan
from bookings.schedule_files.columns import Problem

Times = tuple[dt.datetime, dt.datetime]


@dataclass(slots=True)
class RowOutcome:
    """What became of one row. Pairs are (before, after); None where nothing changed."""

    row: int
    external_id: str
    zone: str
    is_new: bool = False
    times: Times | None = None
    moved: tuple[Times, Times] | None = None
    assigned: tuple[str, str] | None = None
    status: tuple[int, int] | None = None
    details: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def kinds(self) -> list[str]:
        """Return the words under which the summary counts this row."""
        if self.is_new:
            return ["bookings_new"]
        canceled = self.status is not None and self.status[1] == BookingStatus.CANCELED
        found = [
            ("bookings_moved", self.moved is not None),
            ("bookings_assigned", self.assigned is not None),
            ("bookings_canceled", canceled),
            ("bookings_other_status", self.status is not None and not canceled),
        ]
        return [name for name, holds in found if holds] or ["bookings_unchanged"]

    @property
    def is_quiet(self) -> bool:
        return self.kinds == ["bookings_unchanged"] and not self.details and not self.notes


#: What the summary counts, in its order.
COUNTED = {
    "bookings_new": gettext_lazy("bookings new"),
    "bookings_moved": gettext_lazy("bookings moved"),
    "bookings_assigned": gettext_lazy("bookings given to another technician"),
    "bookings_canceled": gettext_lazy("bookings canceled"),
    "bookings_other_status": gettext_lazy("bookings with another status"),
    "bookings_unchanged": gettext_lazy("bookings unchanged"),
    "accounts_made": gettext_lazy("accounts made"),
    "accounts_changed": gettext_lazy("accounts changed"),
    "contacts_made": gettext_lazy("contacts made"),
    "contacts_changed": gettext_lazy("contacts changed"),
    "work_orders_made": gettext_lazy("work orders made"),
    "work_orders_changed": gettext_lazy("work orders changed"),
    "resources_made": gettext_lazy("resources made"),
    "incident_types_made": gettext_lazy("incident types made"),
    "work_order_types_made": gettext_lazy("work order types made"),
}


@dataclass(slots=True)
class ImportReport:
    """An import as a whole. With errors nothing was changed."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    outcomes: list[RowOutcome] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    #: Others wrote the same records at the same moment: the file is not at fault.
    is_busy: bool = False
    #: What customers will be told, by the booking's external id; only if somebody asked for it.
    plans: dict[str, MessagePlan] = field(default_factory=dict)
    #: What stands against the times and technicians of the file, in the same way. Nothing is refused for it.
    conflicts: dict[str, list[Conflict]] = field(default_factory=dict)

    @property
    def changes_nothing(self) -> bool:
        """Tell whether everything in the file is here already."""
        return not self.errors and set(+self.counts) <= {"bookings_unchanged"}

    def summary(self) -> list[tuple[Any, int]]:
        """Return the counts with their words, without zeros except for bookings."""
        shown = [name for name in COUNTED if self.counts[name] or name.startswith("bookings_")]
        return [(COUNTED[name], self.counts[name]) for name in shown]

    def notes(self) -> list[Problem]:
        """Return the warnings and notes, by row."""
        of_rows = [Problem(one.row, "", note) for one in self.outcomes for note in one.notes]
        return sorted([*self.warnings, *of_rows])

    def fingerprint(self) -> str:
        """Return a digest of the report: the preview's and the import's must be equal."""
        told = repr((self.errors, self.outcomes, sorted(self.counts.items())))
        return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:32]


def left_as_it_is(here: int, what: list[str]) -> str:
    """Return the note for a visit that is further along here than in the file."""
    words = {"status": BookingStatus(here).label, "what": ", ".join(what)}
    return _("This visit is %(status)s here. Left as it is: %(what)s.") % words
