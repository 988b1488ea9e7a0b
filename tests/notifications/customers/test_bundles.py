"""Bundles: messages that are certain with their change, and come into the outbox after it."""

from unittest.mock import patch

import pytest
from django.forms.models import model_to_dict

from fsportal.lib import bulk_rows
from notifications import tasks
from notifications.customers import bundles, outbox
from notifications.models import CustomerNotification, MessageBundle
from tests.factories import BookingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "AT_ONCE", 2)
    monkeypatch.setattr(bundles, "SIZE", 2)


def queued() -> list[CustomerNotification]:
    """Return what would be queued about two visits: four messages."""
    bookings = [BookingFactory(), BookingFactory()]
    CustomerNotification.objects.all().delete()
    with outbox.set_aside() as messages:
        for booking in bookings:
            outbox.queue("traveling", contact=booking.reported_by, channels=["email", "sms"], regarding=booking)
    return messages


def counts() -> tuple[int, int]:
    return CustomerNotification.objects.count(), MessageBundle.objects.count()


def values(messages: list[CustomerNotification]) -> list[dict[str, object]]:
    names = [field.name for field in CustomerNotification._meta.concrete_fields]
    return [model_to_dict(one, names) | {"id": one.pk, "created_at": one.created_at} for one in messages]


def test_what_is_unpacked_is_what_was_put_in() -> None:
    messages = queued()
    bundles.insert(messages).run()
    assert counts() == (0, 2)
    assert bundles.unpack() == 2
    stored = {one.pk: one for one in CustomerNotification.objects.all()}
    assert values([stored[one.pk] for one in messages]) == values(messages)
    assert counts() == (4, 0)


def test_few_messages_go_into_the_outbox_at_once() -> None:
    bundles.insert(queued()[:2]).run()
    assert counts() == (2, 0)


def test_the_worker_goes_on_where_a_process_died() -> None:
    bundles.insert(queued()).run()
    with patch.object(bulk_rows.Statement, "run", side_effect=MemoryError), pytest.raises(MemoryError):
        bundles.unpack()
    assert counts() == (0, 2)
    assert tasks.unpack_bundles() == "2 bundles of messages unpacked"
    assert CustomerNotification.objects.count() == 4


def test_messages_that_are_there_already_are_not_queued_again() -> None:
    messages = queued()
    bundles.insert(messages).run()
    CustomerNotification.objects.bulk_create(messages[:1])
    bundles.unpack()
    assert CustomerNotification.objects.count() == 4


def test_a_contact_who_is_deleted_meanwhile_stops_nothing() -> None:
    messages = queued()
    bundles.insert(messages).run()
    gone = messages[0].contact
    assert gone is not None
    gone.delete()
    bundles.unpack()
    assert CustomerNotification.objects.filter(contact=None).count() == 2
    assert CustomerNotification.objects.exclude(contact=None).count() == 2
