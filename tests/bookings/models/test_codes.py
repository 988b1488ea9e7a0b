"""Booking notification codes: what opens a visit and what does not."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.test import override_settings
from pytest_django import Settings

from bookings.models import BookingNotificationCode
from fsportal.lib import codes
from fsportal.models import AuditEntry
from tests.factories import BookingFactory, UserFactory

pytestmark = pytest.mark.django_db

END = dt.datetime(2026, 12, 1, 11, 0, tzinfo=dt.UTC)
SECOND, DAY = dt.timedelta(seconds=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(END - 7 * DAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def code() -> BookingNotificationCode:
    booking = BookingFactory(start=END - dt.timedelta(hours=1), end=END)
    return BookingNotificationCode.issue(booking, booking.reported_by)


def actions(code: BookingNotificationCode) -> list[tuple[str, str]]:
    return [(entry.action, entry.why) for entry in AuditEntry.of(code).order_by("pk")]


def test_a_code_is_issued_once_per_booking_and_contact(code: BookingNotificationCode) -> None:
    assert BookingNotificationCode.issue(code.booking, code.contact) == code
    assert actions(code) == [("created", "")]


def test_only_the_whole_code_opens_the_visit(code: BookingNotificationCode) -> None:
    good = code.code
    assert BookingNotificationCode.find(good, END) == code
    wrong_last = good[:-1] + ("A" if good[-1] != "A" else "B")
    for wrong in (wrong_last, good[:10], good + "A", good.swapcase(), "", "x" * 32, good[:10] + "é" * 22, "\x00" * 32):
        assert BookingNotificationCode.find(wrong, END) is None


def test_the_secret_is_long_enough_and_not_in_the_row(code: BookingNotificationCode) -> None:
    secret = code.code[codes.PUBLIC_LENGTH :]
    assert len(secret) * 6 >= 128
    row = BookingNotificationCode.objects.filter(pk=code.pk).values().get()
    assert secret not in str(row)


def test_two_codes_do_not_share_a_secret(code: BookingNotificationCode) -> None:
    other = BookingFactory()
    other_code = BookingNotificationCode.issue(other, other.reported_by)
    assert BookingNotificationCode.find(other_code.public_id + code.code[10:], END) is None


def test_without_a_date_it_lives_thirty_days_beyond_the_visit_and_moves_with_it(code: BookingNotificationCode) -> None:
    assert code.opens_at(END + 30 * DAY - SECOND)
    assert not code.opens_at(END + 30 * DAY)
    code.booking.reschedule(END + 60 * DAY)
    found = BookingNotificationCode.find(code.code, END + 80 * DAY)
    assert found == code


def test_extend_expire_block_unblock_rotate(code: BookingNotificationCode) -> None:
    user, good = UserFactory(), code.code
    code.extend(END + 90 * DAY, by=user)
    assert BookingNotificationCode.find(good, END + 89 * DAY) == code
    code.block(by=user, why="shared in public")
    assert BookingNotificationCode.find(good, END) is None
    code.extend(END + 99 * DAY, by=user)
    assert BookingNotificationCode.find(good, END) is None, "a block outlives an extension"
    code.unblock(by=user, why="a mistake")
    assert BookingNotificationCode.find(good, END) == code
    code.rotate(by=user)
    assert BookingNotificationCode.find(good, END) is None
    assert BookingNotificationCode.find(code.code, END) == code
    code.expires_at = None
    code.expire(by=user)
    assert BookingNotificationCode.find(code.code, dt.datetime.now(dt.UTC)) is None
    assert [action for action, _why in actions(code)] == [
        "created",
        "extended",
        "blocked",
        "extended",
        "unblocked",
        "rotated",
        "expired",
    ]
    assert ("blocked", "shared in public") in actions(code)
    assert all(entry.by == user for entry in AuditEntry.of(code).exclude(action="created"))


def test_actions_repeated_change_nothing_and_are_noted_once(code: BookingNotificationCode) -> None:
    for _repeat in range(2):
        code.block(by=None, why="x")
    for _repeat in range(2):
        code.unblock(by=None)
    for _repeat in range(2):
        code.expire(by=None)
    assert [action for action, _why in actions(code)] == ["created", "blocked", "unblocked", "expired"]


def test_links_outlive_a_change_of_the_secret_key_through_its_fallbacks(
    code: BookingNotificationCode, settings: Settings
) -> None:
    old_key, old_code = settings.SECRET_KEY, code.code
    with override_settings(SECRET_KEY="another-key", SECRET_KEY_FALLBACKS=[old_key]):
        assert BookingNotificationCode.find(old_code, END) == code
        assert code.code != old_code
    with override_settings(SECRET_KEY="another-key", SECRET_KEY_FALLBACKS=[]):
        assert BookingNotificationCode.find(old_code, END) is None


def test_openings_are_counted_and_decide_nothing(code: BookingNotificationCode) -> None:
    code.opened()
    code.opened()
    code.refresh_from_db()
    assert code.times_opened == 2
    assert code.first_opened_at is not None
    assert code.last_opened_at is not None
    assert code.first_opened_at <= code.last_opened_at


def test_a_code_never_shows_itself_in_text(code: BookingNotificationCode) -> None:
    assert code.code not in f"{code} {code!r}"


def test_an_extended_code_outlives_a_visit_that_moves_beyond_its_date(code: BookingNotificationCode) -> None:
    code.extend(END + 40 * DAY, by=None)
    code.booking.reschedule(END + 60 * DAY)
    assert BookingNotificationCode.find(code.code, END + 60 * DAY) == code
