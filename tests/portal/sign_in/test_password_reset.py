"""Forgotten passwords: every address is asked for alike, and the log says what became of it."""

import datetime as dt
import gc
import re
import sys
from collections import Counter
from types import FrameType
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from fsportal.models import AuditEntry, Tally, User
from notifications.customers import outbox
from notifications.customers.delivery import drain
from notifications.models import CustomerNotification, Reason, State
from tests.factories import PASSWORD, ContactFactory, UserFactory
from tests.portal.stage import company
from tests.servers import SmtpSink

pytestmark = pytest.mark.django_db

RESET = "/accounts/password/reset/"
NEW = "an-entirely-other-phrase"
CLIENT_LIMIT, ADDRESS_LIMIT = 20, 5


@pytest.fixture
def smtp(settings: Any) -> Any:
    """Deliver for real, to a server of our own."""
    with SmtpSink() as sink:
        settings.DELIVERY_MODE = "live"
        for name, value in sink.django_settings.items():
            setattr(settings, name, value)
        yield sink


@pytest.fixture
def chris() -> User:
    user: User = UserFactory(username="chris", email="chris@example.com")
    return user


def ask(address: str, *, client: str = "192.0.2.1", language: str = "en") -> Any:
    return Client(REMOTE_ADDR=client, headers={"accept-language": language}).post(RESET, {"email": address})


def the_row() -> CustomerNotification:
    return CustomerNotification.objects.get(event="password_reset")


def link_in(text: str) -> str:
    found = re.search(r"http://\S+/accounts/password/reset/key/\S+", text)
    assert found, text
    return found[0].partition("/accounts")[1] + found[0].partition("/accounts")[2]


def text_of(smtp: SmtpSink) -> str:
    """Return the words of the last email."""
    part = smtp.messages[-1].get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def follow(client: Client, link: str) -> str:
    """Open the link as a browser does; returns the address of the form."""
    answer = client.get(link)
    assert answer.status_code == 302
    return str(answer["Location"])


# --- From the ask to the new password -------------------------------------------------------------------------------
def test_from_the_ask_to_the_new_password(client: Client, chris: User, smtp: SmtpSink) -> None:
    company()
    answer = client.post(RESET, {"email": "Chris@Example.com "}, follow=True)
    assert "Look into your mailbox" in answer.content.decode()
    drain()
    (message,) = smtp.messages
    assert message["To"] == "chris@example.com"
    assert message["List-Unsubscribe"] is None
    text = text_of(smtp)
    assert "chris" in text
    assert "60 minutes" in text
    form = follow(client, link_in(text))
    assert "set-password" in form, "the key is out of the address"
    assert "Choose a new password" in client.get(form).content.decode()
    done = client.post(form, {"password1": NEW, "password2": NEW}, follow=True)
    assert "Your new password works" in done.content.decode()
    assert "_auth_user_id" not in client.session, "a link in a mailbox is not a second factor: signing in is"
    assert client.post("/accounts/login/", {"login": "chris", "password": NEW}).status_code == 302
    assert "This link does not work any more" in Client().get(link_in(text)).content.decode(), "it works once"
    notice = CustomerNotification.objects.get(event="security_notice")
    assert notice.to == "chris@example.com"
    assert [entry.action for entry in AuditEntry.of(chris)] == ["signed in", "password reset"]


def test_the_log_has_the_words_and_not_the_link(chris: User, smtp: SmtpSink) -> None:
    ask("chris@example.com")
    drain()
    row = the_row()
    assert row.state == State.SENT
    assert "[link]" in row.words
    assert "/accounts/password/reset/key/" not in row.words + row.subject + row.detail


def test_whoever_was_signed_in_with_the_old_password_is_out(client: Client, chris: User, smtp: SmtpSink) -> None:
    thief = Client()
    thief.force_login(chris)
    ask("chris@example.com")
    drain()
    form = follow(client, link_in(text_of(smtp)))
    client.post(form, {"password1": NEW, "password2": NEW})
    assert thief.get("/accounts/2fa/").status_code == 302


