"""Imports a schedule file: all rows or none, in one transaction, with every change of a booking made by its verbs."""

import logging
from collections import Counter
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bookings import staff_cards
from bookings.models import Resource
from bookings.schedule_files import customers
from bookings.schedule_files.columns import CellError, FileRefused, Problem
from bookings.schedule_files.customers import Accounts, Contacts
from bookings.schedule_files.reading import format_of, read_sheet
from bookings.schedule_files.report import ImportReport
from bookings.schedule_files.rows import Parsed, ScheduleRow, parse
from bookings.schedule_files.visits import Visits
from bookings.schedule_files.work import Work
from fsportal.lib.text import one_line
from fsportal.models import Account, User

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file comes from: its name for the history, and who brought it (None for a command)."""

    file_name: str
    by: User | None = None


def import_bookings(
    content: bytes,
    origin: Origin,
    *,
    file_format: str | None = None,
    dry_run: bool = False,
    agreed: str | None = None,
) -> ImportReport:
    """Import a CSV or XLSX file and return what happened.

    Nothing is changed and no message queued if there are errors, on a dry run, and if the report does not have the
    fingerprint that was `agreed` to.
    """
    try:
        sheet = read_sheet(content, file_format or format_of(origin.file_name, content))
    except FileRefused as refused:
        return ImportReport(errors=[Problem(1, "", str(refused))])
    parsed = parse(sheet)
    if any(error.row == 1 for error in parsed.errors):
        return ImportReport(errors=parsed.errors, warnings=parsed.warnings)
    return _in_one_transaction(parsed, origin, keep=not dry_run, agreed=agreed)


def _in_one_transaction(parsed: Parsed, origin: Origin, *, keep: bool, agreed: str | None) -> ImportReport:
    try:
        with transaction.atomic():
            one_run = _Import(parsed, origin)
            report = one_run.run()
            if report.errors or not keep or (agreed is not None and report.fingerprint() != agreed):
                transaction.set_rollback(True)
            else:
                staff_cards.imported(one_run.for_technicians, origin.file_name, by=origin.by)
    except IntegrityError as error:
        # Somebody made one of the same records between our read and our write. The database's message may quote a row.
        logger.warning("An import met a constraint (%s)", type(error.__cause__).__name__)
        busy = _("The records were changed by somebody else at the same moment. Nothing was imported; try again.")
        return ImportReport(errors=[Problem(1, "", busy)], warnings=parsed.warnings, is_busy=True)
    return report


class _Import:
    """One run over readable rows: first the records around the bookings, in bulk, then the verbs."""

    def __init__(self, parsed: Parsed, origin: Origin) -> None:
        self.rows = parsed.rows
        self.errors = list(parsed.errors)
        self.warnings = list(parsed.warnings)
        self.origin = origin
        self.for_technicians: dict[Resource, Counter[str]] = {}
        self.work = Work(self.rows)
        self.accounts = Accounts(self.rows, {order.account_id for order in self.work.orders.values()})

    def run(self) -> ImportReport:
        account_of = self._account_of_rows()
        self.contacts = Contacts(self.accounts, account_of, self.rows)
        for row in self.rows:
            if row.number in account_of:
                self._take_work(row, account_of[row.number])
        customers.save(self.accounts, self.contacts)
        self.work.save()
        visits = Visits(self.work, self.rows, via_file=one_line(self.origin.file_name, 100), by=self.origin.by)
        visits.take([row for row in self.rows if row.number in account_of])
        self.for_technicians = visits.for_technicians
        report = ImportReport(sorted([*self.errors, *visits.errors]), sorted(self.warnings), visits.outcomes)
        report.counts = self._counts() + Counter(kind for one in visits.outcomes for kind in one.kinds)
        return report

    def _account_of_rows(self) -> dict[int, Account]:
        found: dict[int, Account] = {}
        for row in self.rows:
            order = self.work.orders.get(row.work_order)
            present = self.accounts.by_pk[order.account_id] if order else None
            try:
                found[row.number] = self.accounts.of(row, present)
            except CellError as error:
                self.errors.append(Problem(row.number, "account", str(error)))
        return found

    def _take_work(self, row: ScheduleRow, account: Account) -> None:
        self.work.resource(row)
        if row.work_order not in self.work.first_rows:
            order = self.work.orders.get(row.work_order)
            present = self.contacts.by_pk.get(order.reported_by_id) if order else None
            self.work.order(row, account, self.contacts.of(row, account, present))
            return
        try:
            differs = self.work.check_again(row, account)
        except CellError as error:
            self.errors.append(Problem(row.number, "work_order", str(error)))
        else:
            self.warnings += [Problem(row.number, "work_order", differs)] if differs else []

    def _counts(self) -> Counter[str]:
        made = {one.pk for one in self.contacts.made}
        people_counts = Counter(
            accounts_made=len(self.accounts.made),
            accounts_changed=len(self.accounts.changed),
            contacts_made=len(made),
            contacts_changed=len(self.contacts.changed.keys() - made),
        )
        return self.work.counts() + people_counts
