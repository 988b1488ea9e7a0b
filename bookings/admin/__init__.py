"""Work orders, bookings, imports and technicians in the Settings area."""

from bookings.admin import bookings, bulk, calendar_feeds, codes, customer_notes, imports, series, trackers, work

__all__ = ["bookings", "bulk", "calendar_feeds", "codes", "customer_notes", "imports", "series", "trackers", "work"]
