"""The counter against guessing."""

from typing import Any

import pytest
import time_machine
from django.test import RequestFactory

from fsportal.lib.throttle import Throttle, client_of


def test_what_is_beyond_the_limit_waits_until_the_window_ends() -> None:
    throttle = Throttle("test", limit=2, seconds=60)
    with time_machine.travel("2026-11-24T10:00:40Z", tick=False):
        assert [throttle.count("a") for _ in range(4)] == [0, 0, 20, 20]
        assert throttle.count("b") == 0
        assert Throttle("other", limit=2, seconds=60).count("a") == 0
    with time_machine.travel("2026-11-24T10:01:00Z", tick=False):
        assert throttle.count("a") == 0


def test_who_only_asks_how_long_to_wait_is_not_counted() -> None:
    throttle = Throttle("test", limit=2, seconds=60)
    with time_machine.travel("2026-11-24T10:00:40Z", tick=False):
        assert [throttle.wait_of("a") for _ in range(4)] == [0] * 4
        throttle.count("a")
        assert throttle.wait_of("a") == 0
        throttle.count("a")
        assert (throttle.wait_of("a"), throttle.wait_of("b")) == (20, 0)
    with time_machine.travel("2026-11-24T10:01:00Z", tick=False):
        assert throttle.wait_of("a") == 0


def test_a_cache_that_fails_lets_everybody_through(dead_cache: None, caplog: pytest.LogCaptureFixture) -> None:
    throttle = Throttle("test", limit=1, seconds=60)
    assert [throttle.count("192.0.2.1") for _ in range(3)] == [0, 0, 0]
    assert throttle.wait_of("192.0.2.1") == 0
    assert "The cache does not answer" in caplog.text
    assert "192.0.2.1" not in caplog.text


@pytest.mark.parametrize(
    ("proxy", "peer", "forwarded", "expected"),
    [
        (None, "192.0.2.1", None, "192.0.2.1"),
        (None, "192.0.2.1", "198.51.100.1", "192.0.2.1"),
        (("HTTP_X_FORWARDED_PROTO", "https"), "10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        (("HTTP_X_FORWARDED_PROTO", "https"), "10.0.0.1", None, "10.0.0.1"),
        (None, "2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        (None, "", None, ""),
    ],
)
def test_a_client_is_the_peer_or_what_our_own_proxy_saw(
    settings: Any, proxy: tuple[str, str] | None, peer: str, forwarded: str | None, expected: str
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = proxy
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    assert client_of(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)) == expected
