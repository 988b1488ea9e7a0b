"""The counter against guessing."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import RequestFactory

from fsportal.lib.throttle import Throttle, client_of
from fsportal.models import Tally


@pytest.mark.django_db
def test_what_is_beyond_the_limit_waits_until_the_window_ends(dead_cache: None) -> None:
    throttle = Throttle("test", limit=2, seconds=60)
    with time_machine.travel("2026-11-24T10:00:40Z", tick=False) as clock:
        assert throttle.wait_of("192.0.2.1") == 0, "who only asks is not counted"
        assert [throttle.count("192.0.2.1") for _ in range(2)] == [0, 0]
        clock.shift(20)
        assert [throttle.count("192.0.2.1"), throttle.wait_of("192.0.2.1")] == [40, 40]
        assert throttle.count("b") == throttle.wait_of("b") == 0
        assert Throttle("other", limit=2, seconds=60).count("192.0.2.1") == 0
        throttle.give_back("192.0.2.1")
        assert [throttle.count("192.0.2.1") for _ in range(2)] == [0, 40], "one was given back, what was refused is not"
        clock.shift(40)
        assert [throttle.wait_of("192.0.2.1"), throttle.count("192.0.2.1")] == [0, 0]
        clock.shift(-3600)
        assert throttle.count("192.0.2.1") == 0, "nobody waits for a clock that was set back"
    assert not [key for key in Tally.objects.values_list("key", flat=True) if "192.0.2.1" in key]


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_as_many_get_through_as_the_limit_says() -> None:
    throttle, gate = Throttle("crowd", limit=20, seconds=600), Barrier(16)

    def ten_tries(one: int) -> int:
        try:
            connection.ensure_connection()
            gate.wait(timeout=30)
            return [throttle.count("192.0.2.1") for _ in range(10)].count(0)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(ten_tries, range(16))) == 20


@pytest.mark.django_db
def test_a_count_is_one_statement_and_a_refusal_two(django_assert_num_queries: Any) -> None:
    throttle = Throttle("test", limit=1, seconds=60)
    with django_assert_num_queries(1):
        throttle.count("a")
    with django_assert_num_queries(2):  # and until when
        throttle.count("a")
    with django_assert_num_queries(1):
        throttle.wait_of("a")


@pytest.mark.parametrize(
    ("proxy", "peer", "forwarded", "expected"),
    [
        (None, "192.0.2.1", None, "192.0.2.1"),
        (None, "192.0.2.1", "198.51.100.1", "192.0.2.1"),
        (("HTTP_X_FORWARDED_PROTO", "https"), "10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        (("HTTP_X_FORWARDED_PROTO", "https"), "10.0.0.1", None, "10.0.0.1"),
        (None, "2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        (None, "::ffff:192.0.2.1", None, "192.0.2.1"),
        (None, "", None, ""),
    ],
)
def test_a_client_is_the_peer_or_what_our_own_proxy_saw(
    settings: Any, proxy: tuple[str, str] | None, peer: str, forwarded: str | None, expected: str
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = proxy
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    assert client_of(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)) == expected
