"""The ways out, as real servers."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from fsportal.environment import email_config, sms_config
from tests.servers import SmtpSink, TwilioServer


@pytest.fixture
def smtp(settings: Settings) -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        settings.DELIVERY_MODE, settings.EMAIL = "live", email_config(sink.url)
        for name, value in settings.EMAIL.settings.items():
            setattr(settings, name, value)
        settings.EMAIL_FROM = "visits@example.com"
        yield sink


@pytest.fixture
def twilio(settings: Settings) -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        settings.DELIVERY_MODE, settings.SMS = "live", sms_config(server.sms_url)
        yield server
