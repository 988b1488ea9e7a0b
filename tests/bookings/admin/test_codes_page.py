"""Booking Notification Codes: the list, the actions on one and on many, the link and who may see it."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, BookingNotificationCode
from fsportal.models import Account, AuditEntry, Contact
from tests.admin_cast import DISPATCH, person

LIST = "admin:bookings_bookingnotificationcode_changelist"
ADD = "admin:bookings_bookingnotificationcode_add"


@pytest.fixture
def code(booking: Booking, contact: Contact) -> BookingNotificationCode:
    return BookingNotificationCode.issue(booking, contact)


def page(code: BookingNotificationCode) -> str:
    return reverse("admin:bookings_bookingnotificationcode_change", args=[code.pk])


def action(code: BookingNotificationCode, name: str) -> str:
    return reverse("admin:bookings_bookingnotificationcode_action", args=[code.pk, name])


def actions_on(code: BookingNotificationCode) -> list[tuple[str, str]]:
    return [(entry.action, str(entry.by)) for entry in AuditEntry.of(code)]


def test_a_read_only_user_sees_no_buttons_no_link_and_is_refused(reader: Client, code: BookingNotificationCode) -> None:
    words = reader.get(page(code)).content.decode()
    assert 'class="action-buttons"' not in words
    assert code.link not in words
    assert reader.post(action(code, "expire")).status_code == 403
    assert reader.post(reverse(LIST), {"action": "expire", "_selected_action": [str(code.pk)]}).status_code in (
        200,
        302,
    )
    code.refresh_from_db()
    assert code.expires_at is None


def test_only_who_may_see_links_sees_the_link(code: BookingNotificationCode) -> None:
    # The link opens the customer's live map: it is not for who may not know where technicians are.
    both = [*DISPATCH, "show_link", "view_position"]
    for rights, sees in ((DISPATCH, False), ([*DISPATCH, "show_link"], False), (both, True)):
        client = Client()
        client.force_login(person(f"user{len(rights)}", rights))
        assert (code.link in client.get(page(code)).content.decode()) is sees


def test_a_stranger_is_asked_to_sign_in(stranger: Client, code: BookingNotificationCode) -> None:
    assert stranger.post(action(code, "expire")).status_code == 302
    code.refresh_from_db()
    assert code.expires_at is None


def test_extending_asks_until_when_and_is_audited(dispatcher: Client, code: BookingNotificationCode) -> None:
    asked = dispatcher.get(action(code, "extend"))
    assert b'<form method="post" novalidate>' in asked.content, "it posts to its own address"
    yesterday = (timezone.now() - dt.timedelta(days=1)).date()
    assert "not over yet" in dispatcher.post(action(code, "extend"), {"until": yesterday}).content.decode()
    day = (timezone.now() + dt.timedelta(days=90)).date()
    dispatcher.post(action(code, "extend"), {"until": day})
    code.refresh_from_db()
    assert code.extended_until == dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
    assert actions_on(code)[0] == ("extended", "dora")


def test_expiring_blocking_unblocking_and_rotating_are_audited(
    dispatcher: Client, code: BookingNotificationCode
) -> None:
    link = code.link
    dispatcher.post(action(code, "expire"))
    assert dispatcher.post(action(code, "block"), {"why": ""}).status_code == 400
    dispatcher.post(action(code, "block"), {"why": "Asked by phone"})
    code.refresh_from_db()
    assert code.blocked_why == "Asked by phone"
    assert not code.opens_at(timezone.now())
    dispatcher.post(action(code, "unblock"))
    dispatcher.post(action(code, "rotate"))
    code.refresh_from_db()
    assert code.blocked_at is None
    assert code.link != link
    done = [name for name, _by in reversed(actions_on(code))]
    assert done == ["created", "expired", "blocked", "unblocked", "rotated"]


def test_many_are_blocked_at_once_after_asking_why(
    dispatcher: Client, make_booking: Callable[..., Booking], contact: Contact
) -> None:
    codes = [BookingNotificationCode.issue(make_booking(24 + number), contact) for number in range(3)]
    chosen = {"action": "block", "_selected_action": [str(code.pk) for code in codes[:2]]}
    asked = dispatcher.post(reverse(LIST), chosen)
    assert b"action_form" in asked.content
    assert f'<form method="post" action="{reverse(LIST)}"' in asked.content.decode()
    assert BookingNotificationCode.objects.filter(blocked_at__isnull=False).count() == 0
    empty = dispatcher.post(reverse(LIST), {**chosen, "action_form": "1", "why": ""})
    assert empty.status_code == 400
    dispatcher.post(reverse(LIST), {**chosen, "action_form": "1", "why": "Lost phone"})
    blocked = BookingNotificationCode.objects.filter(blocked_why="Lost phone")
    assert set(blocked) == set(codes[:2])
    assert all(actions_on(code)[0] == ("blocked", "dora") for code in blocked)


def test_many_are_expired_at_once_and_those_that_had_ended_are_left(
    dispatcher: Client, make_booking: Callable[..., Booking], contact: Contact
) -> None:
    codes = [BookingNotificationCode.issue(make_booking(24 + number), contact) for number in range(2)]
    codes[0].expire(by=None)
    chosen = {"action": "expire", "_selected_action": [str(code.pk) for code in codes]}
    said = dispatcher.post(reverse(LIST), chosen, follow=True).content.decode()
    assert "Expire now: 1 done." in said
    assert "Expire now: 1 left as they were." in said


def test_a_code_is_made_by_hand_for_a_contact_of_the_bookings_account(
    dispatcher: Client, booking: Booking, contact: Contact
) -> None:
    elsewhere = Account.objects.create(name="Other", time_zone="UTC")
    stranger = Contact.objects.create(account=elsewhere, name="Else")
    wrong = dispatcher.post(reverse(ADD), {"booking": str(booking.pk), "contact": str(stranger.pk)})
    assert "Choose a contact of Smith &amp; Sons" in wrong.content.decode()
    dispatcher.post(reverse(ADD), {"booking": str(booking.pk), "contact": str(contact.pk)})
    code = BookingNotificationCode.objects.get()
    assert actions_on(code) == [("created", "dora")]
    again = dispatcher.post(reverse(ADD), {"booking": str(booking.pk), "contact": str(contact.pk)})
    assert "has a code for this booking already" in again.content.decode()


def test_the_list_filters_by_what_the_link_does(
    admin: Client, make_booking: Callable[..., Booking], contact: Contact
) -> None:
    working, expired, blocked = (
        BookingNotificationCode.issue(make_booking(24 + number, f"WO-{name}"), contact)
        for number, name in enumerate(("WORKING", "EXPIRED", "BLOCKED"))
    )
    working.opened()
    expired.expire(by=None)
    blocked.block(by=None, why="so")
    expected = {
        "working": {"WO-WORKING"},
        "expired": {"WO-EXPIRED"},
        "blocked": {"WO-BLOCKED"},
        "unopened": {"WO-EXPIRED", "WO-BLOCKED"},
    }
    for state, numbers in expected.items():
        words = admin.get(reverse(LIST), {"state": state}).content.decode()
        assert {number for number in ("WO-WORKING", "WO-EXPIRED", "WO-BLOCKED") if number in words} == numbers


def test_nobody_edits_or_deletes_a_code_by_hand(admin: Client, code: BookingNotificationCode) -> None:
    assert admin.post(page(code), {"expires_at_0": "2020-01-01"}).status_code == 403
    delete = reverse("admin:bookings_bookingnotificationcode_delete", args=[code.pk])
    assert admin.post(delete, {"post": "yes"}).status_code == 403
