"""The cache that may be away: an outage is a miss, a mistake still raises, and nobody waits twice or reads it twice."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import pytest
import time_machine
from django.core.cache import cache, caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError
from pytest_django import Settings
from redis.exceptions import OutOfMemoryError

from fsportal.lib import cache as fail_open
from fsportal.lib.cache import CONFIGURED, REST
from fsportal.models import User

AS_A_MISS: dict[str, tuple[Callable[[BaseCache], Any], Any]] = {
    "add": (lambda cache: cache.add("key", 1, timeout=5), True),
    "get": (lambda cache: cache.get("key", "default"), "default"),
    "get_many": (lambda cache: cache.get_many(key for key in ("key", "other")), {}),
    "get_or_set": (lambda cache: cache.get_or_set("key", lambda: 7, timeout=5), 7),
    "set": (lambda cache: cache.set("key", 1, timeout=5), None),
    "set_many": (lambda cache: cache.set_many({"key": 1, "other": 2}, 5), ["key", "other"]),
    "touch": (lambda cache: cache.touch("key"), False),
    "delete": (lambda cache: cache.delete("key"), False),
    "delete_many": (lambda cache: cache.delete_many(["key"]), None),
    "has_key": (lambda cache: cache.has_key("key"), False),
    "in": (lambda cache: "key" in cache, False),
    "incr": (lambda cache: cache.incr("key", 2), 2),
    "decr": (lambda cache: cache.decr("key"), -1),
    "clear": (lambda cache: cache.clear(), None),
}


class Flaky(LocMemCache):
    """Fails while `fault` is set, and counts how often it is asked."""

    fault: Exception | None = None
    asked = 0

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        type(self).asked += 1
        if self.fault:
            raise self.fault
        return super().get(key, default, version)


@pytest.fixture
def flaky(settings: Settings) -> Iterator[type[Flaky]]:
    settings.CACHES = settings.CACHES | {CONFIGURED: {"BACKEND": f"{__name__}.Flaky", "LOCATION": "flaky"}}
    yield Flaky
    Flaky.fault, Flaky.asked = None, 0


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def without_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every call ask again, as if each were the first to find the cache away."""
    monkeypatch.setattr(fail_open, "REST", 0.0)


@pytest.fixture
def lost_table(settings: Settings) -> None:
    backend = {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "no_such_table"}
    settings.CACHES = settings.CACHES | {CONFIGURED: backend}


# --- While it is there ----------------------------------------------------------------------------------------------
def test_all_of_it_reaches_the_configured_cache() -> None:
    assert cache.add("a", 1)
    assert not cache.add("a", 2)
    assert (cache.incr("a", 4), cache.decr("a")) == (5, 4)
    assert caches[CONFIGURED].get("a") == 4
    cache.set("b", "two", 5, version=2)
    assert (cache.get("b"), cache.get("b", version=2)) == (None, "two")
    assert cache.set_many({"c": 3, "d": 4}) == []
    assert cache.get_many(["a", "c", "d", "e"]) == {"a": 4, "c": 3, "d": 4}
    assert (cache.touch("c", 5), cache.touch("e"), "c" in cache) == (True, False, True)
    assert (cache.delete("c"), cache.delete("c")) == (True, False)
    cache.delete_many(["a", "d"])
    assert cache.get_many(["a", "d"]) == {}
    cache.set("f", 6)
    cache.clear()
    assert not cache.has_key("f")


def test_values_end_when_they_should(clock: time_machine.Coordinates) -> None:
    cache.set("short", 1, 10)
    cache.set("default", 1)
    cache.set("kept", 1, None)
    clock.shift(11)
    assert cache.get_many(["short", "default", "kept"]) == {"default": 1, "kept": 1}
    clock.shift(300)
    assert cache.get_many(["short", "default", "kept"]) == {"kept": 1}


# --- While it is away -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("act", "expected"), AS_A_MISS.values(), ids=AS_A_MISS)
def test_a_dead_redis_is_a_miss(dead_cache: None, act: Callable[[BaseCache], Any], expected: Any) -> None:
    assert act(cache) == expected
    assert act(cache) == expected, "while it is left alone, too"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("inside", [False, True], ids=["", "in a transaction"])
def test_a_lost_table_is_a_miss_and_breaks_no_transaction(lost_table: None, without_rest: None, inside: bool) -> None:
    for name, (act, expected) in AS_A_MISS.items():
        with transaction.atomic() if inside else nullcontext():
            assert act(cache) == expected, name
            User.objects.create(username=name)
    assert User.objects.count() == len(AS_A_MISS)


def test_one_that_answers_with_an_error_is_as_good_as_away(flaky: type[Flaky]) -> None:
    flaky.fault = OutOfMemoryError("command not allowed when used memory > 'maxmemory'.")
    assert cache.get("key", "default") == "default"


def test_it_rests_a_while_then_one_caller_tries(flaky: type[Flaky], clock: time_machine.Coordinates) -> None:
    flaky.fault = ConnectionRefusedError()
    assert [cache.get("key") for _ in range(3)] == [None] * 3
    assert flaky.asked == 1
    clock.shift(REST)
    assert [cache.get("key") for _ in range(3)] == [None] * 3
    assert flaky.asked == 2
    flaky.fault = None
    clock.shift(REST)
    cache.set("key", 1)
    assert [cache.get("key") for _ in range(3)] == [1] * 3
    assert flaky.asked == 5, "all is as before"


def test_while_one_caller_waits_for_it_nobody_else_does(flaky: type[Flaky], clock: time_machine.Coordinates) -> None:
    flaky.fault = ConnectionRefusedError()
    cache.get("key")
    clock.shift(REST)
    outage = fail_open.outages[CONFIGURED]
    assert [outage.is_resting() for _ in range(3)] == [False, True, True]


def test_one_line_a_minute_says_so_and_why(
    dead_cache: None, without_rest: None, clock: time_machine.Coordinates, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(120):
        cache.get("key")
        cache.set("key", 1)
        clock.shift(1)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert said[0].startswith("The cache does not answer; we go on without it (ConnectionError: Error 111 connecting")
    assert "\n" not in said[0]
    assert not any(record.exc_info for record in caplog.records)


# --- Mistakes -------------------------------------------------------------------------------------------------------
def test_a_mistake_of_the_caller_raises() -> None:
    with pytest.raises(ValueError, match="not found"):
        cache.incr("missing")
    with pytest.raises(TypeError):
        cache.set("key", 1, timeout="soon")  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match="local object"):  # which nothing can pickle
        cache.set("key", lambda: None)
    assert fail_open.outages[CONFIGURED].is_resting() is False


@pytest.mark.parametrize("error", [TypeError(), KeyError(), ImportError(), NotImplementedError()])
def test_what_is_no_outage_is_let_through(flaky: type[Flaky], error: Exception) -> None:
    flaky.fault = error
    with pytest.raises(type(error)):
        cache.get("key")
    assert fail_open.outages[CONFIGURED].is_resting() is False


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_was_broken_before_is_not_taken_for_an_outage(lost_table: None) -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            cache.get("key")
    assert fail_open.outages[CONFIGURED].is_resting() is False


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite goes on after an error")
def test_nor_is_one_that_the_database_refuses_to_go_on_with(lost_table: None) -> None:
    with transaction.atomic():
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT nonsense")
        with pytest.raises(DatabaseError):
            cache.get("key")
        transaction.set_rollback(True)
    assert fail_open.outages[CONFIGURED].is_resting() is False
