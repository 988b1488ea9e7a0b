"""Bookings in the Settings area, one module per noun."""

from bookings import import_admin
from bookings.admin import bookings, codes, work

__all__ = ["bookings", "codes", "import_admin", "work"]
