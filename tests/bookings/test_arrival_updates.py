"""Arrival times on the way: asked of the engines by the worker, told by the message, and told once more when late."""

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from bookings import arrival_updates, eta
from bookings.models import Booking, BookingStatus, Change, Position, Resource, Route, Via
from bookings.tasks import work_out_arrivals
from bookings.tracking import intake
from fsportal.conf.environment import routing_engines
from fsportal.models import PortalSettings, User
from notifications.customers import delivery
from notifications.models import AppNotification, CustomerNotification, State
from tests.factories import BookingFactory, ResourceFactory
from tests.servers import SmtpSink

pytestmark = pytest.mark.django_db

#: A Tuesday noon in London: no rush hour.
NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
#: The site of AccountFactory is in Westminster; these are about 2.5, 9 and 75 km from it.
NEAR, FAR, OXFORD = (51.52, -0.12), (51.56, -0.05), (51.752, -1.258)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def visit(start: dt.datetime = NOW + 20 * MINUTE) -> Booking:
    name = "Omar Haddad" if not Resource.objects.exists() else f"Omar {Resource.objects.count()}"
    resource = ResourceFactory(name=name, start_latitude=NEAR[0], start_longitude=NEAR[1])
    return BookingFactory(
        resource=resource,
        work_order__reported_by__email="sarah@example.com",
        work_order__reported_by__mobile_phone="",
        start=start,
        end=start + 60 * MINUTE,
    )


def seen(booking: Booking, place: eta.Point, at: dt.datetime) -> None:
    """Keep a position on the way to this visit, as the intake would."""
    Resource.objects.filter(pk=booking.resource_id).update(
        last_latitude=place[0], last_longitude=place[1], last_seen_at=at
    )
    Position.objects.create(
        booking=booking, resource_id=booking.resource_id, latitude=place[0], longitude=place[1], recorded_at=at
    )


def text_of(smtp: SmtpSink, number: int) -> str:
    body = smtp.messages[number].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def clear_to_send() -> None:
    """Deliver what was tapped without a connection, once no more can be on its way."""
    with time_machine.travel(dt.datetime.now(dt.UTC) + MINUTE, tick=False):
        delivery.drain()


def messages(booking: Booking, event: str) -> list[CustomerNotification]:
    return list(CustomerNotification.objects.regarding(booking).filter(event=event, channel="email"))


def test_setting_off_stores_the_estimate_and_when(clock: time_machine.Coordinates) -> None:
    booking = visit()
    booking.travel()
    booking.refresh_from_db()
    assert booking.set_off_at == NOW
    assert booking.arrival_source == "estimate"
    assert booking.arrival_due is False, "there is no engine to ask"
    assert booking.arrival_metres is not None
    assert booking.arrival_latest is not None
    assert 2500 < booking.arrival_metres < 5000
    assert NOW < booking.arrival_latest < NOW + 30 * MINUTE


def test_setting_off_without_a_connection_counts_from_when_it_was_tapped() -> None:
    booking = visit()
    booking.travel(Change(at=NOW - 10 * MINUTE))
    change = booking.changes.get(revision=booking.revision)
    assert booking.set_off_at == change.at == NOW - 10 * MINUTE


def test_no_arrival_is_named_for_a_drive_that_nobody_drives(smtp: SmtpSink) -> None:
    booking = visit()
    Resource.objects.update(start_latitude=40.75, start_longitude=-73.98)  # New York
    booking = Booking.objects.with_visit().get(pk=booking.pk)
    booking.travel()
    assert (booking.arrival_earliest, booking.arrival_latest) == (None, None)
    delivery.drain()
    assert "Omar Haddad is on the way to you" in str(smtp.messages[0]["Subject"])


