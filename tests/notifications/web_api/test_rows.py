"""The entity set `appnotifications`: creating, reading, changing and deleting rows."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.utils import timezone

from fsportal.models import User
from notifications import stamps
from notifications.models import AppNotification, IconType, Priority, ToastType
from notifications.web_api import writing
from tests.notifications.web_api.stage import DELETE, GLOBAL, READ, SEND, WRITE, Api, note, person

pytestmark = pytest.mark.django_db
ROW = re.compile(r"http://testserver/api/data/v9\.2/appnotifications\(([0-9a-f-]{36})\)")


@pytest.fixture
def user(db: None) -> User:
    return person(SEND, GLOBAL, WRITE, first_name="Ada", last_name="Admin")


@pytest.fixture
def api(user: User) -> Api:
    return Api(user)


@pytest.fixture
def reading(db: None) -> User:
    return person(READ, first_name="Rita", last_name="Reader")


def of(row: AppNotification) -> str:
    return f"appnotifications({row.pk})"


def bind(owner: User) -> dict[str, str]:
    return {"ownerid@odata.bind": f"/systemusers({owner.pk})"}


# --- Creating -------------------------------------------------------------------------------------------------------
def test_a_row_is_created_and_its_address_told(api: Api, user: User, reading: User) -> None:
    body = {
        "title": "T",
        "body": "B",
        "priority": 200000001,
        "icontype": 100000003,
        "toasttype": 200000001,
        "ttlinseconds": 60,
        "data": '{"title":"**T**","actions":[{"title":"Go","data":{"url":"?pagetype=entitylist&etn=account"}}]}',
    }
    answer = api.post("appnotifications", body | bind(reading))
    row = AppNotification.objects.get()
    assert (answer.status, answer.text) == (204, "")
    match = ROW.fullmatch(answer["OData-EntityId"])
    assert match
    assert match[1] == str(row.pk)
    assert answer["Location"] == answer["OData-EntityId"]
    assert (row.owner, row.sender, row.title, row.body) == (reading, user, "T", "B")
    assert (row.priority, row.icon_type, row.toast_type) == (Priority.HIGH, IconType.WARNING, ToastType.HIDDEN)
    assert (row.ttl_in_seconds, row.expires_at - row.created_on) == (60, dt.timedelta(seconds=60))
    assert (row.title_html, row.content["actions"][0]["data"]["type"]) == ("<strong>T</strong>", "url")


def test_the_new_row_comes_back_when_that_is_preferred(api: Api, reading: User) -> None:
    answer = api.post("appnotifications", {"title": "T"} | bind(reading), Prefer="return=representation")
    row = AppNotification.objects.get()
    assert (answer.status, answer["Preference-Applied"]) == (201, "return=representation")
    assert ROW.fullmatch(answer["OData-EntityId"])
    assert answer.json == {
        "@odata.context": "http://testserver/api/data/v9.2/$metadata#appnotifications/$entity",
        "@odata.etag": answer.json["@odata.etag"],
        "appnotificationid": str(row.pk),
        "title": "T",
        "body": None,
        "_ownerid_value": str(reading.pk),
        "icontype": 100000000,
        "toasttype": 200000000,
        "priority": 200000000,
        "ttlinseconds": 1209600,
        "data": None,
        "createdon": row.created_on.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "modifiedon": row.modified_on.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "_createdby_value": str(row.sender_id),
    }


def test_without_an_owner_a_row_is_ones_own(api: Api, user: User) -> None:
    assert api.post("appnotifications", {"title": "T"}).status == 204
    assert AppNotification.objects.get().owner == user


def test_a_client_may_choose_the_id_once(api: Api) -> None:
    key = str(uuid.uuid4())
    assert api.post("appnotifications", {"title": "T", "appnotificationid": key}).status == 204
    again = api.post("appnotifications", {"title": "T", "appnotificationid": key})
    assert (again.status, "already exists" in again.error) == (412, True)
    assert [str(row.pk) for row in AppNotification.objects.all()] == [key]


def test_the_id_of_a_deleted_row_is_free_again_for_who_had_or_sent_it(api: Api, user: User, reading: User) -> None:
    had, sent, neither = note(user), note(reading), note(reading)
    AppNotification.objects.filter(pk=sent.pk).update(sender=user)
    assert api.delete(of(had)).status == 204
    for row in (sent, neither):
        AppNotification.dismiss(reading, row.pk)
    assert api.post("appnotifications", {"title": "New", "appnotificationid": str(had.pk)}).status == 204
    assert api.patch(of(sent), {"title": "New"}, If_None_Match="*").status == 204
    assert api.get(of(had)).json["title"] == api.get(of(sent)).json["title"] == "New"
    # Somebody else's can still be brought back by its owner.
    assert api.patch(of(neither), {"title": "New"}, If_None_Match="*").status == 412
    assert AppNotification.undo(reading, pk=neither.pk) == 1


BAD: list[tuple[dict[str, Any], int, str]] = [
    ({"title": None}, 400, "The property 'title' takes a text"),
    ({"title": "x" * 257}, 400, "'title' allows 256 characters"),
    ({"body": 5}, 400, "The property 'body' takes a text"),
    ({"priority": 100000003}, 400, "The property 'priority' got 100000003"),
    ({"priority": 100000003}, 400, "That value would be Warning for icontype."),
    ({"ttlinseconds": -1}, 400, "The property 'ttlinseconds' got -1"),
    ({"icontype": 100000005}, 400, "The property 'icontype' is Custom, which takes an 'iconUrl' in data"),
    ({"data": {"title": "x"}}, 400, "'data' takes JSON text"),
    ({"data": "{"}, 400, "The property 'data' takes JSON text; it got something else"),
    ({"data": "[]"}, 400, "takes JSON text of an object"),
    ({"data": "x" * 5001}, 400, "'data' allows 5000"),
    ({"data": '{"actions":[{"title":"t","data":{"url":"data:x"}}]}'}, 400, "'data.actions[0].data.url'"),
    ({"data": '{"iconUrl":"//evil.example/x.png"}'}, 400, "'data.iconUrl'"),
    ({"colour": "red"}, 400, "Invalid property 'colour' was found in entity"),
    ({"Title": "x"}, 400, "Invalid property 'Title'"),
    ({"ownerid": "x"}, 400, 'bind the owner: "ownerid@odata.bind"'),
    ({"_ownerid_value": str(uuid.uuid4())}, 400, "bind the owner"),
    ({"regarding@odata.bind": "/accounts(x)"}, 400, "'regarding@odata.bind' cannot be bound"),
    ({"ownerid@odata.bind": "/teams(x)"}, 400, "names a team"),
    ({"ownerid@odata.bind": f"/systemusers({uuid.UUID(int=1)})"}, 404, "Does Not Exist"),
    ({"appnotificationid": "x"}, 400, "'appnotificationid' takes a GUID"),
]


@pytest.mark.parametrize(("changes", "status", "words"), BAD)
def test_a_wrong_property_is_named_and_nothing_is_stored(
    api: Api, changes: dict[str, Any], status: int, words: str
) -> None:
    answer = api.post("appnotifications", {"title": "T"} | changes)
    assert (answer.status, words in answer.error) == (status, True), answer.error
    assert not AppNotification.objects.exists()


# --- Reading --------------------------------------------------------------------------------------------------------
def test_one_row_with_chosen_columns(api: Api, reading: User) -> None:
    row = note(reading)
    for path in (of(row), f"appnotifications(appnotificationid={row.pk})", f"appnotifications({str(row.pk).upper()})"):
        answer = api.get(f"{path}?$select=title,_ownerid_value")
        assert answer.json == {
            "@odata.context": "http://testserver/api/data/v9.2/$metadata#appnotifications(title,_ownerid_value)/$entity",
            "@odata.etag": answer["ETag"],
            "title": "Hello",
            "_ownerid_value": str(reading.pk),
            # Dataverse gives the key, chosen or not.
            "appnotificationid": str(row.pk),
        }


@pytest.mark.parametrize(("key", "status"), [(uuid.UUID(int=1), 404), ("x", 400), ("'x'", 400), ("title='x'", 404)])
def test_a_key_that_there_is_not(api: Api, key: object, status: int) -> None:
    answer = api.get(f"appnotifications({key})")
    assert (answer.status, bool(answer.error)) == (status, True)


def test_a_dismissed_row_is_gone(api: Api, reading: User) -> None:
    row = note(reading)
    AppNotification.objects.filter(pk=row.pk).update(dismissed_at=timezone.now())
    assert api.get(of(row)).status == 404
    assert api.get("appnotifications").rows == []


def test_formatted_values_come_when_they_are_asked_for(api: Api, user: User, reading: User) -> None:
    note(reading, priority=Priority.HIGH, sender=user)
    name = "OData.Community.Display.V1.FormattedValue"
    lookup = "Microsoft.Dynamics.CRM.lookuplogicalname"
    (plain,) = api.get("appnotifications").rows
    assert not any("@OData" in key for key in plain)
    answer = api.get("appnotifications", Prefer=f'odata.include-annotations="{name}"')
    (row,) = answer.rows
    assert answer["Preference-Applied"] == f'odata.include-annotations="{name}"'
    assert row[f"priority@{name}"] == "High"
    assert row[f"icontype@{name}"] == "Info"
    assert row[f"_ownerid_value@{name}"] == "Rita Reader"
    assert row[f"_createdby_value@{name}"] == "Ada Admin"
    assert row[f"ttlinseconds@{name}"] == "1,209,600"
    assert row[f"createdon@{name}"].endswith("UTC")
    assert f"_ownerid_value@{lookup}" not in row
    (row,) = api.get("appnotifications", Prefer='odata.include-annotations="*"').rows
    assert (row[f"priority@{name}"], row[f"_ownerid_value@{lookup}"]) == ("High", "systemuser")


def test_lookups_can_be_expanded(api: Api, reading: User) -> None:
    note(reading)
    (row,) = api.get("appnotifications?$select=title&$expand=ownerid($select=fullname),createdby").rows
    assert row["ownerid"] == {"systemuserid": str(reading.pk), "fullname": "Rita Reader"}
    assert row["createdby"] is None
    for wrong in ("title", "owner", "ownerid($filter=x)", "ownerid($select=password)", "ownerid("):
        assert api.get(f"appnotifications?$expand={wrong}").status == 400


def test_a_lookup_leads_to_its_row_or_to_the_rows_address(api: Api, reading: User) -> None:
    row = f"appnotifications({note(reading, sender=None).pk})"
    owner = api.get(f"{row}/ownerid?$select=domainname").json
    assert (owner["systemuserid"], owner["domainname"]) == (str(reading.pk), reading.username)
    assert owner["@odata.context"].endswith("$metadata#systemusers(domainname)/$entity")
    assert api.get(f"{row}/ownerid/$ref").json["@odata.id"].endswith(f"/systemusers({reading.pk})")
    assert api.get(f"{row}/createdby").status == 204
    assert api.get(f"{row}/ownerid/fullname").status == 404
    assert api.get(f"appnotifications({uuid.uuid4()})/ownerid").status == 404
    assert api.get(f"systemusers({reading.pk})/businessunitid").status == 404
    assert api.call("PUT", f"{row}/ownerid/$ref", {"@odata.id": f"systemusers({reading.pk})"}).status == 405


def test_a_lookup_leads_to_nobody_out_of_reach(reading: User) -> None:
    row = note(reading, sender=person(SEND, GLOBAL))
    assert Api(reading).get(f"appnotifications({row.pk})/createdby").status == 404


@pytest.mark.parametrize("level", ["none", "minimal", "full"])
def test_each_level_of_control_information_is_served(api: Api, reading: User, level: str) -> None:
    row = note(reading)
    answer = api.get(of(row), Accept=f"application/json;odata.metadata={level}")
    assert answer["Content-Type"] == f"application/json; odata.metadata={level}; charset=utf-8"
    assert ("@odata.context" in answer.json) is (level != "none")
    assert ("@odata.type" in answer.json) is (level == "full")


def test_one_property_is_read_put_and_emptied(api: Api, reading: User) -> None:
    row = note(reading, body="B")
    assert api.get(f"{of(row)}/title").json["value"] == "Hello"
    assert api.get(f"{of(row)}/title/$value").text == "Hello"
    assert api.call("PUT", f"{of(row)}/title", {"value": "New"}).status == 204
    assert api.delete(f"{of(row)}/body").status == 204
    assert api.get(f"{of(row)}/body").status == 204
    row.refresh_from_db()
    assert (row.title, row.title_html, row.body) == ("New", "New", "")
    assert api.call("PUT", f"{of(row)}/createdon", {"value": "2026-01-01"}).status == 405
    assert api.delete(f"{of(row)}/title").status == 400
    assert api.get(f"{of(row)}/password").status == 404


# --- Changing -------------------------------------------------------------------------------------------------------
def test_an_update_changes_what_is_named_and_what_is_shown(api: Api, reading: User) -> None:
    row = note(reading, body="B", override_content={"body": "**b**"}, expiry=60)
    stamp = stamps.current(reading.pk)
    answer = api.patch(of(row), {"title": "New", "data": None, "ttlinseconds": 120, "priority": 200000001})
    assert (answer.status, answer["OData-EntityId"]) == (204, f"http://testserver/api/data/v9.2/{of(row)}")
    changed = AppNotification.objects.get()
    assert (changed.title, changed.body, changed.body_html, changed.data) == ("New", "B", "B", "")
    assert (changed.created_on, changed.expires_at) == (row.created_on, row.created_on + dt.timedelta(seconds=120))
    assert (changed.priority, changed.owner, changed.modified_on > row.modified_on) == (Priority.HIGH, reading, True)
    assert stamps.current(reading.pk) == stamp  # told after commit; this test's transaction never commits


@pytest.mark.django_db(transaction=True)
def test_the_owners_bell_is_told_of_a_change() -> None:
    owner = person(READ, WRITE)
    row = note(owner)
    for method, body in (("PATCH", {"title": "New"}), ("DELETE", None)):
        before = stamps.current(owner.pk)
        assert Api(owner).call(method, of(row), body).status == 204
        assert stamps.current(owner.pk) != before


def test_a_row_that_was_read_can_be_sent_back_whole(api: Api, reading: User) -> None:
    row = note(reading)
    whole = api.get(of(row), Prefer='odata.include-annotations="*"').json
    assert api.patch(of(row), whole | {"title": "New"}).status == 204
    assert AppNotification.objects.get().title == "New"


@pytest.mark.parametrize(("changes", "status", "words"), [one for one in BAD if "id" not in str(one[0])])
def test_a_wrong_change_is_named_and_nothing_changes(
    api: Api, reading: User, changes: dict[str, Any], status: int, words: str
) -> None:
    row = note(reading)
    answer = api.patch(of(row), changes)
    assert answer.status == status, answer.error
    assert words in answer.error
    stored = AppNotification.objects.get()
    assert (stored.title, stored.data, stored.modified_on) == (row.title, row.data, row.modified_on)


def test_the_key_stays(api: Api, reading: User) -> None:
    row = note(reading)
    answer = api.patch(of(row), {"appnotificationid": str(uuid.uuid4())})
    assert (answer.status, "cannot be changed" in answer.error) == (400, True)


def test_the_owner_stays(api: Api, reading: User) -> None:
    row, other = note(reading), person(READ)
    for body in (bind(other), {"_ownerid_value": str(other.pk)}, {"ownerid": str(other.pk)}):
        assert (api.patch(of(row), body).status, AppNotification.objects.get().owner) == (400, reading)
    assert api.patch(of(row), bind(reading)).status == 204


def test_a_missing_row_is_not_made_by_an_update(api: Api) -> None:
    path = f"appnotifications({uuid.uuid4()})"
    assert api.patch(path, {"title": "T"}).status == 404
    assert api.patch(path, {"title": "T"}, If_Match="*").status == 404
    assert api.patch(path, {"title": "T"} | bind(person(READ)), If_Match="*").status == 404
    assert not AppNotification.objects.exists()


def test_an_upsert_names_its_owner_or_says_create_only(api: Api, reading: User) -> None:
    first, second = uuid.uuid4(), uuid.uuid4()
    answer = api.patch(f"appnotifications({first})", {"title": "T"} | bind(reading), Prefer="return=representation")
    assert (answer.status, answer.json["appnotificationid"]) == (201, str(first))
    assert api.patch(f"appnotifications({second})", {"title": "T"}, If_None_Match="*").status == 204
    again = api.patch(f"appnotifications({second})", {"title": "New"}, If_None_Match="*")
    assert (again.status, "already exists" in again.error) == (412, True)
    assert set(AppNotification.objects.values_list("pk", "title")) == {(first, "T"), (second, "T")}


def test_of_two_upserts_at_once_the_later_one_changes(api: Api, reading: User, monkeypatch: pytest.MonkeyPatch) -> None:
    key = uuid.uuid4()
    path, body = f"appnotifications({key})", {"title": "First"} | bind(reading)
    assert api.patch(path, body).status == 204
    looks = iter([False, True])
    monkeypatch.setattr(writing, "exists", lambda user, key: next(looks))
    assert api.patch(path, body | {"title": "Second"}).status == 204
    assert AppNotification.objects.get().title == "Second"


def test_head_tells_the_length_of_what_get_answers(api: Api, reading: User) -> None:
    path = f"appnotifications({note(reading).pk})"
    head = api.call("HEAD", path)
    assert (head.text, head["Content-Length"]) == ("", str(len(api.get(path).raw.content)))


def test_an_etag_guards_against_a_change_in_between(api: Api, reading: User) -> None:
    row = note(reading)
    etag = api.get(of(row))["ETag"]
    assert re.fullmatch(r'W/"\d+"', etag)
    assert api.get(of(row), If_None_Match=etag).status == 304
    changed = api.patch(of(row), {"title": "1"}, If_Match=etag, Prefer="return=representation")
    assert (changed.status, changed.json["title"]) == (200, "1")
    assert api.get(of(row), If_None_Match=etag).status == 200
    stale = api.patch(of(row), {"title": "2"}, If_Match=etag)
    assert (stale.status, stale.json["error"]["code"]) == (412, "0x80060882")
    assert api.delete(of(row), If_Match=etag).status == 412
    assert AppNotification.objects.get().title == "1"
    assert api.delete(of(row), If_Match=changed["ETag"]).status in (204, 403)


# --- Deleting -------------------------------------------------------------------------------------------------------
def test_deleting_ones_own_dismisses_it_and_needs_only_read(reading: User) -> None:
    row = note(reading)
    api = Api(reading)
    assert api.delete(of(row)).status == 204
    row.refresh_from_db()
    assert row.dismissed_at is not None
    assert api.delete(of(row)).status == 404


def test_deleting_anybodys_deletes(reading: User) -> None:
    row = note(reading)
    assert Api(person(DELETE)).delete(of(row)).status == 204
    assert not AppNotification.objects.exists()


# --- Several --------------------------------------------------------------------------------------------------------
def test_many_are_upserted_at_once_or_not_at_all(api: Api, reading: User) -> None:
    row, new, path = note(reading), uuid.uuid4(), "appnotifications/Microsoft.Dynamics.CRM.UpsertMultiple"
    # As the official Python client names rows, and as Dataverse's documentation does.
    targets: list[dict[str, Any]] = [
        {"@odata.id": f"appnotifications(appnotificationid='{row.pk}')", "title": "Changed"},
        {"appnotificationid": str(new), "title": "New"} | bind(reading),
    ]
    assert api.post(path, {"Targets": [*targets, {"title": "no key"}]}).status == 400
    assert list(AppNotification.objects.values_list("title", flat=True)) == ["Hello"]
    assert api.post(path, {"Targets": targets}).status == 204
    assert set(AppNotification.objects.values_list("pk", "title")) == {(row.pk, "Changed"), (new, "New")}
    assert api.post(path, {"Targets": [{"@odata.id": f"systemusers({row.pk})", "title": "x"}]}).status == 400


def test_a_named_key_may_stand_in_quotes(api: Api, reading: User) -> None:
    key = note(reading).pk
    assert api.get(f"appnotifications(appnotificationid='{key}')").json["appnotificationid"] == str(key)
    assert api.get(f"appnotifications('{key}')").status == 400


def by_key(*keys: object, **more: Any) -> dict[str, Any]:
    """Return a BulkDelete as the official Python client writes it."""
    values = [{"Value": str(key), "Type": "System.Guid"} for key in keys]
    condition = {"AttributeName": "appnotificationid", "Operator": "In", "Values": values}
    criteria = {"FilterOperator": "And", "Conditions": [condition]}
    query = {"EntityName": "appnotification", "Criteria": criteria} | more
    return {"JobName": "x", "RecurrencePattern": "", "StartDateTime": "2026-11-26T19:00:00Z", "QuerySet": [query]}


def test_many_are_deleted_by_their_keys(reading: User) -> None:
    gone, stays = [note(reading) for _ in range(3)], note(reading)
    answer = Api(person(DELETE)).post("BulkDelete", by_key(*[row.pk for row in gone], uuid.uuid4()))
    assert (answer.status, bool(uuid.UUID(answer.json["JobId"]))) == (200, True)
    assert list(AppNotification.objects.all()) == [stays]


def test_deleting_many_keeps_to_ones_own_without_the_privilege(reading: User) -> None:
    mine, theirs = note(reading), note(person(READ))
    assert Api(reading).post("BulkDelete", by_key(mine.pk, theirs.pk)).status == 200
    assert list(AppNotification.objects.filter(dismissed_at=None)) == [theirs]
    # Somebody who reads them all and may delete none of them deletes none.
    refused = Api(person(READ, GLOBAL)).post("BulkDelete", by_key(theirs.pk))
    assert (refused.status, refused.json["error"]["code"]) == (403, "0x80040220")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"QuerySet": []},
        {"QuerySet": [{"EntityName": "appnotification"}]},
        by_key(),
        by_key("x"),
        by_key(uuid.UUID(int=1), EntityName="account"),
        by_key(uuid.UUID(int=1), Criteria={"Conditions": []}),
        by_key(uuid.UUID(int=1), Criteria=None),
        by_key(uuid.UUID(int=1), TopCount=1),
        by_key(uuid.UUID(int=1), LinkEntities=[{"LinkToEntityName": "account"}]),
        by_key(*[uuid.UUID(int=1)] * 1001),
        {"QuerySet": by_key(uuid.UUID(int=1))["QuerySet"] * 2},
        {"QuerySet": "x"},
    ],
)
def test_a_bulk_deletion_by_anything_else_deletes_nothing(reading: User, body: dict[str, Any]) -> None:
    note(reading)
    answer = Api(person(DELETE)).post("BulkDelete", body)
    assert (answer.status, bool(answer.error)) == (400, True)
    assert AppNotification.objects.count() == 1


def test_many_are_created_and_updated_at_once_or_not_at_all(api: Api, reading: User) -> None:
    rows = [{"@odata.type": "Microsoft.Dynamics.CRM.appnotification", "title": f"{n}"} | bind(reading) for n in (1, 2)]
    answer = api.post("appnotifications/Microsoft.Dynamics.CRM.CreateMultiple", {"Targets": rows})
    assert answer.status == 200, answer.text
    keys = answer.json["Ids"]
    assert [AppNotification.objects.get(pk=key).title for key in keys] == ["1", "2"]
    changes = [{"appnotificationid": key, "body": "B"} for key in keys]
    path = "appnotifications/Microsoft.Dynamics.CRM.UpdateMultiple"
    assert api.post(path, {"Targets": changes}).status == 204
    changes[1]["body"] = "x" * 501
    changes[0]["body"] = "C"
    assert api.post(path, {"Targets": changes}).status == 400
    assert set(AppNotification.objects.values_list("body", flat=True)) == {"B"}
    wrong: list[Any] = [
        None,
        [],
        {},
        ["x"],
        [{"@odata.type": "account", "title": "t"}],
        [{"title": "t"}, {"title": ""}],
    ]
    for targets in wrong:
        assert api.post("appnotifications/CreateMultiple", {"Targets": targets}).status == 400
    assert AppNotification.objects.count() == 2
    assert api.post("appnotifications/Microsoft.Dynamics.CRM.BulkDelete", {}).status == 404
    assert api.post(path, {"Targets": [{"appnotificationid": "x", "title": "t"}]}).status == 400


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "appnotifications", "GET, POST"),
        ("DELETE", "appnotifications", "GET, POST"),
        ("PATCH", "appnotifications", "GET, POST"),
        ("POST", f"appnotifications({uuid.UUID(int=1)})", "GET, PATCH, DELETE"),
        ("POST", "appnotifications/$count", "GET"),
        ("POST", "systemusers", "GET"),
        ("DELETE", f"systemusers({uuid.UUID(int=1)})", "GET"),
        ("POST", "WhoAmI", "GET"),
        ("POST", "$metadata", "GET"),
        ("POST", "EntityDefinitions", "GET"),
        ("GET", "$batch", "POST"),
    ],
)
def test_the_wrong_method_learns_the_right_ones(api: Api, method: str, path: str, allow: str) -> None:
    answer = api.call(method, path, {})
    assert (answer.status, answer["Allow"], bool(answer.error)) == (405, allow, True)


# --- Users ----------------------------------------------------------------------------------------------------------
def test_who_am_i(api: Api, user: User) -> None:
    for path in ("WhoAmI", "WhoAmI()"):
        told = api.get(path).json
        assert (told["UserId"], told["BusinessUnitId"]) == (str(user.pk), str(uuid.UUID(int=0)))
        assert told["OrganizationId"] == Api(person()).get("WhoAmI").json["OrganizationId"]
