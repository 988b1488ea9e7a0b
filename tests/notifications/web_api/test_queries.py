"""Query options: what is found, in which order, page by page; and what is refused with words."""

import datetime as dt
import uuid
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fsportal.models import User
from notifications.models import AppNotification, IconType, Priority
from tests.notifications.web_api.stage import GLOBAL, READ, Api, note, person, stored

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 1, 12, 0, 0, 400_000, tzinfo=dt.UTC)


@pytest.fixture
def reading(db: None) -> User:
    return person(READ)


@pytest.fixture
def api(db: None) -> Api:
    return Api(person(GLOBAL))


@pytest.fixture
def rows(reading: User) -> dict[str, AppNotification]:
    """Three notifications, an hour apart."""
    made = {
        "a": note(reading, "Alpha", body="it's 100%", priority=Priority.HIGH),
        "b": note(reading, "beta_1", expiry=60, icon_type=IconType.WARNING),
        "c": note(reading, "Gamma", body="Größe", sender=None),
    }
    for hours, row in enumerate(made.values()):
        AppNotification.objects.filter(pk=row.pk).update(created_on=NOON + dt.timedelta(hours=hours))
    return made


def found(api: Api, condition: str, rows: dict[str, AppNotification]) -> str:
    """Return the letters of the rows that meet a condition."""
    names = {str(row.pk): letter for letter, row in rows.items()}
    answer = api.get(f"appnotifications?$filter={quote(condition)}")
    assert answer.status == 200, answer.text
    return "".join(sorted(names[row["appnotificationid"]] for row in answer.rows))


@pytest.mark.parametrize(
    ("condition", "letters"),
    [
        ("title eq 'Alpha'", "a"),
        ("title eq 'ALPHA'", "a"),
        ("title ne 'Alpha'", "bc"),
        ("'Alpha' eq title", "a"),
        ("priority eq 200000001", "a"),
        ("priority gt 200000000", "a"),
        ("200000000 lt priority", "a"),
        ("priority le 200000000", "bc"),
        ("ttlinseconds lt 100", "b"),
        ("ttlinseconds ge 61", "ac"),
        ("icontype in (100000003,100000000)", "abc"),
        ("title in ('alpha','GAMMA')", "ac"),
        ("contains(title,'et')", "b"),
        ("contains(title,'a_1')", "b"),
        ("contains(title,'a%1')", ""),
        ("contains(body,'''s 100%')", "a"),
        ("startswith(title,'g')", "c"),
        ("endswith(title,'A')", "ac"),
        ("contains(title,'et') eq true", "b"),
        ("contains(title,'et') eq false", "ac"),
        ("not contains(title,'et')", "ac"),
        ("not (title eq 'Alpha' or title eq 'Gamma')", "b"),
        ("tolower(title) eq 'alpha'", "a"),
        ("contains(tolower(title),'alp')", "a"),
        ("body eq null", "b"),
        ("body ne null", "ac"),
        ("body eq ''", "b"),
        ("null eq body", "b"),
        ("body ne 'Größe'", "ab"),
        ("title eq 'Alpha' or title eq 'Gamma' and ttlinseconds eq 60", "a"),
        ("(title eq 'Alpha' or title eq 'Gamma') and ttlinseconds ne 60", "ac"),
        ("createdon eq 2026-03-01T12:00:00Z", "a"),
        ("createdon gt 2026-03-01T12:00:00Z", "bc"),
        ("createdon ge 2026-03-01T12:00:00Z", "abc"),
        ("createdon lt 2026-03-01T13:00:00Z", "a"),
        ("createdon le 2026-03-01T13:00:00Z", "ab"),
        ("createdon ne 2026-03-01T12:00:00Z", "bc"),
        ("createdon ge 2026-03-01T14:00:00+01:00", "bc"),
        ("createdon gt 2026-03-01", "abc"),
        ("createdon lt 0001-01-01T00:00:00Z", ""),
        ("createdon lt 9999-12-31T23:59:59.9999999Z", "abc"),
        ("createdon eq 2026-03-01T12:00:00.4Z", ""),
        ("_createdby_value eq null", "abc"),
        ("_createdby_value ne 00000000-0000-0000-0000-000000000001", "abc"),
        ("Microsoft.Dynamics.CRM.In(PropertyName='priority',PropertyValues=[\"200000001\"])", "a"),
        ("Microsoft.Dynamics.CRM.NotIn(PropertyName='title',PropertyValues=['Alpha','beta_1'])", "c"),
        ("Microsoft.Dynamics.CRM.In(PropertyName='body',PropertyValues=[\"It''s 100%\",\"Gr\\u00f6\\u00dfe\"])", "ac"),
        ('Microsoft.Dynamics.CRM.In(PropertyName=\'title\',PropertyValues=["a\\"b","alpha"])', "a"),
        ("ttlinseconds eq 60.0", "b"),
        ("  title   eq   'Alpha'  ", "a"),
    ],
)
def test_a_filter_finds(api: Api, rows: dict[str, AppNotification], condition: str, letters: str) -> None:
    assert found(api, condition, rows) == letters