@pytest.mark.parametrize(("first", "second"), [("short", "short"), ("password123", "password123"), (NEW, "other")])
def test_a_password_that_does_not_do_is_refused_beside_its_field(
    client: Client, chris: User, smtp: SmtpSink, first: str, second: str
) -> None:
    ask("chris@example.com")
    drain()
    form = follow(client, link_in(text_of(smtp)))
    answer = client.post(form, {"password1": first, "password2": second})
    assert answer.status_code == 200
    assert "field-error" in answer.content.decode()
    assert User.objects.get(pk=chris.pk).check_password(PASSWORD)


def test_a_link_ends_after_an_hour(client: Client, chris: User, smtp: SmtpSink) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        ask("chris@example.com")
        drain()
    link = link_in(text_of(smtp))
    with time_machine.travel(now + dt.timedelta(minutes=59), tick=False):
        assert client.get(link).status_code == 302
    with time_machine.travel(now + dt.timedelta(minutes=61), tick=False):
        assert "This link does not work any more" in client.get(link).content.decode()


def test_opening_a_link_writes_nothing_but_the_session(client: Client, chris: User, smtp: SmtpSink) -> None:
    ask("chris@example.com")
    drain()
    client.get(link_in(text_of(smtp)))
    assert not EmailAddress.objects.exists()
    assert User.objects.get(pk=chris.pk).check_password(PASSWORD)


# --- Alike for everybody --------------------------------------------------------------------------------------------
CASES = ("chris@example.com", "nobody@example.com", "closed@example.com", "keys@example.com")


@pytest.fixture
def everybody(chris: User) -> None:
    UserFactory(username="closed", email="closed@example.com", is_active=False)
    keys: User = UserFactory(username="keys", email="keys@example.com")
    keys.set_unusable_password()
    keys.save()


@pytest.mark.usefixtures("everybody")
def test_known_unknown_closed_and_without_password_get_the_same_answer() -> None:
    answers = [ask(address) for address in CASES]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/accounts/password/reset/done/")}
    assert len({frozenset(answer.cookies) for answer in answers}) == 1
    assert CustomerNotification.objects.filter(event="password_reset", state=State.QUEUED).count() == len(CASES)


@pytest.mark.usefixtures("everybody")
def test_every_ask_costs_the_same_queries(django_assert_num_queries: Any) -> None:
    ask("warm@example.com")  # content types, the message's kind
    for address in CASES:
        with django_assert_num_queries(4):  # two limits, the row, the audit trail; the worker is woken after the commit
            ask(address, client="192.0.2.9")


@pytest.mark.usefixtures("everybody")
def test_known_and_unknown_addresses_take_the_same_time() -> None:
    # What is executed tells it on a busy machine, too; benchmarks/bench_reset.py has the milliseconds.
    gc.collect()
    gc.disable()  # collecting garbage is not the request's work
    try:
        ask("warm@example.com")
        executed = {address: _calls(address) for address in CASES}
    finally:
        gc.enable()
    first, *others = executed.values()
    assert first.total() > 1000
    assert [other - first for other in others] == [first - other for other in others] == [Counter()] * len(others)


def _calls(address: str) -> Counter[str]:
    """Return how often each function was called while somebody asked for this address."""
    calls: Counter[str] = Counter()

    def note(frame: FrameType, event: str, called: Any) -> None:
        if event == "call":
            calls[f"{frame.f_code.co_filename} {frame.f_code.co_qualname}"] += 1
        elif event == "c_call":
            calls[str(getattr(called, "__qualname__", called))] += 1

    Tally.objects.all().delete()  # the limits
    sys.setprofile(note)
    try:
        ask(address, client="10.0.0.1")
    finally:
        sys.setprofile(None)
    return calls


# --- What the admin reads -------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("everybody")
@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("nobody@example.com", Reason.UNKNOWN_ADDRESS),
        ("closed@example.com", Reason.INACTIVE_USER),
        ("keys@example.com", Reason.NO_PASSWORD),
    ],
)
def test_why_there_was_no_email_stands_in_the_log(
    client: Client, admin: User, smtp: SmtpSink, address: str, reason: Reason
) -> None:
    ask(address)
    drain()
    row = the_row()
    assert (row.state, row.reason, smtp.messages) == (State.SUPPRESSED, reason, [])
    client.force_login(admin)
    listed = client.get("/admin/notifications/customernotification/?event=password_reset").content.decode()
    assert str(reason.label) in listed
    page = client.get(f"/admin/notifications/customernotification/{row.pk}/change/").content.decode()
    assert str(reason.label) in page
    assert address in page  # an admin may see contacts, and so whom messages go to


