"""Work orders, bookings, imports and technicians in the Settings area."""

from bookings.admin import absences, bookings, codes, customer_notes, imports, technicians, trackers, work

__all__ = ["absences", "bookings", "codes", "customer_notes", "imports", "technicians", "trackers", "work"]
