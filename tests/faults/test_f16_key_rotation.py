"""F16: SECRET_KEY is replaced. Links that were sent live on with the old key in the fallbacks, and a code that is made
again under the new key is the same link."""

import datetime as dt

import pytest
from django.test import Client
from pytest_django import Settings

from bookings.models import BookingNotificationCode
from tests.factories import BookingFactory, ContactFactory

pytestmark = pytest.mark.django_db
NEW_KEY = "n" * 60


@pytest.fixture
def code() -> BookingNotificationCode:
    start = dt.datetime.now(dt.UTC) + dt.timedelta(days=2)
    booking = BookingFactory(start=start, end=start + dt.timedelta(hours=1))
    contact = ContactFactory(account=booking.work_order.account)
    return BookingNotificationCode.issue(booking, contact)


def rotate(settings: Settings) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = NEW_KEY


def test_links_of_the_old_key_open_and_new_ones_too(
    client: Client, settings: Settings, code: BookingNotificationCode
) -> None:
    old = code.code
    rotate(settings)
    assert code.code != old
    assert client.get(f"/visit/{old}/").status_code == 302
    assert client.get(f"/visit/{code.code}/").status_code == 302

    settings.SECRET_KEY_FALLBACKS = []
    assert client.get(f"/visit/{old}/").status_code == 404


def test_a_code_that_is_made_again_after_the_rotation_is_opened_by_the_old_link(
    client: Client, settings: Settings, code: BookingNotificationCode
) -> None:
    old, booking, contact = code.code, code.booking, code.contact
    code.delete()
    rotate(settings)
    assert client.get(f"/visit/{old}/").status_code == 404
    BookingNotificationCode.issue_each([(booking, contact)])
    assert client.get(f"/visit/{old}/").status_code == 302


def test_two_visits_that_share_a_public_id_get_two(
    monkeypatch: pytest.MonkeyPatch, code: BookingNotificationCode
) -> None:
    monkeypatch.setattr("fsportal.lib.codes.public_id_of", lambda *_names: code.public_id)
    others = [ContactFactory(account=code.booking.work_order.account) for _ in range(2)]
    made = BookingNotificationCode.issue_each([(code.booking, contact) for contact in others])
    assert len({code.public_id, *(one.public_id for one in made.values())}) == 3
    assert BookingNotificationCode.issue(code.booking, ContactFactory(account=others[0].account)).public_id
