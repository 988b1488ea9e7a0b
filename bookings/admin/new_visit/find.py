"""Finds a customer by what they say on the phone: name, number, email, street or account."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from fsportal.lib import phones
from fsportal.models import Account, Contact
from fsportal.settings_area.search import arms, words_of

#: Nobody reads a longer list to a caller.
MOST = 8
#: A number without its beginning: the last digits are compared.
FEWEST_DIGITS = 5
#: A single letter finds half of all people.
SHORTEST = 2
PEOPLE = ["name", "email", "account__name", "account__street", "account__city", "account__postal_code"]
PLACES = ["name", "=external_id", "street", "city", "postal_code"]


@dataclass(frozen=True)
class CustomerFound:
    """A customer to choose: a contact, or an account that has none."""

    account: Account
    contact: Contact | None = None

    @property
    def value(self) -> str:
        return f"account:{self.account.pk}" if self.contact is None else f"contact:{self.contact.pk}"

    @property
    def label(self) -> str:
        return self.account.name if self.contact is None else self.contact.name

    @property
    def lines(self) -> list[str]:
        """Return what tells people of the same name apart."""
        where = self.account.address_line()
        if self.contact is None:
            return [part for part in (_("Account without contacts"), where) if part]
        name = "" if self.account.name == self.contact.name else self.account.name
        ways = [phones.display(self.contact.mobile_phone), self.contact.email]
        return [line for line in (", ".join(filter(None, ways)), ", ".join(filter(None, (name, where)))) if line]


@dataclass(frozen=True)
class CustomersFound:
    """What was found. `is_exact`: by a whole phone number or email address. `phone`: the text read as a number."""

    customers: list[CustomerFound] = field(default_factory=list)
    is_exact: bool = False
    phone: str = ""
    more: bool = False


def find(text: str, country: str) -> CustomersFound:
    """Return the customers that `text` may mean; numbers without a calling code are read as those of `country`."""
    text = text.strip()
    if len(text) < SHORTEST:
        return CustomersFound()
    if phones.WRITTEN.fullmatch(text) and sum(mark.isdigit() for mark in text) >= FEWEST_DIGITS:
        return _by_phone(text, country)
    if "@" in text and (exact := _shown(Contact.objects.filter(email__in={text, text.lower()}))):
        return CustomersFound(exact, is_exact=True)
    people = _of_words(Contact.objects.all(), Contact, PEOPLE, text)
    found = [
        CustomerFound(one.account, one) for one in people.select_related("account").order_by("name", "pk")[: MOST + 1]
    ]
    if len(found) <= MOST:
        lonely = _of_words(Account.objects.filter(contacts=None), Account, PLACES, text)
        found += [CustomerFound(account) for account in lonely.order_by("name", "pk")[: MOST + 1 - len(found)]]
    return CustomersFound(found[:MOST], more=len(found) > MOST)


def _by_phone(text: str, country: str) -> CustomersFound:
    try:
        number = phones.to_e164(text, country)
    except ValueError:
        number = ""
    digits = "".join(mark for mark in text if mark.isdigit())
    # A stored number may have a length that the library no longer knows.
    if exact := _shown(Contact.objects.filter(mobile_phone=number or f"+{digits}")):
        return CustomersFound(exact, is_exact=True, phone=number)
    digits = digits.lstrip("0")
    ending = _shown(Contact.objects.filter(mobile_phone__endswith=digits)) if len(digits) >= FEWEST_DIGITS else []
    return CustomersFound(ending, phone=number)


def with_way(phone: str, email: str) -> list[CustomerFound]:
    """Return the contacts who have this number or this address already."""
    same = Q(mobile_phone=phone) if phone else Q()
    same |= Q(email__in={email, email.lower()}) if email else Q()
    return _shown(Contact.objects.filter(same)) if same else []


def _shown(contacts: QuerySet[Contact]) -> list[CustomerFound]:
    return [CustomerFound(one.account, one) for one in contacts.select_related("account").order_by("name", "pk")[:MOST]]


def _of_words(rows: QuerySet, model: type, paths: Iterable[str], text: str) -> QuerySet:  # type: ignore[type-arg]
    for word in words_of(text):
        first, *others = arms(model, paths, word)
        rows = rows.filter(pk__in=first.union(*others) if others else first)
    return rows


def by_value(value: str) -> CustomerFound | None:
    """Return the customer of a form's value; None if they are gone, or if the value cannot be read."""
    kind, _colon, key = value.partition(":")
    try:
        pk = uuid.UUID(key)
    except ValueError:
        return None
    if kind == "contact":
        contact = Contact.objects.select_related("account__primary_contact").filter(pk=pk).first()
        return CustomerFound(contact.account, contact) if contact else None
    account = Account.objects.select_related("primary_contact").filter(pk=pk).first() if kind == "account" else None
    return CustomerFound(account) if account else None
