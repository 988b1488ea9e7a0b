"""Work orders, bookings, imports and technicians in the Settings area."""

from bookings.admin import bookings, bulk, codes, customer_notes, imports, trackers, work

__all__ = ["bookings", "bulk", "codes", "customer_notes", "imports", "trackers", "work"]
