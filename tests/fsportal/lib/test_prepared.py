"""Prepared queries give what their query set gives, on both databases; kept connections that have ended are noticed."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from django.db.models import Exists, OuterRef

from bookings.models import Booking, BookingNotificationCode, Position
from bookings.models.codes import FOR_PAGE
from bookings.models.positions import HEARD, Tracker
from fsportal.lib.prepared import PreparedQuery
from fsportal.models import Contact
from tests.factories import BookingFactory, ContactFactory

pytestmark = pytest.mark.django_db

START = dt.datetime(2026, 11, 24, 12, 0, 0, 5, tzinfo=dt.UTC)


def test_values_are_filled_in_and_rows_are_the_same() -> None:
    first, second = BookingFactory(start=START), BookingFactory(start=START + dt.timedelta(hours=2))
    query = PreparedQuery(
        lambda pk, start: Booking.objects.select_related("resource").filter(pk=pk, start__gte=start).order_by("start")
    )
    for booking in (first, second, first):
        found = query.first(pk=booking.pk, start=START)
        assert found is not None
        assert (found.pk, found.start, found.status) == (booking.pk, booking.start, booking.status)
        assert found.resource == booking.resource
        assert isinstance(found.pk, uuid.UUID)
    assert query.first(pk=first.pk, start=START + dt.timedelta(microseconds=1)) is None
    assert query.first(pk=uuid.uuid4(), start=START) is None


def test_a_value_is_never_sql() -> None:
    ContactFactory(name="A")
    query = PreparedQuery(lambda name: Contact.objects.filter(name=name))
    assert list(query.rows(name="' OR 1=1 --")) == []
    assert [found.name for found in query.rows(name="A")] == ["A"]


def test_annotations_come_with_it() -> None:
    booking = BookingFactory()
    query = PreparedQuery(
        lambda pk: Booking.objects.filter(pk=pk).annotate(has=Exists(Position.objects.filter(booking=OuterRef("pk"))))
    )
    found: Any = query.first(pk=booking.pk)
    assert found.has is False


def test_what_belongs_to_a_row_takes_no_further_statement(django_assert_num_queries: Any) -> None:
    booking = BookingFactory()
    code = BookingNotificationCode.issue(booking, ContactFactory(account=booking.work_order.account))
    with django_assert_num_queries(1):
        found = FOR_PAGE.first(public_id=code.public_id, generation=1)
        assert found is not None
        assert found.booking.work_order.account.name
        assert found.booking.work_order.incident_type.name
        assert found.contact.name


def test_a_tracker_says_whether_its_technician_is_on_the_way() -> None:
    booking = BookingFactory()
    tracker = Tracker.connect(booking.resource, by=None)
    found: Any = HEARD.first(public_id=tracker.public_id)
    assert found.is_on_the_way is False
    booking.travel()
    found = HEARD.first(public_id=tracker.public_id)
    assert found.is_on_the_way is True


@pytest.mark.skipif(connection.vendor != "postgresql", reason="statements are prepared on PostgreSQL only")
def test_a_statement_is_prepared_once() -> None:
    query = PreparedQuery(lambda name: Contact.objects.filter(name=name))
    for name in ("a", "b", "c"):
        query.first(name=name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%fsportal_contact%'")
        assert cursor.fetchone() == (1,)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="connections of PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_has_ended_is_noticed_and_a_good_one_is_not_asked() -> None:
    wrapper: Any = connection.copy()
    try:
        wrapper.ensure_connection()
        assert wrapper.is_usable()
        pid = wrapper.connection.info.backend_pid
        asked = "SELECT query FROM pg_stat_activity WHERE pid = %s"
        with wrapper.cursor() as cursor:
            cursor.execute("SELECT 2")
        assert wrapper.is_usable()
        with connection.cursor() as cursor:
            cursor.execute(asked, [pid])
            assert cursor.fetchone() == ("SELECT 2",), "a good one is not asked"
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        assert not wrapper.is_usable()
    finally:
        wrapper.close()
