"""The other ways an SMS can leave, and the choice between them."""

import logging
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from uuid import UUID

import pytest
from pytest_django import Settings

from fsportal.conf.environment import sms_config
from notifications.customers.channels.apprise_sms import AppriseBackend
from notifications.customers.channels.base import DeliveryError, SmsMessage
from notifications.customers.channels.http_post import HttpPostBackend
from notifications.customers.channels.sms import sms_backend
from tests.servers import Answer, TwilioServer

MESSAGE = SmsMessage(
    id=UUID("11111111-2222-3333-4444-555555555555"),
    to="+442079460018",
    text="Omar comes at 10:20",
    callback_url="https://portal.example/sms/",
)

# Apprise imports a module that Python 3.13 drops.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
needs_apprise = pytest.mark.usefixtures("apprise")


@pytest.fixture
def apprise() -> None:
    """Skip where the optional extra is not installed."""
    pytest.importorskip("apprise")


@pytest.fixture
def provider() -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        server.answer = Answer(200, {"id": 77})
        yield server


def test_a_plain_provider_gets_a_form(provider: TwilioServer) -> None:
    url = f"http-post://me:s%40cret@127.0.0.1:{provider.port}/send"
    with closing(HttpPostBackend(sms_config(url))) as channel:
        receipt = channel.send(MESSAGE)

    (request,) = provider.requests
    assert request.path == "/send"
    assert request.login == ("me", "s@cret")
    assert request.form == {"to": "+442079460018", "text": "Omar comes at 10:20"}
    assert request.headers["Idempotency-Key"] == str(MESSAGE.id)
    assert (receipt.provider, receipt.provider_id, receipt.segments) == ("http-post", "77", 1)


def test_the_fields_can_have_the_providers_names(provider: TwilioServer) -> None:
    options = "to=recipient&text=body&from=ACME&from_field=sender&callback=report&api_key=abc"
    with closing(HttpPostBackend(sms_config(f"http-post://127.0.0.1:{provider.port}/send?{options}"))) as channel:
        channel.send(MESSAGE)

    assert provider.requests[0].form == {
        "recipient": "+442079460018",
        "body": "Omar comes at 10:20",
        "sender": "ACME",
        "report": "https://portal.example/sms/",
        "api_key": "abc",
    }
    assert "abc" not in channel.described


@pytest.mark.parametrize("answer", [Answer(204), Answer(202, "<b>ok</b>"), Answer(200, [])])
def test_any_success_means_that_it_was_taken(provider: TwilioServer, answer: Answer) -> None:
    provider.answer = answer

    with closing(HttpPostBackend(sms_config(f"http-post://127.0.0.1:{provider.port}/"))) as channel:
        assert channel.send(MESSAGE).provider_id == ""


@pytest.mark.parametrize(
    ("answer", "reason", "permanent", "uncertain"),
    [
        (Answer(422), "refused", True, False),
        (Answer(403), "login_refused", False, False),
        (Answer(404), "misconfigured", False, False),
        (Answer(503, "", {"Retry-After": "9"}), "busy", False, False),
        (Answer(500), "provider_error", False, True),
        (Answer(drop=True), "no_answer", False, True),
    ],
)
def test_each_answer_says_whether_to_try_again(
    provider: TwilioServer, answer: Answer, reason: str, permanent: bool, uncertain: bool
) -> None:
    provider.answer = answer
    channel = HttpPostBackend(sms_config(f"http-post://127.0.0.1:{provider.port}/"))
    with closing(channel), pytest.raises(DeliveryError) as caught:
        channel.send(MESSAGE)

    error = caught.value
    assert (error.reason, error.permanent, error.uncertain) == (reason, permanent, uncertain)


@needs_apprise
def test_apprise_sends_to_the_number_in_the_placeholder(provider: TwilioServer) -> None:
    AppriseBackend(sms_config(f"apprise+json://127.0.0.1:{provider.port}/to/{{to}}")).send(MESSAGE)

    (request,) = provider.requests
    assert "442079460018" in request.path
    assert b"Omar comes at 10:20" in request.body


@needs_apprise
def test_a_failure_inside_apprise_is_uncertain_and_its_log_lines_stay_inside(
    provider: TwilioServer, caplog: pytest.LogCaptureFixture
) -> None:
    provider.answer = Answer(500)
    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError) as caught:
        AppriseBackend(sms_config(f"apprise+json://127.0.0.1:{provider.port}/to/{{to}}")).send(MESSAGE)

    assert (caught.value.reason, caught.value.uncertain) == ("no_answer", True)
    assert "500" in caught.value.detail
    assert [line for line in caplog.records if line.name == "apprise"] == []


@pytest.mark.parametrize("number", ["", "442079460018", "+44", "+44207946001x", "+442079460018,+15550100000"])
def test_apprise_never_sees_what_is_no_number(provider: TwilioServer, number: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        AppriseBackend(sms_config(f"apprise+json://127.0.0.1:{provider.port}/{{to}}")).send(replace(MESSAGE, to=number))

    assert (caught.value.reason, caught.value.permanent) == ("bad_number", True)
    assert provider.requests == []


@needs_apprise
def test_a_provider_of_apprise_that_understood_another_number_sends_nothing() -> None:
    # Two recipients: the placeholder's and one that somebody left in the URL.
    url = "apprise+twilio://AC" + "0" * 32 + ":" + "0" * 32 + "@15550100000/{to}/15550100001"
    with pytest.raises(DeliveryError) as caught:
        AppriseBackend(sms_config(url)).send(MESSAGE)

    assert (caught.value.reason, caught.value.permanent) == ("bad_number", True)


@needs_apprise
@pytest.mark.parametrize(
    "url", ["apprise+json://127.0.0.1/", "apprise+json://h/{to}/{to}", "apprise+nonsense://h/{to}"]
)
def test_an_apprise_url_that_cannot_work_says_so(url: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        AppriseBackend(sms_config(url)).send(MESSAGE)

    assert (caught.value.reason, caught.value.permanent, caught.value.uncertain) == ("misconfigured", False, False)


def test_a_missing_apprise_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(DeliveryError) as caught:
        AppriseBackend(sms_config("apprise+json://127.0.0.1/{to}")).send(MESSAGE)

    assert caught.value.reason == "misconfigured"
    assert "field-service-portal[apprise]" in caught.value.detail


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("twilio://AC1:token@+15550100000", "twilio"),
        ("http-post://127.0.0.1:1/x", "http-post"),
        ("https-post://sms.example/x", "http-post"),
        ("apprise+json://127.0.0.1/{to}", "apprise+json"),
        ("", "none"),
    ],
)
def test_the_way_out_is_the_one_in_sms_url(settings: Settings, url: str, name: str) -> None:
    settings.SMS = sms_config(url)
    channel = sms_backend()
    channel.close()

    assert channel.name == name
    assert bool(channel.described) == bool(url)
    assert "token" not in channel.described


def test_sms_that_nobody_connected_wait_for_somebody_to_do_it(settings: Settings) -> None:
    settings.SMS = sms_config("")
    with pytest.raises(DeliveryError) as caught:
        sms_backend().send(MESSAGE)

    assert (caught.value.reason, caught.value.permanent, caught.value.uncertain) == ("not_connected", False, False)
