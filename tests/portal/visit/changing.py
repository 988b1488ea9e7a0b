"""Visits that a customer may change, and how a test walks through the pages that do it."""

import datetime as dt
import re
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse

from bookings.models import Booking, BookingNotificationCode
from fsportal.models import User
from notifications.models import CustomerNotification
from portal.models import OneTimeCode, WebRole
from tests.factories import UserFactory
from tests.portal.stage import HOUR, NOW, company, open_link, visit

#: Friday 27 November 2026, 10:00 in London.
FRIDAY = NOW + dt.timedelta(days=3)
#: A time at which the technician works: Thursday 26 November 2026, 14:00 in London.
THURSDAY = NOW + dt.timedelta(days=2, hours=4)


def visit_to_change(*, now: dt.datetime = NOW, days: int = 3, **contact: Any) -> BookingNotificationCode:
    """Return the code of a visit that its customer may change and cancel at `now`."""
    company(self_scheduling=True)
    code = visit("scheduled", now=now, **contact)
    start = now.replace(microsecond=0) + dt.timedelta(days=days)
    Booking.objects.filter(pk=code.booking.pk).update(start=start, end=start + HOUR)
    code.booking.refresh_from_db()
    return code


def account_of(code: BookingNotificationCode, username: str = "sam") -> User:
    """Return a portal account of the contact, with the role that it needs."""
    user: User = UserFactory(username=username)
    code.contact.portal_user = user
    code.contact.save()
    WebRole.web_api_users().give(code.contact, by=None)
    return user


def address(name: str, code: BookingNotificationCode) -> str:
    """Return the address of a page of the visit as who has the link comes to it."""
    return reverse(f"visit-{name}", args=[code.public_id])


def own_address(name: str, booking: Booking) -> str:
    """Return the address of the same page as a signed-in customer comes to it."""
    return reverse(f"booking-{name}", args=[booking.pk])


def prove(client: Client, code: BookingNotificationCode) -> None:
    """Open the link and prove to be the contact by a one-time code."""
    open_link(client, code)
    sent = client.post(address("confirm", code), {"channel": "email"})
    assert sent.status_code == 302, sent.status_code
    one_time = OneTimeCode.objects.get(pk=sent["Location"].rpartition("=")[2])
    assert client.post(sent["Location"], {"digits": one_time.digits}).status_code == 302


def key_of(response: Any, start: dt.datetime) -> str:
    """Return the value of the radio button for the time that begins at `start` on a page of times."""
    found: list[str] = re.findall(rf'name="time" value="({int(start.timestamp()) // 60:x}-[0-9a-f]+)"', text(response))
    assert len(found) == 1, f"{len(found)} times begin at {start}"
    return found[0]


def field(response: Any, name: str) -> str:
    """Return the value of a hidden field on a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', text(response))
    assert found, f"no {name} on the page"
    return found[1]


def text(response: Any) -> str:
    """Return the page as it was sent."""
    content: str = response.content.decode()
    return content


def words(response: Any) -> str:
    """Return what the page says, without markup."""
    main = re.search(r"<main.*?</main>", text(response), re.DOTALL)
    assert main
    return " ".join(re.sub(r"<[^>]+>", "", main[0]).split())


def contents() -> dict[str, list[Any]]:
    """Return every row of every table, but for sessions, which signing in makes."""
    with connection.cursor() as cursor:
        rows = {}
        for table in sorted(set(connection.introspection.table_names(cursor)) - {"django_session"}):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows[table] = sorted(map(repr, cursor.fetchall()))
    return rows


def messages() -> list[str]:
    """Return the events of the messages to customers that were queued, but for one-time codes."""
    return sorted(
        CustomerNotification.objects.exclude(event="one_time_code").values_list("event", flat=True).distinct()
    )
