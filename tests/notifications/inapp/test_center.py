"""The center over HTTP, as it works without scripts: what is shown, seen, dismissed and brought back; and the poll."""

import datetime as dt
import json
import re
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from fsportal.models import PortalSettings, User
from notifications import stamps
from notifications.inapp import cards, staff_cards
from notifications.inapp.send import send_app_notification
from notifications.models import AppNotification, IconType, InAppPreferences, Priority, ToastTime, ToastType
from notifications.models.app_notification import UNDO_FOR
from tests.factories import AccountFactory
from tests.notifications.inapp.kinds import card_kind, says
from tests.notifications.web_api.stage import READ, note, person

pytestmark = pytest.mark.django_db

CENTER, POLL = "/notifications/", "/notifications/poll"


@pytest.fixture
def reading() -> User:
    return person(READ)


@pytest.fixture
def page(client: Client, reading: User) -> Client:
    client.force_login(reading)
    return client


def titles(page: Client, query: str = "") -> list[str]:
    text = page.get(f"{CENTER}{query}").content.decode()
    return re.findall(r'<h2 class="note-title"[^>]*>(.*?)</h2>', text)


def until(page: Client) -> str:
    """Return the moment that the page's own forms name."""
    found = re.search(r'name="until" value="([^"]+)"', page.get(CENTER).content.decode())
    assert found
    return found[1].replace("&#x2B;", "+")


# --- What is shown --------------------------------------------------------------------------------------------------


def test_high_comes_first_then_the_newest_and_of_others_nothing(page: Client, reading: User) -> None:
    for title, priority in (("old", Priority.NORMAL), ("high", Priority.HIGH), ("new", Priority.NORMAL)):
        note(reading, title, priority=priority.value)
    note(person(READ), "of somebody else")
    assert titles(page) == ["high", "new", "old"]
    assert titles(page, "?part=1") == ["high", "new", "old"]


def test_it_is_gone_at_the_second_at_which_it_expires(page: Client, reading: User) -> None:
    sent = note(reading, "short", expiry=60)
    for seconds, shown in ((59, ["short"]), (60, [])):
        with time_machine.travel(sent.created_on + dt.timedelta(seconds=seconds), tick=False):
            assert titles(page) == shown
            assert cards.unseen(reading, timezone.now()) == len(shown)


def test_looking_changes_nothing(page: Client, reading: User) -> None:
    note(reading)
    columns = ("title", "seen_at", "toasted_at", "dismissed_at", "modified_on")
    before = AppNotification.objects.values_list(*columns).get()
    for address in (CENTER, f"{CENTER}?part=1", POLL):
        assert "private" in page.get(address)["Cache-Control"]
    assert "no-store" in page.get(CENTER)["Cache-Control"]
    assert "Cookie" in page.get(POLL)["Vary"]
    assert AppNotification.objects.values_list(*columns).get() == before


def test_those_of_one_moment_keep_their_order(page: Client, reading: User) -> None:
    for number in range(5):
        note(reading, f"n{number}")
    AppNotification.objects.update(created_on=timezone.now())
    in_order = [row.title for row in AppNotification.objects.order_by("-id")]
    assert titles(page) == in_order


def test_only_a_custom_icon_is_the_senders(page: Client, reading: User) -> None:
    override = {"iconUrl": "/WebResources/cash.svg"}
    for icon, pictures in ((IconType.WARNING, 0), (IconType.CUSTOM, 1)):
        note(reading, icon_type=icon.value, override_content=override)
        assert page.get(CENTER).content.decode().count('src="/WebResources/cash.svg"') == pictures


def test_only_what_the_product_tells_of_a_record_can_be_muted(page: Client, reading: User) -> None:
    send_app_notification(title="From a person", recipient=reading, regarding=AccountFactory())
    assert "Mute this record" not in page.get(CENTER).content.decode()


def test_a_page_holds_fifty_and_the_rest_is_older(page: Client, reading: User) -> None:
    for number in range(cards.PAGE_SIZE + 1):
        note(reading, f"n{number}")
    assert len(titles(page)) == cards.PAGE_SIZE
    assert titles(page, "?page=2") == ["n0"]
    assert titles(page, "?page=nonsense") == titles(page)


@pytest.mark.parametrize(("number", "badge"), [(0, ""), (1, "1"), (99, "99"), (100, "99+"), (101, "99+")])
def test_the_badge_counts_to_ninety_nine(reading: User, number: int, badge: str) -> None:
    for _time in range(number):
        note(reading)
    assert cards.badge(cards.unseen(reading, timezone.now())) == badge
    assert (badge or "none") in cards.badge_label(number)


def test_a_link_that_leads_to_nothing_here_leaves_the_bell_and_a_way_on(page: Client, reading: User) -> None:
    send_app_notification(title="New", recipient=reading)
    for is_staff, way in ((False, CENTER), (True, "/admin/")):
        User.objects.filter(pk=reading.pk).update(is_staff=is_staff)
        answer = page.get("/notifications/open?pagetype=entityrecord&etn=incident&id=1")
        text = answer.content.decode()
        assert (answer.status_code, "data-bell-badge>1<" in text, "js/xrm." in text) == (404, True, True)
        assert f'<a class="button unframed" href="{way}">' in text


