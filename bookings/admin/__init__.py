"""Bookings in the Settings area, one module per noun."""

from bookings.admin import bookings, codes, imports, work

__all__ = ["bookings", "codes", "imports", "work"]
