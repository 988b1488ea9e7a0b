"""How many rooms one has to enter to follow a request or a message from one end to the other.

A room is a folder of the product, or a file that stands beside the folders of an app. Not counted are `fsportal/lib`
and `fsportal/models`, the ground floor, and what every page passes through: middleware, context processors, template
tags. `pytest tests/test_walks.py -rP` prints the rooms of each walk.
"""

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import get_resolver
from django.utils.module_loading import import_string

from bookings.models import Booking
from notifications.customers import delivery
from notifications.models import CustomerNotification
from tests.portal.invitations.doorstep import create_profile, single, type_code
from tests.portal.stage import NOW, open_link, visit
from tests.portal.visit.changing import (
    THURSDAY,
    account_of,
    field,
    key_of,
    own_address,
    visit_to_change,
)
from tests.portal.visit.whereabouts import on_the_way

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parent.parent
APPS = ("bookings", "fsportal", "notifications", "portal")
GROUND = ("fsportal/lib", "fsportal/lib/postgresql", "fsportal/models")
#: Files of what every page passes through.
PASSED = {
    Path(sys.modules[import_string(name).__module__].__file__ or "")
    for name in [*settings.MIDDLEWARE, *settings.TEMPLATES[0]["OPTIONS"]["context_processors"]]  # type: ignore[index]  # a dict
}


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    get_resolver().url_patterns  # noqa: B018  (views are loaded with the first address, not in the walk)
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def rooms_of(walk: Callable[[], Any]) -> list[str]:
    """Return the rooms in which a function runs while `walk` does."""
    files: set[str] = set()

    def noted(frame: Any, event: str, _argument: Any) -> None:
        if event == "call" and frame.f_code.co_name != "<module>":
            files.add(frame.f_code.co_filename)

    sys.setprofile(noted)
    try:
        walk()
    finally:
        sys.setprofile(None)
    return sorted({room for file in files if (room := room_of(Path(file)))})


def room_of(file: Path) -> str:
    """Return the room of a file; empty when it is not the product's, or on the ground floor."""
    if file in PASSED or not file.is_relative_to(ROOT) or file.parent.name == "templatetags":
        return ""
    inside = file.relative_to(ROOT)
    if inside.parts[0] not in APPS:
        return ""
    room = inside if len(inside.parts) == 2 else inside.parent
    return "" if room.as_posix() in GROUND else room.as_posix()


def walked(name: str, walk: Callable[[], Any]) -> int:
    rooms = rooms_of(walk)
    print(f"{name}: {len(rooms)} rooms: {', '.join(rooms)}")
    return len(rooms)


def reminded() -> Booking:
    """Return a visit in two days whose customer has been reminded of it."""
    code = visit("scheduled")
    CustomerNotification.objects.create(
        event="upcoming",
        contact=code.contact,
        channel="email",
        to="a@example.com",
        regarding=code.booking,
        revision=code.booking.revision,
        state="sent",
        told_at=NOW - dt.timedelta(hours=1),
        named_time=code.booking.start,
        dedupe_key="walk",
    )
    return code.booking


def test_a_reschedule_becomes_a_row_of_the_outbox() -> None:
    booking = reminded()
    start = booking.start + dt.timedelta(hours=2)
    # With the rooms of the cards that a verb may end.
    assert walked("reschedule", lambda: booking.reschedule(start)) <= 7
    assert CustomerNotification.objects.filter(event="rescheduled").exists()


def test_a_worker_delivers_a_row() -> None:
    booking = reminded()
    booking.reschedule(booking.start + dt.timedelta(hours=2))
    assert walked("delivery", delivery.drain) <= 6
    assert not CustomerNotification.objects.filter(state="queued").exists()


def test_a_visit_is_seen_by_its_link(client: Client) -> None:
    code = visit("scheduled")
    open_link(client, code)
    assert walked("visit page", lambda: client.get(f"/visit/see/{code.public_id}/")) <= 4


def test_a_profile_is_made_from_an_invitation(client: Client) -> None:
    invitation = single()
    type_code(client, invitation.code)
    assert walked("make a profile", lambda: create_profile(client)) <= 6
    invitation.refresh_from_db()
    assert invitation.redemptions.exists()


def test_the_live_map_asks(client: Client) -> None:
    code = on_the_way()
    open_link(client, code)
    address = f"/visit/see/{code.public_id}/live"
    assert client.get(address).status_code == 200
    assert walked("live map", lambda: client.get(address)) <= 4


def test_free_times_are_shown(client: Client) -> None:
    code = visit_to_change()
    client.force_login(account_of(code))
    assert walked("free times", lambda: client.get(own_address("change", code.booking))) <= 6


def test_a_customer_moves_a_visit(client: Client) -> None:
    code = visit_to_change()
    client.force_login(account_of(code))
    address = own_address("change", code.booking)
    page = client.get(address)
    key = key_of(page, THURSDAY)
    check = client.get(address, {"step": "check", "time": key})
    data = {"step": "move", "time": key, "seen": field(check, "seen"), "why": ""}
    assert walked("customer moves a visit", lambda: client.post(address, data)) <= 12
    code.booking.refresh_from_db()
    assert code.booking.start == THURSDAY