# --- Seen -----------------------------------------------------------------------------------------------------------


def test_seen_ones_are_no_longer_counted_and_others_cards_stay_new(page: Client, reading: User) -> None:
    mine, stays, others = note(reading), note(reading), note(person(READ))
    page.post("/notifications/seen", {"id": [str(mine.pk), str(others.pk), "nonsense"]})
    unseen = set(AppNotification.objects.unseen().values_list("pk", flat=True))
    assert unseen == {stays.pk, others.pk}


def test_all_are_seen_that_the_page_showed_and_not_what_came_since(page: Client, reading: User) -> None:
    note(reading, "shown")
    others = note(person(READ))
    mark = until(page)
    late = note(reading, "late")
    page.post("/notifications/seen", {"all": "1", "until": mark})
    assert set(AppNotification.objects.unseen().values_list("pk", flat=True)) == {late.pk, others.pk}
    page.post("/notifications/seen", {"all": "1"})
    assert not AppNotification.objects.unseen().filter(owner=reading).exists()


def test_a_seen_card_says_no_longer_that_it_is_new(page: Client, reading: User) -> None:
    note(reading)
    assert "note-new" in page.get(CENTER).content.decode()
    AppNotification.note_all_seen(reading)
    assert "note-new" not in page.get(CENTER).content.decode()


# --- Dismissed, and brought back ------------------------------------------------------------------------------------


def test_one_is_dismissed_and_brought_back(page: Client, reading: User) -> None:
    kept, sent = note(reading, "kept"), note(reading, "gone")
    answer = page.post(f"/notifications/{sent.pk}/dismiss", follow=True)
    assert titles(page) == ["kept"]
    assert f'name="what" value="{sent.pk}"' in answer.content.decode()
    assert cards.unseen(reading, timezone.now()) == 1
    page.post("/notifications/undo", {"what": str(sent.pk)})
    assert titles(page) == ["gone", "kept"]
    assert kept.pk != sent.pk


def test_all_are_dismissed_that_the_page_showed_and_brought_back_together(page: Client, reading: User) -> None:
    before = note(reading, "dismissed before")
    AppNotification.dismiss(reading, before.pk)
    for title in ("one", "two"):
        note(reading, title)
    others = note(person(READ))
    mark = until(page)
    note(reading, "late")
    answer = page.post("/notifications/dismiss-all", {"until": mark}, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 204
    assert titles(page) == ["late"]
    others.refresh_from_db()
    assert others.dismissed_at is None
    for _time in range(2):
        page.post("/notifications/undo", {"what": answer["X-Undo"]})
        assert titles(page) == ["late", "two", "one"]


def test_all_are_dismissed_where_no_moment_is_named(page: Client, reading: User) -> None:
    note(reading)
    assert page.post("/notifications/dismiss-all", {"until": "nonsense"}).status_code == 302
    assert titles(page) == []


@pytest.mark.parametrize("how", ["one", "all"])
def test_a_dismissal_is_taken_back_for_a_minute_and_no_longer(page: Client, reading: User, how: str) -> None:
    sent = note(reading, "gone")
    if how == "one":
        page.post(f"/notifications/{sent.pk}/dismiss")
    else:
        page.post("/notifications/dismiss-all")
    sent.refresh_from_db()
    assert sent.dismissed_at is not None
    what = {"what": str(sent.pk) if how == "one" else sent.dismissed_at.isoformat()}
    with time_machine.travel(sent.dismissed_at + UNDO_FOR, tick=False):
        assert "too late" in page.post("/notifications/undo", what, follow=True).content.decode()
        assert page.post("/notifications/undo", what, headers={"X-Requested-With": "fetch"}).status_code == 410
        assert titles(page) == []
    with time_machine.travel(sent.dismissed_at + UNDO_FOR - dt.timedelta(seconds=1), tick=False):
        for _time in range(2):
            assert "too late" not in page.post("/notifications/undo", what, follow=True).content.decode()
            assert titles(page) == ["gone"]


def test_nobody_dismisses_or_brings_back_what_is_anothers(page: Client) -> None:
    other = person(READ)
    sent, gone = note(other), note(other, "gone")
    AppNotification.dismiss(other, gone.pk)
    page.post(f"/notifications/{sent.pk}/dismiss")
    page.post("/notifications/undo", {"what": str(gone.pk)})
    page.post("/notifications/toasted", {"id": str(sent.pk)})
    sent.refresh_from_db()
    gone.refresh_from_db()
    assert (sent.dismissed_at, sent.toasted_at, gone.dismissed_at is None) == (None, None, False)


def test_what_is_no_dismissal_cannot_be_undone_and_is_not_offered(page: Client, reading: User) -> None:
    note(reading, "here")
    assert "note-undo" not in page.get(f"{CENTER}?undo=nonsense").content.decode()
    for what in ("", "nonsense", str(uuid.uuid4()), "2026-01-01T00:00:00", "2026-13-01T00:00:00+00:00"):
        assert page.post("/notifications/undo", {"what": what}).status_code == 302
    assert titles(page) == ["here"]


# --- The poll -------------------------------------------------------------------------------------------------------


def polled(page: Client, etag: str = "") -> Any:
    return page.get(POLL, headers={"If-None-Match": etag} if etag else {})


def test_a_poll_brings_at_most_three_toasts_and_says_how_many_wait(page: Client, reading: User) -> None:
    sent = [note(reading, f"n{number}") for number in range(7)]
    note(reading, "hidden", toast_type=ToastType.HIDDEN.value)
    note(reading, "high", priority=Priority.HIGH.value)
    answer = json.loads(polled(page).content)
    assert (answer["badge"], len(answer["toasts"]), len(answer["waiting"])) == ("9", 3, 8)
    assert "high" in answer["toasts"][0]["html"]
    assert answer["toasts"][1]["id"] == str(sent[-1].pk)
    page.post("/notifications/toasted", {"id": answer["waiting"]})
    again = json.loads(polled(page).content)
    assert (again["badge"], again["toasts"], again["waiting"]) == ("9", [], [])


def test_what_was_seen_in_the_center_comes_as_no_toast(page: Client, reading: User) -> None:
    AppNotification.note_seen(reading, [note(reading).pk])
    note(reading, "over", expiry=1)
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=2), tick=False):
        assert json.loads(polled(page).content)["waiting"] == []


