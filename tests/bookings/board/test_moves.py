"""Moving, handing over, planning and putting back on the board: who wins, what stands against it, who hears of it."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from bookings.messages import reminders
from bookings.models import HOLD, Booking, BookingStatus, Change, Resource, WorkOrder
from bookings.models.window import ToldTime
from notifications.customers import delivery
from notifications.models import CustomerNotification, State
from tests.bookings.board.stage import (
    MINUTE,
    NOW,
    PART,
    address,
    at,
    drop,
    of_role,
    reminded,
    told,
    undo,
    visit,
    wanted,
)
from tests.factories import WorkOrderFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


# --- Moving -----------------------------------------------------------------------------------------------------------
def test_a_drop_moves_hands_over_and_lengthens_in_one(dora: Client, omar: Resource, grace: Resource) -> None:
    booking = visit(omar, "09:00")
    answer = drop(dora, booking, "11:15", grace, minutes=90)
    assert answer.status_code == 200
    booking.refresh_from_db()
    assert (booking.resource, booking.start, booking.end) == (grace, at("11:15"), at("12:45"))
    assert [change.verb for change in booking.changes.all()] == ["reschedule", "assign", "schedule"]


def test_without_scripts_the_same_form_is_a_page_that_leads_back_to_the_board(dora: Client, omar: Resource) -> None:
    booking = visit(omar, "09:00")
    page = dora.get(address(booking) + "&q=omar")
    assert 'value="09:00"' in page.content.decode()
    answer = dora.post(address(booking) + "&q=omar", wanted(booking, "10:00", omar))
    assert answer.status_code == 302
    back = dora.get(answer["Location"]).content.decode()
    assert "Undo" in back
    assert 'value="omar"' in back
    assert "10:00 to 11:00" in back


def test_looking_says_what_will_be_told_and_moves_nothing(dora: Client, omar: Resource) -> None:
    booking = reminded(visit(omar, "14:00"))
    before = CustomerNotification.objects.count()
    answer = drop(dora, booking, "16:00", omar, preview="1")
    assert "Booking rescheduled: Email, at once" in answer.content.decode()
    booking.refresh_from_db()
    assert (booking.revision, booking.start) == (1, at("14:00"))
    assert CustomerNotification.objects.count() == before


@pytest.mark.parametrize(
    ("clock", "more", "says"),
    [
        ("06:00", {}, "This time has passed"),
        ("09:00", {"minutes": 0}, "greater than or equal to 5"),
        ("25:00", {}, "Enter a valid time"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(
    dora: Client, omar: Resource, clock: str, more: dict[str, Any], says: str
) -> None:
    booking = visit(omar, "10:00")
    answer = drop(dora, booking, clock, omar, **more)
    assert answer.status_code == 400
    assert says in answer.content.decode()
    booking.refresh_from_db()
    assert booking.revision == 1


def test_work_that_is_under_way_changes_hands_but_not_its_time(dora: Client, omar: Resource, grace: Resource) -> None:
    booking = visit(omar, "09:00", status=BookingStatus.IN_PROGRESS)
    drop(dora, booking, "15:00", grace)
    booking.refresh_from_db()
    assert (booking.resource, booking.start) == (grace, at("09:00"))


def test_only_who_may_change_visits_moves_them(omar: Resource) -> None:
    booking = visit(omar, "09:00")
    assert drop(of_role("read-only"), booking, "10:00", omar).status_code == 403


# --- Conflicts, and two at once ---------------------------------------------------------------------------------------
def test_what_stands_against_a_drop_has_to_be_accepted_with_a_reason(dora: Client, omar: Resource) -> None:
    booking, other = visit(omar, "09:00"), visit(omar, "11:00")
    answer = drop(dora, booking, "11:30", omar)
    assert answer.status_code == 409
    assert other.work_order.account.name in answer.content.decode()
    without_why = drop(dora, booking, "11:30", omar, all_the_same="on", despite="overlap")
    assert without_why.status_code == 400
    drop(dora, booking, "11:30", omar, all_the_same="on", despite="overlap", why="Two technicians are needed")
    booking.refresh_from_db()
    assert booking.start == at("11:30")
    last = booking.changes.first()
    assert last is not None
    assert (last.despite, last.why) == ("overlap", "Two technicians are needed")


def test_a_conflict_that_came_since_is_not_accepted_with_the_others(dora: Client, omar: Resource) -> None:
    booking = visit(omar, "09:00")
    answer = drop(dora, booking, "19:00", omar, all_the_same="on", despite="overlap", why="Emergency")
    assert answer.status_code == 409
    assert "works" in answer.content.decode()


def test_whoever_drops_second_is_told_who_was_faster(dora: Client, omar: Resource, grace: Resource) -> None:
    booking = visit(omar, "09:00")
    assert drop(dora, booking, "10:00", omar).status_code == 200
    late = drop(of_role("admin"), booking, "12:00", grace)
    assert late.status_code == 409
    assert 'data-kind="stale"' in late.content.decode()
    assert "Dora changed this visit meanwhile: it is Scheduled now, Tue 24 Nov, 10:00 to 11:00" in late.content.decode()
    booking.refresh_from_db()
    assert (booking.start, booking.resource) == (at("10:00"), omar)


def test_a_stale_page_is_noticed_even_where_the_other_one_did_half_of_the_same(
    dora: Client, omar: Resource, grace: Resource
) -> None:
    booking = visit(omar, "09:00")
    Booking.objects.get(pk=booking.pk).assign(grace)
    assert drop(dora, booking, "12:00", grace).status_code == 409


# --- The tray ---------------------------------------------------------------------------------------------------------
def test_work_from_the_tray_is_booked_once(dora: Client, omar: Resource) -> None:
    order = WorkOrderFactory(waits_since=NOW - 60 * MINUTE)
    assert drop(dora, order, "09:00", omar).status_code == 200
    order.refresh_from_db()
    assert (order.waits_since, order.bookings.count()) == (None, 1)
    again = drop(dora, order, "11:00", omar)
    assert again.status_code == 409
    assert order.bookings.count() == 1


def test_a_visit_put_back_is_canceled_and_its_work_waits(dora: Client, omar: Resource) -> None:
    booking = reminded(visit(omar, "14:00"))
    look = dora.post(address(booking), {"revision": 1, "tray": "1", "preview": "1"}, headers=PART)
    assert "Booking canceled" in look.content.decode()
    answer = dora.post(address(booking), {"revision": 1, "tray": "1"}, headers=PART)
    booking.refresh_from_db()
    assert (booking.status, booking.work_order.waits_since) == (BookingStatus.CANCELED, NOW)
    undo(dora, answer)
    booking.refresh_from_db()
    booking.work_order.refresh_from_db()
    assert (booking.status, booking.work_order.waits_since) == (BookingStatus.SCHEDULED, None)
    delivery.drain()
    assert told(booking) == ["upcoming"]


def test_undoing_a_booking_from_the_tray_puts_it_back_where_it_was(
    dora: Client, omar: Resource, clock: time_machine.Coordinates
) -> None:
    order = WorkOrderFactory(waits_since=NOW - 60 * MINUTE)
    answer = drop(dora, order, "15:00", omar)
    undo(dora, answer)
    order.refresh_from_db()
    assert order.waits_since == NOW - 60 * MINUTE
    clock.shift(2 * HOLD)
    delivery.drain()
    assert told(order.bookings.get()) == []


@pytest.mark.parametrize(("ticked", "waits"), [(True, True), (False, False)])
def test_canceling_offers_to_put_the_work_back(dora: Client, omar: Resource, ticked: bool, waits: bool) -> None:
    booking = visit(omar, "14:00")
    action = reverse("admin:bookings_booking_action", args=[booking.pk, "cancel"])
    dora.post(action, {"why": "Ill", "revision": 1} | ({"replan": "on"} if ticked else {}))
    assert (WorkOrder.objects.get(pk=booking.work_order_id).waits_since is not None) is waits


def test_work_waits_until_it_is_planned_and_again_no_more_once_its_visit_is_reopened(omar: Resource) -> None:
    order = WorkOrderFactory(waits_since=NOW)
    booking = visit(omar, "14:00", work_order=order)
    assert WorkOrder.objects.get(pk=order.pk).waits_since is None
    booking.cancel(Change(replan=True))
    assert WorkOrder.objects.get(pk=order.pk).waits_since == NOW
    booking.reopen()
    assert WorkOrder.objects.get(pk=order.pk).waits_since is None


def test_work_that_is_made_by_hand_waits_to_be_planned(dora: Client, omar: Resource) -> None:
    like = WorkOrderFactory()
    fields = {"number": "X-1", "account": like.account_id, "incident_type": like.incident_type_id}
    dora.post(reverse("admin:bookings_workorder_add"), fields)
    assert WorkOrder.objects.get(number="X-1").waits_since == NOW


# --- Undo, before anybody hears of it ---------------------------------------------------------------------------------
def test_a_move_that_is_undone_in_time_is_told_to_nobody(
    dora: Client, omar: Resource, grace: Resource, clock: time_machine.Coordinates
) -> None:
    booking = reminded(visit(omar, "14:00"))
    answer = drop(dora, booking, "16:00", grace)
    clock.shift(HOLD - dt.timedelta(seconds=2))
    delivery.drain()
    reminders.look(NOW)
    delivery.drain()
    assert undo(dora, answer).status_code == 200
    booking.refresh_from_db()
    assert (booking.start, booking.end, booking.resource) == (at("14:00"), at("15:00"), omar)
    for _minute in range(3):
        clock.shift(MINUTE)
        reminders.look(NOW + MINUTE)
        delivery.drain()
    assert told(booking) == ["upcoming"]
    held = CustomerNotification.objects.regarding(booking).filter(event="rescheduled")
    assert {(row.state, row.reason) for row in held} == {(State.SUPERSEDED, "changed_back")}


def test_a_move_that_stands_is_told_once(dora: Client, omar: Resource, clock: time_machine.Coordinates) -> None:
    booking = reminded(visit(omar, "14:00"))
    answer = drop(dora, booking, "16:00", omar)
    delivery.drain()
    assert told(booking) == ["upcoming"]
    clock.shift(HOLD)
    delivery.drain()
    assert told(booking) == ["upcoming", "rescheduled"]
    assert undo(dora, answer).status_code == 409


def test_a_reminder_that_is_due_while_a_move_can_be_undone_waits_and_names_the_time_that_stands(
    dora: Client, omar: Resource, clock: time_machine.Coordinates
) -> None:
    booking = visit(omar, "14:00")
    reminders.sweep()
    answer = drop(dora, booking, "16:00", omar)
    clock.shift(dt.timedelta(seconds=5))
    delivery.drain()
    assert told(booking) == []
    undo(dora, answer)
    clock.shift(MINUTE)
    delivery.drain()
    assert told(booking) == ["upcoming"]
    assert CustomerNotification.objects.filter(named_time__isnull=False).values_list("named_time").first() == (
        at("14:00"),
    )


def test_of_a_technician_on_the_way_customers_hear_at_once_so_nothing_can_be_undone(
    dora: Client, omar: Resource, grace: Resource
) -> None:
    booking = visit(omar, "08:00")
    booking.travel()
    answer = drop(dora, booking, "08:00", grace)
    assert (answer.status_code, answer.context_data["token"]) == (200, "")
    assert not CustomerNotification.objects.regarding(booking).filter(due_at__gt=NOW).exists()


def test_undo_gives_back_the_arrival_window_that_was_chosen_by_hand(dora: Client, omar: Resource) -> None:
    booking = visit(omar, "14:00")
    window = ToldTime(at("13:00"), at("18:00"))
    booking.reschedule(at("14:00"), window=window)
    answer = drop(dora, booking, "09:00", omar)
    booking.refresh_from_db()
    assert booking.window is None
    undo(dora, answer)
    booking.refresh_from_db()
    assert booking.window == window


def test_after_the_time_undo_is_refused_and_says_why(
    dora: Client, omar: Resource, clock: time_machine.Coordinates
) -> None:
    booking = visit(omar, "14:00")
    answer = drop(dora, booking, "16:00", omar)
    clock.shift(HOLD + dt.timedelta(seconds=2))
    late = undo(dora, answer)
    assert late.status_code == 409
    assert "too late" in late.content.decode()
    booking.refresh_from_db()
    assert booking.start == at("16:00")


def test_undo_takes_back_nothing_that_somebody_else_did_since(dora: Client, omar: Resource) -> None:
    booking = visit(omar, "14:00")
    answer = drop(dora, booking, "16:00", omar)
    Booking.objects.get(pk=booking.pk).reschedule(at("17:00"))
    assert undo(dora, answer).status_code == 409
    booking.refresh_from_db()
    assert booking.start == at("17:00")


def test_a_visit_moved_near_is_not_announced_before_the_time_to_undo_is_over(
    dora: Client, omar: Resource, clock: time_machine.Coordinates
) -> None:
    """The sweep tells at once of a visit that is set inside a reminder's lead time."""
    far = at("14:00") + dt.timedelta(days=20)
    booking = visit(omar, "14:00")
    Booking.objects.filter(pk=booking.pk).update(start=far, end=far + 60 * MINUTE)
    drop(dora, booking, "14:00", omar)
    reminders.look(NOW)
    delivery.drain()
    assert told(booking) == []
    clock.shift(HOLD + MINUTE)
    reminders.look(NOW + HOLD + MINUTE)
    delivery.drain()
    assert told(booking) == ["upcoming"]


@pytest.mark.parametrize("name", ["board-visit", "board-move"])
def test_an_address_that_names_no_visit_is_answered_with_not_found(dora: Client, name: str) -> None:
    assert dora.get(reverse(f"admin:{name}"), {"visit": "x" * 36}).status_code == 404


def test_a_revision_longer_than_any_is_a_stale_page(dora: Client, omar: Resource) -> None:
    booking = visit(omar, "10:00")
    assert drop(dora, booking, "13:00", omar, revision="9" * 5000).status_code == 409
    booking.refresh_from_db()
    assert booking.start == at("10:00")


def test_without_scripts_undo_leads_back_to_the_board_that_was_looked_at(dora: Client, omar: Resource) -> None:
    booking = visit(omar, "10:00")
    to = f"{address(booking)}&day=2026-11-26&view=week"
    page = dora.get(dora.post(to, wanted(booking, "13:00", omar))["Location"])
    answer = dora.post(
        reverse("admin:board-undo"), {"token": page.context_data["undo"], "back": page.context_data["query"].text}
    )
    assert "day=2026-11-26" in answer["Location"]
    assert "view=week" in answer["Location"]
