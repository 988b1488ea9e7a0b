"""The profile: a customer's own words about who they are and what they want to be sent, and nobody else's."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from fsportal.models import Account, AuditEntry, Contact, MessageChoice, OptOut, PortalSettings
from notifications.customers import delivery
from notifications.models import CustomerNotification
from portal.access.viewer import SEE_AS, SEE_AS_FOR, SEE_AS_PERMISSION
from portal.models import OneTimeCode, WebRole
from tests.factories import PASSWORD, AccountFactory, ContactFactory, UserFactory
from tests.portal.stage import company, give_password
from tests.servers import SmtpSink

pytestmark = pytest.mark.django_db

PAGES = ["/profile/", "/profile/email/", "/profile/email/code/"]
NUMBER = "+442079460018"


@pytest.fixture
def contact() -> Contact:
    """Return a contact with an account at the portal and the role."""
    company()
    made: Contact = ContactFactory(
        name="Sam Green", email="sam@example.com", mobile_phone=NUMBER, portal_user=UserFactory(email="sam@example.com")
    )
    WebRole.web_api_users().give(made, by=None)
    return made


@pytest.fixture
def signed_in(client: Client, contact: Contact) -> Client:
    """Return the browser that this contact is signed in with."""
    assert contact.portal_user is not None
    client.force_login(contact.portal_user)
    give_password(client)
    return client


def second(contact: Contact, **values: Any) -> Contact:
    """Return the same person as a contact of another account."""
    made: Contact = ContactFactory(portal_user=contact.portal_user, name="Sam at work", **values)
    WebRole.web_api_users().give(made, by=None)
    return made


def details(**changes: str) -> dict[str, str]:
    values = {"name": "Sam Green", "mobile_phone": "+44 20 7946 0018", "language": "en"}
    return values | {"time_zone": ""} | changes


def shown(page: Any) -> str:
    words: str = page.content.decode()
    return words


def boxes(page: Any) -> dict[str, bool]:
    """Return each checkbox by name, and whether it is set."""
    found = re.findall(r'<input type="checkbox" name="([^"]+)"([^>]*)>', shown(page))
    return {name: "checked" in rest for name, rest in found}


def choose(signed_in: Client, page: Any, **changes: bool) -> Any:
    """Send the table as a browser does, with some boxes changed ("upcoming_email")."""
    wanted = boxes(page) | {name.replace("_", "-"): value for name, value in changes.items()}
    data = {name: "on" for name, value in wanted.items() if value}
    return signed_in.post("/profile/choices/", data | {"shown": list(wanted)}, follow=True)


# --- Who gets in ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", PAGES)
def test_a_stranger_is_asked_to_sign_in_and_led_back(client: Client, contact: Contact, address: str) -> None:
    for method in (client.get, client.post):
        response = method(address)
        assert response.status_code == 302
        assert response["Location"].endswith(f"next={address}")


@pytest.mark.parametrize("address", PAGES)
def test_without_the_role_it_is_said_what_is_missing_and_nothing_else(client: Client, address: str) -> None:
    bare = ContactFactory(name="No Role", portal_user=UserFactory())
    client.force_login(bare.portal_user)
    for method in (client.get, client.post):
        response = method(address, details(name="Changed"))
        assert response.status_code == 403
        assert "Web API Users" in shown(response)
    bare.refresh_from_db()
    assert bare.name == "No Role"


@pytest.mark.parametrize("address", PAGES)
def test_another_customers_contact_is_not_there(signed_in: Client, address: str) -> None:
    other = ContactFactory(name="Other Person", email="other@example.com", portal_user=UserFactory())
    WebRole.web_api_users().give(other, by=None)
    for wanted in (str(other.pk), "nonsense", "%00"):
        for response in (
            signed_in.get(address, {"for": wanted}),
            signed_in.post(f"{address}?for={wanted}", details(name="Changed")),
            signed_in.post(f"{address}?for={wanted}", {"what": "stop-email"}),
        ):
            assert response.status_code == 404
            assert "Other" not in shown(response)
    other.refresh_from_db()
    assert other.name == "Other Person"
    assert not OptOut.objects.exists()


def test_one_of_ones_own_contacts_without_the_role_is_not_there_either(signed_in: Client, contact: Contact) -> None:
    roleless = ContactFactory(portal_user=contact.portal_user, account=AccountFactory(name="Elsewhere Ltd"))
    assert "Elsewhere" not in shown(signed_in.get("/profile/"))
    assert signed_in.get("/profile/", {"for": str(roleless.pk)}).status_code == 404


@pytest.mark.parametrize("address", PAGES)
def test_staff_who_look_as_the_customer_change_nothing(client: Client, contact: Contact, address: str) -> None:
    staff = UserFactory(is_staff=True, is_superuser=True)
    assert staff.has_perm(SEE_AS_PERMISSION)
    client.force_login(staff)
    session = client.session
    session[SEE_AS] = {"contact": str(contact.pk), "until": (timezone.now() + SEE_AS_FOR).isoformat()}
    session.save()
    for what in ("details", "choices", "stop-email", "start-email"):
        assert client.post(address, details(what=what, name="Changed")).status_code == 403
    contact.refresh_from_db()
    assert contact.name == "Sam Green"
    assert not OptOut.objects.exists()
    page = shown(client.get("/profile/"))
    assert "Sam Green" in page
    main = page.partition("<main")[2].partition("</main>")[0]
    assert "<button" not in main
    assert "Change your email address" not in page


@pytest.mark.parametrize("address", PAGES)
def test_a_wrong_method_is_refused(signed_in: Client, address: str) -> None:
    for method in (signed_in.put, signed_in.patch, signed_in.delete):
        assert method(address).status_code == 405


def test_looking_changes_no_row_and_is_kept_by_no_cache(signed_in: Client) -> None:
    for address in PAGES[:2]:
        response: Any = signed_in.get(address)
        assert response.status_code == 200
        assert response["Cache-Control"] == "private, no-store"
        assert signed_in.head(address).status_code == 200
    assert not AuditEntry.objects.exclude(action__contains="role").exists()
    assert not MessageChoice.objects.exists()


# --- Details --------------------------------------------------------------------------------------------------------
def test_what_was_typed_is_kept_and_noted_without_its_values(signed_in: Client, contact: Contact) -> None:
    data = details(name="Samantha Green", mobile_phone="020 7946 0019", language="de", time_zone="Asia/Tokyo")
    response = signed_in.post("/profile/", data, follow=True)
    contact.refresh_from_db()
    assert (contact.name, contact.mobile_phone) == ("Samantha Green", "+442079460019")
    assert (contact.language, contact.time_zone) == ("de", "Asia/Tokyo")
    assert response.redirect_chain == [("/profile/", 302)]
    assert '<html lang="de"' in shown(response)
    entry = AuditEntry.of(contact).get(action="changed own profile")
    assert entry.by == contact.portal_user
    assert entry.why == ""


def test_saving_without_a_change_notes_nothing(signed_in: Client, contact: Contact) -> None:
    Contact.objects.filter(pk=contact.pk).update(language="en-GB", time_zone="US/Eastern")
    assert 'value="US/Eastern" selected' in shown(signed_in.get("/profile/"))
    signed_in.post("/profile/", details(time_zone="US/Eastern"))
    contact.refresh_from_db()
    assert (contact.language, contact.time_zone) == ("en-GB", "US/Eastern")
    assert not AuditEntry.of(contact).filter(action="changed own profile").exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("020 7946 0019", "+442079460019"),
        ("+44 20 7946 0019", "+442079460019"),
        ("0044 20 7946 0019", "+442079460019"),
        ("+1 202 555 0123", "+12025550123"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_a_phone_is_taken_as_people_write_it(signed_in: Client, contact: Contact, typed: str, kept: str) -> None:
    signed_in.post("/profile/", details(mobile_phone=typed))
    contact.refresh_from_db()
    assert contact.mobile_phone == kept


def test_a_national_number_is_read_in_the_accounts_country(signed_in: Client, contact: Contact) -> None:
    Account.objects.filter(pk=contact.account_id).update(country="US")
    signed_in.post("/profile/", details(mobile_phone="(202) 555-0123"))
    contact.refresh_from_db()
    assert contact.mobile_phone == "+12025550123"


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "Write your name."),
        ("name", "Sam\u202eneerG", "invisible character"),
        ("name", "x" * 201, "200"),
        ("mobile_phone", "call me", "digits only"),
        ("mobile_phone", "12345", "area code"),
        ("mobile_phone", "1" * 40, "too long"),
        ("language", "tlh", "tlh"),
        ("time_zone", "Mars/Base", "Mars/Base"),
    ],
)
def test_each_error_stands_beside_its_field_and_what_was_typed_stays(
    signed_in: Client, contact: Contact, field: str, typed: str, said: str
) -> None:
    response = signed_in.post("/profile/", details(**{"name": "Newname", field: typed}))
    assert response.status_code == 400
    page = shown(response)
    error = re.search(rf'<p class="field-error" id="id_{field}_error">(.*?)</p>', page, re.DOTALL)
    assert error
    assert said in error[1]
    assert f'href="#id_{field}"' in page
    assert "<title>Error:" in page
    if field != "name":
        assert 'value="Newname"' in page
    if field == "mobile_phone":
        assert f'value="{typed}"' in page
    contact.refresh_from_db()
    assert (contact.name, contact.mobile_phone, contact.language) == ("Sam Green", NUMBER, "en")


def test_zones_are_grouped_by_region_with_cities_in_the_contacts_language(signed_in: Client, contact: Contact) -> None:
    page = shown(signed_in.get("/profile/"))
    assert '<optgroup label="Europe">' in page
    assert '<option value="Europe/London">London</option>' in page
    assert '<option value="Asia/Kolkata">Kolkata</option>' in page
    assert "Etc/GMT" not in page
    Contact.objects.filter(pk=contact.pk).update(language="fr")
    assert '<option value="Europe/London">Londres</option>' in shown(signed_in.get("/profile/"))


def test_the_next_message_goes_by_the_new_language_and_number(signed_in: Client, contact: Contact) -> None:
    signed_in.post("/profile/", details(mobile_phone="020 7946 0019", language="de"))
    OneTimeCode.issue("test:1", "sms", contact=contact)
    delivery.drain()
    row = CustomerNotification.objects.get()
    assert (row.to, row.language) == ("+442079460019", "de")


# --- One person, several contacts -----------------------------------------------------------------------------------
def test_each_of_ones_contacts_has_a_profile_named_by_its_account(signed_in: Client, contact: Contact) -> None:
    work = second(contact, account=AccountFactory(name="Acme <b>Ltd"))
    first = shown(signed_in.get("/profile/"))
    assert "Acme &lt;b&gt;Ltd" in first
    assert contact.account.name in first
    assert 'value="Sam Green"' in first
    page = shown(signed_in.get("/profile/", {"for": str(work.pk)}))
    assert 'value="Sam at work"' in page
    signed_in.post(f"/profile/?for={work.pk}", details(name="Samuel at work"))
    signed_in.post(f"/profile/?for={work.pk}", {"what": "stop-sms"})
    work.refresh_from_db()
    contact.refresh_from_db()
    assert (work.name, contact.name) == ("Samuel at work", "Sam Green")
    assert work.has_opted_out("sms")
    assert not contact.has_opted_out("sms")


def test_who_is_one_contact_chooses_none(signed_in: Client) -> None:
    assert "more than one account" not in shown(signed_in.get("/profile/"))


# --- What we send you -----------------------------------------------------------------------------------------------
def test_the_table_offers_what_is_sent_on_the_channels_in_use(signed_in: Client) -> None:
    offered = boxes(signed_in.get("/profile/"))
    for event in ("upcoming", "traveling", "completed", "rescheduled", "canceled"):
        assert offered[f"{event}-email"]
        assert offered[f"{event}-sms"]
    assert not [name for name in offered if name.startswith(("one_time_code", "email_changed"))]
    PortalSettings.objects.update(send_completed=False, reminder_lead_days=0, communication_type="email")
    offered = boxes(signed_in.get("/profile/"))
    assert set(offered) >= {"traveling-email", "canceled-email"}
    assert not [name for name in offered if name.endswith("-sms") or name.startswith(("completed", "upcoming"))]


def test_every_box_says_its_message_and_channel_to_a_screen_reader(signed_in: Client) -> None:
    page = shown(signed_in.get("/profile/"))
    assert 'aria-label="Reminder, Email"' in page
    assert 'aria-label="On the way, SMS"' in page


def test_a_choice_is_kept_shown_again_and_taken_back(signed_in: Client, contact: Contact) -> None:
    page = choose(signed_in, signed_in.get("/profile/"), upcoming_sms=False, completed_email=False)
    assert "Your choice is saved" in shown(page)
    assert {name for name, wanted in boxes(page).items() if not wanted} == {"upcoming-sms", "completed-email"}
    assert not contact.wants("upcoming", "sms")
    assert contact.wants("upcoming", "email")
    choose(signed_in, page, upcoming_sms=True)
    assert contact.wants("upcoming", "sms")
    assert not contact.wants("completed", "email")


def test_a_message_that_was_not_shown_is_not_thought_unwanted(signed_in: Client, contact: Contact) -> None:
    PortalSettings.objects.update(send_completed=False)
    page = signed_in.get("/profile/")
    PortalSettings.objects.update(send_completed=True)
    choose(signed_in, page, upcoming_email=False)
    assert contact.wants("completed", "email")
    assert not contact.wants("upcoming", "email")


def test_what_is_no_choice_cannot_be_chosen_away(signed_in: Client, contact: Contact) -> None:
    signed_in.post("/profile/", {"what": "choices", "shown": ["one_time_code-email", "upcoming-pigeon", "x"]})
    assert not MessageChoice.objects.exists()


@pytest.mark.parametrize(("channel", "words"), [("email", "emails"), ("sms", "texts")])
def test_a_whole_channel_is_stopped_and_started_again(
    signed_in: Client, contact: Contact, channel: str, words: str
) -> None:
    for _ in range(2):
        page = shown(signed_in.post(f"/profile/stop/{channel}/", follow=True))
    assert f"You get no more {words}" in page
    assert f"Send me {words} again" in page
    assert page.count("stopped</span>") == 1
    assert contact.has_opted_out(channel)
    assert OptOut.objects.get().how == "profile"
    for _ in range(2):
        page = shown(signed_in.post(f"/profile/start/{channel}/", follow=True))
    assert f"You get our {words} again" in page
    assert not contact.has_opted_out(channel)
    assert OptOut.objects.get().ended_how == "profile"


def test_who_stopped_by_text_is_told_that_the_provider_may_go_on_blocking(signed_in: Client, contact: Contact) -> None:
    contact.opt_out("sms", how="sms")
    assert "text START" in shown(signed_in.get("/profile/"))
    contact.opt_in("sms", how="staff")
    contact.opt_out("sms", how="profile")
    assert "text START" not in shown(signed_in.get("/profile/"))


def test_without_a_phone_or_in_a_country_that_is_not_texted_it_says_so(
    signed_in: Client, contact: Contact, settings: Settings
) -> None:
    settings.SMS_COUNTRIES = ["US"]
    assert "We cannot text numbers of this country" in shown(signed_in.get("/profile/"))
    Contact.objects.filter(pk=contact.pk).update(mobile_phone="")
    assert "add your mobile phone" in shown(signed_in.get("/profile/"))


def test_a_forged_post_from_elsewhere_changes_nothing(contact: Contact) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert contact.portal_user is not None
    strict.force_login(contact.portal_user)
    assert strict.post("/profile/", {"what": "stop-email"}).status_code == 403
    assert not OptOut.objects.exists()


# --- Another email address ------------------------------------------------------------------------------------------
def begin(signed_in: Client, email: str = "new@example.com", address: str = "/profile/email/") -> Any:
    return signed_in.post(address, {"email": email})


def newest() -> OneTimeCode:
    return OneTimeCode.objects.latest("created_at")


def test_a_code_to_the_new_address_changes_it_for_messages_and_sign_in(
    signed_in: Client, contact: Contact, smtp: SmtpSink
) -> None:
    response = begin(signed_in)
    assert response["Location"] == "/profile/email/code/"
    delivery.drain()
    [mail] = smtp.messages
    assert mail["To"] == "new@example.com"
    assert newest().digits in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "new@example.com" in shown(signed_in.get("/profile/email/code/"))
    done = signed_in.post("/profile/email/code/", {"code": newest().digits}, follow=True)
    assert "Your email address is changed" in shown(done)
    contact.refresh_from_db()
    assert contact.portal_user is not None
    assert (contact.email, contact.portal_user.email) == ("new@example.com", "new@example.com")
    entry = AuditEntry.of(contact).get(action="changed own email address")
    assert entry.why == ""
    delivery.drain()
    told = smtp.messages[1]
    assert told["To"].endswith("<sam@example.com>")
    words = told.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "n•••@example.com" in words
    assert "020 7946 0999" in words


def test_until_the_code_is_typed_nothing_is_changed(signed_in: Client, contact: Contact) -> None:
    begin(signed_in)
    wrong = "000000" if newest().digits != "000000" else "111111"
    response = signed_in.post("/profile/email/code/", {"code": wrong})
    assert response.status_code == 400
    assert "This is not the code" in shown(response)
    contact.refresh_from_db()
    assert contact.email == "sam@example.com"


def test_after_five_tries_the_right_code_is_wrong_too(signed_in: Client, contact: Contact) -> None:
    begin(signed_in)
    wrong = "000000" if newest().digits != "000000" else "111111"
    for _ in range(5):
        signed_in.post("/profile/email/code/", {"code": wrong})
    response = signed_in.post("/profile/email/code/", {"code": newest().digits})
    assert "tried too often" in shown(response)
    contact.refresh_from_db()
    assert contact.email == "sam@example.com"


def test_a_code_is_good_for_this_contact_once_in_the_browser_that_asked(signed_in: Client, contact: Contact) -> None:
    begin(signed_in)
    elsewhere = Client()
    assert contact.portal_user is not None
    elsewhere.force_login(contact.portal_user)
    answer = elsewhere.post("/profile/email/code/", {"code": newest().digits})
    assert answer["Location"] == "/profile/email/"
    assert newest().used_at is None
    digits = newest().digits
    signed_in.post("/profile/email/code/", {"code": digits})
    assert signed_in.post("/profile/email/code/", {"code": digits})["Location"] == "/profile/email/"
    work = second(contact, email="work@example.com")
    assert signed_in.get(f"/profile/email/code/?for={work.pk}")["Location"] == f"/profile/email/?for={work.pk}"


def test_only_the_newest_code_counts(signed_in: Client, contact: Contact) -> None:
    begin(signed_in, "first@example.com")
    first = newest().digits
    begin(signed_in, "second@example.com")
    assert newest().digits != first
    signed_in.post("/profile/email/code/", {"code": first})
    contact.refresh_from_db()
    assert contact.email == "sam@example.com"
    signed_in.post("/profile/email/code/", {"code": newest().digits})
    contact.refresh_from_db()
    assert contact.email == "second@example.com"


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "Write the new address."), ("nobody", "such as name@example.com"), ("sam@example.com", "already")],
)
def test_an_address_that_cannot_be_is_refused_beside_its_field(signed_in: Client, typed: str, said: str) -> None:
    response = begin(signed_in, typed)
    assert response.status_code == 400
    assert re.search(rf'id="id_email_error">.*{said}', shown(response), re.DOTALL)
    assert not OneTimeCode.objects.exists()


def test_an_address_of_a_closed_account_is_nobody_elses(signed_in: Client, contact: Contact) -> None:
    UserFactory(email="again@example.com", is_active=False)
    begin(signed_in, "again@example.com")
    signed_in.post("/profile/email/code/", {"code": newest().digits})
    contact.refresh_from_db()
    assert contact.email == "again@example.com"


def test_an_address_of_somebody_else_is_told_only_to_who_reads_its_mail(signed_in: Client, contact: Contact) -> None:
    UserFactory(email="Taken@example.com")
    unknown, known = begin(signed_in, "unknown@example.com"), begin(signed_in, "taken@example.com")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    response = signed_in.post("/profile/email/code/", {"code": newest().digits})
    assert "Somebody else signs in with this address" in shown(response)
    contact.refresh_from_db()
    assert contact.email == "sam@example.com"


def test_codes_are_not_sent_without_end(signed_in: Client) -> None:
    for number in range(5):
        assert begin(signed_in, f"new{number}@example.com").status_code == 302
    response = begin(signed_in, "one-more@example.com")
    assert response.status_code == 400
    assert "Wait an hour" in shown(response)
    assert OneTimeCode.objects.count() == 5


def test_the_same_mailbox_changes_wherever_the_person_has_it(signed_in: Client, contact: Contact) -> None:
    same, other = second(contact, email="Sam@example.com"), second(contact, email="work@example.com")
    stranger = ContactFactory(email="sam@example.com", portal_user=UserFactory())
    begin(signed_in)
    signed_in.post("/profile/email/code/", {"code": newest().digits})
    emails = [Contact.objects.get(pk=one.pk).email for one in (contact, same, other, stranger)]
    assert emails == ["new@example.com", "new@example.com", "work@example.com", "sam@example.com"]


def test_the_sign_in_knows_the_address_of_the_user_alone(signed_in: Client, contact: Contact, smtp: SmtpSink) -> None:
    addresses = apps.get_model("account", "EmailAddress")._default_manager
    addresses.create(user=contact.portal_user, email="sam@example.com", verified=True, primary=True)
    begin(signed_in)
    signed_in.post("/profile/email/code/", {"code": newest().digits})
    assert not addresses.exists()
    # An admin hears on the phone that this mailbox is somebody else's, too.
    assert contact.portal_user is not None
    user = type(contact.portal_user).objects.get(pk=contact.portal_user.pk)
    user.email = "right@example.com"
    user.save()
    signed_in.logout()
    signed_in.post("/accounts/password/reset/", {"email": "new@example.com"})
    delivery.drain()
    assert CustomerNotification.objects.get(event="password_reset").state == "suppressed"


def test_the_address_that_one_signs_in_with_hears_of_it_even_where_the_contact_had_another(
    signed_in: Client, contact: Contact, smtp: SmtpSink
) -> None:
    work, plain = second(contact, email="work@example.com"), second(contact, email="")
    signed_in.post(f"/profile/email/?for={work.pk}", {"email": "new@example.com"})
    signed_in.post(f"/profile/email/code/?for={work.pk}", {"code": newest().digits})
    told = CustomerNotification.objects.filter(event="email_changed")
    assert set(told.values_list("to", flat=True)) == {"work@example.com", "sam@example.com"}
    signed_in.post(f"/profile/email/?for={plain.pk}", {"email": "newer@example.com"})
    signed_in.post(f"/profile/email/code/?for={plain.pk}", {"code": newest().digits})
    assert told.filter(to="new@example.com").count() == 1
    delivery.drain()
    assert not told.exclude(state="sent").exists()


# --- Signing in -----------------------------------------------------------------------------------------------------
def test_pages_of_the_sign_in_are_linked_where_they_are(signed_in: Client) -> None:
    page = shown(signed_in.get("/profile/"))
    for name in ("Change your password", "Where you are signed in", "Manage external authentication"):
        assert (name in page) == apps.is_installed("allauth.account")


def test_a_role_taken_away_works_on_the_next_request(signed_in: Client, contact: Contact) -> None:
    assert signed_in.get("/profile/").status_code == 200
    WebRole.web_api_users().take_away(contact, by=None)
    assert signed_in.get("/profile/").status_code == 403


def test_no_secret_of_a_user_is_in_the_page(signed_in: Client, contact: Contact) -> None:
    assert contact.portal_user is not None
    assert contact.portal_user.password not in shown(signed_in.get("/profile/"))


# --- Proof, and a way back ------------------------------------------------------------------------------------------
def test_another_address_or_number_asks_for_the_password_first(signed_in: Client, contact: Contact) -> None:
    give_password(signed_in, at=0)
    asks = signed_in.post("/profile/", details(mobile_phone="+44 7700 900018"))
    assert asks["Location"].startswith("/accounts/reauthenticate/")
    contact.refresh_from_db()
    assert contact.mobile_phone == NUMBER
    assert begin(signed_in)["Location"].startswith("/accounts/reauthenticate/")
    assert not OneTimeCode.objects.exists()
    signed_in.post("/profile/", details(name="Sam Blue"))
    contact.refresh_from_db()
    assert contact.name == "Sam Blue", "a name opens nothing"


def test_what_was_posted_is_done_once_the_password_is_right(signed_in: Client, contact: Contact) -> None:
    give_password(signed_in, at=0)
    asks = signed_in.post("/profile/", details(mobile_phone="+44 7700 900018"))
    assert asks["Location"].startswith("/accounts/reauthenticate/")
    signed_in.post(asks["Location"], {"password": PASSWORD, "next": "/profile/"})
    contact.refresh_from_db()
    assert contact.mobile_phone == "+447700900018"


def test_the_old_address_takes_the_change_back_and_ends_all_sessions(
    signed_in: Client, contact: Contact, smtp: SmtpSink
) -> None:
    user = contact.portal_user
    assert user is not None
    elsewhere = Client()
    elsewhere.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert elsewhere.get("/profile/").status_code == 200
    begin(signed_in)
    signed_in.post("/profile/email/code/", {"code": newest().digits})
    assert elsewhere.get("/profile/").status_code == 302, "other sessions end"
    delivery.drain()
    words = smtp.messages[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    found = re.search(r"/profile/email/undo/\S+/", words)
    assert found is not None
    assert found[0] not in CustomerNotification.objects.get(event="email_changed").words
    stranger = Client()
    assert stranger.get(found[0]).status_code == 200
    contact.refresh_from_db()
    assert contact.email == "new@example.com", "looking changes nothing"
    assert stranger.post(found[0])["Location"] == "/accounts/password/reset/"
    contact.refresh_from_db()
    user.refresh_from_db()
    assert (contact.email, user.email) == ("sam@example.com", "sam@example.com")
    assert stranger.post(found[0]).status_code == 404, "once"