def test_a_filter_finds_by_ids(api: Api, reading: User, rows: dict[str, AppNotification]) -> None:
    note(person(READ))
    assert found(api, f"appnotificationid eq {rows['b'].pk}", rows) == "b"
    for name in ("_ownerid_value", "ownerid", "ownerid/systemuserid"):
        assert found(api, f"{name} eq {reading.pk}", rows) == "abc"
        assert found(api, f"{name} eq '{reading.pk}'", rows) == "abc"
    answer = api.get(f"appnotifications?$filter=_ownerid_value eq @p1&@p1={reading.pk}")
    assert len(answer.rows) == 3


def test_what_was_read_last_can_be_asked_beyond(api: Api, rows: dict[str, AppNotification]) -> None:
    last = api.get("appnotifications?$orderby=createdon&$top=2").rows[-1]["createdon"]
    assert found(api, f"createdon gt {last}", rows) == "c"


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("", "expects a condition"),
        ("title", "expects one of eq"),
        ("title eq", "takes a text in single quotes for 'title'; it got the end"),
        ("title eq Alpha", "takes a text in single quotes for 'title'; it got 'Alpha' at character 10"),
        ('title eq "Alpha"', "takes a text in single quotes"),
        ("title eq 'Alpha", "cannot read"),
        ("title eq 5", "takes a text in single quotes"),
        ("title = 'x'", "expects one of eq"),
        ("title like 'x'", "expects one of eq, ne, gt, ge, lt, le, in; it got 'like'"),
        ("colour eq 'red'", "names a column 'colour' that does not exist"),
        ("password eq 'x'", "names a column 'password' that does not exist"),
        ("owner__password eq 'x'", "names a column 'owner__password'"),
        ("owner/password eq 'x'", "names a column"),
        ("title__regex eq 'x'", "names a column"),
        ("priority eq 'High'", "takes a whole number for 'priority'"),
        ("priority eq 1.5", "takes a whole number"),
        ("priority eq 99999999999", "takes a whole number"),
        ("createdon gt 'yesterday'", "takes Edm.DateTimeOffset"),
        ("createdon gt 2026-13-01", "takes Edm.DateTimeOffset"),
        ("createdon gt 2026-02-30T00:00:00Z", "takes Edm.DateTimeOffset"),
        ("appnotificationid eq 'x'", "takes Edm.Guid"),
        ("appnotificationid gt 00000000-0000-0000-0000-000000000001", "with eq and ne only"),
        ("body gt null", "with eq and ne only"),
        ("contains(title)", "expects ','"),
        ("contains(title,5)", "takes a text"),
        ("contains(title,null)", "expects a text in contains"),
        ("contains(priority,'2')", "takes a text column"),
        ("substringof('a',title)", "it got 'substringof'"),
        ("title eq a.b'x'", "takes a text in single quotes"),
        ("Microsoft.Dynamics.CRM.In(PropertyName='title',PropertyValues=[\"\\ud800\"])", "half of a surrogate pair"),
        ("Microsoft.Dynamics.CRM.In(PropertyName='title',PropertyValues=[\"\\u0000\"])", "U+0000"),
        ("Microsoft.Dynamics.CRM.In(PropertyName='title',PropertyValues=[\"\\x\"])", "a JSON text in double quotes"),
        ("Microsoft.Dynamics.CRM.In(PropertyName='priority',PropertyValues=['1 or 2'])", "one value of 'priority'"),
        ("length(title) eq 5", "'length' is none of them"),
        ("title eq 'a' and", "expects a condition"),
        ("title eq 'a' title eq 'b'", "expects the end"),
        ("(title eq 'a'", "expects ')'"),
        ("title eq 'a')", "expects the end"),
        ("title eq 'a' xor title eq 'b'", "expects the end"),
        ("not", "expects a condition"),
        ("title in ()", "takes a text"),
        ("title in 'a'", "expects '('"),
        ("title eq @p", "names the parameter @p"),
        ("title eq 'a\x00b'", "U+0000"),
        ("title eq 'a'; drop table x", "cannot read"),
        ("1 eq 1", "expects a column"),
        ("true", "expects one of eq"),
        ("(" * 60 + "title eq 'a'" + ")" * 60, "allows 40 levels"),
        ("not " * 60 + "title eq 'a'", "allows 40 levels"),
        ("(" * 7000, "allows 40 levels"),
        (" or ".join(["title eq 'a'"] * 201), "allows 200 conditions"),
        ("priority in (" + ",".join(["1"] * 501) + ")", "allows 500 values"),
        ("title eq '" + "x" * 32000 + "'", "allows 32000 characters"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_with_words(api: Api, condition: str, words: str) -> None:
    answer = api.get(f"appnotifications?$filter={quote(condition)}")
    assert (answer.status, words in answer.error) == (400, True), answer.error


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("$skip=5", "odata.maxpagesize and follow @odata.nextLink"),
        ("$search=x", "'$search' is not supported"),
        ("$apply=aggregate(x)", "'$apply' is not supported"),
        ("$foo=1", "'$foo' is not supported"),
        ("fetchXml=<fetch/>", "'fetchXml' is not supported"),
        ("sql=select 1", "'sql' is not supported"),
        ("$top=-1", "$top takes a whole number"),
        ("$top=x", "$top takes a whole number"),
        ("$top=٣", "$top takes a whole number"),
        ("$count=yes", "$count takes true or false"),
        ("$select=title,password", "'password'"),
        ("$orderby=title sideways", "$orderby cannot read 'title sideways'"),
        ("$orderby=password", "$orderby cannot read 'password'"),
        ("$orderby=title,", "$orderby cannot read ''"),
        ("$orderby=_createdby_value", "$orderby cannot read"),
        ("$top=1&$top=2", "comes twice"),
        ("$skiptoken=x", "$skiptoken is not one of this query's"),
        ("$filter=%ff", "cannot be read"),
        ("$format=xml", "application/json"),
    ],
)
def test_an_option_that_means_nothing_is_refused_with_words(api: Api, query: str, words: str) -> None:
    answer = api.get(f"appnotifications?{query}")
    assert (answer.status in (400, 406), words in answer.error) == (True, True), answer.error


