"""The Web API as real clients speak to it, over sockets.

The calls of the official Python client (PowerPlatform-Dataverse-Client 1.1.0, MIT) and of DynamicsWebApi 2.5.0 were
recorded while those libraries ran against this product; what is replayed here are the requests, not the libraries.
"""

import json
import re
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_django.live_server_helper import LiveServer

from fsportal.models import ApiToken, User
from notifications.models import AppNotification, IconType, Priority
from tests.notifications.web_api.stage import DELETE, GLOBAL, READ, SEND, WRITE, person

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = "/api/data/v9.2"
EXAMPLE = Path(__file__).parents[1] / "data" / "dataverse_examples" / "custom_icon.http"


@pytest.fixture
def token(transactional_db: None) -> str:
    return ApiToken.issue(person(SEND, GLOBAL, WRITE, DELETE), "client", days=1)[1]


@pytest.fixture
def reader(transactional_db: None) -> User:
    return person(READ)


# --- Microsoft's documented example ---------------------------------------------------------------------------------
def test_the_documented_example_goes_over_the_wire_as_it_stands(
    live_server: LiveServer, token: str, reader: User
) -> None:
    head, _, body = EXAMPLE.read_text().partition("\n\n")
    # Its request line is broken in two, its body holds two comments, and it leaves three things to the reader: the
    # organization's address, the user's id, and who calls.
    line, version, *headers = head.replace("[Organization URI]", "").split("\n")
    sent = re.sub(r"//[^\n]*", "", body).replace("<Guid of the user>", str(reader.pk)).encode()
    host = live_server.url.removeprefix("http://")
    more = [f"Host: {host}", f"Authorization: Bearer {token}", f"Content-Length: {len(sent)}", "Connection: close"]
    request = "\r\n".join([f"{line}{version}", *headers, *more, "", ""]).encode() + sent
    assert request.startswith(b"POST /api/data/v9.2/SendAppNotification HTTP/1.1\r\nContent-Type: application/json;")
    with socket.create_connection((live_server.thread.host, live_server.thread.port), timeout=10) as connection:
        connection.sendall(request)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    status, _, rest = answer.partition(b"\r\n")
    row = AppNotification.objects.get()
    assert b" 200 " in status + b" "
    assert b"\r\nOData-Version: 4.0\r\n" in rest
    assert json.loads(rest.partition(b"\r\n\r\n")[2])["NotificationId"] == str(row.pk)
    assert (row.title, row.icon_type, row.owner) == ("Welcome", IconType.CUSTOM, reader)
    assert row.content == {"iconUrl": "/WebResources/cr245_AlertOn"}


