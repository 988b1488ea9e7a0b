"""$batch: many calls in one, change sets that succeed together or not at all."""

import json
import re
import uuid
from typing import Any
from urllib.parse import quote

import pytest

from fsportal.models import User
from notifications.models import AppNotification
from tests.cpu import least_cpu_seconds
from tests.notifications.web_api.stage import DELETE, GLOBAL, READ, SEND, WRITE, Api, Reply, note, person

pytestmark = pytest.mark.django_db
BREAKS = ["\r\n", "\n"]


@pytest.fixture
def api(db: None) -> Api:
    return Api(person(SEND, GLOBAL, WRITE, DELETE))


@pytest.fixture
def reading(db: None) -> User:
    return person(READ)


def request(method: str, path: str, body: Any = None, content_id: str = "", **headers: str) -> list[str]:
    """Return the lines of a part that holds one request."""
    told = [f"Content-ID: {content_id}"] if content_id else []
    given = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    text = [] if body is None else [body if isinstance(body, str) else json.dumps(body)]
    kind = [] if body is None or "Content_Type" in headers else ["Content-Type: application/json"]
    head = ["Content-Type: application/http", "Content-Transfer-Encoding: binary", *told, ""]
    return [*head, f"{method} {path} HTTP/1.1", *kind, *given, "", *text]


def change_set(*parts: list[str], name: str = "changeset_1") -> list[str]:
    lines = [f"Content-Type: multipart/mixed; boundary={name}", ""]
    for part in parts:
        lines += [f"--{name}", *part]
    return [*lines, f"--{name}--", ""]


def batch(api: Api, *parts: list[str], line_break: str = "\r\n", **headers: str) -> Reply:
    lines: list[str] = []
    for part in parts:
        lines += ["--batch_1", *part]
    body = line_break.join([*lines, "--batch_1--", ""]).encode()
    return api.post("$batch", body, **{"Content_Type": "multipart/mixed; boundary=batch_1"} | headers)


def answers(reply: Reply) -> list[tuple[int, Any]]:
    """Return status and JSON of each answer, those of change sets among them."""
    assert reply.status == 200, reply.text
    boundary = re.fullmatch(r"multipart/mixed; boundary=(batchresponse_[0-9a-f-]+)", reply["Content-Type"])
    assert boundary
    assert reply.text.endswith(f"--{boundary[1]}--\r\n")
    found = []
    for chunk in re.split(r"HTTP/1\.1 ", reply.text)[1:]:
        status = int(chunk[:3])
        body = chunk.partition("\r\n\r\n")[2].partition("\r\n--")[0]
        found.append((status, json.loads(body) if body.strip() else None))
    return found


@pytest.mark.parametrize("line_break", BREAKS)
def test_each_part_is_answered_in_order(api: Api, reading: User, line_break: str) -> None:
    row = note(reading)
    reply = batch(
        api,
        request("GET", f"appnotifications({row.pk})?$select=title", Accept="application/json"),
        request("POST", "SendAppNotification", {"Title": "Two", "Recipient": f"/systemusers({reading.pk})"}),
        request("GET", "/api/data/v9.2/appnotifications?$filter=title%20eq%20'Two'&$count=true"),
        request("GET", "http://testserver/api/data/v9.2/appnotifications/$count"),
        request("DELETE", f"/appnotifications({row.pk})"),
        line_break=line_break,
    )
    first, second, third, fourth, fifth = answers(reply)
    assert (first[0], first[1]["title"]) == (200, "Hello")
    assert (second[0], second[1]["NotificationId"]) == (200, str(AppNotification.objects.get().pk))
    assert (third[0], third[1]["@odata.count"]) == (200, 1)
    assert fourth == (200, 2)
    assert fifth == (204, None)


def test_an_address_in_a_batch_may_hold_spaces_and_letters_as_they_are(api: Api, reading: User) -> None:
    # The official Python client (PowerPlatform-Dataverse-Client 1.1) escapes nothing here.
    note(reading, "Grüße an O'Neil")
    reply = batch(
        api,
        request("GET", "http://testserver/api/data/v9.2/appnotifications?$filter=title eq 'Grüße an O''Neil'"),
        request("GET", "EntityDefinitions?$select=LogicalName&$filter=LogicalName eq 'appnotification'"),
    )
    assert [(status, len(body["value"])) for status, body in answers(reply)] == [(200, 1), (200, 1)]


