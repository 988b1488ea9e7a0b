"""A booking's page: its buttons are the verbs, and its story is told in one timeline."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, BookingNotificationCode, BookingStatus, Change, Via, WorkOrder
from fsportal.lib import zones
from fsportal.models import User
from notifications.models import State
from tests.factories import ResourceFactory


def page(booking: Booking) -> str:
    return reverse("admin:bookings_booking_change", args=[booking.pk])


def action(booking: Booking, name: str) -> str:
    return reverse("admin:bookings_booking_action", args=[booking.pk, name])


def test_a_stranger_is_asked_to_sign_in(stranger: Client, booking: Booking) -> None:
    for address in (page(booking), action(booking, "travel"), action(booking, "reschedule")):
        assert stranger.post(address).status_code == 302
    booking.refresh_from_db()
    assert booking.status == BookingStatus.SCHEDULED


def test_a_read_only_user_sees_no_buttons_and_is_refused(reader: Client, booking: Booking) -> None:
    answer = reader.get(page(booking))
    assert answer.status_code == 200
    assert 'class="action' not in answer.content.decode()
    assert reader.post(action(booking, "travel"), {"revision": 1}).status_code == 403
    assert reader.get(action(booking, "reschedule")).status_code == 403
    booking.refresh_from_db()
    assert booking.status == BookingStatus.SCHEDULED


def test_a_button_wants_a_post(dispatcher: Client, booking: Booking) -> None:
    assert dispatcher.get(action(booking, "start-work")).status_code == 405
    booking.refresh_from_db()
    assert booking.status == BookingStatus.SCHEDULED


def test_a_button_wants_the_form_token(booking: Booking, db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("eve", "", "x"))
    assert client.post(action(booking, "travel"), {"revision": 1}).status_code == 403
    booking.refresh_from_db()
    assert booking.status == BookingStatus.SCHEDULED


def test_an_action_that_does_not_exist_is_not_found(dispatcher: Client, booking: Booking) -> None:
    assert dispatcher.post(action(booking, "delete")).status_code == 404


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("travel", [], BookingStatus.TRAVELING),
        ("start-work", ["travel"], BookingStatus.IN_PROGRESS),
        ("pause", ["travel"], BookingStatus.ON_BREAK),
        ("turn-back", ["travel"], BookingStatus.SCHEDULED),
        ("complete", ["travel", "start_work"], BookingStatus.COMPLETED),
    ],
)
def test_each_button_does_its_verb_by_the_signed_in_person(
    dispatcher: Client, booking: Booking, name: str, before: list[str], after: int
) -> None:
    for verb in before:
        getattr(booking, verb)()
    answer = dispatcher.post(action(booking, name), {"revision": booking.revision, "sure": "on"}, follow=True)
    booking.refresh_from_db()
    assert booking.status == after
    change = booking.changes.first()
    assert change is not None
    assert (str(change.by), change.via) == ("dora", Via.ADMIN)
    assert "messagelist" in answer.content.decode()


def test_only_the_verbs_that_the_status_allows_are_shown(dispatcher: Client, booking: Booking) -> None:
    booking.cancel()
    offered = re.findall(r"/do/([\w-]+)/", dispatcher.get(page(booking)).content.decode())
    assert offered == ["reopen"]
    assert dispatcher.post(action(booking, "travel"), {"revision": booking.revision, "sure": "on"}).status_code == 302
    booking.refresh_from_db()
    assert booking.status == BookingStatus.CANCELED


def test_the_second_of_two_people_is_told_that_the_booking_changed(dispatcher: Client, booking: Booking) -> None:
    Booking.objects.get(pk=booking.pk).travel()
    answer = dispatcher.post(action(booking, "complete"), {"revision": 1, "sure": "on"}, follow=True)
    booking.refresh_from_db()
    assert booking.status == BookingStatus.TRAVELING
    assert "Somebody changed this visit" in answer.content.decode()


def test_rescheduling_reads_the_clock_of_the_site(dispatcher: Client, booking: Booking) -> None:
    day = (timezone.now() + dt.timedelta(days=40)).date()
    data = {"revision": 1, "start": f"{day}T09:30", "end": f"{day}T11:00", "why": "Parts are late"}
    assert dispatcher.post(action(booking, "reschedule"), data).status_code == 302
    booking.refresh_from_db()
    assert zones.local(booking.start, "America/New_York").replace(tzinfo=None) == dt.datetime.fromisoformat(
        f"{day}T09:30"
    )
    assert (booking.end - booking.start) == dt.timedelta(minutes=90)
    assert booking.changes.get(revision=2).why == "Parts are late"


def test_a_time_that_the_clock_skips_is_an_error_beside_the_field_and_stays_typed(
    dispatcher: Client, booking: Booking
) -> None:
    answer = dispatcher.post(action(booking, "reschedule"), {"revision": 1, "start": "2027-03-14T02:30", "why": "so"})
    words = answer.content.decode()
    assert answer.status_code == 400
    assert "does not exist in America/New_York" in words
    assert "2027-03-14T02:30" in words
    booking.refresh_from_db()
    assert booking.revision == 1


def test_a_stale_reschedule_keeps_what_was_typed(dispatcher: Client, booking: Booking) -> None:
    Booking.objects.get(pk=booking.pk).reschedule(booking.start + dt.timedelta(hours=3))
    answer = dispatcher.post(
        action(booking, "reschedule"), {"revision": 1, "start": "2027-05-04T02:30", "why": "Why not"}
    )
    assert "Somebody changed this visit" in answer.content.decode()
    assert "Why not" in answer.content.decode()


def test_an_end_before_the_start_is_refused(dispatcher: Client, booking: Booking) -> None:
    data = {"revision": 1, "start": "2027-05-04T02:30", "end": "2027-05-04T02:30"}
    answer = dispatcher.post(action(booking, "reschedule"), data)
    assert "The end must be after the start." in answer.content.decode()


def test_assigning_takes_another_technician(dispatcher: Client, booking: Booking) -> None:
    other = ResourceFactory(name="Lena Fischer", time_zone="America/New_York")
    assert dispatcher.get(action(booking, "assign")).status_code == 200
    dispatcher.post(action(booking, "assign"), {"revision": 1, "resource": str(other.pk)})
    booking.refresh_from_db()
    assert booking.resource == other


def test_canceling_asks_why(dispatcher: Client, booking: Booking) -> None:
    assert dispatcher.post(action(booking, "cancel"), {"revision": 1}).status_code == 400
    dispatcher.post(action(booking, "cancel"), {"revision": 1, "why": "Customer asked"})
    booking.refresh_from_db()
    assert booking.status == BookingStatus.CANCELED
    assert booking.changes.get(revision=2).why == "Customer asked"


def test_the_old_address_of_adding_leads_to_the_one_form(dispatcher: Client, booking: Booking) -> None:
    query = f"?work_order={booking.work_order_id}"
    answer = dispatcher.get(reverse("admin:bookings_booking_add") + query)
    assert answer.headers["Location"] == reverse("admin:new-visit") + query


def test_nobody_edits_or_deletes_a_booking_by_hand(admin: Client, booking: Booking) -> None:
    assert admin.post(page(booking), {"status": 690970004}).status_code == 403
    assert admin.post(reverse("admin:bookings_booking_delete", args=[booking.pk])).status_code == 403


def test_the_story_tells_changes_messages_openings_and_actions(
    admin: Client, booking: Booking, make_message: Callable[..., object]
) -> None:
    make_message(State.DELIVERED)
    make_message(State.SUPPRESSED, reason="opted_out", channel="sms")
    code = BookingNotificationCode.issue(booking, booking.work_order.reported_by)  # type: ignore[arg-type]
    code.opened()
    code.block(by=None, why="Asked by phone")
    booking.cancel(Change(by=User.objects.get(username="ada"), via=Via.ADMIN, why="Ill"))
    words = admin.get(page(booking)).content.decode()
    for said in ("Canceled", "Why: Ill", "ada, Settings area", "Delivered", "The contact has opted out of this channel",
                 "Link opened by Ann Smith", "blocked", "Asked by phone", "New York time"):  # fmt: skip
        assert said in words, said
    assert "ann@example.com" not in words


def test_the_story_takes_as_many_queries_for_a_long_as_for_a_short_life(
    admin: Client, booking: Booking, make_message: Callable[..., object]
) -> None:
    make_message()
    BookingNotificationCode.issue(booking, booking.work_order.reported_by)  # type: ignore[arg-type]
    admin.get(page(booking))
    # What is kept for half a minute is asked for again in both.
    cache.clear()
    with CaptureQueriesContext(connection) as short:
        admin.get(page(booking))
    for hours in range(1, 9):
        booking.reschedule(booking.start + dt.timedelta(hours=hours))
        make_message()
    cache.clear()
    with CaptureQueriesContext(connection) as long:
        admin.get(page(booking))
    assert len(long) == len(short)


def test_the_list_takes_as_many_queries_for_many_rows_as_for_one(
    admin: Client, make_booking: Callable[..., Booking]
) -> None:
    address = reverse("admin:bookings_booking_changelist")
    make_booking()
    admin.get(address)
    with CaptureQueriesContext(connection) as one:
        admin.get(address)
    for hours in range(2, 9):
        make_booking(24 + hours / 10)
    with CaptureQueriesContext(connection) as many:
        admin.get(address)
    assert len(many) == len(one)


def test_the_list_opens_on_what_is_to_do(admin: Client, make_booking: Callable[..., Booking]) -> None:
    late, ahead, done = make_booking(-2, "WO-LATE"), make_booking(5, "WO-AHEAD"), make_booking(6, "WO-DONE")
    done.complete()
    address = reverse("admin:bookings_booking_changelist")
    shown = admin.get(address).content.decode()
    assert "WO-LATE" in shown
    assert "WO-AHEAD" in shown
    assert "WO-DONE" not in shown
    assert "WO-DONE" in admin.get(address, {"when": "over"}).content.decode()
    only_late = admin.get(address, {"when": "late"}).content.decode()
    assert "WO-LATE" in only_late
    assert "WO-AHEAD" not in only_late
    assert late.pk != ahead.pk


def test_hostile_names_are_escaped(admin: Client, booking: Booking) -> None:
    account = booking.work_order.account
    account.name = "<script>alert(1)</script>" + "\u05d0" * 170
    account.save()
    WorkOrder.objects.update(number="=1+1<b>")
    booking.cancel(Change(why="<img src=x onerror=alert(1)>"))
    for address in (page(booking), reverse("admin:bookings_booking_changelist") + "?when=all"):
        words = admin.get(address).content.decode()
        assert "<script>alert" not in words
        assert "<img src=x" not in words
        assert "&lt;script&gt;alert" in words


# --- Asked first, and taken back --------------------------------------------------------------------------------------
def test_setting_off_to_a_visit_of_another_day_is_asked_about(
    dispatcher: Client, make_booking: Callable[..., Booking]
) -> None:
    near, far = make_booking(5), make_booking(24 * 3)
    question = "Set off now?"
    assert question not in dispatcher.get(action(near, "travel")).content.decode()
    dispatcher.post(action(near, "travel"), {"revision": 1})
    near.refresh_from_db()
    assert near.status == BookingStatus.TRAVELING
    asked = dispatcher.get(action(far, "travel")).content.decode()
    assert question in asked
    refused = dispatcher.post(action(far, "travel"), {"revision": 1})
    assert (refused.status_code, question in refused.content.decode()) == (400, True)
    far.refresh_from_db()
    assert far.status == BookingStatus.SCHEDULED
    for page_of in (asked, refused.content.decode()):
        assert re.search(r'<input type="hidden" name="sure" value="on"[^>]*>', page_of)
    dispatcher.post(action(far, "travel"), {"revision": 1, "sure": "on"})
    far.refresh_from_db()
    assert far.status == BookingStatus.TRAVELING


def test_completing_what_was_never_started_is_asked_about(dispatcher: Client, booking: Booking) -> None:
    question = "Work on this visit has not been started."
    assert question in dispatcher.get(action(booking, "complete")).content.decode()
    assert dispatcher.post(action(booking, "complete"), {"revision": 1}).status_code == 400
    booking.start_work()
    assert question not in dispatcher.get(action(booking, "complete")).content.decode()
    dispatcher.post(action(booking, "complete"), {"revision": 2})
    booking.refresh_from_db()
    assert booking.status == BookingStatus.COMPLETED


def test_reopening_asks_why_and_says_what_the_visit_will_be(dispatcher: Client, booking: Booking) -> None:
    booking.cancel()
    asked = dispatcher.get(action(booking, "reopen")).content.decode()
    assert "It will be Scheduled again." in asked
    assert "Its time has passed" not in asked
    assert "another visit at this time" not in asked
    assert dispatcher.post(action(booking, "reopen"), {"revision": 2}).status_code == 400
    answer = dispatcher.post(action(booking, "reopen"), {"revision": 2, "why": "Wrong visit"}, follow=True)
    booking.refresh_from_db()
    assert booking.status == BookingStatus.SCHEDULED
    assert (booking.changes.get(revision=3).why, booking.changes.get(revision=3).via) == ("Wrong visit", Via.ADMIN)
    words = answer.content.decode()
    assert "The visit is open again." in words
    assert "Why: Wrong visit" in words


def test_reopening_says_that_the_technician_has_been_given_another_visit_and_allows_it(
    dispatcher: Client, booking: Booking, make_booking: Callable[..., Booking]
) -> None:
    booking.cancel()
    make_booking(24.5, "WO-OTHER")
    said = "Omar Haddad has another visit at this time: Smith &amp; Sons"
    assert said in dispatcher.get(action(booking, "reopen")).content.decode()
    asked = dispatcher.post(action(booking, "reopen"), {"revision": 2, "why": "Both"})
    assert (asked.status_code, said in asked.content.decode()) == (400, True)
    accepted = {"revision": 2, "why": "Both", "despite": "overlap"}
    answer = dispatcher.post(action(booking, "reopen"), accepted, follow=True)
    booking.refresh_from_db()
    assert booking.status == BookingStatus.SCHEDULED
    assert "In spite of: Another visit at this time" in answer.content.decode()


def test_reopening_a_visit_whose_time_has_passed_says_so(
    dispatcher: Client, make_booking: Callable[..., Booking]
) -> None:
    old = make_booking(-3)
    old.cancel()
    assert "Its time has passed" in dispatcher.get(action(old, "reopen")).content.decode()


def test_only_whoever_may_change_the_status_may_reopen(reader: Client, booking: Booking) -> None:
    booking.cancel()
    assert "/do/reopen/" not in reader.get(page(booking)).content.decode()
    assert reader.post(action(booking, "reopen"), {"revision": 2, "why": "x"}).status_code == 403


def test_a_stale_page_reopens_nothing(dispatcher: Client, booking: Booking) -> None:
    booking.cancel()
    again = Booking.objects.get(pk=booking.pk)
    again.reopen()
    again.complete()
    answer = dispatcher.post(action(booking, "reopen"), {"revision": 2, "why": "Wrong visit"})
    assert "Somebody changed this visit" in answer.content.decode()
    booking.refresh_from_db()
    assert booking.status == BookingStatus.COMPLETED


# --- Moving -----------------------------------------------------------------------------------------------------------
def test_moving_only_the_start_keeps_the_length(dispatcher: Client, booking: Booking) -> None:
    form = dispatcher.get(action(booking, "reschedule")).content.decode()
    fields = dict(re.findall(r'<input type="datetime-local" name="(\w+)"(?: value="([^"]*)")?', form))
    assert (bool(fields["start"]), fields["end"]) == (True, "")
    assert "Empty: the visit stays as long as it is, 1 hour." in form
    start = dt.datetime.fromisoformat(fields["start"]) - dt.timedelta(hours=2)
    dispatcher.post(action(booking, "reschedule"), {"revision": 1, **fields, "start": start.strftime("%Y-%m-%dT%H:%M")})
    fresh = Booking.objects.get(pk=booking.pk)
    assert fresh.start == booking.start - dt.timedelta(hours=2)
    assert fresh.end - fresh.start == dt.timedelta(hours=1)


def test_moving_only_the_end_changes_the_length(dispatcher: Client, booking: Booking) -> None:
    start = zones.local(booking.start, booking.zone_name)
    typed = {"start": start.strftime("%Y-%m-%dT%H:%M"), "end": f"{start + dt.timedelta(hours=3):%Y-%m-%dT%H:%M}"}
    dispatcher.post(action(booking, "reschedule"), {"revision": 1, **typed})
    fresh = Booking.objects.get(pk=booking.pk)
    assert (fresh.start, fresh.end) == (booking.start, booking.start + dt.timedelta(hours=3))


def test_sent_as_it_is_shown_the_form_moves_nothing(dispatcher: Client, booking: Booking) -> None:
    start = zones.local(booking.start, booking.zone_name)
    typed = {"start": start.strftime("%Y-%m-%dT%H:%M"), "end": ""}
    answer = dispatcher.post(action(booking, "reschedule"), {"revision": 1, **typed}, follow=True)
    assert "Nothing was changed" in answer.content.decode()
    assert Booking.objects.get(pk=booking.pk).revision == 1
