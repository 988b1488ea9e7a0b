"""Notes, wishes and feedback in the Settings area: on Today, on the visit's page, in lists of their own."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookings.admin import today
from bookings.admin.timeline import story
from bookings.availability.free_times import times_to_move
from bookings.models import Booking, Change, CustomerNote, Feedback, Via, Wish
from bookings.self_service import verbs
from fsportal.models import AuditEntry, Contact, PortalSettings
from tests.admin_cast import person

NOTES = "admin:bookings_customernote_changelist"
FEEDBACK = "admin:bookings_feedback_changelist"


def say(booking: Booking, text: str = "Friday <b>please</b>", wish: Wish = Wish.CHANGE) -> CustomerNote:
    assert booking.reported_by is not None
    return CustomerNote.objects.create(booking=booking, contact=booking.reported_by, wish=wish, text=text)


def rate(booking: Booking, rating: int, days_ago: float = 0, comment: str = "") -> Feedback:
    at = timezone.now() - dt.timedelta(days=days_ago)
    return Feedback.objects.create(
        booking=booking, contact=booking.reported_by, rating=rating, comment=comment, given_at=at
    )


def note_page(note: CustomerNote) -> str:
    return reverse("admin:bookings_customernote_change", args=[note.pk])


def see_to(note: CustomerNote) -> str:
    return reverse("admin:bookings_customernote_action", args=[note.pk, "seen-to"])


def words(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


# --- Seen to --------------------------------------------------------------------------------------------------------
def test_a_wish_is_seen_to_once_and_the_trail_says_by_whom(dispatcher: Client, booking: Booking) -> None:
    note = say(booking)
    answer = dispatcher.post(see_to(note), follow=True)
    assert "It is off the list of what waits." in answer.content.decode()
    note.refresh_from_db()
    assert str(note.handled_by) == "dora"
    again = dispatcher.post(see_to(note), follow=True).content.decode()
    assert "Somebody has seen to it already." in again
    assert AuditEntry.of(note).count() == 1
    page = words(dispatcher, note_page(note))
    assert "dora" in page
    assert see_to(note) not in page


def test_who_may_only_look_and_strangers_see_to_nothing(reader: Client, stranger: Client, booking: Booking) -> None:
    note = say(booking)
    assert reader.post(see_to(note)).status_code == 403
    assert stranger.post(see_to(note)).status_code == 302
    assert see_to(note) not in words(reader, note_page(note))
    note.refresh_from_db()
    assert note.handled_at is None


def test_a_look_sees_to_nothing(dispatcher: Client, booking: Booking) -> None:
    note = say(booking)
    assert dispatcher.get(see_to(note)).status_code == 405
    words(dispatcher, note_page(note))
    note.refresh_from_db()
    assert note.handled_at is None


def test_many_are_seen_to_at_once(dispatcher: Client, booking: Booking) -> None:
    notes = [say(booking, f"Day {number}") for number in range(3)]
    chosen = {"action": "seen-to", "_selected_action": [str(note.pk) for note in notes]}
    dispatcher.post(reverse(NOTES), chosen)
    assert not CustomerNote.objects.waiting().exists()


@pytest.mark.parametrize("name", ["customernote", "feedback"])
def test_nobody_adds_changes_or_deletes_what_customers_said(admin: Client, booking: Booking, name: str) -> None:
    record = say(booking) if name == "customernote" else rate(booking, 1)
    assert admin.get(reverse(f"admin:bookings_{name}_add")).status_code == 403
    change = reverse(f"admin:bookings_{name}_change", args=[record.pk])
    assert admin.post(change, {"text": "other", "comment": "other", "rating": 5}).status_code == 403
    assert admin.post(reverse(f"admin:bookings_{name}_delete", args=[record.pk]), {"post": "yes"}).status_code == 403


# --- Lists ----------------------------------------------------------------------------------------------------------
def test_the_list_of_notes_finds_those_that_wait(reader: Client, booking: Booking) -> None:
    waiting, note = say(booking, "Move me"), say(booking, "Mind the dog", Wish.NOTE)
    say(booking, "Done already").see_to(by=None)
    assert len(reader.get(reverse(NOTES)).context["cl"].result_list) == 3
    assert list(reader.get(reverse(NOTES), {"waiting": "yes"}).context["cl"].result_list) == [waiting]
    assert list(reader.get(reverse(NOTES), {"wish__exact": "note"}).context["cl"].result_list) == [note]


def test_a_notes_page_shows_the_words_and_whom_to_call(reader: Client, booking: Booking) -> None:
    page = words(reader, note_page(say(booking)))
    assert "Friday &lt;b&gt;please&lt;/b&gt;" in page
    assert "+12025550123" in page
    assert "New York time" in page


def test_feedback_is_filtered_by_rating_and_its_average_stands_on_top(
    reader: Client, make_booking: Callable[..., Booking]
) -> None:
    for rating in (1, 4, 5):
        rate(make_booking(), rating, comment=f"Comment {rating}")
    page = words(reader, reverse(FEEDBACK))
    assert "3.3 of 5 on average, from 3 answers" in page
    assert "Comment 1" in page
    page = words(reader, reverse(FEEDBACK) + "?rating=1")
    assert "1.0 of 5 on average, from 1 answer<" in page
    assert "Comment 5" not in page


def test_without_feedback_there_is_no_average(reader: Client, booking: Booking) -> None:
    assert "on average" not in words(reader, reverse(FEEDBACK))


def test_a_feedbacks_page_has_the_whole_comment(reader: Client, booking: Booking) -> None:
    feedback = rate(booking, 2, comment="Late, and " + "very " * 40 + "loud")
    page = words(reader, reverse("admin:bookings_feedback_change", args=[feedback.pk]))
    assert feedback.comment in page
    assert "2 of 5" in page


@pytest.mark.parametrize("name", [NOTES, FEEDBACK])
def test_a_list_takes_as_many_queries_for_many_as_for_one(
    admin: Client, make_booking: Callable[..., Booking], name: str
) -> None:
    def grow() -> None:
        booking = make_booking()
        say(booking)
        rate(booking, 3)

    grow()
    admin.get(reverse(name))
    with CaptureQueriesContext(connection) as one:
        admin.get(reverse(name))
    for _number in range(5):
        grow()
    with CaptureQueriesContext(connection) as many:
        admin.get(reverse(name))
    assert len(many) == len(one)


# --- Today ----------------------------------------------------------------------------------------------------------
def test_today_shows_wishes_with_what_to_do_and_a_button(
    dispatcher: Client, reader: Client, booking: Booking, contact: Contact
) -> None:
    assert "No customer waits for an answer." in words(dispatcher, reverse("admin:today"))
    note, other = say(booking), say(booking, "", Wish.CANCEL)
    say(booking, "Mind the dog", Wish.NOTE)
    page = words(dispatcher, reverse("admin:today"))
    for said in ("Asks for another time", "Friday &lt;b&gt;please", "Move the visit, or call", "Asks to cancel",
                 "Cancel the visit, or call", see_to(note), see_to(other), contact.mobile_phone):  # fmt: skip
        assert said in page
    assert "Mind the dog" not in page
    assert see_to(note) not in words(reader, reverse("admin:today"))
    before = today.wishes_number()
    note.see_to(by=None)
    assert today.wishes_number() == before - 1


def test_today_shows_low_ratings_of_the_last_week(reader: Client, make_booking: Callable[..., Booking]) -> None:
    low, good, old = make_booking(), make_booking(), make_booking()
    rate(low, 2, comment="Mud everywhere")
    rate(good, 3, comment="So so")
    rate(old, 1, days_ago=7.1, comment="Long ago")
    page = words(reader, reverse("admin:today"))
    assert "Mud everywhere" in page
    assert "2 of 5" in page
    assert "So so" not in page
    assert "Long ago" not in page
    assert "Call, and ask what went wrong." in page


def test_today_keeps_both_from_who_may_not_see_them(booking: Booking) -> None:
    say(booking)
    rate(booking, 1, comment="Mud everywhere")
    client = Client()
    client.force_login(person("bob", ["view_booking"]))
    page = words(client, reverse("admin:today"))
    for kept in ("Customers ask", "Friday", "Not satisfied", "Mud everywhere"):
        assert kept not in page
    visit = words(client, reverse("admin:bookings_booking_change", args=[booking.pk]))
    assert "notice tone-attention" not in visit


def test_today_takes_as_many_queries_for_many_as_for_one(admin: Client, make_booking: Callable[..., Booking]) -> None:
    def grow() -> None:
        booking = make_booking()
        say(booking)
        rate(booking, 1)

    grow()
    admin.get(reverse("admin:today"))
    with CaptureQueriesContext(connection) as one:
        admin.get(reverse("admin:today"))
    for _number in range(4):
        grow()
    with CaptureQueriesContext(connection) as many:
        admin.get(reverse("admin:today"))
    assert len(many) == len(one)


# --- The visit's page -----------------------------------------------------------------------------------------------
def test_the_story_tells_what_the_customer_did_and_said(
    reader: Client, make_booking: Callable[..., Booking], contact: Contact
) -> None:
    booking = make_booking(24 * 9)
    now = timezone.now()
    to = times_to_move(booking, now, portal_settings=PortalSettings.load())[-1]
    verbs.change_time(booking, to, contact=contact, by=None, why="School run", now=now)
    moved = next(entry for entry in story(booking) if entry.title == "Rescheduled")
    assert (moved.title, moved.by) == ("Rescheduled", "Ann Smith, Customer portal")
    verbs.ask(booking, contact=contact, wish=Wish.CANCEL, text="Or not at all")
    rate(booking, 2, comment="Mud everywhere")
    page = words(reader, reverse("admin:bookings_booking_change", args=[booking.pk]))
    for said in ("Rescheduled", "Why: School run", "Ann Smith, Customer portal", "Asks to cancel", "Or not at all",
                 "Feedback: 2 of 5", "Mud everywhere", "notice tone-attention"):  # fmt: skip
        assert said in page
    CustomerNote.objects.get().see_to(by=None)
    page = words(reader, reverse("admin:bookings_booking_change", args=[booking.pk]))
    assert "Seen to by somebody" in page
    assert "notice tone-attention" not in page


def test_a_story_takes_as_many_queries_however_much_the_customer_did(booking: Booking, contact: Contact) -> None:
    def more(number: int) -> None:
        booking.reschedule(booking.start + dt.timedelta(hours=1), change=Change(via=Via.PORTAL))
        booking.changes.update(contact=contact)
        say(booking, f"Wish {number}").see_to(by=None)

    more(0)
    story(booking)
    with CaptureQueriesContext(connection) as one:
        story(Booking.objects.with_visit().get(pk=booking.pk))
    for number in range(1, 4):
        more(number)
    with CaptureQueriesContext(connection) as many:
        story(Booking.objects.with_visit().get(pk=booking.pk))
    assert len(many) == len(one)
