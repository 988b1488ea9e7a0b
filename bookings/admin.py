"""The bookings app in the Settings area."""

from bookings import import_admin  # noqa: F401  (registers itself)
