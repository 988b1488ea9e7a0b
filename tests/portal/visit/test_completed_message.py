"""The message that a visit is done asks how it was: by the survey where there is one, else on the visit's own page."""

import datetime as dt

import pytest
import time_machine

from bookings.models import BookingNotificationCode, Change
from fsportal.models import PortalSettings
from notifications.customers import delivery
from notifications.models import CustomerNotification
from tests.portal.stage import NOW, company, visit

pytestmark = pytest.mark.django_db


def told(channel: str) -> CustomerNotification:
    """Let a visit be completed; returns what its contact is told on a channel."""
    with time_machine.travel(NOW, tick=False):
        code = visit()
        code.booking.complete(Change(at=NOW - dt.timedelta(minutes=5)))
        delivery.drain()
    return CustomerNotification.objects.get(event="completed", channel=channel)


def test_a_text_message_asks_and_stays_within_a_segment() -> None:
    company(company_name="Brightside", survey_url="")
    row = told("sms")
    assert row.words == (
        "Brightside: The work was completed on Tue 24 Nov, 09:55 (London time). Tell us how it was: [link]"
    )
    assert row.segments == 1


def test_an_email_asks_and_its_button_leads_to_the_visit() -> None:
    company(survey_url="")
    words = told("email").words
    assert "Tell us how it was, on the page of your visit." in words
    assert "[link]" in words


def test_with_a_survey_the_survey_asks() -> None:
    company()
    words = told("email").words
    assert "https://survey.example/s/1" in words
    assert "Tell us how it was" not in words


def test_without_a_link_nothing_is_asked() -> None:
    company(survey_url="")
    with time_machine.travel(NOW, tick=False):
        code = visit()
        BookingNotificationCode.objects.get(pk=code.pk).block(by=None, why="lost phone")
        code.booking.complete()
        delivery.drain()
    assert PortalSettings.load().survey_url == ""
    for row in CustomerNotification.objects.filter(event="completed"):
        assert "Tell us" not in row.words
