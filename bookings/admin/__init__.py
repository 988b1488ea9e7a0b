"""Bookings in the Settings area, one module per noun."""

from bookings.admin import bookings, codes, customer_notes, imports, trackers, work

__all__ = ["bookings", "codes", "customer_notes", "imports", "trackers", "work"]
