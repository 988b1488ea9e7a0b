"""Bookings come in from a schedule file, and go out into one (docs/import.md)."""

from bookings.schedule_files.columns import FileRefused, Problem
from bookings.schedule_files.importing import Origin, import_bookings
from bookings.schedule_files.report import Outcome, Report

__all__ = ["FileRefused", "Origin", "Outcome", "Problem", "Report", "import_bookings"]
