"""Work orders, bookings, imports and technicians in the Settings area."""

from bookings.admin import bookings, codes, from_customers, imports, trackers, work

__all__ = ["bookings", "codes", "from_customers", "imports", "trackers", "work"]
