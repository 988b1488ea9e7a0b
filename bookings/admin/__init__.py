"""Bookings in the Settings area, one module per noun."""

from bookings.admin import bookings, codes, from_customers, imports, trackers, work

__all__ = ["bookings", "codes", "from_customers", "imports", "trackers", "work"]
