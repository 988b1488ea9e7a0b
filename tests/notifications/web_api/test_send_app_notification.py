"""POST SendAppNotification: Microsoft's documented example, and bad requests by the dozen."""

import json
import re
import uuid
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from fsportal.models import PortalSettings, User
from notifications.models import AppNotification, IconType
from tests.notifications.web_api.stage import CREATE, GLOBAL, READ, ROOT, SEND, Api, note, person

pytestmark = pytest.mark.django_db

#: The documented request ("Changing the notification icon"), byte for byte.
HEAD, _, COMMENTED = (
    (Path(__file__).parents[2] / "data" / "dataverse_examples" / "custom_icon.http").read_text().partition("\n\n")
)
#: Its body without the two comments and with a GUID in its place.
EXAMPLE = re.sub(r"//[^\n]*", "", COMMENTED).replace("<Guid of the user>", "%s")
EXAMPLE_HEADERS = {name.replace("-", "_"): value for name, value in (line.split(": ") for line in HEAD.split("\n")[2:])}


@pytest.fixture
def sender(db: None) -> User:
    return person(SEND, GLOBAL)


@pytest.fixture
def reading(db: None) -> User:
    return person(READ)


@pytest.mark.parametrize("version", ["v9.0", "v9.1", "v9.2"])
def test_the_documented_example_passes_byte_for_byte(sender: User, reading: User, version: str) -> None:
    api = Api(sender, root=f"/api/data/{version}/")
    body = (EXAMPLE % reading.pk).encode()
    answer = api.post("SendAppNotification", body, **EXAMPLE_HEADERS)
    row = AppNotification.objects.get()
    assert answer.status == 200, answer.text
    assert answer.json == {
        "@odata.context": f"http://testserver/api/data/{version}/$metadata#Microsoft.Dynamics.CRM.SendAppNotificationResponse",
        "NotificationId": str(row.pk),
    }
    assert answer["OData-Version"] == "4.0"
    assert answer["Content-Type"] == "application/json; odata.metadata=minimal; charset=utf-8"
    assert (row.title, row.icon_type, row.owner, row.sender) == ("Welcome", IconType.CUSTOM, reading, sender)
    assert row.content == {"iconUrl": "/WebResources/cr245_AlertOn"}


@pytest.mark.parametrize(
    "spelling",
    [
        "/systemusers({key})",
        "systemusers({key})",
        "/systemusers({{{key}}})",
        "/systemusers(systemuserid={key})",
        "/api/data/v9.2/systemusers({key})",
        "https://portal.example/api/data/v9.2/systemusers({key})",
    ],
)
def test_a_recipient_may_be_spelled_as_clients_spell_it(sender: User, reading: User, spelling: str) -> None:
    answer = Api(sender).post("SendAppNotification", {"Title": "t", "Recipient": spelling.format(key=reading.pk)})
    assert answer.status == 200, answer.text
    assert AppNotification.objects.get().owner == reading


def test_a_recipient_may_be_an_object_as_xrm_writes_one(sender: User, reading: User) -> None:
    recipient = {"@odata.type": "Microsoft.Dynamics.CRM.systemuser", "systemuserid": str(reading.pk)}
    assert Api(sender).post("SendAppNotification", {"Title": "t", "Recipient": recipient}).status == 200


# --- Bad requests ---------------------------------------------------------------------------------------------------
def action(**data: Any) -> dict[str, Any]:
    return {"actions": [{"title": "t", "data": data}]}


