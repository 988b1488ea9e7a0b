"""Pages of the Settings area are compressed, those with a secret never (fsportal/lib/compression.py)."""

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.test import Client
from django.urls import reverse

from bookings.models import CalendarFeed, Tracker
from fsportal.models import ApiToken, User
from tests.factories import CodeFactory, ResourceFactory, UserFactory
from tests.portal.invitations.doorstep import single

pytestmark = pytest.mark.django_db
FROM_HERE = {"Accept-Encoding": "gzip, br", "Sec-Fetch-Site": "same-origin"}
LIST = "admin:bookings_booking_changelist"


@pytest.fixture
def admin(db: None) -> Client:
    client = Client(headers=FROM_HERE)
    client.force_login(User.objects.create_superuser("ada", "ada@example.com", "x"))
    return client


def pages_of(records: list[Any]) -> Iterator[str]:
    for model in django_admin.site._registry:
        yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for record in records:
        for name in ("change", "history"):
            yield reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_{name}", args=[record.pk])


def encoding(answer: Any) -> str:
    return str(answer.get("Content-Encoding", ""))


def plain(answer: Any) -> str:
    body: bytes = answer.content
    return (gzip.decompress(body) if encoding(answer) == "gzip" else body).decode(errors="replace")


def test_a_list_is_compressed_for_those_who_ask_for_it_from_here(admin: Client) -> None:
    CodeFactory()
    answer = admin.get(reverse(LIST))
    assert encoding(answer) == "gzip"
    assert int(answer["Content-Length"]) == len(answer.content) < len(plain(answer)) / 3
    assert {"Accept-Encoding", "Sec-Fetch-Site"} <= set(answer["Vary"].split(", "))
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Accept-Encoding": "br"}):
        other = admin.get(reverse(LIST), headers=headers)
        assert (encoding(other), "Accept-Encoding" in other["Vary"]) == ("", True), headers
    stranger = Client(headers=FROM_HERE)
    stranger.force_login(UserFactory())
    assert [encoding(stranger.get(page)) for page in ("/", "/technician/", reverse("account_login"))] == ["", "", ""]


def test_a_file_is_streamed_as_it_is(admin: Client) -> None:
    address = reverse("admin:bookings_booking_list_export")
    answer = admin.post(address, {"format": "csv"})
    assert (answer.status_code, answer.streaming, encoding(answer)) == (200, True, "")


def test_no_page_with_a_secret_is_compressed(admin: Client) -> None:
    code, invitation = CodeFactory(), single()
    tracker = Tracker.connect(code.booking.resource or ResourceFactory(), by=None)
    feed = CalendarFeed.objects.create(resource=tracker.resource)
    secrets = {code.code: 0, invitation.code: 0, tracker.device_id: 0, feed.address: 0}
    compressed = 0
    records = [
        code,
        code.booking,
        code.contact,
        invitation,
        *invitation.contacts.all(),
        tracker,
        tracker.resource,
        feed,
    ]
    for address in pages_of(records):
        answer = admin.get(address, follow=True)
        compressed += encoding(answer) == "gzip"
        shown = [secret for secret in secrets if secret in plain(answer)]
        assert not shown or not encoding(answer), address
        secrets |= {secret: secrets[secret] + 1 for secret in shown}
    assert all(secrets.values())  # each was on a page
    assert compressed > 30
    user = UserFactory(username="integrator")
    made = admin.post(reverse("admin:fsportal_apitoken_add"), {"user": user.pk, "name": "ERP", "days": 30})
    assert (ApiToken.objects.count(), "fsp_" in plain(made), encoding(made)) == (1, True, "")
    assert encoding(admin.get(reverse(LIST))) == "gzip"  # the next page is not meant
