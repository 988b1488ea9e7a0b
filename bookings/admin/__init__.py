"""Work orders, bookings, imports and technicians in the Settings area."""

from bookings.admin import bookings, bulk, codes, customer_notes, imports, series, trackers, work

__all__ = ["bookings", "bulk", "codes", "customer_notes", "imports", "series", "trackers", "work"]
