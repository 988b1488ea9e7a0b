"""Redeeming a group invitation: the email is proven first, nobody comes in twice, and it stops at its maximum."""

import re

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from fsportal.models import Account, Contact, User
from notifications.models import CustomerNotification
from portal.models import Invitation, OneTimeCode, Redemption, WebRole
from tests.factories import AccountFactory, ContactFactory, UserFactory
from tests.portal.invitations.doorstep import create_profile, group, press, type_code, words
from tests.portal.stage import company

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(db: None) -> Account:
    made: Account = AccountFactory(name="Riverside Apartments")
    return made


@pytest.fixture
def invitation(account: Account) -> Invitation:
    company()
    return group(account)


def say_who(client: Client, name: str = "Nora Ng", email: str = "nora@example.com") -> None:
    assert press(client, "who", name=name, email=email)["Location"] == "/invitation/"


def newest() -> OneTimeCode:
    return OneTimeCode.objects.latest("created_at")


def wrong(digits: str) -> str:
    return str((int(digits) + 1) % 1_000_000).zfill(6)


def come_in(client: Client, invitation: Invitation, email: str, username: str) -> None:
    type_code(client, invitation.code)
    say_who(client, email=email)
    press(client, "digits", digits=newest().digits)
    create_profile(client, username)


def test_it_says_masked_whose_people_it_is_for(client: Client, invitation: Invitation) -> None:
    page = words(client.get(f"/redeem/{invitation.code}/"))
    assert "This invitation is for people of" in page
    assert "R••• A•••" in page
    assert "Riverside" not in page


def test_the_email_is_proven_before_a_profile_is_made(client: Client, invitation: Invitation, account: Account) -> None:
    type_code(client, invitation.code)
    assert "Who are you?" in words(client.get("/invitation/"))
    assert create_profile(client)["Location"] == "/invitation/"  # not before
    say_who(client)
    page = words(client.get("/invitation/"))
    assert "nora@example.com" in page
    assert newest().digits not in page
    message = CustomerNotification.objects.get()
    assert (message.event, message.channel, message.to) == ("one_time_code", "email", "nora@example.com")
    call_command("deliver_due")
    message.refresh_from_db()
    assert message.state == "simulated"
    assert newest().digits not in message.words
    assert create_profile(client)["Location"] == "/invitation/"
    assert not User.objects.exists()
    digits = newest().digits
    assert press(client, "digits", digits=f"{digits[:3]} {digits[3:]}")["Location"] == "/invitation/"
    assert "Create your portal profile" in words(client.get("/invitation/"))
    assert create_profile(client, "nora@example.com")["Location"] == "/"
    contact = account.contacts.get()
    user = User.objects.get()
    assert (contact.name, contact.email, contact.portal_user, contact.language) == ("Nora Ng", user.email, user, "en")
    assert contact.web_roles.get() == WebRole.web_api_users()
    redemption = Redemption.objects.get()
    assert (redemption.made_user, redemption.made_contact) == (True, True)


def test_a_new_contact_speaks_the_language_of_the_browser(invitation: Invitation, account: Account) -> None:
    client = Client(HTTP_ACCEPT_LANGUAGE="fr-CA,fr;q=0.9")
    come_in(client, invitation, "nora@example.com", "nora")
    assert account.contacts.get().language == "fr"
    assert CustomerNotification.objects.get().language == "fr"


@pytest.mark.parametrize(
    ("name", "email", "says"),
    [
        ("", "nora@example.com", "Write your name."),
        ("Nora\nNg", "nora@example.com", "line break"),
        ("x" * 201, "nora@example.com", "at most 200"),
        ("Nora", "", "Write your email address."),
        ("Nora", "nora at example", "valid email"),
        ("Nora", "nora@example.com\nBcc: a@example.com", "valid email"),
    ],
)
def test_what_was_written_stays_with_the_error_beside_it(
    client: Client, invitation: Invitation, name: str, email: str, says: str
) -> None:
    type_code(client, invitation.code)
    answer = press(client, "who", name=name, email=email)
    assert answer.status_code == 400
    assert says in words(answer)
    assert not OneTimeCode.objects.exists()


def test_wrong_digits_are_tries_and_after_five_a_new_code_is_needed(client: Client, invitation: Invitation) -> None:
    type_code(client, invitation.code)
    say_who(client)
    digits = newest().digits
    answers = [press(client, "digits", digits=wrong(digits)) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {400}
    assert "This is not the code." in words(answers[0])
    assert "Ask for a new one." in words(answers[4])
    assert "Ask for a new one." in words(press(client, "digits", digits=digits))
    assert press(client, "another-code")["Location"] == "/invitation/"
    assert "A new code is on its way." in words(client.get("/invitation/"))
    assert press(client, "digits", digits=newest().digits)["Location"] == "/invitation/"
    assert "Create your portal profile" in words(client.get("/invitation/"))


def test_a_code_that_is_ten_minutes_old_is_over(client: Client, invitation: Invitation) -> None:
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False):
        type_code(client, invitation.code)
        say_who(client)
    with time_machine.travel("2026-11-24T10:10:00Z", tick=False):
        assert "Ask for a new one." in words(press(client, "digits", digits=newest().digits))


def test_the_code_of_an_older_email_opens_nothing(client: Client, invitation: Invitation) -> None:
    type_code(client, invitation.code)
    say_who(client, email="mine@example.com")
    mine = newest()
    press(client, "another-email")
    assert "Who are you?" in words(client.get("/invitation/"))
    say_who(client, email="victim@example.com")
    assert press(client, "digits", digits=mine.digits).status_code == (400 if mine.digits != newest().digits else 302)


