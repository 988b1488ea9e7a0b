"""What staff see of confirmations: one card per visit, the booking's page, the list, Today and the board."""

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from bookings.admin.board import moves, undo
from bookings.confirming.unanswered import tell_of_unanswered
from bookings.models import HOLD, AnsweredBy, Booking, Change, CustomerAnswer, Via
from bookings.tasks import sweep_if_due
from fsportal.models import User
from notifications.models import AppNotification
from tests.bookings.confirming.asking import DAY, HOUR, MINUTE, NOW, asked, asking, customer_of, visit_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(db: None) -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as clock:
        asking(unconfirmed_card_hours=20)
        yield clock


def cards() -> list[object]:
    found = AppNotification.objects.filter(kind="visit_unconfirmed", dismissed_at=None)
    return list(found.order_by("regarding_id").values_list("regarding_id", flat=True))


def test_a_visit_without_an_answer_gets_one_card_which_ends_when_the_question_does(
    clock: time_machine.Coordinates, dispatcher: User
) -> None:
    visits = [asked(DAY) for _number in range(5)]
    confirmed, late = asked(DAY), visit_in(2 * DAY)
    confirmed.confirm()
    assert tell_of_unanswered(NOW) == 0, "it is not time yet"
    clock.move_to(NOW + 4 * HOUR)
    sweep_if_due()
    assert set(cards()) == {visit.pk for visit in visits}
    AppNotification.objects.filter(regarding_id=visits[0].pk).update(dismissed_at=NOW)
    assert tell_of_unanswered(NOW + 5 * HOUR) == 0, "each gets one card, also if somebody has dismissed it"
    _dismissed, answered, moved, begun, off = visits
    for visit in visits:
        visit.refresh_from_db()
    answered.confirm(Change(via=Via.PORTAL, contact=customer_of(answered)))
    moved.reschedule(moved.start + 3 * HOUR)
    begun.travel()
    off.cancel()
    assert cards() == []
    # The new time is asked about afresh, and gets its own card.
    assert late.unanswered_card_at is None
    Booking.objects.filter(pk=moved.pk).update(asked_at=NOW + 4 * HOUR)
    assert tell_of_unanswered(NOW + 8 * HOUR) == 1


def test_whoever_is_asked_late_gets_an_hour_to_answer_and_zero_hours_mean_never(dispatcher: User) -> None:
    asked(5 * HOUR)
    assert tell_of_unanswered(NOW + 59 * MINUTE) == 0
    asking(unconfirmed_card_hours=0)
    assert tell_of_unanswered(NOW + HOUR) == 0
    asking(unconfirmed_card_hours=20)
    assert tell_of_unanswered(NOW + HOUR) == 1


def test_staff_see_who_has_answered_and_note_what_they_were_told_by_phone(client: Client, dispatcher: User) -> None:
    client.force_login(dispatcher)
    visit, other = asked(6 * HOUR), asked(7 * HOUR)
    other.decline(Change(via=Via.TEXT, contact=customer_of(other)))
    today, lists = client.get(reverse("admin:today")).text, reverse("admin:bookings_booking_changelist")
    assert '<span class="number">2</span>not confirmed' in today
    assert today.count("No answer yet") >= 2, "in the list and on its lane"
    page = client.get(reverse("admin:bookings_booking_change", args=[visit.pk])).text
    assert "Asked Tue 24 Nov" in page
    assert "Asked whether the time suits" in page
    do = reverse("admin:bookings_booking_action", args=[visit.pk, "confirm"])
    said = client.post(do, {"revision": visit.revision}, follow=True).text
    assert "The visit is confirmed." in said
    assert "Confirmed: told staff, Tue 24 Nov" in said
    visit.refresh_from_db()
    assert (visit.answer, visit.answered_by) == (CustomerAnswer.YES, AnsweredBy.STAFF)
    assert visit.changes.get(verb="confirm").by == dispatcher
    # The list of what needs an answer, and of what has one.
    for answer, found in {"none": [], "yes": [visit], "no": [other]}.items():
        shown = client.get(lists, {"answer": answer})
        assert list(shown.context["cl"].queryset) == found
    assert '<span class="number">1</span>not confirmed' in client.get(reverse("admin:today")).text
    # They know it from somebody on the phone: no card for that.
    do = reverse("admin:bookings_booking_action", args=[visit.pk, "decline"])
    client.post(do, {"revision": visit.revision, "why": "on holiday"})
    visit.refresh_from_db()
    assert (visit.answer, visit.changes.get(verb="decline").why) == (CustomerAnswer.NO, "on holiday")
    assert visit.pk not in cards()


def test_a_move_that_is_undone_before_anybody_heard_of_it_keeps_what_the_customer_said() -> None:
    visit, by = asked(DAY), UserFactory()
    visit.confirm(Change(via=Via.PORTAL, contact=customer_of(visit)))
    for verb in ("move", "tray"):
        before, after = (Booking.objects.with_visit().get(pk=visit.pk) for _ in range(2))
        held = Change(via=Via.ADMIN, by=by, hold=HOLD, replan=verb == "tray")
        if verb == "tray":
            moves.put_back(after, held)
        else:
            after.reschedule(after.start + 3 * HOUR, change=held)
        undone = undo.take_back(undo.token_of(after, before), by)
        undone.refresh_from_db()
        assert undone.start == visit.start
        for name in ("asked_at", "answer", "answered_at", "answered_by"):
            assert getattr(undone, name) == getattr(before, name) != "", name
