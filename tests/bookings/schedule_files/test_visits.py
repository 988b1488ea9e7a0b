"""What a later file does to bookings: the same as a person would, by the same verbs."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from bookings.messages import reminders
from bookings.models import Booking, BookingChange, BookingStatus, Verb, Via
from bookings.schedule_files import Origin
from fsportal.models import PortalSettings
from notifications.customers import delivery
from notifications.models import CustomerNotification, Reason, State
from tests.bookings.schedule_files.files import NOW, bring, contents, faults, numbered

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
S = BookingStatus


@pytest.fixture
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def reminded() -> Booking:
    """Return the visit of row 1, of which its contact has been reminded."""
    bring(numbered(1))
    portal_settings = PortalSettings.load()
    portal_settings.reminder_lead_days = 7
    portal_settings.save()
    reminders.sweep()
    delivery.drain()
    return booking()


def booking(number: int = 1) -> Booking:
    return Booking.objects.get(external_id=f"B-{number}")


def queued() -> set[str]:
    return set(CustomerNotification.objects.filter(state=State.QUEUED).values_list("event", flat=True))


def verbs() -> list[str]:
    return list(BookingChange.objects.filter(booking=booking()).order_by("revision").values_list("verb", flat=True))


def test_a_new_row_is_scheduled_by_way_of_the_import_with_file_and_row_in_its_history() -> None:
    bring(numbered(1))

    change = BookingChange.objects.get()
    assert (change.verb, change.via, change.why) == (Verb.SCHEDULE, Via.IMPORT, "file.csv, row 2")


def test_another_technician_time_and_status_are_assigned_moved_and_set_in_that_order() -> None:
    bring(numbered(1))

    report = bring(
        numbered(1, resource="Grete Vogel", start="2026-11-24 12:00", end="2026-11-24 13:00", status="Traveling")
    )

    assert not report.errors
    assert verbs() == [Verb.SCHEDULE, Verb.ASSIGN, Verb.RESCHEDULE, Verb.TRAVEL]


def test_a_move_in_the_file_is_told_to_a_contact_who_was_reminded(reminded: Booking) -> None:
    bring(numbered(1, start="2026-11-24 10:11", end="2026-11-24 11:11"))

    assert queued() == {"rescheduled"}


def test_a_cancellation_in_the_file_is_told_to_a_contact_who_was_reminded(reminded: Booking) -> None:
    bring(numbered(1, status="Canceled"))

    assert queued() == {"canceled"}


def test_a_completion_in_the_file_is_told_with_a_time_that_is_not_after_the_visit() -> None:
    bring(numbered(1))
    with time_machine.travel(NOW + dt.timedelta(days=3), tick=False):
        bring(numbered(1, status="Completed"))

    assert queued() == {"booked", "completed"}
    assert booking().completed_at == booking().end


@pytest.mark.parametrize("status", ["Completed", "Canceled", "In Progress", "On Break", "Traveling"])
def test_a_new_row_about_the_past_tells_nobody_anything(status: str) -> None:
    report = bring(numbered(1, start="2026-11-03 10:00", end="2026-11-03 11:00", status=status))

    assert not report.errors
    assert booking().get_status_display() == status
    assert not CustomerNotification.objects.exists()


def test_a_new_row_that_is_on_its_way_now_is_told() -> None:
    bring(numbered(1, start="2026-11-22 10:15", end="2026-11-22 11:15", status="Traveling"))

    assert queued() == {"traveling"}


@pytest.mark.parametrize("action", ["travel", "start_work", "complete", "cancel"])
def test_a_file_that_is_behind_turns_nothing_back_and_says_so(action: str) -> None:
    bring(numbered(1), numbered(2))
    getattr(booking(), action)()
    before = contents()

    report = bring(numbered(1), numbered(2))

    assert not report.errors
    assert [note.row for note in report.notes()] == [2]
    assert booking().get_status_display() in report.notes()[0].reason
    assert report.changes_nothing
    assert contents() == before


def test_other_times_of_a_visit_that_is_over_are_left_and_told() -> None:
    bring(numbered(1))
    booking().complete()

    report = bring(numbered(1, start="2026-11-24 12:00", end="2026-11-24 13:00", status="Completed"))

    assert [note.row for note in report.notes()] == [2]
    assert booking().start == dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)


def test_an_empty_status_says_nothing() -> None:
    bring(numbered(1, status=""))
    assert booking().status == S.SCHEDULED
    booking().cancel()

    assert bring(numbered(1, status="")).changes_nothing


def test_what_a_verb_refuses_is_an_error_at_its_row_and_nothing_is_imported() -> None:
    bring(numbered(1), numbered(2))
    booking().cancel()
    before = contents()

    report = bring(numbered(1, status="Completed"), numbered(2, resource="Somebody New"))

    assert faults(report) == [(2, "status")]
    assert contents() == before


def test_a_break_before_anybody_set_off_is_reached_without_telling_of_the_way() -> None:
    bring(numbered(1))

    bring(numbered(1, status="On Break"))

    assert booking().status == S.ON_BREAK
    assert queued() == {"booked"}


def test_an_outcome_that_was_not_agreed_to_is_not_carried_out() -> None:
    agreed = bring(numbered(1), dry_run=True).fingerprint()
    bring(numbered(1))
    before = contents()

    moved = numbered(1, start="2026-11-24 10:30")
    report = bring(moved, agreed=agreed)

    assert report.fingerprint() != agreed
    assert contents() == before


# --- Who is told nothing ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", ["Canceled", "Completed"])
def test_a_visit_that_is_off_or_over_when_first_seen_is_not_announced(status: str) -> None:
    bring(numbered(1, status=status))
    assert not CustomerNotification.objects.exists()


def test_the_story_of_a_move_in_a_file_says_why_nobody_was_told() -> None:
    bring(numbered(1), origin=Origin("file.csv", quiet=True))
    bring(numbered(1, start="2026-11-24 12:00", end="2026-11-24 13:00"))
    assert booking().changes.get(revision=2).untold == Reason.NOT_REMINDED
    bring(numbered(1, start="2026-11-24 14:00", end="2026-11-24 15:00"), origin=Origin("file.csv", quiet=True))
    assert [change.untold for change in booking().changes.all()] == ["do_not_tell", "not_reminded", "do_not_tell"]
    assert not CustomerNotification.objects.exists()


def test_without_an_end_a_visit_that_moves_stays_as_long_as_it_is() -> None:
    bring(numbered(1, end="2026-11-24 13:30"))
    before = booking()
    without = {name: value for name, value in numbered(1, start="2026-11-24 11:00").items() if name != "end"}
    for file in (numbered(1, start="2026-11-24 11:00", end=""), without):
        assert bring(file).errors == []
        moved = booking()
        assert (moved.start, moved.end - moved.start) == (
            before.start + dt.timedelta(hours=1),
            before.end - before.start,
        )
    assert verbs() == ["schedule", "reschedule"]


def test_a_new_visit_needs_an_end() -> None:
    bring(numbered(1))
    report = bring(numbered(1, end=""), numbered(2, end="", incident_type="New service"))
    assert faults(report) == [(3, "end")]
    assert Booking.objects.count() == 1


def test_a_canceled_visit_in_a_file_is_not_reopened_and_a_reopened_one_follows_the_file() -> None:
    bring(numbered(1))
    booking().cancel()
    (note,) = bring(numbered(1)).notes()
    assert "This visit is Canceled here. Left as it is: status" in note.reason
    assert booking().status == S.CANCELED
    assert faults(bring(numbered(1, status="Completed"))) == [(2, "status")]
    booking().reopen()
    bring(numbered(1))
    assert verbs() == ["schedule", "cancel", "reopen"]
