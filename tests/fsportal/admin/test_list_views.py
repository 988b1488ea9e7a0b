"""What lists offer above their rows: the bar of filters, dates, columns, saved views, export, and bounds of actions."""

import csv
import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings.models import BookingStatus
from fsportal.models import Account, AuditEntry, PortalSettings, SavedView, User
from fsportal.settings_area.list_views import export as exporting
from notifications.models import CustomerNotification, State
from tests.admin_cast import person
from tests.factories import BookingFactory, ContactFactory

BOOKINGS = reverse("admin:bookings_booking_changelist")
CONTACTS = reverse("admin:fsportal_contact_changelist")
LOG = reverse("admin:notifications_customernotification_changelist")

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return User.objects.create_superuser("ada")


@pytest.fixture
def client(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def page(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def shown(client: Client, address: str, **query: Any) -> list[Any]:
    return [row.pk for row in client.get(address, query).context["cl"].result_list]


def test_a_list_is_in_its_readers_language_to_the_last_sign(client: Client) -> None:
    ContactFactory(email="")
    BookingFactory(work_order__incident_type__is_offered=True)
    client.cookies["django_language"] = "de"
    assert "Assign…" not in page(client, BOOKINGS)
    types = page(client, reverse("admin:bookings_incidenttype_changelist"))
    assert 'alt="Ja"' in types
    assert 'alt="True"' not in types
    assert "data-none" in page(client, CONTACTS)  # a phone leaves out what stands for nothing


# --- Filters --------------------------------------------------------------------------------------------------------
def test_an_active_filter_is_a_chip_that_can_be_taken_off(client: Client) -> None:
    query: dict[str, Any] = {"when": "late", "status__exact": BookingStatus.SCHEDULED.value, "q": "x"}
    bar = client.get(BOOKINGS, query).context["cl"].bar
    active = {control.title: (str(control.value), control.without) for control in bar.controls if control.is_active}
    assert list(active) == ["When", "Booking status"]
    assert active["When"][0] == "Late"
    assert "when" not in active["When"][1]
    assert "status__exact" in active["When"][1]
    assert bar.clear_all == "?q=x"


def test_a_condition_of_a_link_is_a_chip_too_and_names_its_record(client: Client) -> None:
    account = ContactFactory().account
    (chip,) = client.get(CONTACTS, {"account__id__exact": account.pk, "q": "x"}).context["cl"].bar.others
    assert (chip.title, chip.value, chip.without) == ("Account", account.name, "?q=x")


def test_counts_are_of_the_list_as_it_is_and_end_at_a_limit(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for _number in range(3):
        BookingFactory()
    BookingFactory(status=BookingStatus.CANCELED, start=timezone.now() + dt.timedelta(days=3))
    asked: dict[str, Any] = {"when": "all", "filter": 1}
    every, scheduled, *_others, canceled = client.get(f"{BOOKINGS}counts/", asked).json()["counts"]
    assert (every, scheduled, canceled) == ("4", "3", "1")
    monkeypatch.setattr("fsportal.settings_area.list_views.counts.LOOKED_AT", 2)
    assert client.get(f"{BOOKINGS}counts/", asked).json()["counts"][0] == "2+"


# --- Dates ----------------------------------------------------------------------------------------------------------
def test_a_range_of_dates_is_of_days_in_the_companys_zone(client: Client) -> None:
    PortalSettings.objects.update(time_zone="America/New_York")
    evening = dt.datetime(2027, 3, 2, 4, 30, tzinfo=dt.UTC)  # 23:30 on 1 March in New York
    late, next_day = (
        BookingFactory(start=at, end=at + dt.timedelta(hours=1)).pk for at in (evening, evening + dt.timedelta(hours=1))
    )
    assert shown(client, BOOKINGS, when="all", start__from="2027-03-01", start__to="2027-03-01") == [late]
    assert shown(client, BOOKINGS, when="all", start__from="2027-03-02") == [next_day]


@pytest.mark.parametrize(
    ("first", "words"),
    [("nonsense", "as they are in a calendar"), ("2027-05-01", "after the last one"), ("9999-12-31", "calendar")],
)
def test_a_range_that_cannot_be_is_pointed_out_and_narrows_nothing(client: Client, first: str, words: str) -> None:
    booking = BookingFactory()
    query = {"when": "all", "start__from": first, "start__to": "2027-04-01"}
    assert words in page(client, BOOKINGS, **query)
    assert shown(client, BOOKINGS, **query) == [booking.pk]


# --- Columns and views ----------------------------------------------------------------------------------------------
def columns(client: Client, **query: Any) -> list[str]:
    return [name for name in client.get(CONTACTS, query).context["cl"].list_display if name != "action_checkbox"]


def test_columns_are_chosen_for_a_list_by_each_user(client: Client) -> None:
    ContactFactory()
    usual = columns(client)
    client.post(f"{CONTACTS}view/", {"do": "columns", "column": ["email", "created_at", "password"]})
    assert columns(client) == ["name", "email", "created_at"]  # the first stays, and there is no such other
    other = Client()
    other.force_login(User.objects.create_superuser("bob"))
    assert columns(other) == usual
    client.post(f"{CONTACTS}view/", {"do": "columns", "usual": "on", "column": ["email"]})
    assert columns(client) == usual


def test_a_view_is_saved_opened_changed_renamed_and_deleted(client: Client) -> None:
    ContactFactory(language="de"), ContactFactory(language="en")
    kept = {"query": "?language=de&p=0&q=Ann+%2B44", "column": ["name", "email"]}
    saved = client.post(f"{CONTACTS}view/", {"do": "save", "name": "Germans", **kept})
    view = SavedView.objects.get(name="Germans")
    assert saved["Location"] == f"../?language=de&q=Ann+%2B44&view={view.pk}"
    assert (view.query, view.search, view.columns) == ("language=de", "Ann +44", ["name", "email"])
    opened: dict[str, Any] = {"language": "de", "q": "Ann +44", "view": view.pk}
    assert columns(client, **opened) == ["name", "email"]
    assert 'aria-current="page"><bdi>Germans</bdi></a>' in page(client, CONTACTS, **opened)
    assert "(changed)" in page(client, CONTACTS, language="en", view=view.pk)

    client.post(f"{CONTACTS}view/", {"do": "change", "view": view.pk, "query": "?language=en", "column": ["email"]})
    client.post(f"{CONTACTS}view/", {"do": "rename", "view": view.pk, "name": "English", "is_default": "on"})
    view.refresh_from_db()
    assert (view.name, view.query, view.is_default) == ("English", "language=en", True)
    assert client.get(CONTACTS)["Location"] == f"?language=en&view={view.pk}"
    assert client.get(CONTACTS, {"view": "standard"}).status_code == 200
    client.post(f"{CONTACTS}view/", {"do": "delete", "view": view.pk})
    assert client.get(CONTACTS).status_code == 200


def test_a_name_is_given_once_and_another_opens_instead(client: Client) -> None:
    for name in ("One", "Two", "One", ""):
        client.post(f"{CONTACTS}view/", {"do": "save", "name": name, "is_default": "on", "query": "?language=de"})
    assert list(SavedView.objects.values_list("name", "is_default")) == [("One", False), ("Two", True)]


def test_nobody_touches_the_views_of_another(client: Client) -> None:
    theirs = SavedView.objects.create(
        user=User.objects.create_superuser("bob"), of_list="fsportal.contact", name="Bob's"
    )
    for do in ("change", "rename", "delete", "columns"):
        assert client.post(f"{CONTACTS}view/", {"do": do, "view": theirs.pk, "name": "Mine"}).status_code == 404
    assert "Bob" not in page(client, CONTACTS, view=theirs.pk)
    theirs.refresh_from_db()
    assert theirs.name == "Bob's"


# --- Export ---------------------------------------------------------------------------------------------------------
def table(answer: Any) -> list[list[str]]:
    content = b"".join(answer.streaming_content).decode()
    assert content.startswith("\ufeff")
    return list(csv.reader(io.StringIO(content[1:])))


def test_an_export_has_the_rows_that_fit_the_columns_that_are_shown_and_no_formula(client: Client) -> None:
    account = Account.objects.create(name="A;=1+1", time_zone="Europe/London")
    ContactFactory(name="=cmd()", email="e@example.com", language="de", account=account)
    ContactFactory(language="en")
    answer = client.post(f"{CONTACTS}export/?language=de", {"format": "csv"})
    head, *rows = table(answer)
    assert head[:3] == ["Name", "Account", "Email"]
    assert [row[:3] for row in rows] == [["'=cmd()", "A;'=1+1", "e@example.com"]]
    answer = client.post(f"{CONTACTS}export/?language=de", {"format": "xlsx"})
    sheet: Any = openpyxl.load_workbook(io.BytesIO(answer.getvalue())).active
    cells = list(sheet.iter_rows(min_row=2))
    assert [(cell.value, cell.data_type) for cell in cells[0][:2]] == [("=cmd()", "s"), ("A;=1+1", "s")]
    noted = AuditEntry.objects.filter(action="exported").order_by("pk")
    assert list(noted.values_list("why", flat=True)) == ["CSV, 1 row", "XLSX, 1 row"]
    for entry in AuditEntry.objects.filter(action__startswith="export"):
        assert (entry.way, entry.address, entry.kind) == ("settings", "127.0.0.1", "records"), entry
        assert entry.by_name, "it outlives the user"


def test_an_export_keeps_what_somebody_wrote_between_angle_brackets(client: Client) -> None:
    ContactFactory(name="R&amp;D <north>", email="e@example.com")
    _head, row = table(client.post(f"{CONTACTS}export/", {"format": "csv"}))
    assert row[0] == "R&amp;D <north>"


def test_an_export_is_in_the_companys_zone_and_of_as_many_statements_as_parts(
    client: Client, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    PortalSettings.objects.update(time_zone="America/New_York")
    at = dt.datetime(2027, 3, 2, 4, 30, tzinfo=dt.UTC)
    for number in range(6):
        start = at + dt.timedelta(hours=number)
        BookingFactory(start=start, end=start + dt.timedelta(hours=1))
    monkeypatch.setattr(exporting, "BATCH", 3)
    answer = client.post(f"{BOOKINGS}export/?when=all", {"format": "csv"})
    with django_assert_max_num_queries(5):  # keys, two parts, the trail with the kind of record
        head, *rows = table(answer)
    assert head[1].startswith("Visit, ")
    assert [row[1] for row in rows][:2] == ["2027-03-01 23:30", "2027-03-02 00:30"]
    assert len(rows) == 6


def test_whoever_may_not_see_a_list_exports_and_counts_nothing(db: None) -> None:
    client = Client()
    client.force_login(person("nora", ["view_booking"]))
    assert client.post(f"{CONTACTS}export/", {"format": "csv"}).status_code == 403
    assert client.get(f"{CONTACTS}counts/", {"filter": 0}).status_code == 403
    assert client.post(f"{CONTACTS}view/", {"do": "columns"}).status_code == 403
    assert client.get(f"{BOOKINGS}export/").status_code == 405
    assert not AuditEntry.objects.filter(action__startswith="export").exists()


# --- Actions --------------------------------------------------------------------------------------------------------
def test_more_rows_than_anybody_waits_for_are_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsportal.settings_area.lists.MOST_AT_ONCE", 2)
    made = [
        CustomerNotification.objects.create(
            event="upcoming", channel="email", state=State.FAILED, dedupe_key=f"test:{number}"
        )
        for number in range(3)
    ]
    chosen = {"action": "send-again", "index": 0, "_selected_action": [made[0].pk], "action_form": "1"}
    answer = client.post(LOG, {**chosen, "select_across": 1}, follow=True)
    assert "Nothing was done: at most 2 can be done at once." in answer.content.decode()
    assert CustomerNotification.objects.count() == 3
    client.post(LOG, {**chosen, "select_across": 0})
    assert CustomerNotification.objects.count() == 4
