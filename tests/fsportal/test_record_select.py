"""A text that is no key, in an address or in a form that was sent, is an error of the form and not of the server."""

import pytest
from django.test import Client
from django.urls import reverse

from bookings.models import Booking, BulkChange, BulkVerb
from tests.admin_cast import account, booking, contact, make_booking, make_message, resource
from tests.factories import UserFactory

__all__ = ["account", "booking", "contact", "make_booking", "make_message", "resource"]  # fixtures
pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize(
    ("page", "field"),
    [
        ("bookings_absence", "resource"),
        ("bookings_calendarfeed", "resource"),
        ("bookings_workorder", "account"),
        ("bookings_bookingnotificationcode", "booking"),
        ("bookings_tracker", "resource"),
        ("fsportal_contact", "account"),
        ("fsportal_apitoken", "user"),
    ],
)
def test_a_page_opened_with_a_key_that_cannot_be_read_opens_empty(admin: Client, page: str, field: str) -> None:
    assert admin.get(reverse(f"admin:{page}_add"), {field: "x"}).status_code == 200


@pytest.mark.parametrize("query", ["start__gte=0001-01-01T00:00%2B14:00", "resource__id__exact=%00", "q=a%00b"])
def test_a_list_asked_for_what_a_database_cannot_compare_is_shown_without_it(admin: Client, query: str) -> None:
    # PostgreSQL can compare with a time in the year before 1.
    answer = admin.get(f"{reverse('admin:bookings_booking_changelist')}?{query}", follow=True)
    assert answer.status_code == 200


def test_technicians_can_be_chosen_without_scripts(admin: Client, booking: Booking) -> None:
    change = BulkChange.choose(BulkVerb.ASSIGN, [booking], by=None)
    assign = reverse("admin:bookings_booking_action", args=[booking.pk, "assign"])
    for page in (assign, reverse("admin:bookings_bulkchange_change", args=[change.pk])):
        assert f'<option value="{booking.resource_id}"' in admin.get(page).content.decode()


def test_a_technician_who_cannot_be_read_is_asked_for_again(admin: Client, booking: Booking) -> None:
    assign = reverse("admin:bookings_booking_action", args=[booking.pk, "assign"])
    answer = admin.post(assign, {"resource": "x", "why": "Omar is ill"})
    assert "Omar is ill" in answer.content.decode()
    change = BulkChange.choose(BulkVerb.ASSIGN, [booking], by=None)
    answer = admin.post(reverse("admin:bookings_bulkchange_change", args=[change.pk]), {"resource": "x", "why": "Ill"})
    assert answer.status_code == 400
