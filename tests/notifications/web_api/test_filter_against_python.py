"""Random filters over random rows: what the database finds is what Python finds."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fsportal.models import User
from notifications.models import AppNotification
from tests.notifications.web_api.stage import GLOBAL, Api, note, person

Row = dict[str, Any]
START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
TEXTS = ["", "a", "A", "ab", "b'c", "100%", "a_b", "a%b", "\\", "null", "x y"]
PRIORITIES = [200000000, 200000001]
TTLS = [1, 59, 60, 61, 2147483647]
SECONDS = range(5)
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}
FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda held, part: part in held,
    "startswith": lambda held, part: held.startswith(part),
    "endswith": lambda held, part: held.endswith(part),
}


@dataclass(frozen=True)
class Condition:
    """A filter's text, and what it means, said in Python."""

    text: str
    holds: Callable[[Row], bool]


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def folded(value: Any) -> Any:
    return (value or "").casefold()


@st.composite
def texts(draw: st.DrawFn) -> Condition:
    column = draw(st.sampled_from(["title", "body"]))
    value = draw(st.sampled_from(TEXTS))
    kind = draw(st.sampled_from(["eq", "ne", "contains", "startswith", "endswith", "null", "in"]))
    if kind == "null":
        return Condition(f"{column} eq null", lambda row: not row[column])
    if kind == "in":
        values = draw(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3))
        listed = ",".join(quoted(one) for one in values)
        return Condition(f"{column} in ({listed})", lambda row: folded(row[column]) in [folded(one) for one in values])
    if kind in ("eq", "ne"):
        is_equal = kind == "eq"
        return Condition(
            f"{column} {kind} {quoted(value)}", lambda row: (folded(row[column]) == folded(value)) is is_equal
        )
    test = FUNCTIONS[kind]
    return Condition(f"{kind}({column},{quoted(value)})", lambda row: test(folded(row[column]), folded(value)))


@st.composite
def numbers(draw: st.DrawFn) -> Condition:
    column, values = draw(st.sampled_from([("priority", PRIORITIES), ("ttlinseconds", TTLS)]))
    operator = draw(st.sampled_from(list(OPERATORS)))
    value = draw(st.sampled_from([*values, -5, 0]))
    return Condition(f"{column} {operator} {value}", lambda row: OPERATORS[operator](row[column], value))


@st.composite
def moments(draw: st.DrawFn) -> Condition:
    operator = draw(st.sampled_from(list(OPERATORS)))
    value = START + dt.timedelta(seconds=draw(st.sampled_from(SECONDS)))
    fraction = draw(st.sampled_from(["", ".0", ".5", ".0000001", ".9999999"]))
    exact = value + dt.timedelta(microseconds={".5": 500_000, ".0000001": 1, ".9999999": 999_999}.get(fraction, 0))
    text = f"createdon {operator} {value:%Y-%m-%dT%H:%M:%S}{fraction}Z"
    # Rows' times count to the second, as clients read them.
    return Condition(text, lambda row: OPERATORS[operator](row["createdon"].replace(microsecond=0), exact))


def joined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    def both(pair: tuple[Condition, Condition]) -> Condition:
        one, two = pair
        return Condition(f"({one.text}) and ({two.text})", lambda row: one.holds(row) and two.holds(row))

    def either(pair: tuple[Condition, Condition]) -> Condition:
        one, two = pair
        return Condition(f"({one.text} or {two.text})", lambda row: one.holds(row) or two.holds(row))

    def opposite(one: Condition) -> Condition:
        return Condition(f"not ({one.text})", lambda row: not one.holds(row))

    pairs = st.tuples(inner, inner)
    return st.one_of(pairs.map(both), pairs.map(either), inner.map(opposite))


CONDITIONS = st.recursive(st.one_of(texts(), numbers(), moments()), joined, max_leaves=6)


@pytest.fixture
def owner(db: None) -> User:
    return person(GLOBAL)


@pytest.fixture
def api(owner: User) -> Api:
    return Api(owner)


@pytest.fixture
def rows(owner: User) -> dict[str, Row]:
    made = {}
    for number, text in enumerate(TEXTS):
        row = note(
            owner, text or "empty", body=TEXTS[-number], priority=PRIORITIES[number % 2], expiry=TTLS[number % 5]
        )
        created = START + dt.timedelta(seconds=number % 5, microseconds=number * 90_000)
        AppNotification.objects.filter(pk=row.pk).update(created_on=created)
        made[str(row.pk)] = {
            "title": row.title,
            "body": row.body,
            "priority": row.priority,
            "ttlinseconds": row.ttl_in_seconds,
            "createdon": created,
        }
    return made


# The database does not change from one example to the next: they only read.
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(condition=CONDITIONS)
def test_the_database_and_python_agree(api: Api, rows: dict[str, Row], condition: Condition) -> None:
    answer = api.get(f"appnotifications?$select=title&$filter={quote(condition.text)}")
    assert answer.status == 200, answer.text
    assert {row["appnotificationid"] for row in answer.rows} == {
        key for key, row in rows.items() if condition.holds(row)
    }, condition.text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60) | st.text(alphabet="titleqand or()',@0123-:TZ[]\"", max_size=60))
def test_whatever_is_written_the_answer_is_a_list_or_a_refusal(api: Api, text: str) -> None:
    answer = api.get(f"appnotifications?$filter={quote(text, errors='replace')}")
    assert answer.status in (200, 400)
    if answer.status == 400:
        assert answer.error
