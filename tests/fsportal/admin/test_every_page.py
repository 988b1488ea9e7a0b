"""Every list, page and form of the Settings area: who gets in, and that it opens."""

from collections.abc import Callable

import pytest
from django.contrib import admin as django_admin
from django.test import Client
from django.urls import reverse

from bookings.models import Booking, BookingNotificationCode
from fsportal.models import Contact
from portal.admin.settings_pages.subjects import SUBJECTS
from tests.admin_cast import person

LISTS = [
    f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    for model in django_admin.site._registry
    if model._meta.app_label in ("fsportal", "bookings", "notifications", "portal", "auth")
]
SETTINGS = [f"admin:{subject.url_name}" for subject in SUBJECTS]
PAGES = ["admin:index", "admin:today", "admin:reports", "admin:health", *SETTINGS]


@pytest.mark.parametrize("name", LISTS + PAGES)
def test_a_stranger_is_asked_to_sign_in(stranger: Client, name: str) -> None:
    answer = stranger.get(reverse(name))
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


@pytest.mark.parametrize("name", LISTS + PAGES)
def test_an_admin_sees_every_list_and_page(
    admin: Client, make_message: Callable[..., object], booking: Booking, contact: Contact, name: str
) -> None:
    make_message()
    BookingNotificationCode.issue(booking, contact)
    answer = admin.get(reverse(name), follow=True)
    assert answer.status_code == 200
    assert "style=" not in answer.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_a_read_only_user_sees_the_pages(reader: Client, name: str) -> None:
    assert reader.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", PAGES[1:])
def test_staff_without_rights_is_refused_on_the_pages(name: str, db: None) -> None:
    client = Client()
    client.force_login(person("nobody", []))
    assert client.get(reverse(name)).status_code == 403


def test_the_index_has_its_groups_in_order_with_the_seeds_names(admin: Client) -> None:
    page = admin.get(reverse("admin:index")).content.decode().partition('id="content"')[2]
    places = [page.find(words) for words in ("Today", "Bookings", "Customer Portal", "Notifications",
              "Booking Notification Codes", "People and access", "Health")]  # fmt: skip
    assert -1 not in places
    assert places == sorted(places)


def test_lists_open_with_a_search(admin: Client, make_message: Callable[..., object]) -> None:
    make_message()
    for name in LISTS:
        assert admin.get(reverse(name), {"q": "smith"}, follow=True).status_code == 200
