"""Imports a schedule file: all rows or none, with every change of a booking made by its verbs.

Everything is read, checked and decided without a transaction, and the verbs are done in a draft. One short transaction
makes sure that nothing which was read has changed, and writes it all: on SQLite nobody else can write meanwhile.
"""

import gc
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bookings import staff_cards
from bookings.consequences import keep_tray_of_file
from bookings.models import Booking, VisitCount
from bookings.plan import MessagePlan, plan_done
from bookings.schedule_files import customers
from bookings.schedule_files.against import against
from bookings.schedule_files.columns import CellError, FileRefused, Problem
from bookings.schedule_files.customers import Accounts, Contacts
from bookings.schedule_files.reading import format_of, read_sheet
from bookings.schedule_files.reads import Reads, ReadsChanged, in_chunks
from bookings.schedule_files.report import ImportReport
from bookings.schedule_files.rows import Parsed, ScheduleRow, parse
from bookings.schedule_files.telling import Telling
from bookings.schedule_files.visits import Visits
from bookings.schedule_files.work import Work
from fsportal.lib import bulk_rows
from fsportal.lib.integrity import is_conflict
from fsportal.lib.text import one_line
from fsportal.models import Account, Contact, User
from notifications.inapp.ending import end_about_each

logger = logging.getLogger(__name__)

#: How often a file is looked at again because others have changed what it is about.
TRIES = 3
#: SQLite's default.
SQLITE_CACHE = 2_000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file comes from: its name for the history, and who brought it (None for a command).

    They may have chosen that customers are told nothing of it (`quiet`).
    """

    file_name: str
    by: User | None = None
    quiet: bool = False


Around = Callable[[ImportReport], AbstractContextManager[None]]


def import_bookings(
    content: bytes,
    origin: Origin,
    *,
    file_format: str | None = None,
    dry_run: bool = False,
    agreed: str | None = None,
    around: Around = lambda _report: nullcontext(),
    with_plans: bool = False,
) -> ImportReport:
    """Import a CSV or XLSX file and return what happened.

    Nothing is changed and no message queued if there are errors, on a dry run, and if the report does not have the
    fingerprint that was `agreed` to. Everything is written within `around`, in its transaction. `with_plans` adds what
    customers will be told.
    """
    try:
        sheet = read_sheet(content, file_format or format_of(origin.file_name, content))
    except FileRefused as refused:
        return ImportReport(errors=[Problem(1, "", str(refused))])
    parsed = parse(sheet)
    if any(error.row == 1 for error in parsed.errors):
        return ImportReport(errors=parsed.errors, warnings=parsed.warnings)
    for _try in range(TRIES):
        one_run = _Import(parsed, origin)
        report = one_run.run()
        if report.errors or dry_run or (agreed is not None and report.fingerprint() != agreed):
            if with_plans and not report.errors:
                report.plans = one_run.plans()
                report.conflicts = against(one_run.visits.draft, timezone.now())
            return report
        if one_run.keep(around):
            return report
    busy = _("The records were changed by somebody else at the same moment. Nothing was imported; try again.")
    return ImportReport(errors=[Problem(1, "", busy)], warnings=parsed.warnings, is_busy=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Shorten a transaction full of rows: no search for garbage among them, and room for SQLite's pages."""
    was_on = gc.isenabled()
    gc.disable()
    _set_sqlite_cache(64_000)
    try:
        yield
    finally:
        _set_sqlite_cache(SQLITE_CACHE)
        if was_on:
            gc.enable()


def _set_sqlite_cache(kilobytes: int) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = -{kilobytes:d}")


class _Import:
    """One run over readable rows: first the records around the bookings, then the verbs. Only `keep` writes."""

    def __init__(self, parsed: Parsed, origin: Origin) -> None:
        self.rows = parsed.rows
        self.errors = list(parsed.errors)
        self.warnings = list(parsed.warnings)
        self.origin = origin
        self.reads = Reads()
        self.work = Work(self.reads, self.rows)
        self.accounts = Accounts(self.reads, self.rows, {order.account_id for order in self.work.orders.values()})

    def run(self) -> ImportReport:
        account_of = self._account_of_rows()
        self.contacts = Contacts(self.reads, self.accounts, account_of, self.rows)
        for row in self.rows:
            if row.number in account_of:
                self._take_work(row, account_of[row.number])
        file_name = one_line(self.origin.file_name, 100)
        self.visits = Visits(
            self.reads, self.work, self.rows, via_file=file_name, by=self.origin.by, quiet=self.origin.quiet
        )
        self.visits.take([row for row in self.rows if row.number in account_of])
        errors = sorted([*self.errors, *self.visits.errors])
        report = ImportReport(errors, sorted(self.warnings), self.visits.outcomes)
        report.counts = self._counts() + Counter(kind for one in self.visits.outcomes for kind in one.kinds)
        self.report = report
        return report

    def plans(self) -> dict[str, MessagePlan]:
        """Return by external id what will be told about each booking that is new or changes."""
        draft = self.visits.draft
        plans = plan_done(draft.done, [*draft.new(), *draft.changed()], timezone.now())
        return {one.booking.external_id or str(one.booking.pk): one for one in plans}

    def keep(self, around: Around) -> bool:
        """Write everything in one transaction; False, with nothing written, if others have changed what was read."""
        draft = self.visits.draft
        telling = Telling(draft.done)
        statements = [
            *customers.statements(self.accounts, self.contacts),
            *self.work.statements(),
            bulk_rows.insert(draft.new()),
            *bulk_rows.updates((one, draft.fields[one.pk]) for one in draft.changed()),
            bulk_rows.insert(draft.changes),
        ]
        # Mostly none; looking for them takes a while.
        planned = [one for one in draft.done if one.booking.work_order.waits_since is not None]
        try:
            with (
                bulk_rows.at_hand([*statements, *telling.statements]),
                _undisturbed(),
                transaction.atomic(),
                around(self.report),
            ):
                if not self.report.changes_nothing:
                    self._lock()
                    self.reads.check()
                for statement in statements:
                    statement.run()
                Contact.renew_opt_outs([*self.contacts.made, *self.contacts.changed.values()])
                telling.write()
                keep_tray_of_file(planned)
                VisitCount.doubt(visit.start for one in draft.done for visit in (one.booking, one.before) if visit)
                staff_cards.imported(self.visits.for_technicians, self.origin.file_name, by=self.origin.by)
                for chunk in in_chunks(booking.pk for booking in draft.changed()):
                    end_about_each(Booking, chunk)
                for do in draft.on_commit:
                    transaction.on_commit(do)
        except ReadsChanged as changed:
            logger.info("An import is prepared again: %s has changed", changed)
            return False
        except IntegrityError as error:
            if not is_conflict(error):
                raise
            # Somebody else wrote one of the same records. The database's message may quote a row.
            logger.warning("An import met a constraint (%s)", type(error.__cause__).__name__)
            return False
        return True

    def _lock(self) -> None:
        """Keep others from changing the bookings that will be changed; SQLite has a single writer anyway."""
        if connection.features.has_select_for_update:
            for chunk in in_chunks(booking.pk for booking in self.visits.draft.changed()):
                # Always in the same order, so that two imports wait for each other instead of deadlocking.
                list(Booking.objects.select_for_update().filter(pk__in=chunk).order_by("pk").values_list("pk"))

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