# --- The official Python client -------------------------------------------------------------------------------------
class OfficialClient:
    """Sends what PowerPlatform-Dataverse-Client sends: its headers, its spellings, its batches."""

    def __init__(self, url: str, token: str) -> None:
        self.api = f"{url}{ROOT}"
        self.http = httpx.Client(
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/json",
                "Content-Type": "application/json",
                "OData-MaxVersion": "4.0",
                "OData-Version": "4.0",
                "User-Agent": "DataverseSvcPythonClient:1.1.0",
                "x-ms-client-request-id": str(uuid.uuid4()),
                "x-ms-correlation-id": str(uuid.uuid4()),
            }
        )

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        content = body if isinstance(body, str) or body is None else json.dumps(body, ensure_ascii=False)
        return self.http.request(method, f"{self.api}/{path}", content=content, **more)

    def get(self, path: str, **params: str) -> Any:
        answer = self.call("GET", path, params=params or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def batch(self, body: str, **headers: str) -> list[tuple[int, Any]]:
        kind = {"Content-Type": 'multipart/mixed; boundary="batch_1"'}
        answer = self.call("POST", "$batch", body.replace("\n", "\r\n"), headers=kind | headers)
        assert answer.status_code == 200, answer.text
        found = []
        for part in answer.text.split("HTTP/1.1 ")[1:]:
            text = part.partition("\r\n\r\n")[2].partition("\r\n--")[0]
            found.append((int(part[:3]), json.loads(text) if text.strip() else None))
        return found


@pytest.fixture
def client(live_server: LiveServer, token: str) -> Iterator[OfficialClient]:
    made = OfficialClient(live_server.url, token)
    with made.http:
        yield made


def test_the_official_client_finds_the_table_and_its_choices(client: OfficialClient) -> None:
    chosen = {"$select": "LogicalName,EntitySetName,PrimaryIdAttribute", "$filter": "LogicalName eq 'appnotification'"}
    [table] = client.get("EntityDefinitions", **chosen)["value"]
    assert (table["EntitySetName"], table["PrimaryIdAttribute"]) == ("appnotifications", "appnotificationid")
    picklists = client.get(
        "EntityDefinitions(LogicalName='appnotification')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
        "?$select=LogicalName&$expand=OptionSet($select=Options)"
    )["value"]
    labels = {
        label["Label"]: option["Value"]
        for column in picklists
        for option in column["OptionSet"]["Options"]
        for label in option["Label"]["LocalizedLabels"]
    }
    assert (labels["Warning"], labels["High"]) == (IconType.WARNING, Priority.HIGH)
    here = f"EntityDefinitions({table['MetadataId']})"
    assert len(client.get(f"{here}/Attributes")["value"]) == 12
    assert client.get(f"{here}/Attributes(LogicalName='title')")["MaxLength"] == 256
    for ends, number in (("OneToManyRelationships", 0), ("ManyToOneRelationships", 2), ("ManyToManyRelationships", 0)):
        assert len(client.get(f"{here}/{ends}")["value"]) == number
    kind = "RelationshipType eq Microsoft.Dynamics.CRM.RelationshipType'OneToManyRelationship'"
    names = client.get("RelationshipDefinitions", **{"$filter": kind, "$select": "SchemaName"})["value"]
    assert "systemuser_appnotification_ownerid" in [one["SchemaName"] for one in names]


def test_the_official_client_creates_reads_changes_and_deletes(client: OfficialClient, reader: User) -> None:
    bind = {"ownerid@odata.bind": f"/systemusers({reader.pk})"}
    made = client.call("POST", "appnotifications", {"title": "Déjà vu", "priority": Priority.HIGH.value, **bind})
    assert made.status_code == 204
    [key] = re.findall(r"\(([0-9a-f-]{36})\)", made.headers["OData-EntityId"])
    kind = {"@odata.type": "Microsoft.Dynamics.CRM.appnotification"}
    rows = [{"title": f"O'Neil {n}", "ttlinseconds": 100 + n, **bind, **kind} for n in range(7)]
    several = client.call("POST", "appnotifications/Microsoft.Dynamics.CRM.CreateMultiple", {"Targets": rows})
    keys = several.json()["Ids"]
    assert len(keys) == 7

    changed = client.call("PATCH", f"appnotifications({key})", {"title": "Changed"}, headers={"If-Match": "*"})
    assert changed.status_code == 204
    targets = [{"appnotificationid": one, "body": "same", **kind} for one in keys]
    update = client.call("POST", "appnotifications/Microsoft.Dynamics.CRM.UpdateMultiple", {"Targets": targets})
    assert update.status_code == 204

    prefer = {"Prefer": 'odata.maxpagesize=3,odata.include-annotations="*"'}
    query = {"$filter": "startswith(title, 'O''N')", "$orderby": "ttlinseconds desc", "$count": "true"}
    page = client.call("GET", "appnotifications", params=query, headers=prefer).json()
    sizes = [len(page["value"])]
    while link := page.get("@odata.nextLink"):
        page = client.http.get(link, headers=prefer).json()
        sizes.append(len(page["value"]))
    assert (sizes, page["@odata.count"]) == ([3, 3, 1], 7)

    many = f'Microsoft.Dynamics.CRM.In(PropertyName=\'appnotificationid\',PropertyValues=["{keys[0]}","{key}"])'
    for condition, number in {
        many: 2,
        f"_ownerid_value eq '{reader.pk}'": 8,
        f"_ownerid_value eq {reader.pk} and not ((ttlinseconds ge 100 and ttlinseconds le 101))": 6,
        "Microsoft.Dynamics.CRM.In(PropertyName='title',PropertyValues=[\"O''Neil 3\",\"Changed\"])": 2,
        "createdon gt 2026-01-01T00:00:00.123456Z": 8,
        "ttlinseconds eq 103.0": 1,
        "body ne null": 7,
    }.items():
        found = client.get("appnotifications", **{"$select": "title", "$filter": condition})["value"]
        assert len(found) == number, condition

    gone = client.call("DELETE", f"appnotifications({key})", headers={"If-Match": "*"})
    assert gone.status_code == 204
    missing = client.call("GET", f"appnotifications({key})")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "0x80040217")