BAD: list[tuple[dict[str, Any], int, str]] = [
    ({"Title": None}, 400, "'Title' takes a text"),
    ({"Title": ""}, 400, "'Title' takes a text"),
    ({"Title": 5}, 400, "'Title' takes a text; it got 5"),
    ({"Title": "x" * 257}, 400, "'Title' allows 256 characters at most; it got 257"),
    ({"Body": "x" * 501}, 400, "'Body' allows 500"),
    ({"Body": ["x"]}, 400, "'Body' takes a text"),
    ({"Priority": 1}, 400, "'Priority' got 1; it allows 200000000 (Normal), 200000001 (High)"),
    ({"Priority": "200000000"}, 400, "'Priority' got '200000000'"),
    ({"Priority": 100000003}, 400, "That value would be Warning for IconType"),
    ({"Priority": 200000000.0}, 400, "'Priority' got 200000000.0"),
    ({"IconType": 200000001}, 400, "High for Priority or Hidden for ToastType"),
    ({"IconType": 100000005}, 400, "'IconType' is Custom"),
    ({"ToastType": True}, 400, "'ToastType' got true"),
    ({"Expiry": 0}, 400, "'Expiry' got 0"),
    ({"Expiry": 2**31}, 400, "'Expiry' got 2147483648; it allows 1 to 2147483647 seconds"),
    ({"Expiry": "60"}, 400, "'Expiry' got '60'"),
    ({"OverrideContent": "x"}, 400, "'OverrideContent' takes an object"),
    ({"OverrideContent": {"iconUrl": "https://evil.example/x.png"}}, 400, "'OverrideContent.iconUrl'"),
    ({"OverrideContent": {"body": "x" * 5001}}, 400, "'Data' allows 5000"),
    ({"OverrideContent": {"navigationTarget": "popup"}}, 400, "dialog, inline, newWindow"),
    ({"Actions": []}, 400, "'Actions' takes an object with the list 'actions'"),
    ({"Actions": action(url="javascript:alert(1)")}, 400, "'Actions.actions[0].data.url'"),
    ({"Actions": action(type="teamsChat", chatId="1", memberIds=["x"])}, 400, "must not stand beside 'chatId'"),
    ({"Recipient": None}, 400, "'Recipient' is missing"),
    ({"Recipient": "x"}, 400, "'Recipient' takes '/systemusers(<GUID>)'; it got 'x'"),
    ({"Recipient": "/systemusers(<GUID of the user>)"}, 400, "'Recipient' takes"),
    ({"Recipient": 5}, 400, "'Recipient' takes"),
    ({"Recipient": {}}, 400, "'Recipient' takes"),
    ({"Recipient": f"/teams({uuid.uuid4()})"}, 400, "'Recipient' names a team"),
    ({"Recipient": "teams(x)"}, 400, "'Recipient' names a team"),
    ({"Recipient": {"teamid": str(uuid.uuid4())}}, 400, "'Recipient' names a team"),
    ({"Recipient": f"/accounts({uuid.uuid4()})"}, 400, "'Recipient' takes"),
    ({"Recipient": f"/systemusers({uuid.UUID(int=1)})"}, 404, f"With Id = {uuid.UUID(int=1)} Does Not Exist"),
    ({"Colour": "red"}, 400, "The parameter 'Colour' is not a valid parameter for the operation 'SendAppNotification'"),
    ({"title": "t"}, 400, "The parameter 'title' is not a valid parameter"),
]


@pytest.mark.parametrize(("changes", "status", "words"), BAD)
def test_a_wrong_parameter_is_named_and_nothing_is_stored(
    sender: User, reading: User, changes: dict[str, Any], status: int, words: str
) -> None:
    body = {"Title": "t", "Recipient": f"/systemusers({reading.pk})"} | changes
    answer = Api(sender).post("SendAppNotification", body)
    assert (answer.status, words in answer.error) == (status, True), answer.error
    assert not AppNotification.objects.exists()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b" ", "not valid JSON: "),
        (b"{", "not valid JSON: "),
        (b"[]", "takes a JSON object"),
        (b'"text"', "takes a JSON object"),
        (b"null", "takes a JSON object"),
        (b'{"Title": "a", "Title": "b"}', "'Title' comes twice"),
        (b'{"Expiry": NaN}', "NaN is not a number"),
        (b'{"Expiry": -Infinity}', "-Infinity is not a number"),
        (b'{"Expiry": 1e999}', "too large a number"),
        (b'{"Expiry": ' + b"9" * 5000 + b"}", "not valid JSON"),
        (b'{"Title": "\xff"}', "not UTF-8"),
        ('{"Title": "t"}'.encode("utf-16"), "not UTF-8"),
        (b'{"Title": "\\ud800"}', "surrogate"),
        (b'{"Title": "\\u0000"}', "U+0000"),
        (b'{"Title": "a\nb"}', "not valid JSON"),
        (b'{"OverrideContent": ' + b"[" * 100 + b"]" * 100 + b"}", "nested deeper than 32"),
        (b'{"OverrideContent": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested deeper than 32"),
        (b'{"OverrideContent": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}", "nested deeper than 32"),
        (b"{'Title': 't'}", "not valid JSON"),
        (b'{"Title": "t",}', "not valid JSON"),
        (b'{"Title": "t"} // custom', "not valid JSON"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(sender: User, body: bytes, words: str) -> None:
    answer = Api(sender).post("SendAppNotification", body)
    assert (answer.status, words in answer.error) == (400, True), answer.error
    assert not AppNotification.objects.exists()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content_Type": "application/json; charset=latin-1"}, 415),
        ({"Content_Type": "application/xml"}, 415),
        ({"Accept": "text/html"}, 406),
        ({"Accept": "application/atom+xml"}, 406),
        ({"OData_MaxVersion": "3.0"}, 400),
        ({"OData_Version": "2.0"}, 400),
        ({"OData_Version": "four"}, 400),
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer x"}, 401),
        ({"Authorization": "Basic dXNlcjpwdw=="}, 401),
    ],
)
def test_a_wrong_header_has_its_own_status(sender: User, reading: User, headers: dict[str, str], status: int) -> None:
    body = {"Title": "t", "Recipient": f"/systemusers({reading.pk})"}
    answer = Api(sender).post("SendAppNotification", body, **headers)
    assert answer.status == status, answer.text
    assert answer.error
    assert not AppNotification.objects.exists()


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "text/html, */*;q=0.8"])
def test_what_takes_json_is_served(sender: User, reading: User, accept: str) -> None:
    body = {"Title": "t", "Recipient": f"/systemusers({reading.pk})"}
    assert Api(sender).post("SendAppNotification", body, Accept=accept).status == 200