def test_it_stops_at_the_first_error_unless_told_to_go_on(api: Api) -> None:
    parts = [request("GET", "nothing"), request("GET", "WhoAmI")]
    assert [status for status, _body in answers(batch(api, *parts))] == [404]
    reply = batch(api, *parts, Prefer="odata.continue-on-error")
    assert [status for status, _body in answers(reply)] == [404, 200]


def test_a_change_set_succeeds_together(api: Api, reading: User) -> None:
    row = note(reading)
    reply = batch(
        api,
        change_set(
            request(
                "POST", "appnotifications", {"title": "New", "ownerid@odata.bind": f"/systemusers({reading.pk})"}, "1"
            ),
            request("PATCH", "$1", {"body": "B"}, "2"),
            request("PATCH", f"appnotifications({row.pk})", {"title": "Changed"}, "3"),
        ),
    )
    assert [status for status, _body in answers(reply)] == [204, 204, 204]
    assert set(AppNotification.objects.values_list("title", "body")) == {("New", "B"), ("Changed", "")}
    assert [f"Content-ID: {n}" in reply.text for n in (1, 2, 3)] == [True] * 3
    assert "changesetresponse_" in reply.text


@pytest.mark.parametrize(
    "wrong",
    [
        request("PATCH", f"appnotifications({uuid.UUID(int=1)})", {"title": "x"}, "9"),
        request("POST", "appnotifications", {"title": ""}, "9"),
        request("POST", "appnotifications", "{", "9"),
        request("POST", "appnotifications", {"title": "x"}, "9", Content_Type="text/plain"),
        request("DELETE", "systemusers", None, "9"),
        request("PATCH", "$7", {"title": "x"}, "9"),
        request("POST", "appnotifications", {"title": "x"}, "9", OData_MaxVersion="3.0"),
    ],
)
def test_a_change_set_with_one_error_changes_nothing(api: Api, reading: User, wrong: list[str]) -> None:
    row = note(reading)
    reply = batch(
        api,
        change_set(
            request("PATCH", f"appnotifications({row.pk})", {"title": "Changed"}, "1"),
            request("POST", "appnotifications", {"title": "New"}, "2"),
            wrong,
        ),
        request("GET", "WhoAmI"),
        Prefer="odata.continue-on-error",
    )
    (refused, after) = answers(reply)
    assert 400 <= refused[0] < 500
    assert refused[1]["error"]["code"]
    assert "Content-ID: 9" in reply.text
    assert after[0] == 200
    assert list(AppNotification.objects.values_list("title", flat=True)) == ["Hello"]


def test_what_was_done_before_a_failed_change_set_stays(api: Api) -> None:
    reply = batch(
        api,
        request("POST", "appnotifications", {"title": "Stays"}),
        change_set(request("POST", "appnotifications", {"title": "Goes"}), request("POST", "appnotifications", {})),
    )
    assert [status for status, _body in answers(reply)] == [204, 400]
    assert list(AppNotification.objects.values_list("title", flat=True)) == ["Stays"]


