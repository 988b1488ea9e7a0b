"""Booking a new appointment: what, when, check, done."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.test import Client

from bookings import new_visits
from bookings.availability.conflicts import ConflictKind
from bookings.models import Booking, BookingChange, Change, CustomerNote, IncidentType, Resource, Via, WorkOrder
from bookings.new_visits import NewVisit
from fsportal.models import Contact, User
from notifications.models import AppNotification
from portal.access.viewer import SEE_AS
from portal.models import WebRole
from tests.factories import (
    BookingFactory,
    ContactFactory,
    IncidentTypeFactory,
    ResourceFactory,
    UserFactory,
    WorkOrderFactory,
)
from tests.portal.stage import HOUR, NOW, company
from tests.portal.visit.changing import THURSDAY, contents, field, key_of, messages, text, words

pytestmark = pytest.mark.django_db
BOOK = "/book/"


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    company(self_scheduling=True)
    ResourceFactory(name="Omar Haddad")
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def kind() -> IncidentType:
    made: IncidentType = IncidentTypeFactory(name="Boiler service", is_offered=True, duration_minutes=90)
    return made


@pytest.fixture
def contact() -> Contact:
    made: Contact = ContactFactory(portal_user=UserFactory(username="sam"))
    WebRole.web_api_users().give(made, by=None)
    return made


@pytest.fixture
def signed_in(client: Client, contact: Contact) -> Client:
    assert contact.portal_user
    client.force_login(contact.portal_user)
    return client


def times(client: Client, kind: IncidentType, **more: str) -> Any:
    return client.get(f"{BOOK}times/", {"service": str(kind.pk), **more})


def check(client: Client, kind: IncidentType, start: dt.datetime = THURSDAY, **more: str) -> Any:
    key = key_of(times(client, kind, **more), start)
    return client.get(f"{BOOK}check/", {"service": str(kind.pk), "time": key, **more})


def book(client: Client, checked: Any, details: str = "") -> Any:
    names = ("service", "account", "time")
    return client.post(
        f"{BOOK}make/", {"details": details, **{name: field(checked, name) for name in names}}
    )  # fmt: skip


# --- The main path --------------------------------------------------------------------------------------------------
def test_an_appointment_is_booked_in_three_steps(signed_in: Client, contact: Contact, kind: IncidentType) -> None:
    what = signed_in.get(BOOK)
    assert "Boiler service 1 hour 30 minutes" in words(what)
    assert "Where?" not in words(what)
    assert "Omar" not in text(times(signed_in, kind))
    checked = check(signed_in, kind)
    assert "Thu 26 Nov, 14:00 to 15:30 (London time)" in words(checked)
    assert not Booking.objects.exists()
    done = book(signed_in, checked, details="The bell\r\nis broken")
    booking = Booking.objects.get()
    assert (done.status_code, done["Location"]) == (302, f"/book/done/{booking.pk}/")
    assert (booking.start, booking.end) == (THURSDAY, THURSDAY + 1.5 * HOUR)
    order = booking.work_order
    assert (order.account, order.reported_by, order.incident_type) == (contact.account, contact, kind)
    assert "The bell\nis broken" in order.notes
    assert CustomerNote.objects.get().contact == contact
    change = BookingChange.objects.get()
    assert (change.via, change.by) == (Via.PORTAL, contact.portal_user)
    assert messages() == ["booking_confirmed"]
    told = signed_in.get(done["Location"])
    assert "Your appointment is booked" in words(told)
    assert "Thu 26 Nov, 14:00 to 15:30 (London time)" in words(told)
    assert f"/bookings/{booking.pk}/visit.ics" in text(told)


def test_details_are_asked_for_only_where_the_settings_say_so(signed_in: Client, kind: IncidentType) -> None:
    company(additional_details=False)
    checked = check(signed_in, kind)
    assert "<textarea" not in text(checked)
    book(signed_in, checked, details="smuggled in")
    assert Booking.objects.get().work_order.notes == ""


def test_the_device_is_asked_for_only_where_the_settings_say_so(signed_in: Client, kind: IncidentType) -> None:
    assert 'name="asset"' not in text(check(signed_in, kind))
    company(asset_choice=True)
    checked = check(signed_in, kind)
    assert "Which device is it about?" in words(checked)
    names = {name: field(checked, name) for name in ("service", "time")}
    said = {"asset": "Vaillant ecoTEC, in the attic", "details": "It drips."}
    taken = signed_in.post(BOOK, {"step": "when", "service": names["service"], **said})
    assert all(f'value="{value}"' in text(taken) for value in said.values())  # kept while a time is chosen
    again = signed_in.post(BOOK, {"step": "check", **names, **said})
    assert field(again, "asset") == said["asset"]
    assert signed_in.post(BOOK, {"step": "book", **names, **said}).status_code == 302
    assert Booking.objects.get().work_order.notes == "Device: Vaillant ecoTEC, in the attic\nIt drips."


def test_only_services_that_are_offered_can_be_booked(signed_in: Client, kind: IncidentType) -> None:
    secret = IncidentTypeFactory(name="Secret work")
    assert "Secret work" not in text(signed_in.get(BOOK))
    before = contents()
    for response in (
        times(signed_in, secret),
        signed_in.post(BOOK, {"step": "book", "service": str(secret.pk), "time": "x"}),
        signed_in.get(BOOK, {"step": "when", "service": "nonsense"}),
        signed_in.get(BOOK, {"step": "when"}),
    ):
        assert response.status_code == 422
        assert "field-error" in text(response)
    assert contents() == before


# --- For which account ----------------------------------------------------------------------------------------------
def test_who_has_several_accounts_says_where(signed_in: Client, contact: Contact, kind: IncidentType) -> None:
    office = ContactFactory(
        portal_user=contact.portal_user, account__street="9 Dock Road", account__time_zone="Europe/Rome"
    )
    closed = ContactFactory(portal_user=contact.portal_user, account__is_active=False)
    without_role = ContactFactory(portal_user=contact.portal_user)
    for one in (office, closed):
        WebRole.web_api_users().give(one, by=None)
    page = text(signed_in.get(BOOK))
    assert "9 Dock Road" in page
    assert str(closed.pk) not in page
    assert str(without_role.pk) not in page
    assert "Choose where we should come." in words(times(signed_in, kind))
    for other in (closed, without_role, ContactFactory()):
        assert times(signed_in, kind, account=str(other.pk)).status_code == 422
    checked = check(signed_in, kind, account=str(office.pk))
    assert "15:00 to 16:30 (Rome time)" in words(checked)
    book(signed_in, checked)
    assert Booking.objects.get().work_order.account == office.account


# --- Again ----------------------------------------------------------------------------------------------------------
def test_booking_again_chooses_the_service_of_last_time(
    signed_in: Client, contact: Contact, kind: IncidentType
) -> None:
    IncidentTypeFactory(name="Another", is_offered=True)
    mine = BookingFactory(work_order=WorkOrderFactory(incident_type=kind, account=contact.account, reported_by=contact))
    chosen = re.findall(r'value="([^"]+)"[^>]* checked', text(signed_in.get(BOOK, {"again": str(mine.pk)})))
    assert chosen == [str(kind.pk)]


def test_the_visit_of_somebody_else_chooses_nothing(signed_in: Client, kind: IncidentType) -> None:
    IncidentTypeFactory(name="Another", is_offered=True)
    theirs = BookingFactory(work_order__incident_type=kind)
    for again in (str(theirs.pk), "nonsense", ""):
        page = signed_in.get(BOOK, {"again": again})
        assert page.status_code == 200
        assert " checked" not in text(page)


@pytest.mark.parametrize(("hours", "said"), [(24, False), (60, True)])
def test_who_cannot_change_it_after_booking_is_told_before(
    signed_in: Client, kind: IncidentType, hours: int, said: bool
) -> None:
    IncidentType.objects.update(cutoff_hours=hours)
    assert ("After this you can neither change nor cancel" in words(check(signed_in, kind))) == said


def test_a_time_that_came_too_close_while_looking_is_not_called_taken(signed_in: Client, kind: IncidentType) -> None:
    checked = check(signed_in, kind, NOW + 24 * HOUR)
    with time_machine.travel(NOW + HOUR / 60, tick=False):
        answer = book(signed_in, checked)
        assert answer.status_code == 409
        assert "This time has come too close meanwhile." in words(answer)
    assert not Booking.objects.exists()


# --- Nothing by looking, nothing twice ------------------------------------------------------------------------------
def test_looking_at_any_step_changes_no_row(signed_in: Client, kind: IncidentType) -> None:
    key = key_of(times(signed_in, kind), THURSDAY)
    before = contents()
    service = str(kind.pk)
    queries: list[dict[str, str]] = [
        {},
        {"step": "what", "service": service},
        {"step": "when", "service": service},
        {"step": "check", "service": service, "time": key},
        {"step": "book", "service": service, "time": key, "details": "x"},
    ]
    for query in queries:
        assert signed_in.get(BOOK, query).status_code == signed_in.head(BOOK, query).status_code == 200
    assert contents() == before


def test_one_step_back_keeps_what_was_chosen(signed_in: Client, kind: IncidentType) -> None:
    IncidentTypeFactory(name="Another", is_offered=True)
    back = re.search(r'href="([^"]+)">Choose something else', text(times(signed_in, kind)))
    assert back
    chosen = re.findall(r'value="([^"]+)"[^>]* checked', text(signed_in.get(back[1].replace("&amp;", "&"))))
    assert chosen == [str(kind.pk)]
    back = re.search(r'href="([^"]+)">Choose another time', text(check(signed_in, kind)))
    assert back
    again = text(signed_in.get(back[1].replace("&amp;", "&")))
    assert len(re.findall(r'name="time"[^>]* checked', again)) == 1


@pytest.mark.parametrize("technicians", [1, 2])
def test_a_second_click_books_nothing_more(signed_in: Client, kind: IncidentType, technicians: int) -> None:
    if technicians == 2:
        ResourceFactory()
    checked = check(signed_in, kind)
    first = book(signed_in, checked, details="x")
    before = contents()
    second = book(signed_in, checked, details="x")
    assert (second.status_code, second["Location"]) == (302, first["Location"])
    assert contents() == before


def test_the_back_button_after_booking_does_no_harm(signed_in: Client, kind: IncidentType) -> None:
    checked = check(signed_in, kind)
    done = book(signed_in, checked)
    query = {"step": "check", "service": str(kind.pk), "time": field(checked, "time")}
    assert signed_in.get(BOOK, query)["Location"] == done["Location"]


# --- What can go wrong ----------------------------------------------------------------------------------------------
def test_a_time_that_somebody_else_took_is_told_with_others_and_nothing_typed_is_lost(
    signed_in: Client, kind: IncidentType
) -> None:
    checked = check(signed_in, kind)
    BookingFactory(resource=ResourceFactory._meta.model.objects.get(), start=THURSDAY, end=THURSDAY + HOUR)
    refused = book(signed_in, checked, details="The bell is broken")
    assert refused.status_code == 409
    assert "Somebody was quicker" in words(refused)
    assert field(refused, "details") == "The bell is broken"
    fields = {name: field(refused, name) for name in ("service", "account", "details")}
    again = signed_in.post(BOOK, {"step": "check", "time": key_of(refused, THURSDAY + HOUR), **fields})
    assert again.status_code == 200
    assert "The bell is broken" in text(again)
    assert book(signed_in, again, details="The bell is broken").status_code == 302
    assert Booking.objects.filter(start=THURSDAY + HOUR).count() == 1


def test_no_time_chosen_is_said(signed_in: Client, kind: IncidentType) -> None:
    response = signed_in.get(BOOK, {"step": "check", "service": str(kind.pk)})
    assert response.status_code == 422
    assert "Choose a time, then go on." in words(response)


def test_details_that_are_too_long_are_said_beside_them_and_kept(signed_in: Client, kind: IncidentType) -> None:
    response = book(signed_in, check(signed_in, kind), details="d" * 1001)
    assert response.status_code == 422
    assert "d" * 1001 in text(response)
    assert "id_details_error" in text(response)
    assert not Booking.objects.exists()


def test_a_service_that_is_no_longer_offered_is_refused(signed_in: Client, kind: IncidentType) -> None:
    checked = check(signed_in, kind)
    IncidentType.objects.update(is_offered=False)
    response = book(signed_in, checked)
    assert "cannot be booked here" in words(response)
    assert 'href="tel:02079460999"' in text(response)
    assert not WorkOrder.objects.exists()


@pytest.mark.usefixtures("kind")
def test_without_a_service_or_an_active_account_one_calls(signed_in: Client, contact: Contact) -> None:
    contact.account.is_active = False
    contact.account.save()
    assert "Call or write to us" in words(signed_in.get(BOOK))


def test_without_a_free_time_one_calls(signed_in: Client, kind: IncidentType) -> None:
    ResourceFactory._meta.model.objects.update(is_active=False)
    response = times(signed_in, kind)
    assert "no free time" in words(response)
    assert 'href="tel:02079460999"' in text(response)


def test_a_visit_that_was_canceled_since_is_not_called_booked(signed_in: Client, kind: IncidentType) -> None:
    done = book(signed_in, check(signed_in, kind))
    Booking.objects.get().cancel()
    assert signed_in.get(done["Location"])["Location"] == f"/bookings/{Booking.objects.get().pk}/"


# --- Ladder ---------------------------------------------------------------------------------------------------------
def test_where_customers_do_not_book_there_is_no_such_page(signed_in: Client, kind: IncidentType) -> None:
    checked = check(signed_in, kind)
    company(self_scheduling=False)
    for response in (signed_in.get(BOOK), times(signed_in, kind), book(signed_in, checked)):
        assert response.status_code == 404
    assert not Booking.objects.exists()


def test_who_may_not_use_the_portal_books_nothing(
    client: Client, signed_in: Client, contact: Contact, kind: IncidentType, stranger: User
) -> None:
    checked = check(signed_in, kind)
    done = f"/book/done/{BookingFactory().pk}/"
    before = Booking.objects.count()
    contact.web_roles.clear()
    assert [signed_in.get(BOOK).status_code, book(signed_in, checked).status_code] == [403, 403]
    client.force_login(stranger)
    assert [client.get(BOOK).status_code, book(client, checked).status_code, client.get(done).status_code] == [403] * 3
    client.logout()
    for response in (client.get(BOOK), book(client, checked), client.get(done)):
        assert response.status_code == 302
        assert "login" in response["Location"]
    assert Booking.objects.count() == before


def test_what_another_customer_booked_is_not_shown(signed_in: Client) -> None:
    assert signed_in.get(f"/book/done/{BookingFactory().pk}/").status_code == 404


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert getattr(client, method)(BOOK).status_code == 405
    assert client.post(f"/book/done/{BookingFactory().pk}/").status_code == 405


def test_staff_who_look_as_the_customer_see_the_steps_and_book_nothing(
    client: Client, contact: Contact, kind: IncidentType, admin: User
) -> None:
    admin.is_superuser = True
    admin.save()
    client.force_login(admin)
    session = client.session
    session[SEE_AS] = {"contact": str(contact.pk), "until": (NOW + HOUR).isoformat()}
    session.save()
    assert book(client, check(client, kind)).status_code == 403
    assert not Booking.objects.exists()


def test_a_post_without_the_forms_token_is_refused(contact: Contact, kind: IncidentType) -> None:
    client = Client(enforce_csrf_checks=True)
    assert contact.portal_user
    client.force_login(contact.portal_user)
    assert book(client, check(client, kind)).status_code == 403
    assert not Booking.objects.exists()


# --- Nothing suits ----------------------------------------------------------------------------------------------------
def test_a_customer_for_whom_nothing_suits_asks_for_a_time_and_dispatchers_hear_of_it(
    signed_in: Client, contact: Contact, kind: IncidentType
) -> None:
    dora = dispatcher_with_cards()
    assert "Ask us for a time" in words(times(signed_in, kind))
    page = f"{BOOK}ask/"
    assert "When would it suit you?" in words(signed_in.get(page, {"service": str(kind.pk)}))
    empty = signed_in.post(page, {"service": str(kind.pk), "text": " "})
    assert (empty.status_code, WorkOrder.objects.count()) == (422, 0)
    for _click in range(2):
        sent = signed_in.post(page, {"service": str(kind.pk), "text": "Any morning"}, follow=True)
        assert "Somebody here will look for a time" in words(sent)
    order = WorkOrder.objects.get()
    assert (order.request, order.waits_since, order.reported_by) == ("Any morning", NOW, contact)
    card = AppNotification.objects.get(owner=dora)
    assert "asks for a visit: Boiler service" in card.title
    assert "“Any morning”" in card.body
    resource = Resource.objects.get()
    start = NOW + 48 * HOUR
    accepted = Change(despite=tuple(ConflictKind.values), why="They asked")
    new_visits.book(NewVisit(order, None, None, resource, start, start + HOUR), accepted)
    assert not AppNotification.objects.exists(), "the card is over once a visit is planned"
    assert Booking.objects.get().work_order.waits_since is None


def dispatcher_with_cards() -> User:
    user = User.objects.create_user("dora", "dora@example.com", "x", is_staff=True)
    user.groups.add(Group.objects.get(name="dispatcher"))
    return user