def test_options_of_others_are_left_alone(api: Api, rows: dict[str, AppNotification]) -> None:
    assert len(api.get("appnotifications?$format=json&api-version=9.2&x=1").rows) == 3


# --- Order and pages ------------------------------------------------------------------------------------------------
def titles(answer: Any) -> list[str]:
    return [row["title"] for row in answer.rows]


def test_rows_come_in_the_order_that_is_asked_for(api: Api, rows: dict[str, AppNotification]) -> None:
    assert titles(api.get("appnotifications?$orderby=createdon desc")) == ["Gamma", "beta_1", "Alpha"]
    assert titles(api.get("appnotifications?$orderby=priority desc,createdon")) == ["Alpha", "beta_1", "Gamma"]
    assert titles(api.get("appnotifications?$orderby=createdon asc&$top=2")) == ["Alpha", "beta_1"]
    assert titles(api.get("appnotifications?$top=0")) == []


def test_a_count_comes_beside_the_rows_or_alone(api: Api, rows: dict[str, AppNotification]) -> None:
    answer = api.get("appnotifications?$count=true&$top=1&$filter=priority eq 200000000")
    assert (answer.json["@odata.count"], len(answer.rows), "@odata.nextLink" in answer.json) == (2, 1, False)
    assert api.get("appnotifications/$count").text == "3"
    assert api.get("appnotifications/$count?$filter=title eq 'alpha'").text == "1"