def test_a_byte_order_mark_does_no_harm(sender: User, reading: User) -> None:
    body = json.dumps({"Title": "t", "Recipient": f"/systemusers({reading.pk})"}).encode("utf-8-sig")
    assert Api(sender).post("SendAppNotification", body).status == 200


def test_a_body_of_more_than_a_mebibyte_is_too_large(sender: User) -> None:
    answer = Api(sender).post("SendAppNotification", b'{"Title": "' + b"x" * 1024 * 1024 + b'"}')
    assert (answer.status, "1048576 bytes" in answer.error) == (413, True)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_post_sends(sender: User, method: str) -> None:
    answer = Api(sender).call(method, "SendAppNotification")
    assert (answer.status, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "path", ["Nothing", "appnotification", "SendAppNotification/x", "../../admin/", "appnotifications/x/y", "$all"]
)
def test_what_is_not_there_is_an_odata_404(sender: User, path: str) -> None:
    answer = Api(sender).get(path)
    assert (answer.status, "Resource not found for the segment" in answer.error) == (404, True)


@pytest.mark.parametrize("root", ["/api/data/", "/api/data/v8.2/", "/api/data/v9.3/", "/api/data/v9.20/"])
def test_other_versions_are_not_there(sender: User, root: str) -> None:
    answer = Api(sender).get(f"{root}appnotifications")
    assert (answer.status, bool(answer.error)) == (404, True)


def test_a_query_option_on_an_action_is_refused(sender: User) -> None:
    answer = Api(sender).post("SendAppNotification?$select=x", {})
    assert (answer.status, "$select" in answer.error) == (400, True)


def test_who_receives_nothing_is_named(sender: User) -> None:
    answer = Api(sender).send(person())
    assert (answer.status, "without Read privilege" in answer.error) == (400, True)


def test_the_switch_of_the_settings_stops_sending_with_words(sender: User, reading: User) -> None:
    mine = note(sender)
    PortalSettings.objects.update_or_create(pk=1, defaults={"in_app_notifications": False})
    for answer in (
        Api(sender).send(reading),
        Api(sender).post("appnotifications", {"title": "t", "ownerid@odata.bind": f"/systemusers({reading.pk})"}),
    ):
        assert (answer.status, "switched off" in answer.error) == (403, True)
    assert [row.pk for row in AppNotification.objects.all()] == [mine.pk]


def test_a_missing_privilege_is_dataverses_403(reading: User) -> None:
    answer = Api(person(READ, CREATE)).send(reading)
    assert (answer.status, answer.json["error"]["code"]) == (403, "0x80040220")
    assert "prvSendAppNotification" in answer.error


def test_what_fails_inside_is_told_without_details(
    sender: User, reading: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("notifications.web_api.send_app_notification.send_draft", broken)
    answer = Api(sender).send(reading)
    assert (answer.status, "secret" in answer.text) == (500, False)
    reference = answer.error.rpartition(" ")[2]
    assert reference in caplog.text


def test_nothing_is_ever_led_to_a_sign_in_page(reading: User) -> None:
    for method in ("GET", "POST", "PATCH", "DELETE", "OPTIONS"):
        answer = Api(None).call(method, f"{ROOT}appnotifications")
        assert answer.status == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert answer.error


@pytest.mark.parametrize("size", [100, 1024 * 1024 - 1000, 1024 * 1024 + 1])
def test_a_body_without_a_length_is_read_up_to_the_same_limit(sender: User, reading: User, size: int) -> None:
    """.NET's clients send chunks; the server puts them together and says no length."""
    api = Api(sender)
    body = json.dumps({"Title": "t", "Recipient": f"/systemusers({reading.pk})"}).encode() + b" " * size
    environ: Any = {"CONTENT_LENGTH": "", "wsgi.input": BytesIO(body), "wsgi.input_terminated": True}
    answer = api.client.post(
        f"{ROOT}SendAppNotification",
        b"x",
        content_type="application/json",
        headers={"Authorization": f"Bearer {api.token}", "Transfer-Encoding": "chunked"},
        **environ,
    )
    assert (answer.status_code, AppNotification.objects.count()) == ((200, 1) if size < 1024 * 1024 else (413, 0))
