"""The outbox: queued once, claimed by one, looked after when a worker dies."""

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone

from notifications.customers import delivery, outbox
from notifications.customers.preparing import prepare
from notifications.models import AttemptOutcome, CustomerNotification, NotificationAttempt, Reason, State
from tests.factories import BookingFactory, UserFactory

NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def claim(at: dt.datetime | None = None, channel: str = "email", limit: int = 100) -> list[CustomerNotification]:
    return outbox.claim(channel, uuid.uuid4(), at or timezone.now(), limit)


def queue_one(channel: str = "email") -> CustomerNotification:
    booking = BookingFactory()
    outbox.queue("traveling", contact=booking.reported_by, channels=[channel], regarding=booking, revision=2)
    return CustomerNotification.objects.regarding(booking).get()


@pytest.mark.django_db
def test_the_same_message_is_queued_once() -> None:
    booking = BookingFactory()
    for _repeat in range(3):
        outbox.queue("traveling", contact=booking.reported_by, channels=["email", "sms"], regarding=booking, revision=2)
    assert CustomerNotification.objects.count() == 2


@pytest.mark.django_db
def test_an_event_that_nobody_registered_is_a_mistake_of_the_program() -> None:
    booking = BookingFactory()
    with pytest.raises(LookupError, match="party"):
        outbox.queue("party", contact=None, channels=["email"], regarding=booking)


@pytest.mark.django_db
def test_a_change_that_is_rolled_back_leaves_no_message() -> None:
    booking = BookingFactory()
    with transaction.atomic():
        booking.travel()
        transaction.set_rollback(True)
    assert CustomerNotification.objects.count() == 0


@pytest.mark.django_db
def test_the_most_urgent_is_claimed_first_and_nothing_twice() -> None:
    for priority in (6, 1, 3):
        row = queue_one()
        CustomerNotification.objects.filter(pk=row.pk).update(priority=priority)
    claimed = claim(limit=2)
    assert [row.priority for row in claimed] == [1, 3]
    assert [row.priority for row in claim()] == [6]
    assert claim() == []


@pytest.mark.django_db
def test_what_is_due_later_is_left_alone() -> None:
    row = queue_one()
    CustomerNotification.objects.filter(pk=row.pk).update(due_at=NOW + MINUTE)
    assert claim(NOW) == []
    assert len(claim(NOW + MINUTE)) == 1


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_claim_each_row_once() -> None:
    for _row in range(24):
        queue_one()
    gate = Barrier(4)

    def work(_worker: int) -> list[uuid.UUID]:
        try:
            gate.wait(timeout=20)
            mine: list[uuid.UUID] = []
            while batch := claim(limit=3):
                mine += [row.pk for row in batch]
            return mine
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        claimed = [pk for pks in pool.map(work, range(4)) for pk in pks]
    # A worker may find nothing while another holds the last rows; what was taken was taken once.
    rest = [row.pk for row in claim()]
    assert sorted(claimed + rest) == sorted(CustomerNotification.objects.values_list("pk", flat=True))


def lapse(row: CustomerNotification, *, handed_over: bool) -> None:
    claim(channel=row.channel)
    if handed_over:
        NotificationAttempt.objects.create(notification=row, provider="test")
    CustomerNotification.objects.filter(pk=row.pk).update(lease_until=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("channel", "handed_over", "state"),
    [
        ("sms", True, State.UNKNOWN),
        ("sms", False, State.QUEUED),
        ("email", True, State.QUEUED),
        ("email", False, State.QUEUED),
    ],
)
def test_a_lapsed_claim_is_sent_again_only_where_that_cannot_double(
    channel: str, handed_over: bool, state: str
) -> None:
    row = queue_one(channel)
    lapse(row, handed_over=handed_over)
    assert outbox.recover_lapsed(NOW + MINUTE) == 1
    row.refresh_from_db()
    assert row.state == state
    if state == State.UNKNOWN:
        assert row.reason == Reason.LAPSED
    assert not NotificationAttempt.objects.filter(outcome=AttemptOutcome.OPEN).exists()


@pytest.mark.django_db
def test_a_lease_that_lasts_is_not_touched() -> None:
    queue_one()
    claim(NOW)
    CustomerNotification.objects.update(state=State.SENDING, lease_until=NOW + MINUTE)
    assert outbox.recover_lapsed(NOW) == 0


@pytest.mark.django_db
def test_a_row_that_somebody_else_took_over_is_not_sent() -> None:
    queue_one()
    [mine] = claim()
    CustomerNotification.objects.update(claim=uuid.uuid4())
    assert prepare([mine], {"email": "smtp"}, timezone.now()) == []
    assert CustomerNotification.objects.get().state == State.SENDING


@pytest.mark.django_db
def test_a_lease_from_before_the_clock_was_set_back_has_lapsed() -> None:
    queue_one()
    claim(NOW + 60 * MINUTE)
    CustomerNotification.objects.update(state=State.SENDING, lease_until=NOW + 60 * MINUTE + outbox.LEASE)
    assert outbox.recover_lapsed(NOW) == 1


@pytest.mark.django_db
def test_what_was_queued_before_the_clock_was_set_back_is_due() -> None:
    row = queue_one()
    CustomerNotification.objects.update(created_at=NOW + 60 * MINUTE, due_at=NOW + 60 * MINUTE)
    assert outbox.hurry_after_the_clock(NOW) == 1
    assert [claimed.pk for claimed in claim(NOW)] == [row.pk]


@pytest.mark.django_db
def test_send_again_makes_a_new_row_and_says_who_asked() -> None:
    row, user = queue_one(), UserFactory()
    with pytest.raises(ValueError, match="not ended"):
        outbox.send_again(row, by=user)
    delivery.drain()
    row.refresh_from_db()
    again = outbox.send_again(row, by=user)
    assert (again.resent_of, again.asked_by, again.state) == (row, user, State.QUEUED)
    assert again.dedupe_key != row.dedupe_key
