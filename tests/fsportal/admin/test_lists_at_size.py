"""No page of the Settings area reads or sorts all rows of a table that grows, and none asks more than it may."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from bookings.models import Booking, BookingNotificationCode, BookingStatus, WorkOrder
from fsportal.management.statistics import renew_statistics
from fsportal.models import Account, Contact, User
from notifications.models import CustomerNotification, State
from tests.module_data import module_data
from tests.plans import BIG, Statement, slow, statements

#: Statements that each page may need, however many rows there are.
LISTS = {
    "bookings_booking": 12,
    "bookings_workorder": 13,
    "bookings_bookingnotificationcode": 11,
    "notifications_customernotification": 16,
    "fsportal_contact": 11,
    "fsportal_account": 10,
    "fsportal_auditentry": 15,
}
PAGES = {"index": 24, "today": 48, "board": 25, "day-map": 10, "day-map-now": 8, "health": 18, "first-hour": 16,
         "reports": 17,
         "settings-company": 13, "settings-messages": 14, "settings-reminders": 14, "settings-hours": 13,
         "settings-in-app": 16, "settings-delivery": 16, "settings-messages-preview": 10}  # fmt: skip
RECORDS = {"booking": 22, "workorder": 21, "account": 21, "contact": 29, "customernotification": 16,
           "bookingnotificationcode": 10, "resource": 23, "incidenttype": 14, "user": 20}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def company(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: Any) -> Iterator[None]:
    def make() -> None:
        call_command("big_company", bookings=400, contacts=300, messages=2500, verbosity=0)

    with module_data(django_db_blocker, make):
        yield


@pytest.fixture
def client(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("lists"))
    return client


def record_of(name: str) -> Any:
    done = Booking.objects.filter(status=BookingStatus.COMPLETED).order_by("pk")[0]
    return {
        "booking": done,
        "workorder": done.work_order,
        "account": done.work_order.account,
        "contact": done.work_order.reported_by,
        "customernotification": CustomerNotification.objects.filter(state=State.FAILED).order_by("pk")[0],
        "bookingnotificationcode": BookingNotificationCode.objects.order_by("pk")[0],
        "resource": done.resource,
        "incidenttype": done.work_order.incident_type,
        "user": User.objects.get(username="lists"),
    }[name]


def address_of(name: str) -> str:
    if name in LISTS:
        return reverse(f"admin:{name}_changelist")
    if name in PAGES:
        return reverse(f"admin:{name}")
    record = record_of(name)
    return reverse(f"admin:{record._meta.app_label}_{name}_change", args=[record.pk])


@pytest.mark.parametrize("name", [*LISTS, *PAGES, *RECORDS])
def test_a_page_reads_and_sorts_no_big_table(client: Client, name: str) -> None:
    assert slow(statements(client, address_of(name))) == []


@pytest.mark.parametrize(("name", "budget"), (LISTS | PAGES | RECORDS).items())
def test_a_page_keeps_to_its_number_of_statements(client: Client, name: str, budget: int) -> None:
    client.get(address_of(name))  # what is remembered between requests is read now
    assert len(statements(client, address_of(name))) <= budget


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("bookings_booking", "when=all"),
        ("bookings_booking", "when=over"),
        ("bookings_booking", "when=late"),
        ("bookings_booking", "start__year=2026&when=all"),
        ("bookings_bookingnotificationcode", "state=blocked"),
        ("notifications_customernotification", "state__exact=failed"),
        ("notifications_customernotification", "event=delayed"),
        ("notifications_customernotification", "reason=refused"),
        ("notifications_customernotification", "created_at__year=2026&created_at__month=5"),
        ("fsportal_auditentry", "action=created"),
        ("fsportal_auditentry", "kind=sign_in"),
        ("fsportal_auditentry", "by__id__exact=6f9619ff8b86d011b42d00c04fc964ff"),
        ("fsportal_auditentry", "address=203.0.113.9"),
        ("fsportal_auditentry", "q=203.0.113.9"),
        ("fsportal_auditentry", "q=smith"),
        ("bookings_booking", "when=all&start__from=2026-10-01&start__to=2026-10-31"),
        ("notifications_customernotification", "created_at__from=2026-11-01"),
        ("notifications_customernotification", "state__exact=failed&created_at__to=2026-11-01"),
    ],
)
def test_a_filtered_list_reads_and_sorts_no_big_table(client: Client, name: str, query: str) -> None:
    assert slow(statements(client, f"{address_of(name)}?{query}")) == []


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_page_joins_no_eight_tables_for_the_rows_of_a_query(client: Client, name: str) -> None:
    """PostgreSQL would join all of them before it looks which are asked for (fsportal/lib/keys_first.py)."""
    asked = [sql for sql, _params in statements(client, address_of(name)) if "IN (SELECT" in sql]
    assert [sql for sql in asked if sql.count(" JOIN ") >= 7] == []


def test_the_counts_of_a_filter_look_each_row_up_by_its_key(client: Client) -> None:
    """SQLite would read all messages of a state to find those of them that are among a thousand."""
    address = reverse("admin:notifications_customernotification_list_counts") + "?filter="
    asked = [one for number in range(5) for one in statements(client, f"{address}{number}")]
    counting = [
        one for one in asked if "COUNT(" in one[0] and 'FROM "notifications_customernotification" WHERE' in one[0]
    ]
    assert len(counting) == 5, "one statement for all choices of a filter"
    assert slow(asked) == []
    if connection.vendor == "sqlite":
        for sql, params in counting:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
                steps = [row[-1] for row in cursor.fetchall()]
            assert [step for step in steps if "outbox_by" in step] == []


def test_what_settings_would_do_to_messages_reads_no_big_table(client: Client) -> None:
    asked: list[Statement] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    typed = {"reminder_lead_days": "1", "reminder_time": "10:00", "repeat_gap_hours": "24",
             "unconfirmed_card_hours": "0", "check": "1"}  # fmt: skip
    with connection.execute_wrapper(note):
        answer = client.post(reverse("admin:settings-reminders"), typed)
    assert answer.context["effect"].looked_at
    assert len(asked) <= 60
    assert slow(asked) == []


def test_a_statement_that_reads_a_whole_table_is_found(client: Client) -> None:
    found = slow([(f'SELECT * FROM "{table}"', ()) for table in BIG])
    assert len(found) == len(BIG)


def test_a_statement_that_sorts_a_whole_table_is_found(client: Client) -> None:
    sql = 'SELECT "id" FROM "notifications_customernotification" ORDER BY "detail" LIMIT 5001'
    assert slow([(sql, ())])


@pytest.mark.parametrize("text", ["smith", "ann smith"])
def test_a_search_joins_no_messages(client: Client, text: str) -> None:
    """Contacts, accounts and work orders are read once each; messages are found by key."""
    for name in ("notifications_customernotification", "bookings_booking", "bookings_bookingnotificationcode"):
        steps = slow(statements(client, f"{address_of(name)}?q={text}"))
        read = [step for step in steps if step.startswith(("SCAN notifications", "Seq Scan of notifications"))]
        assert read == []


def test_lists_count_up_to_a_limit(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fsportal.settings_area.lists.MOST", 100)
    page = client.get(address_of("fsportal_contact")).content.decode()
    assert "100+ contacts" in page
    assert client.get(address_of("fsportal_contact"), {"p": 3}).status_code == 302  # there are two pages


def test_a_list_in_full_says_how_many(client: Client) -> None:
    page = client.get(address_of("fsportal_contact")).content.decode()
    assert f"{Contact.objects.count()} contacts" in page


def test_pages_follow_each_other_without_a_gap(client: Client) -> None:
    seen = [
        row.pk
        for page in range(1, 7)
        for row in client.get(address_of("fsportal_contact"), {"p": page}).context["cl"].result_list
    ]
    assert seen == list(Contact.objects.order_by("name", "-pk").values_list("pk", flat=True))


def test_a_search_finds_by_each_related_table(client: Client) -> None:
    order = WorkOrder.objects.select_related("account", "reported_by").order_by("number")[0]
    assert order.reported_by is not None
    for text in (order.number, order.number.lower(), order.account.name, order.reported_by.email):
        found = client.get(address_of("bookings_workorder"), {"q": text}).context["cl"].result_list
        assert order.pk in [row.pk for row in found]
    assert client.get(address_of("bookings_workorder"), {"q": "nobody's"}).context["cl"].result_count == 0


def test_all_words_of_a_search_must_be_found(client: Client) -> None:
    account = Account.objects.order_by("name")[0]
    last, *_others, number = account.name.split()
    found = client.get(address_of("fsportal_account"), {"q": f"{last} {number}"}).context["cl"].result_list
    assert [row.pk for row in found] == [account.pk]


def test_words_are_found_in_any_table_whichever_is_looked_for_first(client: Client) -> None:
    order = WorkOrder.objects.select_related("account", "reported_by").order_by("number")[0]
    assert order.reported_by is not None
    for other in (order.number.lower(), order.account.name.split()[0], order.reported_by.email):
        for text in (f"{order.reported_by.name.split()[-1]} {other}", f"{other[:3]} {order.number}"):
            found = client.get(address_of("bookings_workorder"), {"q": text}).context["cl"].result_list
            assert order.pk in [row.pk for row in found]
    nobody = {"q": f"{order.number} nobody's"}
    assert client.get(address_of("bookings_workorder"), nobody).context["cl"].result_count == 0


def test_no_row_is_doubled_by_several_that_belong_to_it(client: Client) -> None:
    account = Account.objects.order_by("name")[0]
    for number in range(3):
        Contact.objects.create(account=account, name=f"Zacharias Quill {number}", email=f"q{number}@example.com")
    found = client.get(address_of("fsportal_account"), {"q": "zacharias quill"}).context["cl"].result_list
    assert [row.pk for row in found] == [account.pk]


def test_a_second_word_is_looked_for_in_what_the_filters_leave_only(client: Client) -> None:
    (sql,) = [
        sql
        for sql, _params in statements(client, f"{address_of('bookings_booking')}?q=ann smith")
        if "LIMIT 5001" in sql
    ]
    before, _where, after = sql.partition(" WHERE ")
    assert before.count(" JOIN ") >= 3
    assert after.startswith('("bookings_booking"."status" <'), "the condition of the filter is beside the search"


def test_the_log_finds_older_messages_of_a_contact(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.admin.message_search.SEARCHED", 5)
    message = CustomerNotification.objects.exclude(contact=None).order_by("created_at")[0]
    assert message.contact is not None
    ours = {"q": message.contact.email}
    found = client.get(address_of("notifications_customernotification"), ours).context["cl"].result_list
    assert message.pk in [row.pk for row in found]
    assert {row.contact_id for row in found} == {message.contact_id}


def test_dates_are_offered_from_the_first_to_the_last(client: Client) -> None:
    first, last = (Booking.objects.order_by(order)[0].start for order in ("start", "-start"))
    years = client.get(address_of("bookings_booking"), {"when": "all"}).context["cl"].dates["choices"]
    assert [one["title"] for one in years] == [str(year) for year in range(first.year, last.year + 1)]
    of_year: dict[str, str | int] = {"when": "all", "start__year": last.year}
    months = client.get(address_of("bookings_booking"), of_year).context["cl"].dates["choices"]
    assert len(months) == last.month


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps statistics by itself")
def test_the_clean_up_renews_the_statistics(client: Client) -> None:
    renew_statistics()
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tbl FROM sqlite_stat1")
        assert {"notifications_customernotification", "bookings_booking"} <= {row[0] for row in cursor.fetchall()}