def test_a_message_that_would_come_too_late_is_not_sent(chris: User, smtp: SmtpSink) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        ask("chris@example.com")
    with time_machine.travel(now + dt.timedelta(hours=1), tick=False):
        drain()
    assert (the_row().state, the_row().reason, smtp.messages) == (State.EXPIRED, Reason.TOO_LATE, [])


def test_sending_it_again_makes_a_fresh_link_to_the_same_address(chris: User, admin: User, smtp: SmtpSink) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        ask("chris@example.com")
        drain()
    with time_machine.travel(now + dt.timedelta(hours=3), tick=False):
        outbox.send_again(the_row(), by=admin)
        drain()
    first, second = smtp.messages
    assert second["To"] == "chris@example.com"
    assert first.as_string() != second.as_string()


def test_a_deleted_user_between_ask_and_delivery_gets_none(chris: User, smtp: SmtpSink) -> None:
    ask("chris@example.com")
    chris.delete()
    drain()
    assert the_row().reason == Reason.UNKNOWN_ADDRESS


def test_several_accounts_with_one_address_get_a_link_each(client: Client, smtp: SmtpSink) -> None:
    for name in ("anna", "bert"):
        UserFactory(username=name, email="shared@example.com")
    UserFactory(username="gone", email="shared@example.com", is_active=False)
    ask("shared@example.com")
    drain()
    assert len(smtp.messages) == 1
    text = text_of(smtp)
    assert "gone" not in text
    links = re.findall(r"(\w+):\s+(http\S+)", text)
    assert [name for name, _link in links] == ["anna", "bert"]
    form = follow(client, link_in(links[1][1]))
    client.post(form, {"password1": NEW, "password2": NEW})
    assert User.objects.get(username="bert").check_password(NEW)
    assert User.objects.get(username="anna").check_password(PASSWORD)
    assert "/reset/key/" not in the_row().words


def test_it_is_written_in_the_contacts_language_else_in_the_browsers(chris: User, smtp: SmtpSink) -> None:
    ask("chris@example.com", language="fr")
    drain()
    assert the_row().language == "fr"
    CustomerNotification.objects.all().delete()
    contact = ContactFactory(portal_user=chris, language="de", name="Chris Customer")
    ask("chris@example.com", language="fr")
    drain()
    assert (the_row().language, the_row().contact) == ("de", contact)


def test_an_opt_out_does_not_stop_it(chris: User, smtp: SmtpSink) -> None:
    ContactFactory(portal_user=chris, email=chris.email).opt_out("email", how="test")
    ask("chris@example.com")
    drain()
    assert the_row().state == State.SENT


# --- Limits ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ["chris@example.com", "nobody@example.com"])
def test_one_address_can_be_asked_for_only_so_often(chris: User, address: str) -> None:
    statuses = [ask(address, client=f"198.51.100.{number}").status_code for number in range(ADDRESS_LIMIT + 1)]
    assert statuses == [302] * ADDRESS_LIMIT + [429]
    assert ask(address.upper(), client="198.51.100.99").status_code == 429
    assert CustomerNotification.objects.count() == ADDRESS_LIMIT


def test_one_client_can_ask_only_so_often() -> None:
    statuses = [ask(f"a{number}@example.com").status_code for number in range(CLIENT_LIMIT + 1)]
    assert statuses == [302] * CLIENT_LIMIT + [429]


@pytest.mark.parametrize("wrong", ["", "chris", "chris@", "x" * 250 + "@example.com"])
def test_what_is_no_address_is_said_beside_the_field(client: Client, wrong: str) -> None:
    answer = client.post(RESET, {"email": wrong})
    assert answer.status_code == 200
    assert 'id="id_email_error"' in answer.content.decode()
    assert not CustomerNotification.objects.exists()


def test_a_link_that_is_none_is_told_kindly(client: Client) -> None:
    for address in ("key/abc-def/", "key/0-set-password/", "key/zzzz-x-y/"):
        answer = client.get(RESET + address)
        assert "This link does not work any more" in answer.content.decode()
        assert 'href="/accounts/password/reset/"' in answer.content.decode()
