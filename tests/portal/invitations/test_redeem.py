"""Redeeming a single invitation: the code, for whom it is, a portal profile, signed in."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from fsportal.models import AuditEntry, Contact, Tally, User
from portal.invitations.redeem import NameTaken, Redeemer, make_profile
from portal.models import Invitation, Redemption, WebRole
from tests.factories import ContactFactory, UserFactory
from tests.portal.invitations.doorstep import PASSWORD, create_profile, press, sarah, single, type_code, words
from tests.portal.stage import company

pytestmark = pytest.mark.django_db


def signed_in(client: Client) -> str:
    return str(client.session.get("_auth_user_id", ""))


# --- The code -------------------------------------------------------------------------------------------------------
def test_the_first_page_asks_for_the_code(client: Client) -> None:
    page = client.get("/redeem/")
    assert page.status_code == 200
    assert 'name="code"' in words(page)
    assert 'aria-current="page">Redeem invitation' in words(page)


@pytest.mark.parametrize(
    "how",
    [
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: f"  {code.replace('-', ' ')} ",
        lambda code: f"https://portal.example/redeem/{code}/",
    ],
)
def test_case_spaces_dashes_and_a_whole_link_are_forgiven(client: Client, how: Any) -> None:
    answer = type_code(client, how(single().code))
    assert (answer.status_code, answer["Location"]) == (302, "/invitation/")


def test_a_link_shows_for_whom_it_is_masked_and_changes_nothing(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    company()
    invitation = single()
    with django_assert_max_num_queries(12) as caught:
        page = client.get(f"/redeem/{invitation.code}/")
    assert page.status_code == 200
    assert "S••• O•••" in words(page)
    assert "s•••@example.com" in words(page)
    assert "Brightside Plumbing invites you" in words(page)
    for hidden in ("Sarah", "Brien", "sarah@"):
        assert hidden not in words(page)
    written = [query["sql"] for query in caught if not query["sql"].startswith(("SELECT", "SAVEPOINT", "RELEASE"))]
    assert all("fsportal_tally" in sql for sql in written), "nothing but the count of guesses"
    assert Tally.objects.get().number == 0, "which is taken back"
    assert Session.objects.count() == 0
    assert "no-store" in page["Cache-Control"]


def test_every_code_that_redeems_nothing_gets_the_same_answer(client: Client) -> None:
    company()
    now = timezone.now()
    withdrawn, expired, used, gone = (single(ContactFactory()) for _ in range(4))
    withdrawn.withdraw(by=None)
    expired.extend(now - dt.timedelta(minutes=1), by=None)
    Invitation.objects.filter(pk=used.pk).update(redeemed_count=1)
    gone.contacts.all().delete()
    renewed = single(ContactFactory())
    old = renewed.code
    renewed.renew_code(by=None)
    codes = [withdrawn.code, expired.code, used.code, gone.code, old, "2346-789B-CDFG-HJKM"]
    links = [client.get(f"/redeem/{code}/") for code in codes]
    typed = [type_code(client, code) for code in codes]
    assert {page.status_code for page in links} == {404}
    assert {page.status_code for page in typed} == {400}
    pages = {words(page).replace(code, "CODE") for page, code in zip(links, codes, strict=True)}

    assert len({re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", page) for page in pages}) == 1
    (page, *_) = pages
    assert "This code does not work" in page
    assert 'value="CODE"' in page  # what was typed stays typed
    assert 'href="tel:02079460999"' in page


def test_an_empty_code_is_asked_for_again(client: Client) -> None:
    answer = type_code(client, "   ")
    assert answer.status_code == 400
    assert "Type the code from your invitation." in words(answer)


@pytest.mark.parametrize(
    "hostile", ["\x00", "A" * 50_000, "<script>alert(1)</script>", "٣٤" * 8, "\u202e7KMQ", "../..", "%"]
)
def test_hostile_codes_are_only_wrong(client: Client, hostile: str) -> None:
    for answer in (type_code(client, hostile), client.get("/redeem/" + hostile[:500].replace("%", "%25") + "/")):
        assert answer.status_code in (400, 404)
        assert b"<script>alert" not in answer.content


def test_guesses_are_counted_and_beyond_the_limit_a_right_code_waits_too(client: Client) -> None:
    company()
    code = single().code
    with time_machine.travel("2026-11-24T10:00:30Z", tick=False):
        answers = [type_code(client, "2346-789B-CDFG-HJKM").status_code for _ in range(21)]
        assert answers == [400] * 20 + [429]
        late = type_code(client, code)
        assert late.status_code == client.get(f"/redeem/{code}/").status_code == 429
        assert late["Retry-After"] == "600"
        assert "Wait 10 minutes, then try again." in words(late)
        assert f'value="{code}"' in words(late)
        assert type_code(Client(REMOTE_ADDR="192.0.2.9"), code).status_code == 302
    with time_machine.travel("2026-11-24T10:10:30Z", tick=False):
        assert type_code(client, code).status_code == 302


def test_a_code_that_was_right_once_is_no_guess(client: Client) -> None:
    invitation = single()
    invitation.withdraw(by=None)
    assert {type_code(client, invitation.code).status_code for _ in range(25)} == {400}


def test_a_good_code_gets_a_new_session_key_and_the_code_is_not_kept(client: Client) -> None:
    invitation = single()
    session = client.session
    session["planted"] = "yes"
    session.save()
    before = session.session_key
    type_code(client, invitation.code)
    assert client.session.session_key != before
    assert before
    assert not client.session.exists(before)
    assert invitation.code not in str(dict(client.session))


# --- The profile ----------------------------------------------------------------------------------------------------
def test_a_profile_is_made_and_signed_in(client: Client) -> None:
    company()
    contact = sarah()
    invitation = single(contact)
    type_code(client, invitation.code)
    page = client.get("/invitation/")
    assert "S••• O•••" in words(page)
    assert "at least 8 characters" in words(page)
    assert "sarah@" not in words(page)
    before = client.session.session_key
    answer = create_profile(client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    user = User.objects.get(username="sarah")
    assert (user.email, user.first_name, user.last_name) == ("sarah@example.com", "Sarah", "O'Brien")
    assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)
    assert user.check_password(PASSWORD)
    assert list(user.contacts.all()) == [contact]
    assert contact.web_roles.get() == WebRole.web_api_users()
    assert signed_in(client) == str(user.pk)
    assert client.session.session_key != before
    redemption = Redemption.objects.get()
    assert (redemption.invitation, redemption.contact, redemption.user) == (invitation, contact, user)
    assert (redemption.made_user, redemption.made_contact) == (True, False)
    assert redemption.web_roles.get() == WebRole.web_api_users()
    assert AuditEntry.of(contact).filter(action="invitation redeemed", by=user).exists()
    assert AuditEntry.of(invitation).filter(action="redeemed", by=user).exists()
    assert "Your portal profile is ready" in words(client.get("/"))
    assert client.get("/invitation/")["Location"] == "/"  # the back button
    assert create_profile(client)["Location"] == "/"  # a second click
    assert User.objects.filter(contacts=contact).count() == 1


def test_the_session_of_a_new_profile_is_among_those_that_can_be_ended(client: Client) -> None:
    invitation = single()
    type_code(client, invitation.code)
    create_profile(client, "sarah")
    assert [place.session_key for place in UserSession.objects.all()] == [client.session.stored_key]  # type: ignore[attr-defined]


def test_a_role_that_the_contact_had_is_not_recorded_as_given(client: Client) -> None:
    contact = sarah()
    WebRole.web_api_users().give(contact, by=None)
    type_code(client, single(contact).code)
    create_profile(client)
    assert not Redemption.objects.get().web_roles.exists()
    assert contact.web_roles.count() == 1


def test_the_email_is_a_good_user_name(client: Client) -> None:
    type_code(client, single().code)
    assert create_profile(client, "Sarah@Example.com").status_code == 302
    assert User.objects.get().username == "Sarah@Example.com"


@pytest.mark.parametrize(
    ("username", "says"),
    [
        ("", "Choose a user name"),
        ("TAKEN", "Somebody has this user name already"),
        ("Taken@Example.com", "This is not the email address that we have for you"),
        ("ceo@example.org", "This is not the email address that we have for you"),
        ("with space", "Enter a valid username"),
        ("x" * 151, "at most 150 characters"),
        ("a\u202eb", "Enter a valid username"),
    ],
)
def test_a_user_name_that_will_not_do_is_said_beside_it_and_stays(client: Client, username: str, says: str) -> None:
    UserFactory(username="taken")
    type_code(client, single().code)
    answer = create_profile(client, username)
    assert answer.status_code == 400
    assert says in words(answer)
    assert f'value="{username}"' in words(answer) or not username
    assert PASSWORD not in words(answer)
    assert User.objects.count() == 1
    assert not Redemption.objects.exists()


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("", "Choose a password."),
        ("short", "too short"),
        ("password", "too common"),
        ("sarah@example.com", "too similar"),
    ],
)
def test_a_password_that_will_not_do_is_said_beside_it(client: Client, password: str, says: str) -> None:
    type_code(client, single().code)
    answer = create_profile(client, password=password)
    assert answer.status_code == 400
    assert says in words(answer)
    assert 'value="sarah"' in words(answer)
    assert not User.objects.exists()


def test_spaces_belong_to_a_password(client: Client) -> None:
    type_code(client, single().code)
    create_profile(client, password="  heron lamp quarry ")
    assert User.objects.get().check_password("  heron lamp quarry ")


def test_an_email_that_somebody_signs_in_with_stays_theirs(client: Client) -> None:
    UserFactory(username="other", email="SARAH@example.com")
    type_code(client, single().code)
    refused = create_profile(client, "sarah@example.com")
    assert "Somebody signs in with this email address already" in words(refused)
    create_profile(client, "sarah")
    assert User.objects.get(username="sarah").email == ""


def test_a_closed_account_does_not_keep_the_email_of_the_rightful_person(client: Client) -> None:
    UserFactory(username="impostor", email="sarah@example.com", is_active=False)
    type_code(client, single().code)
    assert create_profile(client, "sarah@example.com")["Location"] == "/"
    assert User.objects.get(username="sarah@example.com").email == "sarah@example.com"


@pytest.mark.parametrize("name", ["Anna Maria Schmidt, geb. Müller", "O'Brien, Sarah", "Van der Berg, Jan, MSc"])
def test_people_are_called_as_their_name_is_written(client: Client, name: str) -> None:
    type_code(client, single(sarah(name=name)).code)
    create_profile(client, "sarah")
    assert str(User.objects.get()) == name


def test_a_contact_without_email_and_with_one_name_comes_in_too(client: Client) -> None:
    type_code(client, single(sarah(name="李小龙", email="")).code)
    page = client.get("/invitation/")
    assert "李•••" in words(page)
    assert "We do not have this email" in words(create_profile(client, "a@example.com"))
    create_profile(client, "bruce")
    user = User.objects.get()
    assert (user.first_name, user.last_name, user.email) == ("李小龙", "", "")


def test_the_longest_name_fits(client: Client) -> None:
    type_code(client, single(sarah(name="Ω" * 199)).code)
    assert create_profile(client, "omega").status_code == 302


def test_two_who_take_one_name_at_once_are_one_and_an_error(client: Client) -> None:
    invitation = single()
    person = Redeemer("Sarah", "sarah@example.com", "en", invitation.contacts.get())
    UserFactory(username="Sarah")
    with pytest.raises(NameTaken):  # the form had looked before the other one came
        make_profile(invitation, person, User(username="sarah"), timezone.now())
    invitation.refresh_from_db()
    assert invitation.redeemed_count == 0


def test_without_a_code_there_is_no_profile(client: Client) -> None:
    for answer in (client.get("/invitation/"), create_profile(client), press(client, "add")):
        assert (answer.status_code, answer["Location"]) == (302, "/redeem/")
    assert not User.objects.exists()


def test_a_code_is_held_for_two_hours(client: Client) -> None:
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False):
        type_code(client, single().code)
    with time_machine.travel("2026-11-24T11:59:00Z", tick=False):
        assert client.get("/invitation/").status_code == 200
    with time_machine.travel("2026-11-24T12:00:00Z", tick=False):
        assert client.get("/invitation/")["Location"] == "/redeem/"


@pytest.mark.parametrize("what", ["withdrawn", "expired", "used", "renewed", "contact gone"])
def test_what_ends_the_invitation_meanwhile_ends_it_here(client: Client, what: str) -> None:
    company()
    invitation = single()
    type_code(client, invitation.code)
    if what == "withdrawn":
        invitation.withdraw(by=None)
    elif what == "expired":
        invitation.extend(timezone.now(), by=None)
    elif what == "used":
        Invitation.objects.update(redeemed_count=1)
    elif what == "renewed":
        invitation.renew_code(by=None)
    else:
        Contact.objects.all().delete()
    for answer in (client.get("/invitation/"), create_profile(client)):
        if what == "renewed":
            assert answer["Location"] == "/redeem/"
        else:
            assert answer.status_code == 409
            assert "can no longer be redeemed" in words(answer)
            assert 'href="tel:02079460999"' in words(answer)
    assert not User.objects.exists()


def test_the_page_is_in_the_language_of_the_contact(client: Client) -> None:
    type_code(client, single(sarah(language="de-AT")).code)
    assert 'lang="de"' in words(client.get("/invitation/"))


# --- Who is signed in -----------------------------------------------------------------------------------------------
def test_a_customer_who_is_signed_in_gets_the_contact_and_the_roles(client: Client, customer: User) -> None:
    contact = sarah()
    client.force_login(customer)
    type_code(client, single(contact).code)
    page = words(client.get("/invitation/"))
    assert "Add this to your account (customer)" in page
    assert 'name="username"' not in page
    assert press(client, "add")["Location"] == "/"
    contact.refresh_from_db()
    assert contact.portal_user == customer
    assert customer.contacts.count() == 2
    assert contact.web_roles.get() == WebRole.web_api_users()
    redemption = Redemption.objects.get()
    assert (redemption.made_user, redemption.made_contact, redemption.user) == (False, False, customer)
    assert press(client, "add")["Location"] == "/"
    assert Redemption.objects.count() == 1


def test_their_own_contact_gets_the_roles_only(client: Client, customer: User) -> None:
    contact = customer.contacts.get()
    client.force_login(customer)
    type_code(client, single(contact).code)
    press(client, "add")
    assert customer.contacts.get() == contact
    assert contact.web_roles.get() == WebRole.web_api_users()


def test_a_contact_of_somebody_else_is_not_taken_over(client: Client, customer: User, stranger: User) -> None:
    contact = customer.contacts.get()
    invitation = single(contact)
    type_code(client, invitation.code)
    assert "signs in to the portal already" in words(client.get("/invitation/"))
    assert create_profile(client)["Location"] == "/invitation/"
    client.force_login(stranger)
    type_code(client, invitation.code)
    assert "has another portal profile" in words(client.get("/invitation/"))
    assert press(client, "add")["Location"] == "/invitation/"
    contact.refresh_from_db()
    invitation.refresh_from_db()
    assert (contact.portal_user, invitation.redeemed_count) == (customer, 0)
    assert not User.objects.filter(username="sarah").exists()


def test_this_is_not_me_signs_out_and_keeps_the_invitation(client: Client, customer: User) -> None:
    client.force_login(customer)
    type_code(client, single().code)
    assert press(client, "not-me")["Location"] == "/invitation/"
    assert not signed_in(client)
    assert "Create your portal profile" in words(client.get("/invitation/"))


def test_signing_in_leads_back_to_the_invitation(client: Client, customer: User) -> None:
    type_code(client, single().code)
    assert "?next=/invitation/" in words(client.get("/invitation/"))
    client.force_login(customer)  # as the sign-in page does: the session goes on
    assert "Add this to your account (customer)" in words(client.get("/invitation/"))


def test_staff_are_told_and_given_the_link_and_redeem_nothing(client: Client, dispatcher: User) -> None:
    invitation = single()
    client.force_login(dispatcher)
    page = words(client.get(f"/redeem/{invitation.code}/"))
    assert "Invitations are for customers" in page
    assert invitation.link in page
    type_code(client, invitation.code)
    assert invitation.link in words(client.get("/invitation/"))
    assert press(client, "add")["Location"] == "/invitation/"
    assert create_profile(client)["Location"] == "/invitation/"
    assert not Redemption.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("address", ["/redeem/", "/redeem/x/", "/invitation/"])
def test_only_looking_and_sending_is_allowed(client: Client, method: str, address: str) -> None:
    assert getattr(client, method)(address).status_code == 405