def test_privileges_count_in_a_batch_too(reading: User) -> None:
    row = note(person(READ))
    reply = batch(Api(reading), request("DELETE", f"appnotifications({row.pk})"))
    assert [status for status, _body in answers(reply)] == [404]
    assert AppNotification.objects.get().dismissed_at is None


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([], "allows 1 to 1000 requests; it got 0"),
        ([["Content-Type: text/plain", "", "GET x HTTP/1.1", "", ""]], "application/http"),
        ([["Content-Type: application/http", "", "BREW coffee HTTP/1.1", "", ""]], "request line"),
        ([["Content-Type: application/http", "", "", ""]], "request line"),
        ([["no header", "", "GET x HTTP/1.1", "", ""]], "no header"),
        ([request("GET", "http://[x/appnotifications")], "cannot be read"),
        ([change_set(request("GET", "appnotifications"))], "a GET belongs beside it"),
        (
            [change_set(request("POST", "appnotifications", {}, "1"), request("POST", "appnotifications", {}, "1"))],
            "same Content-ID twice",
        ),
        ([request("GET", "WhoAmI")] * 1001, "allows 1 to 1000 requests; it got 1001"),
    ],
)
def test_a_batch_that_cannot_be_read_is_refused_whole(api: Api, parts: list[list[str]], words: str) -> None:
    reply = batch(api, *parts)
    assert reply.status == 400, reply.text
    assert words in reply.error
    assert not AppNotification.objects.exists()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/mixed", b"--x--"),
        ("multipart/mixed; boundary=x", b""),
        ("multipart/mixed; boundary=x", b"--x\r\n"),
        ("multipart/mixed; boundary=x", b"--y\r\n--y--"),
    ],
)
def test_a_body_that_is_no_batch_is_refused(api: Api, kind: str, body: bytes) -> None:
    reply = api.post("$batch", body, Content_Type=kind)
    assert (reply.status, bool(reply.error)) == (400, True)


def test_addresses_of_many_spaces_are_read_in_no_time(api: Api) -> None:
    def sixty() -> None:
        reply = batch(api, *[request("GET", "nothing" + " " * 60_000 + "x")] * 60, Prefer="odata.continue-on-error")
        assert [status for status, _body in answers(reply)] == [404] * 60

    assert least_cpu_seconds(sixty, enough=1.5) < 1.5


@pytest.mark.parametrize("joined", ["in", "or"])
def test_an_address_too_long_for_a_request_of_its_own_is_read_in_a_batch(api: Api, reading: User, joined: str) -> None:
    rows = [note(reading) for _number in range(2)]
    ids = [str(row.pk) for row in rows] + [str(uuid.uuid4()) for _number in range(498 if joined == "in" else 198)]
    parts = [f"appnotificationid eq {key}" for key in ids]
    condition = f"appnotificationid in ({','.join(ids)})" if joined == "in" else " or ".join(parts)
    path = f"/api/data/v9.2/appnotifications?$select=title&$filter={quote(condition)}"
    assert len(path) > 12_000
    ((status, body),) = answers(batch(api, request("GET", path)))
    assert (status, len(body["value"])) == (200, 2)


def test_a_reference_is_one_only_where_a_row_is_bound(api: Api, reading: User) -> None:
    new = {"title": "New", "ownerid@odata.bind": f"/systemusers({reading.pk})"}
    texts = change_set(
        request("POST", "appnotifications", new, "1"), request("PATCH", "$1", {"title": "$1", "body": "$1"}, "2")
    )
    assert [status for status, _body in answers(batch(api, texts))] == [204, 204]
    assert AppNotification.objects.values_list("title", "body").get() == ("$1", "$1")
    bound = change_set(
        request("POST", "appnotifications", new, "1"),
        request("POST", "appnotifications", new | {"ownerid@odata.bind": "$1"}, "2"),
    )
    [(status, body)] = answers(batch(api, bound))
    assert status == 400
    assert "it got '/appnotifications(" in body["error"]["message"]


def test_what_a_batch_reads_is_limited_and_what_it_writes_is_not(
    api: Api, reading: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.web_api.batch.MOST_ANSWERED", 50)
    parts = [
        request("GET", "WhoAmI"),
        request("GET", "WhoAmI"),
        request("DELETE", f"appnotifications({note(reading).pk})"),
    ]
    first, second, third = answers(batch(api, *parts, Prefer="odata.continue-on-error"))
    assert (first[0], second[0], third[0]) == (200, 413, 204)
    assert "in pages" in second[1]["error"]["message"]


def test_a_batch_holds_no_batch(api: Api) -> None:
    reply = batch(api, request("POST", "$batch", "x", Content_Type="multipart/mixed; boundary=x"))
    assert [status for status, _body in answers(reply)] == [400]


def test_a_thousand_parts_of_one_kind_are_done(api: Api) -> None:
    reply = batch(api, *[request("GET", "nothing")] * 1000, Prefer="odata.continue-on-error")
    assert [status for status, _body in answers(reply)] == [404] * 1000