@pytest.mark.parametrize("accept", ["text/plain", "text/plain;q=0.9, */*;q=0.1", "text/*", "application/json", "*/*"])
def test_what_is_plain_text_is_given_to_whoever_takes_text(
    api: Api, rows: dict[str, AppNotification], accept: str
) -> None:
    count = api.get("appnotifications/$count", Accept=accept)
    assert (count.status, count.text, count["Content-Type"]) == (200, "3", "text/plain; charset=utf-8")
    path = f"appnotifications({next(iter(rows.values())).pk})"
    assert api.get(f"{path}/title/$value", Accept=accept).status == 200
    assert api.get("appnotifications/$count", Accept="image/png").status == 406
    assert api.get(path, Accept="text/plain").status == 406


def test_an_option_may_come_twice_where_it_says_the_same(api: Api, rows: dict[str, AppNotification]) -> None:
    # A Python client gives its parameters again with each nextLink, which holds them already.
    first = api.get("appnotifications?$select=title&$orderby=title", Prefer="odata.maxpagesize=2")
    second = api.get(f"{first.json['@odata.nextLink']}&$select=title&$orderby=title")
    assert [row["title"] for row in second.rows] == sorted(row.title for row in rows.values())[2:]
    assert "comes twice" in api.get("appnotifications?$select=title&$select=body").error


CRM = "Microsoft.Dynamics.CRM."


@pytest.mark.parametrize(("most", "said", "is_more"), [(2, 2, True), (3, 3, False), (4, 3, False)])
def test_a_count_ends_where_dataverse_ends_it_and_says_so_to_whom_it_is_asked_by(
    api: Api, rows: dict[str, AppNotification], monkeypatch: pytest.MonkeyPatch, most: int, said: int, is_more: bool
) -> None:
    monkeypatch.setattr("notifications.web_api.reading.MOST_COUNTED", most)
    asked = f'odata.include-annotations="{CRM}totalrecordcount,{CRM}totalrecordcountlimitexceeded"'
    answer = api.get("appnotifications?$count=true&$top=1", Prefer=asked).json
    names = ("@odata.count", f"@{CRM}totalrecordcount", f"@{CRM}totalrecordcountlimitexceeded")
    assert [answer[name] for name in names] == [said, said, is_more]
    assert api.get("appnotifications/$count").text == str(said)
    assert not [name for name in api.get("appnotifications?$count=true").json if CRM in name]


ORDERS = ["", "createdon desc", "priority desc,title", "title desc", "_ownerid_value,createdon desc", "body,data desc"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 3, 7])
def test_pages_hold_every_row_once_while_others_come_and_go(api: Api, reading: User, order: str, size: int) -> None:
    kept = {str(note(reading, f"T{n % 4}", body=f"{n % 3}", priority=200000000 + n % 2).pk) for n in range(11)}
    going = [note(reading, f"going {n}") for n in range(3)]
    address: str = f"appnotifications?$select=title&$orderby={quote(order)}"
    seen: list[str] = []
    while address:
        answer = api.get(address, Prefer=f"odata.maxpagesize={size}")
        assert answer["Preference-Applied"] == f"odata.maxpagesize={size}"
        assert len(answer.rows) <= size
        seen += [row["appnotificationid"] for row in answer.rows]
        note(reading, f"new {len(seen)}")
        if going:
            going.pop().delete()
        if len(seen) > 100:
            break  # rows that came in meanwhile may be on later pages; never without end
        address = answer.json.get("@odata.nextLink", "")
    assert len(seen) == len(set(seen))
    assert kept <= set(seen)


