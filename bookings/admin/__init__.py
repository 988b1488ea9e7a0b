"""Work orders, bookings, imports and technicians in the Settings area."""

from bookings.admin import absences, bookings, bulk, codes, customer_notes, imports, technicians, trackers, work

__all__ = ["absences", "bookings", "bulk", "codes", "customer_notes", "imports", "technicians", "trackers", "work"]
