"""Accounts and contacts of a file: found by what identifies them, made or changed as the file says.

Nothing is written before `statements` are run. The rules are in docs/import.md, *Who is who*.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext as _

from bookings.schedule_files.columns import CellError
from bookings.schedule_files.reads import Reads
from bookings.schedule_files.rows import RowContact, ScheduleRow
from fsportal.lib import bulk_rows, keys
from fsportal.lib.bulk_rows import Statement
from fsportal.models import Account, Contact

ENGLISH = "en"


class Accounts:
    def __init__(self, reads: Reads, rows: list[ScheduleRow], of_orders: Iterable[object]) -> None:
        every = Account.objects.order_by("created_at", "pk")
        named = reads.fetch(every, "name", (row.account for row in rows if not row.account_external_id))
        ids = (row.account_external_id for row in rows if row.account_external_id)
        with_id = reads.fetch(every, "external_id", ids)
        self.by_pk: dict[object, Account] = {}
        for account in (*named, *with_id, *reads.fetch(every, "pk", of_orders)):
            self.by_pk.setdefault(account.pk, account)
        self.by_external_id = {one.external_id: one for one in self.by_pk.values() if one.external_id}
        self._new_key = keys.ascending(len(rows))
        self.made: list[Account] = []
        self.changed: dict[object, Account] = {}
        self._take_external_ids(rows)
        self.by_name: dict[str, list[Account]] = defaultdict(list)
        for account in self.by_pk.values():
            self.by_name[account.name].append(account)

    def _take_external_ids(self, rows: list[ScheduleRow]) -> None:
        """Make and rename accounts with an external id first, so that names do not depend on the order of rows."""
        seen = set()
        for row in rows:
            if not row.account_external_id or row.account_external_id in seen:
                continue
            seen.add(row.account_external_id)
            account = self.by_external_id.get(row.account_external_id)
            if account is None:
                self.by_external_id[row.account_external_id] = self._make(row)
            elif account.name != row.account:
                account.name = row.account
                self.changed[account.pk] = account

    def of(self, row: ScheduleRow, present: Account | None) -> Account:
        """Return the account of a row; `present` is the account of its work order now.

        Raises CellError if the row has only a name, and several accounts have that.
        """
        if row.account_external_id:
            return self.by_external_id[row.account_external_id]
        if present is not None and present.name == row.account:
            return present
        named = self.by_name[row.account]
        fitting = [account for account in named if not account.external_id] or named
        if len(fitting) > 1:
            raise CellError(
                _("%(count)s accounts have this name. Write the account_external_id too.") % {"count": len(fitting)}
            )
        if not fitting:
            named.append(self._make(row))
        return fitting[0] if fitting else named[-1]

    def _make(self, row: ScheduleRow) -> Account:
        account = Account(
            id=self._new_key(),
            name=row.account,
            external_id=row.account_external_id or None,
            time_zone=row.time_zone,
            **row.site,
        )
        self.made.append(account)
        self.by_pk[account.pk] = account
        return account


class Contacts:
    """The contacts of these accounts, and which of them a row means."""

    def __init__(
        self, reads: Reads, accounts: Accounts, account_of: dict[int, Account], rows: list[ScheduleRow]
    ) -> None:
        self.by_pk: dict[object, Contact] = {}
        self.by_key: dict[object, dict[tuple[str, str, str], Contact]] = defaultdict(dict)
        made = {account.pk for account in accounts.made}
        known = (pk for pk in accounts.by_pk if pk not in made)
        for contact in reads.fetch(Contact.objects.order_by("created_at", "pk"), "account_id", known):
            self.by_pk[contact.pk] = contact
            self.by_key[contact.account_id].setdefault(_key(contact), contact)
        self.in_file = {
            (account_of[row.number].pk, row.person.key) for row in rows if row.person and row.number in account_of
        }
        self.needs_primary = made
        self._new_key = keys.ascending(len(rows))
        self.made: list[Contact] = []
        self.changed: dict[object, Contact] = {}
        #: Those who get another email address, of which nothing is known yet.
        self.readdressed: set[object] = set()
        self._language_taken: set[object] = set()

    def of(self, row: ScheduleRow, account: Account, present: Contact | None) -> Contact | None:
        """Return the contact who reported the work of a row; `present` is the one of its work order now."""
        if present is not None and present.account_id != account.pk:
            present = None
        if not row.names_person:
            return present
        if row.person is None:
            return None
        contact = self.by_key[account.pk].get(row.person.key)
        if contact is None and present is not None and self._is_corrected(present, row.person):
            contact = self._correct(present, row.person)
        contact = contact or self._make(row.person, account)
        self._take_language(contact, row.language)
        if account.pk in self.needs_primary:
            account.primary_contact = contact
            self.needs_primary.discard(account.pk)
        return contact

    def _is_corrected(self, present: Contact, person: RowContact) -> bool:
        """Tell whether the file has new details of the same person, and the old ones nowhere."""
        if (present.account_id, _key(present)) in self.in_file:
            return False
        same_email = bool(person.email) and present.email.lower() == person.email.lower()
        return same_email or present.name == person.name

    def _correct(self, contact: Contact, person: RowContact) -> Contact:
        keys = self.by_key[contact.account_id]
        if keys.get(_key(contact)) is contact:
            del keys[_key(contact)]
        if contact.email != person.email:
            self.readdressed.add(contact.pk)
            contact.email_bounced_at, contact.email_bounce = None, ""
        contact.name, contact.email, contact.mobile_phone = person
        keys[person.key] = contact
        self.changed[contact.pk] = contact
        return contact

    def _make(self, person: RowContact, account: Account) -> Contact:
        contact = Contact(
            id=self._new_key(),
            account=account,
            name=person.name,
            email=person.email,
            mobile_phone=person.phone,
            language=ENGLISH,
        )
        self.made.append(contact)
        self.by_pk[contact.pk] = contact
        self.by_key[account.pk][person.key] = contact
        return contact

    def _take_language(self, contact: Contact, language: str) -> None:
        """Take the language of the first row that has one. Customers with an account choose it there."""
        if not language or contact.pk in self._language_taken:
            return
        self._language_taken.add(contact.pk)
        if contact.language != language and contact.portal_user_id is None:
            contact.language = language
            self.changed[contact.pk] = contact


def _key(contact: Contact) -> tuple[str, str, str]:
    return (contact.name, contact.email.lower(), contact.mobile_phone)


def statements(accounts: Accounts, contacts: Contacts) -> list[Statement]:
    """Prepare what was made and changed. New accounts may name new contacts: keys are checked at the commit."""
    made = {one.pk for one in (*accounts.made, *contacts.made)}
    fields = ["name", "email", "mobile_phone", "language"]
    afresh = [*fields, "email_bounced_at", "email_bounce"]
    return [
        bulk_rows.insert(accounts.made),
        bulk_rows.insert(contacts.made),
        *bulk_rows.updates((one, ["name"]) for one in accounts.changed.values() if one.pk not in made),
        *bulk_rows.updates(
            (one, afresh if one.pk in contacts.readdressed else fields)
            for one in contacts.changed.values()
            if one.pk not in made
        ),
    ]
