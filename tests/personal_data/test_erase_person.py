"""`manage.py erase_person`: nothing of the person is left anywhere, and what the business needs is."""

import datetime as dt
import io
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from bookings.models import Booking, BookingChange, BookingNotificationCode, CustomerNote, Feedback, Resource, WorkOrder
from fsportal.lib.cache import CONFIGURED
from fsportal.lib.sessions import SessionStore
from fsportal.models import Account, AuditEntry, Contact, ErasedAddress, OptOut, PortalSettings, User
from fsportal.models.consent import Channel
from notifications.customers import delivery
from notifications.models import CustomerNotification, Reason, State
from portal.invitations import automatic
from portal.models import Invitation, InvitedAddress
from tests.factories import ContactFactory, UserFactory
from tests.personal_data.life import EMAIL, NEIGHBOUR, NEIGHBOUR_EMAIL, PHONE, TRACES, Life, said
from tests.portal.stage import company

pytestmark = pytest.mark.django_db


def erase(address: str = EMAIL, *options: str) -> str:
    return said("erase_person", address, *options)


def dump() -> dict[str, str]:
    """Return everything that is stored anywhere, by table, in lower case, sessions and cache decoded."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = "\n".join(_text(value) for row in cursor.fetchall() for value in row)
    found["sessions"] = "\n".join(str(SessionStore().decode(row.session_data)) for row in Session.objects.all())
    found["cache"] = str(caches[CONFIGURED]._cache)  # type: ignore[attr-defined]  # no door shows it all
    return {table: text.lower().replace("\\u00fc", "ü") for table, text in found.items()}


def _text(value: Any) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, (bytes, memoryview)) else str(value)


def _where(table: str, trace: str) -> str:
    text = dump()[table]
    return text[max(0, text.index(trace) - 60) : text.index(trace) + 60]


def traces() -> list[tuple[str, str, str]]:
    return [(table, trace, _where(table, trace)) for table, text in dump().items() for trace in TRACES if trace in text]


def test_the_history_leaves_traces_all_over(life: Life) -> None:
    """The next test is worth something."""
    tables = {table for table, *_ in traces()}
    assert len(tables) > 18, tables
    assert {"fsportal_contact", "django_admin_log", "notifications_appnotification", "sessions"} <= tables


def test_nothing_of_the_person_is_left_in_any_table_session_or_cache(life: Life) -> None:
    erase()
    assert traces() == []


def test_a_dry_run_says_the_same_and_changes_nothing(life: Life) -> None:
    before = dump()
    said = erase(EMAIL, "--dry-run")
    assert dump() == before
    assert said.replace("Nothing was changed (--dry-run).", "Erased.") == erase()


def test_case_and_spaces_of_the_address_are_forgiven(life: Life) -> None:
    erase(f"  {EMAIL.upper()} ")
    assert traces() == []


def test_nobody_with_the_address_is_an_error(life: Life) -> None:
    with pytest.raises(CommandError, match=r"Nobody here has the address 'nobody@example\.com'"):
        erase("nobody@example.com")


def test_a_second_run_finds_nobody_and_changes_nothing(life: Life) -> None:
    erase()
    before = dump()
    with pytest.raises(CommandError, match="Nobody here"):
        erase()
    assert dump() == before


def test_the_business_keeps_its_records_without_the_person(life: Life) -> None:
    tables = (Booking, WorkOrder, BookingChange, CustomerNote, Feedback, CustomerNotification, Invitation, Account)
    before = {model: model.objects.count() for model in tables}
    moments = set(CustomerNotification.objects.values_list("created_at", "event", "channel"))
    erase()
    assert {model: model.objects.count() for model in tables} == before
    assert set(CustomerNotification.objects.values_list("created_at", "event", "channel")) == moments
    contact = Contact.objects.get(pk=life.contact.pk)
    assert (contact.name, contact.email, contact.mobile_phone, contact.portal_user) == ("(erased)", "", "", None)
    assert Feedback.objects.get().rating == 1
    assert Booking.objects.get(pk=life.booking.pk).work_order.reported_by == contact


def test_the_neighbour_keeps_everything(life: Life) -> None:
    erase()
    neighbour = Contact.objects.get(pk=life.neighbour.pk)
    assert (neighbour.name, neighbour.email) == (NEIGHBOUR, NEIGHBOUR_EMAIL)
    assert CustomerNote.objects.get(contact=neighbour).text == "Nora's own wish"
    assert CustomerNote.objects.get(contact=neighbour).handled_at is None
    assert WorkOrder.objects.get(reported_by=neighbour).notes == "Beware of the dog"
    told = CustomerNotification.objects.filter(contact=neighbour, state=State.SIMULATED)
    assert told.exists()
    assert not told.filter(words="").exists()
    assert BookingNotificationCode.objects.get(contact=neighbour).opens_at(timezone.now())
    assert PortalSettings.load().guest_list == "guest@example.com"


def test_links_invitations_and_sign_in_open_nothing_any_more(life: Life, client: Any) -> None:
    old = life.code.code
    invitations = [one.code for one in Invitation.objects.filter(contacts=life.contact)]
    assert BookingNotificationCode.find(old, timezone.now()) is not None
    erase()
    assert BookingNotificationCode.find(old, timezone.now()) is None
    code = BookingNotificationCode.objects.get(pk=life.code.pk)
    code.unblock(by=None)
    assert BookingNotificationCode.find(old, timezone.now()) is None  # nor when staff let the link work again
    assert [Invitation.find(one, timezone.now()) for one in invitations] == [None, None]
    assert not User.objects.filter(pk=life.user.pk).exists()
    assert not UserSession.objects.exists()
    assert not client.login(username=EMAIL, password="a-long-pass-phrase")


def test_messages_that_waited_are_not_sent(life: Life) -> None:
    waiting = list(CustomerNotification.objects.filter(contact=life.contact, state=State.QUEUED))
    assert waiting
    erase()
    for message in waiting:
        message.refresh_from_db()
        assert (message.state, message.reason) == (State.SUPPRESSED, Reason.ERASED)
    before = dump()
    delivery.drain()
    assert [text for table, text in dump().items() if "contact" in table] == [
        text for table, text in before.items() if "contact" in table
    ]
    assert traces() == []


def test_while_a_message_is_being_sent_it_waits_and_changes_nothing(life: Life) -> None:
    message = CustomerNotification.objects.filter(contact=life.contact, state=State.QUEUED).first()
    assert message is not None
    row = CustomerNotification.objects.filter(pk=message.pk)
    row.update(state=State.SENDING, lease_until=timezone.now() + dt.timedelta(minutes=5))
    before = dump()
    with pytest.raises(CommandError, match="being sent at this moment"):
        erase()
    assert dump() == before
    row.update(lease_until=timezone.now() - dt.timedelta(minutes=1))  # its worker has stopped
    erase()
    row.get()
    assert row.get().state == State.UNKNOWN
    assert traces() == []


def test_who_still_works_here_is_refused_until_closed_and_then_nameless(technician: User, life: Life) -> None:
    User.objects.filter(pk=technician.pk).update(email="omar@haddad.example")
    booking = Booking.objects.get(pk=life.neighbours.pk)
    Resource.objects.filter(user=technician).update(main_phone="+442079460777")
    AuditEntry.note(booking, "looked at", by=technician)
    with pytest.raises(CommandError, match="technician is still active as staff"):
        erase("omar@haddad.example")
    User.objects.filter(pk=technician.pk).update(is_active=False)
    said = erase("omar@haddad.example")
    assert "nameless" in said
    assert not [table for table, text in dump().items() if "omar" in text or "haddad" in text or "9460777" in text]
    assert AuditEntry.objects.get(action="looked at").by_id == technician.pk


def test_the_contact_who_gets_everybody_elses_messages_is_refused(life: Life) -> None:
    PortalSettings.objects.update(fallback_contact=life.contact)
    with pytest.raises(CommandError, match="Choose another one first"):
        erase()
    assert Contact.objects.get(pk=life.contact.pk).email == EMAIL


# --- What the person wanted -------------------------------------------------------------------------------------------
def test_an_address_that_comes_back_is_still_not_written_to(life: Life) -> None:
    erase()
    contact = ContactFactory(email=EMAIL.lower(), mobile_phone=PHONE)
    assert {channel for channel in Channel if contact.has_opted_out(channel)} == {Channel.EMAIL, Channel.SMS}
    contact.opt_in(Channel.EMAIL, how="profile")
    contact.save()
    assert not contact.has_opted_out(Channel.EMAIL)  # they may change their mind


def test_an_address_that_a_file_brings_back_is_still_not_written_to(life: Life, tmp_path: Any) -> None:
    erase()
    _import(tmp_path)
    contact = Contact.objects.get(email__iexact=EMAIL)
    assert contact.has_opted_out(Channel.EMAIL)


def test_the_automatic_invite_goes_to_an_address_once_also_after_it_was_erased(life: Life) -> None:
    erase()
    company(auto_invite=True, auto_invite_whom="all")
    OptOut.objects.all().delete()
    ErasedAddress.objects.filter(what__startswith="opt-out").delete()
    back = ContactFactory(email=EMAIL)
    automatic.sweep(timezone.now())
    assert not Invitation.objects.filter(contacts=back).exists()
    assert InvitedAddress.objects.filter(email=EMAIL.lower()).exists()  # known in plain again, for its contact is


def test_the_kept_words_name_nobody_and_outlive_a_new_key(life: Life, settings: Settings) -> None:
    erase()
    rows = list(ErasedAddress.objects.values_list("digest", "what"))
    assert sorted(what for _digest, what in rows) == ["invited", "invited", "opt-out:email", "opt-out:sms"]
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 60
    assert ContactFactory(email=EMAIL).has_opted_out(Channel.EMAIL)


def _import(folder: Any) -> None:
    path = folder / "schedule.csv"
    start = timezone.now() + dt.timedelta(days=30)
    row = {
        "external_id": "X-1",
        "work_order": "W-1",
        "account": "Harbour Ltd",
        "time_zone": "Europe/London",
        "contact_name": "Wilhelmina",
        "contact_email": EMAIL,
        "incident_type": "Boiler",
        "resource": "Omar",
        "start": f"{start:%Y-%m-%dT%H:%M:00Z}",
        "end": f"{start + dt.timedelta(hours=1):%Y-%m-%dT%H:%M:00Z}",
    }
    path.write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n")
    call_command("import_bookings", str(path), stdout=io.StringIO())


def test_a_person_in_two_accounts_under_two_addresses_is_one_person(life: Life) -> None:
    other = ContactFactory(name="W. M.-T.", email="wmt@second.example", portal_user=life.user)
    said = erase("WMT@second.example")
    assert traces() == []
    assert Contact.objects.get(pk=other.pk).email == ""
    assert "Contact: W. M.-T. <wmt@second.example>" in said


def test_messages_to_an_address_that_is_no_contacts_any_more_are_blanked(life: Life) -> None:
    life.contact.booking_codes.all().delete()
    WorkOrder.objects.filter(reported_by=life.contact).update(reported_by=None, notes="")
    pk = life.contact.pk
    AuditEntry.objects.all().delete()
    Contact.objects.filter(pk=pk).delete()
    User.objects.filter(pk=life.user.pk).delete()
    erase()
    assert not CustomerNotification.objects.filter(to__iexact=EMAIL).exists()


def test_an_email_to_the_people_on_call_that_names_them_is_blanked(life: Life) -> None:
    said_of_them = f"Nobody has opened: {life.contact.name} wrote"
    row = CustomerNotification.objects.create(
        event="card_unopened",
        channel=Channel.EMAIL,
        to="oncall@example.com",
        dedupe_key="on call",
        state=State.SENT,
        subject=said_of_them,
        words=said_of_them,
    )
    erase()
    row.refresh_from_db()
    assert (row.subject, row.words, row.to) == ("", "", "oncall@example.com")


def test_somebody_elses_words_stay_although_a_part_of_the_name_is_in_them(life: Life) -> None:
    user = UserFactory()
    AuditEntry.note(user, "noted", why="Wil Müller-Tregarthens have nothing to do with it")
    erase()
    assert AuditEntry.objects.filter(why__startswith="Wil Müller").exists()


# --- Who it is --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("empty", ["", "  "])
def test_no_address_is_not_everybody_without_one(life: Life, empty: str) -> None:
    ContactFactory(name="Has No Address", email="")
    with pytest.raises(CommandError, match="Nobody here"):
        erase(empty)
    assert Contact.objects.filter(name="Has No Address").exists()


# PostgreSQL's UPPER makes an I of the dotless i, and lower case makes a k of the Kelvin sign.
@pytest.mark.parametrize("alike", ["m\u0131ke@example.com", "mi\u212ae@example.com"])
def test_an_address_that_only_looks_alike_is_somebody_elses(alike: str) -> None:
    other, mike = ContactFactory(name="Other", email=alike), ContactFactory(name="Mike", email="Mike@example.com")
    message = CustomerNotification.objects.create(
        event="password_reset", channel="email", to=alike, dedupe_key="k", words="theirs"
    )
    erase("mike@example.com")
    mike.refresh_from_db()
    other.refresh_from_db()
    message.refresh_from_db()
    assert (mike.name, other.name, other.email, message.words) == ("(erased)", "Other", alike, "theirs")
    erase(alike)
    other.refresh_from_db()
    assert other.name == "(erased)"


def test_the_telephone_of_a_household_follows_who_is_left(life: Life) -> None:
    Contact.objects.filter(pk=life.neighbour.pk).update(mobile_phone=PHONE)
    erase()
    life.neighbour.refresh_from_db()
    life.neighbour.save()
    assert not life.neighbour.has_opted_out(Channel.SMS)


def test_an_account_that_may_be_the_person_is_named_to_be_looked_at(life: Life) -> None:
    ContactFactory(name="Sam Solo", email=EMAIL, account__name="Solo household")
    said = erase()
    assert "Solo household" in said.partition("\nkept")[2]
    assert "“Harbour Ltd”" not in said


def test_staff_pages_show_what_is_left(life: Life, admin: User, client: Any) -> None:
    note, sent = (
        CustomerNote.objects.get(contact=life.contact),
        CustomerNotification.objects.filter(contact=life.contact),
    )
    records = [
        life.contact,
        life.booking,
        life.code,
        note,
        *sent[:2],
        *Invitation.objects.filter(contacts=life.contact),
    ]
    erase()
    client.force_login(admin)
    for record in records:
        for page in ("change", "changelist"):
            address = f"admin:{record._meta.label_lower.replace('.', '_')}_{page}"
            shown = client.get(reverse(address, args=[record.pk] if page == "change" else []))
            assert shown.status_code == 200, address
            assert "tregarthen" not in shown.content.decode().lower()
