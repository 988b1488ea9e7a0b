"""Rows with typed values. Every fault of every row is found, not only the first."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from django.utils.translation import gettext as _

from bookings.models import BookingStatus
from bookings.models.window import ToldTime
from bookings.schedule_files import cells
from bookings.schedule_files.columns import BY_NAME, CellError, Problem, check_heading
from bookings.schedule_files.reading import RawRow, Sheet
from fsportal.lib import countries

T = TypeVar("T")

PLAIN = ("external_id", "work_order", "account_external_id", "incident_type", "work_order_type", "resource")
CONTACT_COLUMNS = ("contact_name", "contact_email", "contact_phone")


class RowContact(NamedTuple):
    """A contact as in a row: name, email, E.164 phone. An empty cell is a value."""

    name: str
    email: str
    phone: str

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.name, self.email.lower(), self.phone)


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One booking of the file. Times are UTC, text is clean, and None means that the file does not say."""

    number: int
    external_id: str
    work_order: str
    account: str
    account_external_id: str
    site: dict[str, Any]
    time_zone: str
    person: RowContact | None
    language: str
    incident_type: str
    work_order_type: str
    resource: str
    start: dt.datetime
    #: The start, until it is known how long the visit is, if the row `keeps_length`.
    end: dt.datetime
    keeps_length: bool
    status: BookingStatus | None
    notes: str | None
    names_person: bool
    #: The arrival window; without one, the file leaves it to the service.
    window: ToldTime | None = None


@dataclass(slots=True)
class Parsed:
    """A sheet's readable rows, with errors and warnings."""

    rows: list[ScheduleRow] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def parse(sheet: Sheet) -> Parsed:
    parsed = Parsed()
    parsed.errors, parsed.warnings = check_heading(sheet.heading)
    if parsed.errors:
        return parsed
    seen: dict[str, int] = {}
    for raw in sheet.rows:
        reader = _RowReader(raw, sheet.heading)
        row = reader.row()
        reader.check_unique(seen)
        parsed.errors += reader.errors
        if row is not None and not reader.errors:
            parsed.rows.append(row)
    if not sheet.rows:
        parsed.errors.append(Problem(2, "external_id", _("There is no row below the heading.")))
    return parsed