def test_codes_to_one_address_are_limited(invitation: Invitation) -> None:
    for number in range(6):
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        type_code(client, invitation.code)
        answer = press(client, "who", name="Nora", email="NORA@example.com")
    assert answer.status_code == 429
    assert "Several codes went out already" in words(answer)
    assert 'value="NORA@example.com"' in words(answer)
    assert OneTimeCode.objects.count() == 5


def test_codes_to_one_address_are_limited_over_the_day_too(invitation: Invitation) -> None:
    for number in range(18):
        with time_machine.travel(f"2026-11-24T{number // 5 + 8:02}:30:00Z", tick=False):
            client = Client(REMOTE_ADDR=f"192.0.2.{number}")
            type_code(client, invitation.code)
            press(client, "who", name="Nora", email="nora@example.com")
    assert OneTimeCode.objects.count() == 12


def test_another_code_is_limited_too(client: Client, invitation: Invitation) -> None:
    type_code(client, invitation.code)
    say_who(client)
    answers = [press(client, "another-code") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [302] * 4 + [429]
    assert "Several codes went out already" in words(answers[-1])
    assert press(client, "digits", digits=newest().digits).status_code == 302


def test_a_contact_of_the_account_with_this_email_is_not_doubled(
    client: Client, invitation: Invitation, account: Account
) -> None:
    contact = ContactFactory(account=account, name="Nora Ng-Smith", email="Nora@Example.com")
    come_in(client, invitation, "nora@example.com", "nora")
    contact.refresh_from_db()
    assert account.contacts.get() == contact
    assert contact.portal_user == User.objects.get()
    assert not Redemption.objects.get().made_contact


def test_a_contact_with_a_profile_is_told_to_sign_in_but_only_with_the_email_proven(
    client: Client, invitation: Invitation, account: Account, customer: User
) -> None:
    ContactFactory(account=account, email="nora@example.com", portal_user=customer)
    type_code(client, invitation.code)
    say_who(client)
    assert "portal profile already" not in words(client.get("/invitation/"))
    press(client, "digits", digits=newest().digits)
    assert "There is a portal profile already" in words(client.get("/invitation/"))
    assert create_profile(client)["Location"] == "/invitation/"
    assert account.contacts.count() == 1
    client.force_login(customer)
    assert press(client, "add")["Location"] == "/"
    assert account.contacts.get().web_roles.get() == WebRole.web_api_users()


def test_a_signed_in_customer_becomes_a_contact_without_being_asked(
    client: Client, invitation: Invitation, account: Account
) -> None:
    user = UserFactory(username="nora", first_name="Nora", last_name="Ng", email="nora@example.com")
    client.force_login(user)
    type_code(client, invitation.code)
    assert "Add this to your account (nora)" in words(client.get("/invitation/"))
    press(client, "add")
    contact = account.contacts.get()
    assert (contact.name, contact.email, contact.portal_user) == ("Nora Ng", "nora@example.com", user)
    assert Redemption.objects.get().made_contact
    assert press(client, "add")["Location"] == "/"
    invitation.refresh_from_db()
    assert (invitation.redeemed_count, account.contacts.count()) == (1, 1)


def test_a_signed_in_customer_must_prove_an_email_that_a_contact_there_has(
    client: Client, invitation: Invitation, account: Account, stranger: User
) -> None:
    contact = ContactFactory(account=account, email=stranger.email)
    client.force_login(stranger)
    type_code(client, invitation.code)
    page = words(client.get("/invitation/"))
    assert "Who are you?" in page
    assert f'value="{stranger.email}"' in page
    assert press(client, "add")["Location"] == "/invitation/"
    assert not Redemption.objects.exists()
    say_who(client, email=stranger.email)
    press(client, "digits", digits=newest().digits)
    press(client, "add")
    contact.refresh_from_db()
    assert (contact.portal_user, account.contacts.count()) == (stranger, 1)


def test_it_stops_at_its_maximum(account: Account) -> None:
    company()
    invitation = group(account, most=2)
    late = Client()
    type_code(late, invitation.code)
    say_who(late, email="late@example.com")
    press(late, "digits", digits=newest().digits)
    for number in range(2):
        come_in(Client(), invitation, f"n{number}@example.com", f"n{number}")
    answer = create_profile(late, "late")
    assert answer.status_code == 409
    assert "can no longer be redeemed" in words(answer)
    assert type_code(Client(), invitation.code).status_code == 400
    assert account.contacts.count() == User.objects.count() == 2


def test_a_contact_whom_an_admin_freed_comes_in_again(invitation: Invitation, account: Account) -> None:
    come_in(Client(), invitation, "nora@example.com", "nora")
    Contact.objects.update(portal_user=None)
    come_in(Client(), invitation, "nora@example.com", "nora2")
    assert account.contacts.get().portal_user == User.objects.get(username="nora2")
    assert Redemption.objects.filter(undone_at=None).count() == 1


def test_hostile_names_are_shown_as_they_are_written(client: Client, invitation: Invitation) -> None:
    type_code(client, invitation.code)
    say_who(client, name="<b>Nora</b>", email="nora@example.com")
    press(client, "another-email")
    answer = press(client, "who", name="<b>Nora</b>", email="no")
    assert "<b>Nora" not in words(answer)
    assert re.search(r"&lt;b&gt;Nora", words(answer))
