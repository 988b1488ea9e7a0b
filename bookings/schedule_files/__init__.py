"""Bookings come in from a schedule file, and go out into one (docs/import.md)."""

from bookings.schedule_files.columns import FileRefused, Problem
from bookings.schedule_files.importing import Origin, import_bookings
from bookings.schedule_files.report import ImportReport, RowOutcome

__all__ = ["FileRefused", "ImportReport", "Origin", "Problem", "RowOutcome", "import_bookings"]
