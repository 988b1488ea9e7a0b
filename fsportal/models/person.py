"""A person as `export_person` and `erase_person` see one: everybody behind an email address."""

import uuid
from dataclasses import dataclass

from django.db.models import Q

from fsportal.lib.personal_data import holding
from fsportal.lib.text import folded
from fsportal.models.contacts import Contact
from fsportal.models.profile_change import ProfileChange
from fsportal.models.users import User


@dataclass(frozen=True)
class Person:
    """The contacts and users behind an email address, with all their names, addresses and numbers.

    A contact's portal user is the same person, and so are that user's other contacts, whatever their address.
    """

    email: str
    contacts: frozenset[uuid.UUID]
    users: frozenset[uuid.UUID]
    names: frozenset[str]
    #: In lower case, including those that they replaced on their profile.
    emails: frozenset[str]
    phones: frozenset[str]

    @classmethod
    def of(cls, address: str) -> "Person":
        """Return whoever has this address, perhaps nobody; case and surrounding spaces do not count."""
        email = folded(address)
        if not email:  # otherwise it would be everybody without an address
            return cls(email, frozenset(), frozenset(), frozenset(), frozenset(), frozenset())
        users = set(holding(User.objects.all(), [email], "email").values_list("pk", flat=True))
        contacts = set(holding(Contact.objects.all(), [email], "email").values_list("pk", flat=True))
        users |= set(User.objects.filter(contacts__in=contacts).values_list("pk", flat=True))
        mine = list(Contact.objects.filter(Q(pk__in=contacts) | Q(portal_user__in=users)))
        them = list(User.objects.filter(pk__in=users))
        changes = ProfileChange.objects.filter(contact__in=mine, by__in=users)
        past = {row.what: set[str]() for row in changes}
        for row in changes:
            past[row.what] |= {row.before, row.after}
        emails = {email, *(contact.email for contact in mine), *past.get("email", set())}
        emails |= {user.email for user in them}
        return cls(
            email=email,
            contacts=frozenset(contact.pk for contact in mine),
            users=frozenset(users),
            names=_some(
                {contact.name for contact in mine} | {user.get_full_name() for user in them} | past.get("name", set())
            ),
            emails=_some({folded(one) for one in emails}),
            phones=_some({contact.mobile_phone for contact in mine} | past.get("mobile_phone", set())),
        )

    @property
    def addresses(self) -> frozenset[str]:
        return self.emails | self.phones

    @property
    def marks(self) -> frozenset[str]:
        """Return what identifies them in a text: addresses, numbers, and names of two or more words."""
        return self.addresses | frozenset(name for name in self.names if len(name.split()) > 1)

    @property
    def user_names(self) -> list[str]:
        return list(User.objects.filter(pk__in=self.users).values_list("username", flat=True))


def _some(values: set[str]) -> frozenset[str]:
    return frozenset(value for value in values if value)
