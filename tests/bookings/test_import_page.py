"""Import in the Settings area: who may, what the preview says, and that the button does just that."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.admin.imports import export_as_csv
from bookings.models import Booking, BookingImport, BookingStatus
from fsportal.models import AuditEntry, User
from notifications.customers import delivery
from notifications.models import CustomerNotification
from tests.bookings.schedule_files.files import DATA, NOW, bring, contents, csv_of, numbered
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
ADD = "admin:bookings_bookingimport_add"
CHANGE = "admin:bookings_bookingimport_change"
LIST = "admin:bookings_bookingimport_changelist"


@pytest.fixture
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def importer() -> User:
    user: User = UserFactory(username="importer", is_staff=True, is_superuser=True)
    return user


@pytest.fixture
def signed_in(client: Client, importer: User) -> Client:
    client.force_login(importer)
    return client


def upload(client: Client, content: bytes, name: str = "file.csv") -> HttpResponse:
    return client.post(reverse(ADD), {"file": SimpleUploadedFile(name, content)}, follow=True)  # type: ignore[return-value]


def press_import(client: Client, page: HttpResponse) -> HttpResponse:
    agreed = re.search(r'name="agreed" value="(\w+)"', page.content.decode())
    assert agreed, "the page has no Import button"
    url = reverse(CHANGE, args=[BookingImport.objects.latest("uploaded_at").pk])
    return client.post(url, {"agreed": agreed[1]}, follow=True)  # type: ignore[return-value]


def test_strangers_are_sent_to_sign_in_and_staff_without_the_permission_is_refused(client: Client) -> None:
    stored = BookingImport.objects.create(file_name="a.csv", content=csv_of(numbered(1)))
    addresses = [reverse(ADD), reverse(LIST), reverse(CHANGE, args=[stored.pk])]
    assert [client.get(address).status_code for address in addresses] == [302, 302, 302]

    client.force_login(UserFactory(username="clerk", is_staff=True))

    assert [client.get(address).status_code for address in addresses] == [403, 403, 403]
    assert client.post(addresses[-1], {"agreed": "x"}).status_code == 403
    assert not Booking.objects.exists()


def test_a_file_that_cannot_be_read_is_refused_beside_the_field(signed_in: Client) -> None:
    page = upload(signed_in, b"\xff\xfe\xff", "photo.csv")

    assert "UTF-8" in page.content.decode()
    assert not BookingImport.objects.exists()


def test_the_preview_says_what_would_happen_and_changes_nothing(signed_in: Client) -> None:
    bring(numbered(1), numbered(2), numbered(3), numbered(4))
    before = contents()

    page = upload(
        signed_in,
        csv_of(
            numbered(1, start="2026-11-24 10:30", end="2026-11-24 11:30"),
            numbered(2, resource="Grete Vogel"),
            numbered(3, status="Canceled"),
            numbered(4),
            numbered(5),
        ),
    )

    text = page.content.decode()
    assert "Moved from Tue 24 Nov, 10:00 to 11:00 (London time) to Tue 24 Nov, 10:30 to 11:30 (London time)" in text
    assert "Given from Omar Haddad to Grete Vogel" in text
    assert "From Scheduled to Canceled" in text
    assert "New: Tue 24 Nov, 10:00 to 11:00 (London time)" in text
    assert "B-4" not in text
    every = signed_in.get(page.redirect_chain[-1][0], {"show": "all"}).content.decode()  # type: ignore[attr-defined]
    assert "B-4" in every
    assert contents() == before


def test_the_button_imports_what_the_preview_said_and_keeps_no_file(signed_in: Client, importer: User) -> None:
    page = upload(signed_in, (DATA / "schedule.csv").read_bytes(), "schedule.csv")

    done = press_import(signed_in, page)

    stored = BookingImport.objects.get()
    assert Booking.objects.count() == 180
    assert stored.imported_at == NOW
    assert not stored.content
    assert AuditEntry.of(stored).get().by == importer
    assert "was imported" in done.content.decode()
    assert Booking.objects.filter(changes__by=importer).count() == 180
    assert "180 bookings new" in signed_in.get(reverse(LIST)).content.decode()


def test_pressing_twice_imports_once(signed_in: Client) -> None:
    page = upload(signed_in, csv_of(numbered(1)))
    press_import(signed_in, page)
    before = contents()

    again = press_import(signed_in, page)

    assert "already" in again.content.decode()
    assert contents() == before


def test_a_world_that_has_changed_since_the_preview_is_shown_anew_and_nothing_imported(signed_in: Client) -> None:
    bring(numbered(1))
    page = upload(signed_in, csv_of(numbered(1, start="2026-11-24 10:30", end="2026-11-24 11:30")))
    Booking.objects.get().cancel()

    answer = press_import(signed_in, page).content.decode()

    assert "bookings have changed since you looked" in answer
    assert "This visit is Canceled here" in answer
    assert Booking.objects.get().status == BookingStatus.CANCELED
    assert BookingImport.objects.get().imported_at is None


def test_what_is_shown_anew_can_be_agreed_to(signed_in: Client) -> None:
    bring(numbered(1))
    page = upload(signed_in, csv_of(numbered(1, start="2026-11-24 10:30", end="2026-11-24 11:30"), numbered(2)))
    Booking.objects.get().reschedule(NOW + dt.timedelta(days=3))

    again = press_import(signed_in, page)
    assert Booking.objects.count() == 1
    done = press_import(signed_in, again)

    assert "was imported" in done.content.decode()
    assert Booking.objects.count() == 2


def test_errors_are_listed_by_row_and_column_and_there_is_no_button(signed_in: Client) -> None:
    page = upload(signed_in, (DATA / "schedule-faulty.csv").read_bytes()).content.decode()

    assert "9 errors" in page
    assert page.count("<td>time_zone</td>") == 1
    assert 'name="agreed"' not in page
    signed_in.post(reverse(CHANGE, args=[BookingImport.objects.get().pk]), {"agreed": ""})
    assert not Booking.objects.exists()


def test_looking_at_a_preview_again_only_reads(signed_in: Client) -> None:
    bring(numbered(1))
    page = upload(signed_in, csv_of(numbered(1, status="Canceled"), numbered(2)))
    address = page.redirect_chain[-1][0]  # type: ignore[attr-defined]
    with CaptureQueriesContext(connection) as asked:
        again = signed_in.get(address)
    assert "From Scheduled to Canceled" in again.content.decode()
    statements = [query["sql"] for query in asked]
    assert [sql for sql in statements if not sql.startswith("SELECT")] == []
    assert not any("bookings_resource" in sql for sql in statements)


def test_a_list_of_imports_reads_neither_files_nor_previews(signed_in: Client) -> None:
    press_import(signed_in, upload(signed_in, csv_of(numbered(1))))
    upload(signed_in, csv_of(numbered(2)))
    with CaptureQueriesContext(connection) as asked:
        page = signed_in.get(reverse(LIST)).content.decode()
    assert "1 bookings new" in page
    assert "not imported" in page
    assert not any('."content"' in query["sql"] for query in asked)


def test_a_long_file_is_sent_to_the_command(signed_in: Client) -> None:
    heading = csv_of(numbered(1)).splitlines()[0]
    page = upload(signed_in, heading + b"\n" + b"B-1\n" * 10_001).content.decode()
    assert "10,001 rows" in page
    assert "manage.py import_bookings" in page
    assert not BookingImport.objects.exists()


def test_a_file_that_nobody_imported_is_forgotten_after_a_week_with_its_preview(signed_in: Client) -> None:
    for _ in range(2):
        upload(signed_in, csv_of(numbered(1)))
    newer, old = BookingImport.objects.order_by("-pk")
    week = BookingImport.KEPT_FOR
    BookingImport.objects.filter(pk=old.pk).update(uploaded_at=NOW - week)
    BookingImport.objects.filter(pk=newer.pk).update(uploaded_at=NOW - week + dt.timedelta(minutes=1))
    assert BookingImport.forget_old(NOW + dt.timedelta(seconds=1)) == 1
    old.refresh_from_db()
    assert (bytes(old.content), old.summary) == (b"", {})
    assert "no longer kept" in signed_in.get(reverse(CHANGE, args=[old.pk])).content.decode()
    assert "New:" in signed_in.get(reverse(CHANGE, args=[newer.pk])).content.decode()


def test_hostile_cells_are_text_on_the_page(signed_in: Client) -> None:
    page = upload(signed_in, csv_of(numbered(1, external_id="<script>x</script>", contact_email="<b>@</b>")))

    assert b"<script>x" not in page.content
    assert b"<b>@" not in page.content


def test_a_get_of_every_page_writes_nothing(signed_in: Client) -> None:
    stored = BookingImport.objects.create(file_name="a.csv", content=csv_of(numbered(1)))
    before = contents()

    for address in (reverse(ADD), reverse(LIST), reverse(CHANGE, args=[stored.pk])):
        answer = signed_in.get(address)
        assert answer.status_code == 200
        assert b"style=" not in answer.content

    assert contents() == before


def test_the_export_action_gives_a_file_that_is_named_after_the_day(rf: RequestFactory) -> None:
    bring(numbered(1))

    request = rf.get("/")
    request.user = UserFactory(is_staff=True)
    answer = export_as_csv(None, request, Booking.objects.all())

    assert AuditEntry.objects.get(action="exported bookings").why == "1"
    assert answer["Content-Disposition"] == 'attachment; filename="bookings-2026-11-22.csv"'
    assert "B-1" in answer.content.decode("utf-8-sig")


# --- What customers will be told --------------------------------------------------------------------------------------
def test_the_preview_says_what_customers_will_be_told_and_why_others_are_not(signed_in: Client) -> None:
    nobody = numbered(
        3, contact_name="", contact_email="", contact_phone="", account="Alone", account_external_id="A-3"
    )
    page = upload(signed_in, csv_of(numbered(1), numbered(2), nobody)).content.decode()

    assert "<dt>Booked, Email</dt><dd>2</dd>" in page
    assert "<dt>Booked, SMS</dt><dd>2</dd>" in page
    assert "About 1 visit nothing goes." in page
    assert "1 visit</p>" in page
    assert "Nobody to tell: no reported-by contact and no fallback contact" in page
    assert "Booked: Email, SMS, at once" in page
    assert not CustomerNotification.objects.exists()


def test_what_the_preview_said_is_what_the_import_tells(signed_in: Client) -> None:
    page = upload(signed_in, csv_of(*(numbered(number) for number in range(4))))
    assert "<dt>Booked, Email</dt><dd>4</dd>" in page.content.decode()
    press_import(signed_in, page)
    delivery.drain()
    said = CustomerNotification.objects.exclude(told_at=None).values_list("event", "channel")
    assert Counter(said) == {("booked", "email"): 4, ("booked", "sms"): 4}


def test_customers_are_told_nothing_about_a_file_if_its_upload_says_so(signed_in: Client) -> None:
    file = SimpleUploadedFile("file.csv", csv_of(numbered(1)))
    page: HttpResponse = signed_in.post(reverse(ADD), {"file": file, "quiet": "on"}, follow=True)  # type: ignore[assignment]
    assert "Customers are told nothing about this file" in page.content.decode()
    assert "About 1 visit nothing goes." not in page.content.decode(), "its ordinary reminder goes"
    assert "<dt>Booked" not in page.content.decode()

    page = press_import(signed_in, page)

    assert "Customers are told nothing about this file" in page.content.decode()
    assert Booking.objects.get().is_quiet
    assert not CustomerNotification.objects.exists()


def test_the_plans_of_a_file_take_a_few_statements_however_many_rows(signed_in: Client) -> None:
    def statements(rows: int) -> int:
        content = csv_of(*(numbered(1000 * rows + number) for number in range(rows)))
        with CaptureQueriesContext(connection) as queries:
            upload(signed_in, content)
        return len(queries)

    statements(2)
    assert statements(60) <= statements(3) + 2


# --- What stands against visits of a file ---------------------------------------------------------------------------
def test_the_preview_says_what_stands_against_each_row_and_imports_it_all_the_same(signed_in: Client) -> None:
    first, second, late = (numbered(number, resource="Omar") for number in (1, 2, 3))
    late |= {"start": "2026-11-24T22:00", "end": "2026-11-24T23:00"}
    off = numbered(4, resource="Omar", status="canceled")
    page = upload(signed_in, csv_of(first, second, late, off))
    words = page.content.decode()
    assert "What stands against visits of this file" in words
    assert re.search(r"Another visit at this time</th>\s*<td>2 visits", words)
    assert re.search(r"Outside working hours</th>\s*<td>1 visit<", words)
    assert re.search(r"Place unknown</th>\s*<td>3 visits", words)  # Omar is new, and nobody knows where he starts:
    assert "no start place" not in words  # that need not be said in each row
    assert words.count("Omar has another visit at this time: ") == 2
    assert "Omar works 08:00 to 17:00" in words
    press_import(signed_in, page)
    assert Booking.objects.count() == 4
    again = upload(signed_in, csv_of(first, second, late, off)).content.decode()
    assert "What stands against visits of this file" not in again  # nothing would change