@pytest.mark.parametrize(
    ("wanted", "seconds", "toasts"),
    [(None, 5, 1), (ToastTime.LONGER, 15, 1), (ToastTime.STAYS, 0, 1), (ToastTime.OFF, 5, 0)],
)
def test_a_poll_says_how_long_toasts_stay(
    page: Client, reading: User, wanted: str | None, seconds: int, toasts: int
) -> None:
    PortalSettings.objects.update_or_create(pk=1, defaults={"toast_seconds": 5, "in_app_poll_seconds": 90})
    if wanted:
        InAppPreferences.objects.create(user=reading, toast_time=wanted)
    note(reading)
    answer = json.loads(polled(page).content)
    assert (answer["seconds"], answer["every"], len(answer["toasts"])) == (seconds, 90, toasts)


@pytest.fixture
def clock() -> Any:
    """Stop the clock at the start of a time bucket."""
    with time_machine.travel(dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC), tick=False) as stopped:
        yield stopped


def test_a_poll_that_finds_nothing_changed_says_so_for_five_minutes(page: Client, clock: Any) -> None:
    etag = polled(page)["ETag"]
    assert polled(page, etag).status_code == 304
    assert polled(page, f"W/{etag}").status_code == 304
    clock.shift(299)
    assert polled(page, etag).status_code == 304
    clock.shift(1)  # expiry changes the badge without a write
    assert polled(page, etag).status_code == 200


def test_every_change_of_bell_or_center_is_in_the_next_poll(
    page: Client, reading: User, clock: Any, django_capture_on_commit_callbacks: Any
) -> None:
    made: dict[str, AppNotification] = {}
    record = AccountFactory()
    staff_cards.register(card_kind("test_kind", "Test", "For tests."))
    changes = (
        lambda: made.update(first=note(reading)),
        lambda: AppNotification.note_seen(reading, [made["first"].pk]),
        lambda: AppNotification.dismiss(reading, made["first"].pk),
        lambda: AppNotification.undo(reading, pk=made["first"].pk),
        lambda: AppNotification.dismiss_all(reading, until=timezone.now()),
        stamps.touch_all,
        lambda: staff_cards.tell("test_kind", [reading], record, says(title="t")),
        lambda: staff_cards.withdraw("test_kind", record),
    )
    for change in changes:
        etag = polled(page)["ETag"]
        assert polled(page, etag).status_code == 304
        with django_capture_on_commit_callbacks(execute=True):
            change()
        assert polled(page, etag).status_code == 200
        etag = polled(page)["ETag"]
        with django_capture_on_commit_callbacks(execute=True):
            note(person(READ))  # somebody else's change does not concern us
        assert polled(page, etag).status_code == 304


def test_an_etag_that_was_made_up_opens_nothing(client: Client, page: Client, clock: Any) -> None:
    etag = polled(page)["ETag"]
    value, _dot, mac = etag.strip('"').rpartition(".")
    for forged in ('""', '"x"', f'"{value}."', f'"{value}.{mac[:-1]}0x"', f'".{mac}"', '"ü.ü"', "*"):
        assert polled(page, forged).status_code == 200
    client.logout()
    assert polled(client).status_code == 401


def test_without_a_cache_every_poll_looks(page: Client, dead_cache: None) -> None:
    etag = polled(page)["ETag"]
    assert polled(page, etag).status_code == 200
    stamps.touch([uuid.uuid4()])
    stamps.touch_all()


def test_with_the_switch_off_there_is_neither_center_nor_poll(page: Client, reading: User) -> None:
    PortalSettings.objects.update_or_create(pk=1, defaults={"in_app_notifications": False})
    assert page.get(CENTER).status_code == 403
    assert polled(page).status_code == 403