class _RowReader:
    """Reads the cells of one row and collects their faults."""

    def __init__(self, raw: RawRow, heading: list[str]) -> None:
        self.number = raw.number
        self.raw = dict(zip(heading, raw.cells, strict=False))
        self.present = set(heading)
        self.errors: list[Problem] = []
        beyond = [cell for cell in raw.cells[len(heading) :] if cells.text_of(cell).strip()]
        if beyond:
            self.fault("", _("This row has more cells than the heading. Put text with commas into quotation marks."))

    def fault(self, column: str, reason: str) -> None:
        self.errors.append(Problem(self.number, column, reason))

    def line(self, name: str) -> str:
        """Return a cell as one line; a required one that is empty is a fault."""
        column = BY_NAME[name]
        text = self._try(name, cells.line, self.raw.get(name), column) or ""
        if not text and column.required and not self._is_faulty(name):
            self.fault(name, _("This cell is empty. Every row needs it."))
        return text

    def read(self, name: str, parse: Callable[..., T], *more: Any) -> T | None:
        """Return a cell read by `parse`; None if it is faulty."""
        text = self.line(name)
        return None if self._is_faulty(name) else self._try(name, parse, text, *more)

    def row(self) -> ScheduleRow | None:
        """Read all cells; None if too few of them are usable."""
        country = self.read("country", cells.country)
        site = self._site(country or "")
        zone = self._zone(site, country or "")
        start, end = self._times(zone)
        account = self.line("account")
        fields: dict[str, Any] = {
            "account": account,
            "site": site,
            "time_zone": zone,
            "person": self._person(country, account),
            "language": self.read("language", cells.language) or "",
            "start": start,
            "end": end or start,
            "keeps_length": end is None,
            "window": self._window(start, zone),
            "status": self.read("status", cells.status),
            "notes": self._notes(),
            "names_person": any(name in self.present for name in CONTACT_COLUMNS),
        }
        fields |= {name: self.line(name) for name in PLAIN}
        return None if start is None else ScheduleRow(self.number, **fields)

    def check_unique(self, seen: dict[str, int]) -> None:
        """Refuse an external id that an earlier row of the file has."""
        name = self.line("external_id") if not self._is_faulty("external_id") else ""
        if not name:
            return
        if name in seen:
            twice = _("Row %(row)s has this id too. Every booking needs its own.") % {"row": seen[name]}
            self.fault("external_id", twice)
        seen.setdefault(name, self.number)

    def _zone(self, site: dict[str, Any], country: str) -> str:
        """Return the zone that is written, or else that of the coordinates or of the country."""
        if self.line("time_zone"):
            return self.read("time_zone", cells.zone) or ""
        latitude, longitude = site.get("latitude"), site.get("longitude")
        at = countries.zone_at(latitude, longitude) if latitude is not None and longitude is not None else ""
        zone = at or countries.zone_of(country)
        if not zone and not self._is_faulty("time_zone"):
            self.fault("time_zone", _("This cell is empty, and neither coordinates nor country say which zone it is."))
        return zone

    def _site(self, country: str) -> dict[str, Any]:
        site: dict[str, Any] = {
            "street": self.line("address"),
            "city": self.line("city"),
            "postal_code": self.line("postal_code"),
            "country": country,
            "latitude": self.read("latitude", cells.degrees, 90),
            "longitude": self.read("longitude", cells.degrees, 180),
        }
        self._check_pair(site["latitude"], site["longitude"])
        columns = {"street": "address"}
        return {name: value for name, value in site.items() if columns.get(name, name) in self.present}

    def _check_pair(self, latitude: float | None, longitude: float | None) -> None:
        if self._is_faulty("latitude") or self._is_faulty("longitude") or (latitude is None) == (longitude is None):
            return
        empty, other = ("latitude", "longitude") if latitude is None else ("longitude", "latitude")
        self.fault(empty, _("There is a %(other)s, so write this too, or leave both empty.") % {"other": other})

    def _times(self, zone: str) -> tuple[dt.datetime | None, dt.datetime | None]:
        if self._is_faulty("time_zone"):
            # Whether a time exists depends on the zone; faults of its form are still reported.
            zone = "UTC"
        start, end = (self._moment(name, zone) for name in ("start", "end"))
        if start is not None and end is not None and end <= start:
            self.fault("end", self._no_duration(start, end))
        return start, end

    def _window(self, start: dt.datetime | None, zone: str) -> ToldTime | None:
        names = ("window_start", "window_end")
        begins, ends = (self._moment(name, "UTC" if self._is_faulty("time_zone") else zone) for name in names)
        if any(self._is_faulty(name) for name in names) or (begins is None and ends is None):
            return None
        if begins is None or ends is None:
            empty, other = names if begins is None else reversed(names)
            self.fault(empty, _("There is a %(other)s, so write this too, or leave both empty.") % {"other": other})
            return None
        window = ToldTime(begins, ends)
        if start is not None and not window.includes(start):
            self.fault("window_start", _("The visit must begin within its arrival window."))
        return window

    def _no_duration(self, start: dt.datetime, end: dt.datetime) -> str:
        if start == end:
            return _("The visit has no duration: it ends when it starts. Write a later end.")
        return _(
            "The end is before the start. Write a later end; where the clocks go back, write both times with an offset."
        )

    def _moment(self, name: str, zone: str) -> dt.datetime | None:
        value = self.raw.get(name)
        if isinstance(value, dt.datetime):
            return self._try(name, cells.moment, value, zone)
        text = self.line(name)
        return None if self._is_faulty(name) or not text else self._try(name, cells.moment, value, zone)

    def _person(self, country: str | None, account: str) -> RowContact | None:
        name = self.line("contact_name")
        email = self.read("contact_email", cells.email) or ""
        # With an unknown country every national number would look wrong as well.
        phone = "" if country is None else self.read("contact_phone", cells.phone, country) or ""
        if not (name or email or phone):
            return None
        return RowContact((name or email or account)[:200], email, phone)

    def _notes(self) -> str | None:
        if "notes" not in self.present:
            return None
        return self._try("notes", cells.paragraph, self.raw.get("notes"), BY_NAME["notes"])

    def _is_faulty(self, name: str) -> bool:
        return any(problem.column == name for problem in self.errors)

    def _try(self, name: str, parse: Callable[..., T], *given: Any) -> T | None:
        try:
            return parse(*given)
        except CellError as error:
            self.fault(name, str(error))
            return None
