"""Small schedule files for tests, and what a database holds afterwards."""

import csv
import datetime as dt
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl
from django.db.models import Model

from bookings.models import Booking, BookingChange, IncidentType, Resource, WorkOrder, WorkOrderType
from bookings.schedule_files import ImportReport, Origin, import_bookings
from fsportal.models import Account, Contact
from notifications.models import CustomerNotification

DATA = Path(__file__).parent.parent.parent / "data"
#: The files of tests/data/ are about visits from 23 November 2026 on.
NOW = dt.datetime(2026, 11, 22, 10, 0, tzinfo=dt.UTC)
TABLES: list[type[Model]] = [
    Account,
    Contact,
    WorkOrderType,
    IncidentType,
    Resource,
    WorkOrder,
    Booking,
    BookingChange,
    CustomerNotification,
]
ROW = {
    "external_id": "B-1",
    "work_order": "WO-1",
    "account": "Contoso Bakery",
    "account_external_id": "ACC-1",
    "address": "1 High Street",
    "city": "London",
    "postal_code": "SW1A 1AA",
    "country": "GB",
    "latitude": "51.5014",
    "longitude": "-0.1419",
    "time_zone": "Europe/London",
    "contact_name": "Anna Ng",
    "contact_email": "anna@example.com",
    "contact_phone": "020 7946 0018",
    "language": "en",
    "incident_type": "Boiler inspection",
    "work_order_type": "Inspection",
    "resource": "Omar Haddad",
    "start": "2026-11-24 10:00",
    "end": "2026-11-24 11:00",
    "status": "Scheduled",
    "notes": "",
}


def row(**changes: Any) -> dict[str, Any]:
    """Return a good row with some cells changed."""
    return ROW | changes


def numbered(number: int, **changes: Any) -> dict[str, Any]:
    """Return a good row for another booking and work order."""
    return row(**({"external_id": f"B-{number}", "work_order": f"WO-{number}"} | changes))


def csv_of(*rows: dict[str, Any], delimiter: str = ",", encoding: str = "utf-8", eol: str = "\r\n") -> bytes:
    """Return a CSV file; its columns are those of the first row."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter, lineterminator=eol)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode(encoding)


def xlsx_of(*rows: dict[str, Any]) -> bytes:
    """Return an XLSX file of the same."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in [list(rows[0]), *(list(one.values()) for one in rows)]:
        sheet.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def bring(*rows: dict[str, Any], origin: Origin | None = None, **more: Any) -> ImportReport:
    return import_bookings(csv_of(*rows), origin or Origin("file.csv"), **more)


def bring_file(name: str, **more: Any) -> ImportReport:
    """Import a file of tests/data/."""
    return import_bookings((DATA / name).read_bytes(), Origin(name), **more)


def contents(tables: Iterable[type[Model]] = TABLES) -> dict[str, list[dict[str, Any]]]:
    return {table.__name__: list(table._default_manager.order_by("pk").values()) for table in tables}


def faults(report: ImportReport) -> list[tuple[int, str]]:
    """Return row and column of every error."""
    return [(problem.row, problem.column) for problem in report.errors]