def test_the_arrival_follows_the_positions_once_a_minute(clock: time_machine.Coordinates) -> None:
    booking = visit()
    booking.travel()
    assert arrival_updates.work_out() == 0, "nothing has been heard of the technician"
    clock.shift(30 * dt.timedelta(seconds=1))
    seen(booking, FAR, NOW + dt.timedelta(seconds=30))
    assert arrival_updates.work_out() == 0, "half a minute old is new enough"
    clock.shift(30 * dt.timedelta(seconds=1))
    assert work_out_arrivals() == "1 arrivals worked out"
    before = booking.arrival_latest
    booking.refresh_from_db()
    assert before is not None
    assert booking.arrival_latest is not None
    assert booking.arrival_latest > before
    assert booking.arrival_at == NOW + MINUTE
    assert arrival_updates.work_out() == 0


def test_what_an_engine_says_of_a_visit_that_is_no_longer_traveled_to_is_dropped(
    clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = visit()
    booking.travel()
    seen(booking, FAR, NOW + MINUTE)
    clock.shift(MINUTE)
    real = eta.ask_all

    def meanwhile(trips: Sequence[eta.Trip]) -> list[eta.Arrival]:
        Booking.objects.filter(pk=booking.pk).update(status=BookingStatus.IN_PROGRESS, revision=9)
        return real(trips)

    monkeypatch.setattr(eta, "ask_all", meanwhile)
    arrival_updates.work_out()
    latest = booking.arrival_latest
    booking.refresh_from_db()
    assert booking.arrival_latest == latest
    assert not Route.objects.exists()


def test_a_tap_that_comes_in_late_names_no_arrival_that_has_passed(smtp: SmtpSink) -> None:
    booking = visit()
    booking.travel(Change(at=NOW - 120 * MINUTE))
    booking.refresh_from_db()
    assert (booking.arrival_earliest, booking.arrival_latest, booking.arrival_source) == (None, None, "")
    clear_to_send()
    assert [mail["Subject"] for mail in smtp.messages] == ["Omar Haddad is on the way to you"]
    assert "arriving" not in text_of(smtp, 0)


def test_who_set_off_so_long_ago_that_it_says_nothing_is_not_announced(smtp: SmtpSink) -> None:
    booking = visit()
    booking.travel(Change(at=NOW - 5 * 60 * MINUTE))
    clear_to_send()
    assert not smtp.messages
    assert [row.state for row in messages(booking, "traveling")] == [State.EXPIRED]


def test_who_set_off_a_while_ago_is_not_taken_to_set_off_now(settings: Settings, smtp: SmtpSink) -> None:
    settings.ROUTING = routing_engines("valhalla://127.0.0.1:9")
    booking = visit()
    booking.travel(Change(at=NOW - 5 * MINUTE))
    before = booking.arrival_latest
    assert arrival_updates.work_out() == 1
    booking.refresh_from_db()
    assert booking.arrival_latest == before


def test_an_arrival_that_was_not_known_is_worked_out_once_positions_come_in(clock: time_machine.Coordinates) -> None:
    booking = visit()
    Resource.objects.update(start_latitude=None, start_longitude=None)
    booking = Booking.objects.with_visit().get(pk=booking.pk)
    booking.travel()
    booking.refresh_from_db()
    assert booking.arrival_at is None, "nobody knows from where"
    assert arrival_updates.work_out() == 0
    seen(booking, FAR, NOW)
    assert arrival_updates.work_out() == 1
    booking.refresh_from_db()
    assert booking.arrival_at == NOW
    assert booking.arrival_latest is not None
    assert booking.arrival_latest > NOW
    assert arrival_updates.work_out() == 0


def test_however_many_travel_few_questions_find_what_is_due(clock: time_machine.Coordinates) -> None:
    def questions(more: int) -> int:
        for _number in range(more):
            booking = visit()
            booking.travel()
            seen(booking, FAR, NOW + MINUTE)
        with CaptureQueriesContext(connection) as caught:
            assert len(arrival_updates.drives(NOW + 2 * MINUTE)) >= more
        return len(caught)

    assert questions(1) == questions(5) == 2


# --- Whose position -------------------------------------------------------------------------------------------------


def test_the_arrival_of_a_visit_says_nothing_of_the_way_to_another(clock: time_machine.Coordinates) -> None:
    first = visit()
    first.travel()
    seen(first, NEAR, NOW)
    second = BookingFactory(resource=first.resource, start=NOW + 120 * MINUTE, end=NOW + 180 * MINUTE)
    clock.shift(MINUTE)
    second.travel()
    clock.shift(MINUTE)
    seen(second, OXFORD, NOW + 2 * MINUTE)
    assert arrival_updates.work_out() == 1
    first.refresh_from_db()
    assert first.arrival_at == NOW, "nothing new is known of that one"
    assert list(Route.objects.values_list("booking", flat=True)) == [second.pk]


def test_no_way_is_drawn_from_where_no_position_of_this_visit_was(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ROUTING = routing_engines("valhalla://127.0.0.1:9")
    booking = visit()
    booking.travel()
    home = (NEAR, (51.5, -0.12))
    real = eta.ask_all
    monkeypatch.setattr(
        eta, "ask_all", lambda trips: [dataclasses.replace(arrival, line=home) for arrival in real(trips)]
    )
    assert arrival_updates.work_out() == 1
    assert not Route.objects.exists(), "it would begin at the technician's home, or at the customer's before"


def test_who_takes_over_on_the_way_is_expected_from_where_they_are(
    smtp: SmtpSink, clock: time_machine.Coordinates
) -> None:
    booking = visit()
    booking.travel()
    delivery.drain()
    before = booking.arrival_latest
    clock.shift(2 * MINUTE)
    other = ResourceFactory(name="Anna Berg", start_latitude=OXFORD[0], start_longitude=OXFORD[1])
    booking = Booking.objects.with_visit().get(pk=booking.pk)
    booking.assign(other)
    booking.refresh_from_db()
    assert before is not None
    assert booking.arrival_latest is not None
    assert booking.arrival_latest > before + 30 * MINUTE
    assert booking.set_off_at == NOW + 2 * MINUTE, "where Anna was before is nobody's business"
    slip(booking, clock)
    assert [str(mail["Subject"]) for mail in smtp.messages] == [
        "Omar Haddad is on the way to you",
        "Anna Berg is on the way to you",
        "Anna Berg is running late",
    ]


def test_the_customer_is_told_who_comes_instead(smtp: SmtpSink) -> None:
    booking = visit()
    booking.travel()
    delivery.drain()
    booking.assign(ResourceFactory(name="Anna Berg", start_latitude=NEAR[0], start_longitude=NEAR[1]))
    delivery.drain()
    assert [str(mail["Subject"]) for mail in smtp.messages][1:] == ["Anna Berg is on the way to you"]


def test_a_file_that_says_so_of_two_is_believed_so_that_it_says_the_same_each_time() -> None:
    first = visit()
    second = BookingFactory(resource=first.resource, start=NOW + 90 * MINUTE, end=NOW + 150 * MINUTE)
    for booking in (first, second):
        booking.travel(Change(via=Via.IMPORT))
    first.refresh_from_db()
    assert first.status == BookingStatus.TRAVELING


@pytest.mark.parametrize("verbs", [["travel"], ["start_work"], ["start_work", "pause"]])
def test_who_is_busy_with_somebody_else_has_not_set_off_to_what_they_take_over(
    smtp: SmtpSink, verbs: list[str]
) -> None:
    booking, other = visit(), visit()
    for verb in verbs:
        getattr(other, verb)()
    booking.travel()
    delivery.drain()
    count = len(smtp.messages)
    booking.assign(other.resource)
    delivery.drain()
    booking.refresh_from_db()
    assert booking.status == BookingStatus.SCHEDULED
    assert [str(mail["Subject"]) for mail in smtp.messages][count:] == ["Your technician is not on the way any more"]
    expected = other.pk if verbs == ["travel"] else None
    found = intake.visit_traveled_to(other.resource)
    assert (found.pk if found else None) == expected, "its customer would see the way to somebody else's door"


def test_who_sets_off_to_somebody_else_is_on_the_way_to_the_first_no_more(dispatcher: User) -> None:
    first = visit()
    second = BookingFactory(resource=first.resource, start=NOW + 90 * MINUTE, end=NOW + 150 * MINUTE)
    elsewhere = visit()
    elsewhere.travel()
    first.travel()
    second.travel(Change(by=dispatcher, via=Via.ADMIN))
    first.refresh_from_db()
    elsewhere.refresh_from_db()
    assert first.status == BookingStatus.SCHEDULED
    assert elsewhere.status == BookingStatus.TRAVELING, "another technician's"
    change = first.changes.order_by("-revision")[0]
    assert (change.verb, change.by, change.via) == ("turn_back", dispatcher, "admin")
    assert change.why == "Set off to another visit"


def test_giving_a_visit_to_somebody_before_anybody_set_off_says_nothing_of_an_arrival() -> None:
    booking = visit()
    booking.assign(ResourceFactory(start_latitude=OXFORD[0], start_longitude=OXFORD[1]))
    assert (booking.set_off_at, booking.arrival_at) == (None, None)


# --- The message waits for the engine -------------------------------------------------------------------------------


@pytest.fixture
def refused(settings: Settings) -> None:
    """Name a routing engine that refuses every connection."""
    settings.ROUTING = routing_engines("valhalla://127.0.0.1:9")


def test_the_message_waits_a_moment_for_the_engine_and_no_longer(
    refused: None, smtp: SmtpSink, clock: time_machine.Coordinates
) -> None:
    booking = visit()
    booking.travel()
    assert booking.arrival_due
    delivery.drain()
    assert not smtp.messages
    clock.shift(dt.timedelta(seconds=7))
    delivery.drain()
    assert len(smtp.messages) == 1, "an engine that nobody asks holds nothing up"


def test_the_message_goes_as_soon_as_the_engine_or_the_fallback_has_answered(
    refused: None, smtp: SmtpSink, clock: time_machine.Coordinates
) -> None:
    booking = visit()
    booking.travel()
    delivery.drain()
    assert not smtp.messages
    assert arrival_updates.work_out() == 1
    delivery.drain()
    assert len(smtp.messages) == 1
    booking.refresh_from_db()
    assert booking.arrival_due is False
    assert booking.arrival_source == "estimate"


# --- Late -----------------------------------------------------------------------------------------------------------


def slip(booking: Booking, clock: time_machine.Coordinates, place: eta.Point = OXFORD) -> None:
    clock.shift(MINUTE)
    now = dt.datetime.now(dt.UTC)
    seen(booking, place, now)
    arrival_updates.work_out()
    delivery.drain()


def test_a_slip_is_told_once(smtp: SmtpSink, clock: time_machine.Coordinates) -> None:
    booking = visit()
    booking.travel()
    delivery.drain()
    for _minute in range(3):
        slip(booking, clock)
    subjects = [str(mail["Subject"]) for mail in smtp.messages]
    assert subjects == ["Omar Haddad is on the way to you", "Omar Haddad is running late"]
    assert "Omar Haddad is running late, arriving 13:15 to 14:05 (London time)." in text_of(smtp, 1)


def test_a_slip_beyond_what_the_technician_said_is_told_once(smtp: SmtpSink, clock: time_machine.Coordinates) -> None:
    booking = visit()
    booking.travel()
    delivery.drain()
    booking.run_late(15)
    delivery.drain()
    for _minute in range(3):
        slip(booking, clock)
    assert [str(mail["Subject"])[12:] for mail in smtp.messages] == [
        "is on the way to you",
        "is running late",
        "is running late",
    ]
    assert "arriving 13:15 to 14:05" in text_of(smtp, 2)


def test_a_slip_is_not_told_beside_what_the_technician_said_and_has_not_been_sent_yet(
    smtp: SmtpSink, clock: time_machine.Coordinates
) -> None:
    booking = visit()
    booking.travel()
    delivery.drain()
    booking.run_late(15)
    slip(booking, clock)
    assert [str(mail["Subject"])[12:] for mail in smtp.messages] == ["is on the way to you", "is running late"]


def test_a_small_slip_is_not_told(smtp: SmtpSink, clock: time_machine.Coordinates) -> None:
    booking = visit()
    booking.travel()
    delivery.drain()
    slip(booking, clock, FAR)
    assert [mail["Subject"] for mail in smtp.messages] == ["Omar Haddad is on the way to you"]


def test_whom_nothing_was_told_nothing_slips_for(smtp: SmtpSink, clock: time_machine.Coordinates) -> None:
    PortalSettings.objects.update(send_traveling=False)
    booking = visit()
    booking.travel()
    delivery.drain()
    slip(booking, clock)
    assert not smtp.messages


def test_setting_off_again_may_be_late_again(smtp: SmtpSink, clock: time_machine.Coordinates) -> None:
    booking = visit()
    booking.travel()
    delivery.drain()
    slip(booking, clock)
    booking.refresh_from_db()
    booking.turn_back()
    clock.shift(MINUTE)
    seen(booking, NEAR, dt.datetime.now(dt.UTC))
    booking = Booking.objects.get(pk=booking.pk)
    booking.travel()
    delivery.drain()
    slip(booking, clock)
    assert [str(mail["Subject"])[12:] for mail in smtp.messages] == [
        "is on the way to you",
        "is running late",
        "is on the way to you",
        "is running late",
    ]


def test_dispatchers_hear_once_of_a_visit_that_will_begin_late(
    dispatcher: User, clock: time_machine.Coordinates
) -> None:
    booking = visit(start=NOW)
    booking.travel()
    slip(booking, clock)
    card = AppNotification.objects.get(owner=dispatcher, kind="will_be_late")
    assert card.title.startswith("Will begin late: ")
    assert "Omar Haddad arrives about" in card.body
    card.delete()  # dismissed
    slip(booking, clock)
    assert not AppNotification.objects.filter(kind="will_be_late").exists()


def test_a_visit_that_will_begin_in_time_is_no_news(dispatcher: User, clock: time_machine.Coordinates) -> None:
    booking = visit(start=NOW + 240 * MINUTE)
    booking.travel()
    slip(booking, clock)
    assert not AppNotification.objects.filter(kind="will_be_late").exists()


def test_dispatchers_hear_of_who_sets_off_too_late_also_without_engine_and_positions(dispatcher: User) -> None:
    visit(start=NOW - 60 * MINUTE).travel()
    card = AppNotification.objects.get(owner=dispatcher, kind="will_be_late")
    assert "Omar Haddad arrives about" in card.body


@pytest.mark.parametrize("verbs", [[], ["travel"]])
def test_dispatchers_hear_of_running_late_beyond_what_the_settings_allow(dispatcher: User, verbs: list[str]) -> None:
    booking = visit()
    for verb in verbs:
        getattr(booking, verb)()
    booking.run_late(15)
    assert not AppNotification.objects.filter(kind="will_be_late").exists()
    booking.run_late(60)
    assert AppNotification.objects.get(owner=dispatcher, kind="will_be_late").body.startswith("Omar Haddad arrives")


def late_cards() -> list[str]:
    """Return what dispatchers are told of visits that begin late, now that the worker has come by; and dismiss it."""
    work_out_arrivals()
    cards = AppNotification.objects.filter(kind="will_be_late")
    found = [card.body for card in cards]
    cards.delete()
    return found


def test_dispatchers_hear_once_of_a_visit_that_nobody_has_set_off_to(
    dispatcher: User, clock: time_machine.Coordinates
) -> None:
    booking = visit(start=NOW)
    visit(start=NOW - 180 * MINUTE)  # known by now, or never
    clock.shift(10 * MINUTE)
    assert late_cards() == []
    clock.shift(10 * MINUTE)
    (body,) = late_cards()
    assert body.startswith("Nobody has set off.")
    assert late_cards() == []
    booking.refresh_from_db()
    booking.reschedule(NOW + 30 * MINUTE)
    clock.shift(40 * MINUTE)
    assert len(late_cards()) == 1, "the new time has passed, too"


def test_who_turns_back_from_a_visit_that_is_late_has_not_set_off(
    dispatcher: User, clock: time_machine.Coordinates
) -> None:
    booking = visit(start=NOW - 20 * MINUTE)
    booking.travel()
    assert len(late_cards()) == 1
    booking.refresh_from_db()
    booking.turn_back()
    (body,) = late_cards()
    assert body.startswith("Nobody has set off.")


def test_who_said_to_run_late_is_missed_from_then_on(dispatcher: User, clock: time_machine.Coordinates) -> None:
    visit(start=NOW).run_late(30)
    AppNotification.objects.all().delete()
    Booking.objects.update(late_alert_at=None)
    clock.shift(40 * MINUTE)
    assert late_cards() == []
    clock.shift(10 * MINUTE)
    assert len(late_cards()) == 1


def test_dispatchers_hear_of_who_should_have_arrived_and_has_not_said_so(
    dispatcher: User, clock: time_machine.Coordinates
) -> None:
    booking = visit(start=NOW)
    booking.travel()
    assert booking.arrival_latest is not None
    clock.move_to(booking.arrival_latest + 14 * MINUTE)
    assert late_cards() == []
    clock.shift(2 * MINUTE)
    (body,) = late_cards()
    assert body.startswith(
        "Omar Haddad was expected until Tue 24 Nov, 12:20 (London time) and has not said to be there."
    )
    assert late_cards() == []


# --- Said by the technician -----------------------------------------------------------------------------------------


def test_running_late_is_told_with_the_new_time_and_moves_nothing(smtp: SmtpSink) -> None:
    booking = visit(start=NOW + 20 * MINUTE)
    booking.run_late(30)
    delivery.drain()
    assert booking.expected_start == NOW + 50 * MINUTE
    assert booking.start == NOW + 20 * MINUTE
    text = text_of(smtp, 0)
    assert "Omar Haddad is running late and expects to begin about Tue 24 Nov, 12:50 (London time)." in text


def test_running_late_after_the_start_counts_from_now(clock: time_machine.Coordinates) -> None:
    booking = visit(start=NOW)
    clock.shift(12 * MINUTE)
    booking.run_late(15)
    assert booking.expected_start == NOW + 30 * MINUTE, "12:27, as people say it"


def test_running_late_on_the_way_moves_the_arrival() -> None:
    booking = visit()
    booking.travel()
    earliest, latest = booking.arrival_earliest, booking.arrival_latest
    assert earliest is not None
    assert latest is not None
    booking.run_late(30)
    assert (booking.arrival_earliest, booking.arrival_latest) == (earliest + 30 * MINUTE, latest + 30 * MINUTE)
    assert booking.arrival_source == "technician"
    assert booking.expected_start is None


def test_the_same_lateness_said_twice_on_the_way_is_told_once(smtp: SmtpSink, clock: time_machine.Coordinates) -> None:
    booking = visit()
    booking.travel()
    delivery.drain()
    before = booking.arrival_earliest, booking.arrival_latest
    assert before[0] is not None
    assert before[1] is not None
    assert booking.run_late(15) is True
    delivery.drain()
    clock.shift(MINUTE)
    assert booking.run_late(15) is False
    delivery.drain()
    assert len(smtp.messages) == 2
    assert booking.run_late(30) is True
    assert (booking.arrival_earliest, booking.arrival_latest) == (before[0] + 30 * MINUTE, before[1] + 30 * MINUTE)
    assert booking.run_late(15) is True, "it was not so bad"
    assert booking.arrival_earliest == before[0] + 15 * MINUTE


def test_running_late_on_the_way_counts_from_now_once_the_first_arrival_has_passed(
    clock: time_machine.Coordinates,
) -> None:
    booking = visit()
    booking.travel()
    booking.run_late(15)
    clock.shift(33 * MINUTE)
    booking.run_late(15)
    assert booking.arrival_earliest == NOW + 50 * MINUTE, "12:48, as people say it"


def test_running_late_holds_while_positions_come_in_until_the_time_said(clock: time_machine.Coordinates) -> None:
    booking = visit()
    booking.travel()
    booking.run_late(30)
    said = booking.arrival_earliest, booking.arrival_latest
    assert said[0] is not None
    clock.shift(2 * MINUTE)
    seen(booking, NEAR, NOW + 2 * MINUTE)
    assert arrival_updates.work_out() == 1
    booking.refresh_from_db()
    assert (booking.arrival_earliest, booking.arrival_latest) == said
    assert booking.arrival_source == "technician"
    assert booking.arrival_at == NOW + 2 * MINUTE
    assert arrival_updates.work_out() == 0, "asked for once a minute, as ever"
    clock.move_to(said[0] + MINUTE)
    seen(booking, NEAR, said[0] + MINUTE)
    arrival_updates.work_out()
    booking.refresh_from_db()
    assert booking.arrival_source == "estimate"


def test_what_was_said_of_running_late_gives_way_to_what_is_later_still(clock: time_machine.Coordinates) -> None:
    booking = visit()
    booking.travel()
    booking.run_late(15)
    said = booking.arrival_latest
    clock.shift(2 * MINUTE)
    seen(booking, OXFORD, NOW + 2 * MINUTE)
    arrival_updates.work_out()
    booking.refresh_from_db()
    assert said is not None
    assert booking.arrival_latest is not None
    assert booking.arrival_latest > said
    assert booking.arrival_source == "estimate"


def test_running_late_is_superseded_by_what_happens_next(smtp: SmtpSink) -> None:
    booking = visit()
    booking.run_late(30)
    booking.start_work()
    delivery.drain()
    assert [row.state for row in messages(booking, "delayed")] == [State.SUPERSEDED]


def test_running_late_is_not_told_beside_the_word_that_somebody_set_off(smtp: SmtpSink) -> None:
    booking = visit()
    booking.run_late(30)
    booking.travel()
    delivery.drain()
    assert [str(mail["Subject"]) for mail in smtp.messages] == ["Omar Haddad is on the way to you"]


def test_running_late_is_told_where_setting_off_is_not(smtp: SmtpSink) -> None:
    PortalSettings.objects.update(send_traveling=False)
    booking = visit()
    booking.run_late(30)
    booking.travel()
    delivery.drain()
    assert [str(mail["Subject"]) for mail in smtp.messages] == ["Omar Haddad is running late"]


def test_a_visit_that_was_moved_is_late_no_more(smtp: SmtpSink) -> None:
    booking = visit()
    booking.run_late(30)
    booking.reschedule(NOW + 300 * MINUTE)
    assert booking.expected_start is None
    delivery.drain()
    assert [row.state for row in messages(booking, "delayed")] == [State.SUPERSEDED]


def test_the_same_lateness_said_twice_is_told_once(smtp: SmtpSink) -> None:
    booking = visit(start=NOW + 20 * MINUTE)
    assert booking.run_late(30) is True
    delivery.drain()
    assert booking.run_late(30) is False
    delivery.drain()
    assert len(smtp.messages) == 1
    assert booking.run_late(60) is True
    delivery.drain()
    assert len(smtp.messages) == 2


def test_running_late_on_the_way_is_told_also_where_no_arrival_is_known(smtp: SmtpSink) -> None:
    booking = visit()
    Resource.objects.update(start_latitude=None, start_longitude=None)
    booking = Booking.objects.with_visit().get(pk=booking.pk)
    booking.travel()
    delivery.drain()
    booking.run_late(30)
    delivery.drain()
    assert [str(mail["Subject"]) for mail in smtp.messages][1:] == ["Omar Haddad is running late"]
    assert "expects to begin about Tue 24 Nov, 12:50 (London time)" in text_of(smtp, 1)
