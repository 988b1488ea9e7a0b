"""Texts cost money: to which numbers they go, and how many."""

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from bookings.schedule_files import cells
from bookings.schedule_files.columns import CellError
from fsportal.models import Contact, PortalSettings, User
from notifications.customers import delivery, health_probe, text_limits
from notifications.models import AppNotification, CustomerNotification, Reason, State
from tests.notifications.customers.test_delivery import clock, traveling
from tests.servers import TwilioServer

__all__ = ["clock"]
pytestmark = pytest.mark.django_db

PREMIUM, SHARED, SATELLITE, INTERNATIONAL = "+449098790018", "+448431234567", "+881612345678", "+979123456789"
COSTLY = [PREMIUM, SHARED, SATELLITE, INTERNATIONAL, "+870773111632"]


def limited(**limits: int) -> None:
    portal_settings = PortalSettings.load()
    for name, most in limits.items():
        setattr(portal_settings, name, most)
    portal_settings.save()


def ends(rows: list[CustomerNotification]) -> list[tuple[str, str]]:
    delivery.drain()
    for row in rows:
        row.refresh_from_db()
    return sorted((row.state, row.reason) for row in rows)


@pytest.mark.parametrize("number", COSTLY)
def test_a_number_by_which_somebody_earns_is_refused_wherever_it_comes_in(twilio: TwilioServer, number: str) -> None:
    with pytest.raises(ValidationError):
        Contact(name="Sam", mobile_phone=number).clean_fields(exclude=["account"])
    with pytest.raises(CellError):
        cells.phone(number, "GB")
    # One that is stored already, or came in by a way that we did not think of, gets nothing.
    assert ends([traveling("sms", mobile_phone=number)]) == [(State.SUPPRESSED, Reason.COUNTRY)]
    assert not twilio.requests


def test_texts_go_to_the_companys_own_country_unless_others_are_named(twilio: TwilioServer, settings: Settings) -> None:
    PortalSettings.objects.update(time_zone="Europe/London")
    abroad = [traveling("sms", mobile_phone="+12025550123")]
    assert ends(abroad) == [(State.SUPPRESSED, Reason.COUNTRY)]
    settings.SMS_COUNTRIES = ["GB", "US"]
    assert ends([traveling("sms", mobile_phone="+12025550123")]) == [(State.SENT, "")]


@pytest.mark.parametrize("by", ["texts_per_number", "texts_per_day"])
def test_of_many_texts_as_many_go_out_as_the_limit_says(twilio: TwilioServer, by: str) -> None:
    limited(**{by: 2})
    rows = [traveling("sms") for _ in range(5)]
    reason = Reason.TEXT_LIMIT if by == "texts_per_number" else Reason.SPENDING_LIMIT
    assert ends(rows) == [(State.QUEUED, reason)] * 3 + [(State.SENT, "")] * 2
    assert len(twilio.messages) == 2


def test_texts_of_one_account_are_limited_over_all_its_numbers() -> None:
    limited(texts_per_account=1)
    one, other = traveling("sms"), traveling("sms", mobile_phone="+442079460018")
    assert one.contact is not None
    assert other.contact is not None
    other.contact.account = one.contact.account
    portal_settings = PortalSettings.load()
    assert text_limits.held(one, "+442079460002", portal_settings) is None
    waits = text_limits.held(other, "+442079460018", portal_settings)
    assert waits is not None
    assert waits.reason == Reason.TEXT_LIMIT


def test_the_spending_limit_tells_an_admin_and_lets_go_once_it_is_raised(twilio: TwilioServer, admin: User) -> None:
    limited(texts_per_day=1)
    rows = [traveling("sms") for _ in range(3)]
    ends(rows)
    assert AppNotification.objects.filter(kind=text_limits.CARD, owner=admin).count() == 1
    assert "spending limit of 1 texts" in next(health_probe.texts())
    limited(texts_per_day=10)
    assert not list(health_probe.texts())
    CustomerNotification.objects.update(due_at=rows[0].created_at)
    assert ends(rows) == [(State.SENT, "")] * 3
