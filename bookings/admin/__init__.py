"""Work orders, bookings, imports and technicians in the Settings area."""

from bookings.admin import (
    absences,
    bookings,
    bulk,
    calendar_feeds,
    codes,
    customer_notes,
    imports,
    incident_types,
    series,
    technicians,
    trackers,
    work,
)

__all__ = [
    "absences",
    "bookings",
    "bulk",
    "calendar_feeds",
    "codes",
    "customer_notes",
    "imports",
    "incident_types",
    "series",
    "technicians",
    "trackers",
    "work",
]
