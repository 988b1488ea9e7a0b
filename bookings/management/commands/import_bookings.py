"""Import a schedule file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bookings.schedule_files import ImportReport, Origin, Problem, import_bookings
from bookings.schedule_files.reading import FORMATS, MAX_BYTES

#: The most notes that are printed; all errors are.
SHOWN = 50


class Command(BaseCommand):
    """`import_bookings FILE`: all rows or none. Exit code 1 and a table of errors if a row cannot be imported."""

    help = "Imports bookings with their accounts, contacts, work orders and resources from a CSV or XLSX file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")
        parser.add_argument(
            "--quiet",
            action="store_true",
            help="tell customers nothing of it; a visit's ordinary reminders go all the same",
        )
        parser.add_argument("--format", choices=FORMATS, help="csv or xlsx; by default what the file itself shows")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        origin = Origin(path.name, quiet=options["quiet"])
        report = import_bookings(_content(path), origin, file_format=options["format"], dry_run=options["dry_run"])
        if report.notes():
            self.stdout.write("Worth knowing:\n" + _table(report.notes()[:SHOWN]))
            more = len(report.notes()) - SHOWN
            self.stdout.write(f"{more:>8}  more like these" if more > 0 else "")
        if report.errors:
            self.stderr.write(_table(report.errors))
            found = "1 error" if len(report.errors) == 1 else f"{len(report.errors)} errors"
            raise CommandError(f"{found}. Nothing was imported; put them right and import again.")
        self.stdout.write(_summary(report, dry_run=options["dry_run"]))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            # One byte more than is taken, so that a huge file is refused without being read.
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None


def _summary(report: ImportReport, *, dry_run: bool) -> str:
    if report.changes_nothing:
        unchanged = report.counts["bookings_unchanged"]
        return f"Nothing has changed: all {unchanged} bookings of the file are here already, just as it says."
    title = "This would happen (nothing was changed):" if dry_run else "Imported:"
    return "\n".join([title, *(f"{count:>8}  {words}" for words, count in report.summary())])


def _table(problems: list[Problem]) -> str:
    width = max([len("column"), *(len(problem.column) for problem in problems)])
    lines = [f"{problem.row:>6}  {problem.column:<{width}}  {problem.reason}" for problem in problems]
    return "\n".join([f"{'row':>6}  {'column':<{width}}  reason", *lines])