def test_the_official_clients_batches_are_read_as_it_writes_them(client: OfficialClient, reader: User) -> None:
    head = "Content-Type: application/http\nContent-Transfer-Encoding: binary\n"
    row = f'{{"title": "In a set", "ownerid@odata.bind": "/systemusers({reader.pk})"}}'
    body = f"""--batch_1
Content-Type: multipart/mixed; boundary="changeset_1"

--changeset_1
{head}Content-ID: 1

POST {client.api}/appnotifications HTTP/1.1
Content-Type: application/json; type=entry

{row}
--changeset_1
{head}Content-ID: 2

PATCH $1 HTTP/1.1
Content-Type: application/json; type=entry
If-Match: *

{{"body": "by reference"}}
--changeset_1--

--batch_1
{head}
GET {client.api}/appnotifications?$select=title,body&$filter=startswith(title,'In a set') HTTP/1.1

--batch_1
{head}
GET {client.api}/EntityDefinitions?$select=MetadataId&$filter=LogicalName eq 'appnotification' HTTP/1.1

--batch_1
{head}
DELETE {client.api}/appnotifications({uuid.UUID(int=7)}) HTTP/1.1
If-Match: *

--batch_1--
"""
    first, second, listed, table, missing = client.batch(body, Prefer="odata.continue-on-error")
    assert (first[0], second[0], missing[0]) == (204, 204, 404)
    [found] = listed[1]["value"]
    assert (found["title"], found["body"]) == ("In a set", "by reference")
    assert len(table[1]["value"]) == 1


# --- DynamicsWebApi -------------------------------------------------------------------------------------------------
def test_dynamics_web_api_follows_a_lookup_and_asks_for_descriptions(client: OfficialClient, reader: User) -> None:
    made = client.call(
        "POST",
        "appnotifications?$select=title,priority",
        {"title": "js", "ownerid@odata.bind": f"/systemusers({reader.pk})"},
        headers={"Prefer": "return=representation"},
    )
    assert (made.status_code, made.headers["Preference-Applied"]) == (201, "return=representation")
    key = made.json()["appnotificationid"]
    assert client.get(f"appnotifications({key})/ownerid?$select=fullname")["systemuserid"] == str(reader.pk)
    assert client.get(f"appnotifications({key})/ownerid/$ref")["@odata.id"].endswith(f"/systemusers({reader.pk})")
    same = client.call("GET", f"appnotifications({key})", headers={"If-None-Match": made.json()["@odata.etag"]})
    assert same.status_code == 304
    upsert = client.call("PATCH", f"appnotifications({key})", {"title": "no"}, headers={"If-None-Match": "*"})
    assert upsert.status_code == 412
    emptied = client.call("DELETE", f"appnotifications({key})/body")
    assert emptied.status_code == 204
    cast = "Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
    path = f"EntityDefinitions(LogicalName='appnotification')/{cast}?$expand=OptionSet,GlobalOptionSet"
    assert len(client.get(path)["value"]) == 3
    assert client.get("GlobalOptionSetDefinitions?$select=Name")["value"] == []
