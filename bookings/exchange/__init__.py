"""Bookings come in from a schedule file, and go out into one (docs/import.md)."""

from bookings.exchange.importing import Origin, import_bookings
from bookings.exchange.problems import FileRefused, Problem
from bookings.exchange.report import Outcome, Report

__all__ = ["FileRefused", "Origin", "Outcome", "Problem", "Report", "import_bookings"]
