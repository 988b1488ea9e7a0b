"""Two addresses that only a database takes for one: a mailbox at the one proves nothing about the other."""

import pytest
from django.test import Client

from fsportal.models import Account, Contact
from portal.models import OneTimeCode
from tests.factories import AccountFactory, ContactFactory
from tests.portal.invitations.doorstep import create_profile, group, press, type_code
from tests.portal.stage import company

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(db: None) -> Account:
    company()
    made: Account = AccountFactory(name="Riverside Apartments")
    return made


# PostgreSQL's UPPER makes an I of the dotless i, and lower case makes a k of the Kelvin sign.
@pytest.mark.parametrize("typed", ["m\u0131ke@example.com", "mike@exam\u0131le.com", "mi\u212ae@example.com"])
def test_a_mailbox_whose_name_only_looks_alike_does_not_make_somebody_the_contact(
    client: Client, account: Account, typed: str
) -> None:
    contact: Contact = ContactFactory(account=account, email=typed.replace("\u0131", "i").replace("\u212a", "k"))
    type_code(client, group(account).code)
    press(client, "who", name="Mallory", email=typed)
    code = OneTimeCode.objects.order_by("-created_at").first()
    if code is not None and code.to != contact.email:
        press(client, "digits", digits=code.digits)
        create_profile(client, "mallory")
    contact.refresh_from_db()
    assert contact.portal_user is None
    # The Kelvin sign is a k in lower case: then the code went to the contact's own mailbox.
    assert code is None or code.to in (typed, contact.email)
