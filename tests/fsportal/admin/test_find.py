"""Find anything: what is found, by whom, and at what cost."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.models import BookingNotificationCode, WorkOrder
from notifications.models import CustomerNotification, State
from tests.admin_cast import person
from tests.factories import (
    AccountFactory,
    BookingFactory,
    ContactFactory,
    UserFactory,
    WorkOrderFactory,
)

pytestmark = pytest.mark.django_db


def visits(how_many: int) -> None:
    """Make visits of customers called Zebulon, each with a message and a link."""
    for one in range(how_many):
        contact = ContactFactory(account=AccountFactory(name=f"Zebulon & Sons {one}"), name=f"Zebulon {one}")
        number = f"W-77{WorkOrder.objects.count()}"
        order = WorkOrderFactory(account=contact.account, reported_by=contact, number=number)
        booking = BookingFactory(work_order=order)
        BookingNotificationCode.issue(booking, contact)
        CustomerNotification.objects.create(
            contact=contact, event="upcoming", channel="email", state=State.SENT, dedupe_key=f"find:{contact.pk}"
        )


def found(client: Client, text: str) -> dict[str, list[str]]:
    page = client.get(reverse("admin:find"), {"q": text})
    return {group.slug: [hit.name for hit in group.hits] for group in page.context["found"]}


def test_everybody_finds_what_they_may_see(client: Client) -> None:
    visits(1)
    client.force_login(UserFactory(username="dora", is_staff=True, groups=["dispatcher"]))
    everything = {"bookings", "contacts", "accounts", "work-orders", "codes", "messages"}
    assert set(found(client, "zebulon")) == everything
    assert found(client, "w-770")["work-orders"] == ["W-770"]
    assert found(client, "Track My Technician") == {}
    assert found(client, "absen") == {"pages": ["Absences"]}
    client.force_login(UserFactory(username="ada", is_staff=True, groups=["admin"]))
    settings = client.get(reverse("admin:find"), {"q": "track my tech"}).context["found"]
    here = reverse("admin:settings-track-my-technician")
    assert {here, f"{here}#id_track_my_technician"} <= {hit.url for group in settings for hit in group.hits}
    client.force_login(person("nobody", []))
    assert found(client, "zebulon") == {}
    client.force_login(person("orders", ["view_workorder"]))
    assert set(found(client, "zebulon")) == {"work-orders"}


def test_a_whole_number_comes_before_longer_ones_and_hides_none(admin: Client) -> None:
    for number in ("W-7", *(f"W-7{one}" for one in range(7))):
        BookingFactory(work_order=WorkOrderFactory(number=number))
    here = found(admin, "w-7")
    assert (here["work-orders"][0], len(here["work-orders"])) == ("W-7", 5)
    first = admin.get(reverse("admin:find"), {"q": "w-7"}).context["found"][0]
    assert first.slug == "bookings"
    assert "W-7, " in first.hits[0].about


def test_finding_many_costs_what_finding_one_costs_and_the_list_has_the_rest(admin: Client) -> None:
    visits(1)
    address = reverse("admin:find")
    admin.get(address, {"q": "zebulon"})
    with CaptureQueriesContext(connection) as few:
        admin.get(address, {"q": "zebulon", "part": "yes"})
    visits(8)
    with CaptureQueriesContext(connection) as many:
        part = admin.get(address, {"q": "zebulon", "part": "yes"}).content.decode()
    assert len(many) <= len(few)
    assert part.count('role="option"') == 6 * 5
    page = admin.get(address, {"q": "zebulon"}).content.decode()
    assert f'{reverse("admin:bookings_booking_changelist")}?q=zebulon"' in page
    with CaptureQueriesContext(connection) as nothing:
        too_short = admin.get(address, {"q": "z"}).content.decode()
    assert "Type at least two characters." in too_short
    assert not [one for one in nothing if "bookings_booking" in one["sql"]]


def test_any_text_may_be_looked_for(admin: Client) -> None:
    for text in ("<script>\0\"' %", "x" * 5000, "\u202e\U0001f600", '"', "'' \"", "+44 20 7946 0", "5" * 99):
        page = admin.get(reverse("admin:find"), {"q": text})
        assert page.status_code == 200
        assert "<script>&quot;" not in page.content.decode()
        assert '<script>"' not in page.content.decode()