def test_pages_go_on_to_where_top_ends(api: Api, reading: User) -> None:
    for n in range(7):
        note(reading, f"{n}")
    address, seen = "appnotifications?$top=5&$orderby=title&$count=true", []
    sizes = []
    while address:
        answer = api.get(address, Prefer="odata.maxpagesize=2")
        seen += titles(answer)
        sizes.append(len(answer.rows))
        address = answer.json.get("@odata.nextLink", "")
    assert (seen, sizes) == (["0", "1", "2", "3", "4"], [2, 2, 1])


def test_a_page_goes_on_without_the_header_too(api: Api, reading: User) -> None:
    for n in range(5):
        note(reading, f"{n}")
    first = api.get("appnotifications?$orderby=title", Prefer="odata.maxpagesize=2")
    assert first.json["@odata.nextLink"].startswith("http://testserver/api/data/v9.2/appnotifications?$orderby=title")
    assert titles(api.get(first.json["@odata.nextLink"])) == ["2", "3"]


def test_a_page_token_is_of_its_query_and_its_user_only(api: Api, reading: User) -> None:
    for n in range(3):
        note(reading, f"{n}")
    link = api.get("appnotifications?$orderby=title", Prefer="odata.maxpagesize=1").json["@odata.nextLink"]
    token = link.partition("$skiptoken=")[2]
    assert api.get(link).status == 200
    for address in (
        f"appnotifications?$orderby=title desc&$skiptoken={token}",
        f"appnotifications?$orderby=title&$filter=priority eq 1&$skiptoken={token}",
        f"appnotifications?$orderby=title&$skiptoken={token[:-2]}xx",
        f"systemusers?$skiptoken={token}",
    ):
        assert api.get(address).status == 400
    assert Api(person(GLOBAL)).get(link).status == 400


@pytest.mark.parametrize("size", ["0", "-1", "x", "1e3", "99999999999"])
def test_a_page_size_that_is_none_is_refused(api: Api, size: str) -> None:
    answer = api.get("appnotifications", Prefer=f"odata.maxpagesize={size}")
    assert (answer.status, "odata.maxpagesize" in answer.error) == (400, True)


def test_of_a_preference_that_comes_twice_the_first_counts(api: Api, reading: User) -> None:
    for n in range(3):
        note(reading, f"{n}")
    answer = api.get("appnotifications", Prefer="odata.maxpagesize=1, odata.maxpagesize=2")
    assert (len(answer.rows), answer["Preference-Applied"]) == (1, "odata.maxpagesize=1")


def test_a_page_costs_the_same_number_of_queries_however_many_rows(api: Api, reading: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as context:
            answer = api.get("appnotifications?$count=true&$expand=ownerid", Prefer='odata.include-annotations="*"')
        assert answer.status == 200
        return len(context)

    note(reading)
    queries()  # fills what is cached
    few = queries()
    for _ in range(10):
        note(person(READ), sender=None)
    assert queries() == few


def test_reading_changes_no_row(api: Api, rows: dict[str, AppNotification]) -> None:
    from fsportal.models import ApiToken

    def state() -> Any:
        return list(ApiToken.objects.values()), stored()

    api.get("WhoAmI")  # the first use of a token on a day is noted in the audit trail
    before = state()
    for path in ("appnotifications", f"appnotifications({rows['a'].pk})", "systemusers", "WhoAmI", "$metadata", ""):
        with CaptureQueriesContext(connection) as context:
            assert api.get(path).status == 200
            assert api.call("HEAD", path).status == 200
        assert [q["sql"] for q in context if not q["sql"].startswith("SELECT")] == []
    assert state() == before


def test_an_expired_row_is_read_until_it_is_deleted(api: Api, reading: User) -> None:
    row = note(reading)
    AppNotification.objects.filter(pk=row.pk).update(expires_at=timezone.now())
    assert api.get(f"appnotifications({row.pk})").status == 200
    assert api.get(f"appnotifications({uuid.uuid4()})").status == 404
