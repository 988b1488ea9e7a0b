"""The service's metadata: $metadata, the service document, EntityDefinitions."""

import json
import xml.etree.ElementTree as ET
from typing import Any
from urllib.parse import quote

import pytest

from notifications.models import IconType, Priority, ToastType
from notifications.web_api.definition_queries import DEFINITION_SETS
from notifications.web_api.send_app_notification import PARAMETERS
from notifications.web_api.tables import TABLES
from tests.notifications.web_api.stage import READ, Api, Reply, note, person

pytestmark = pytest.mark.django_db
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
TABLE = "EntityDefinitions(LogicalName='appnotification')"


@pytest.fixture
def api(db: None) -> Api:
    return Api(person(READ))


def schema(api: Api) -> Any:
    answer = api.get("$metadata", Accept="application/xml")
    assert answer["Content-Type"] == "application/xml; charset=utf-8"
    found = ET.fromstring(answer.text).find(f".//{EDM}Schema")
    assert found is not None
    return found


def test_the_metadata_document_describes_what_rows_really_hold(api: Api) -> None:
    found = schema(api)
    assert found.get("Namespace") == "Microsoft.Dynamics.CRM"
    reader = person(READ)
    note(reader)
    for name, table in TABLES.items():
        entity = found.find(f"{EDM}EntityType[@Name='{table.logical_name}']")
        assert entity.find(f"{EDM}Key/{EDM}PropertyRef").get("Name") == table.key.name
        described = {one.get("Name"): one.get("Type") for one in entity.findall(f"{EDM}Property")}
        (row,) = Api(reader).get(name).rows
        assert set(described) == {key for key in row if "@" not in key}
        assert set(described.values()) <= {"Edm.String", "Edm.Guid", "Edm.Int32", "Edm.DateTimeOffset", "Edm.Boolean"}
        assert found.find(f"{EDM}EntityContainer/{EDM}EntitySet[@Name='{name}']") is not None


def test_the_action_has_the_parameters_that_it_takes(api: Api) -> None:
    action = schema(api).find(f"{EDM}Action[@Name='SendAppNotification']")
    assert [one.get("Name") for one in action.findall(f"{EDM}Parameter")] == list(PARAMETERS)
    needed = [one.get("Name") for one in action.findall(f"{EDM}Parameter") if one.get("Nullable") == "false"]
    assert needed == ["Title", "Recipient"]


def test_types_that_are_named_are_described(api: Api) -> None:
    found = schema(api)
    names = {f"mscrm.{one.get('Name')}" for one in found if one.get("Name")}
    for element in found.iter():
        for mark in ("Type", "BaseType", "EntityType", "Action", "Function"):
            if element.get(mark, "").startswith("mscrm."):
                assert element.get(mark) in names


def test_what_a_client_may_write_is_marked(api: Api) -> None:
    entity = schema(api).find(f"{EDM}EntityType[@Name='appnotification']")
    computed = {one.get("Name") for one in entity.findall(f"{EDM}Property") if len(one)}
    assert computed == {"_ownerid_value", "_createdby_value", "createdon", "modifiedon"}
    users = schema(api).find(f"{EDM}EntityType[@Name='systemuser']").findall(f"{EDM}Property")
    assert all(len(one) for one in users)


def test_a_key_is_never_null(api: Api) -> None:
    for entity in schema(api).findall(f"{EDM}EntityType[@BaseType]"):
        (key,) = entity.findall(f"{EDM}Key/{EDM}PropertyRef")
        (column,) = entity.findall(f"{EDM}Property[@Name='{key.get('Name')}']")
        assert column.get("Nullable") == "false"


def test_the_vocabulary_of_the_marks_is_referred_to(api: Api) -> None:
    edmx = "{http://docs.oasis-open.org/odata/ns/edmx}"
    include = ET.fromstring(api.get("$metadata").text).find(f"{edmx}Reference/{edmx}Include")
    assert include is not None
    assert include.get("Namespace") == "Org.OData.Core.V1"


@pytest.mark.parametrize("accept", ["application/xml", "*/*", "", "application/json"])
def test_the_metadata_document_is_xml_whatever_a_client_prefers(api: Api, accept: str) -> None:
    assert api.get("$metadata", Accept=accept)["Content-Type"].startswith("application/xml")


def test_the_metadata_document_is_no_picture(api: Api) -> None:
    assert api.get("$metadata", Accept="image/png").status == 406


@pytest.mark.parametrize("path", ["", "/api/data/v9.2"])
def test_the_service_document_names_the_sets(api: Api, path: str) -> None:
    answer = api.get(path)
    assert answer.json["@odata.context"] == "http://testserver/api/data/v9.2/$metadata"
    assert {one["name"] for one in answer.json["value"]} == {"appnotifications", "systemusers", *DEFINITION_SETS}


# --- EntityDefinitions ----------------------------------------------------------------------------------------------
def test_a_table_is_found_by_filter_as_client_libraries_do(api: Api) -> None:
    (found,) = api.get(
        "EntityDefinitions?$select=LogicalName,EntitySetName,PrimaryIdAttribute"
        "&$filter=LogicalName eq 'appnotification'"
    ).rows
    assert (found["EntitySetName"], found["PrimaryIdAttribute"]) == ("appnotifications", "appnotificationid")
    assert "SchemaName" not in found
    assert api.get("EntityDefinitions?$filter=LogicalName eq 'nothing'").rows == []
    assert len(api.get("EntityDefinitions?$filter=IsPrivate eq false").rows) == len(TABLES)
    one = api.get(f"EntityDefinitions({found['MetadataId']})")
    assert (one.json["PrimaryNameAttribute"], one.json["LogicalCollectionName"]) == ("title", "appnotifications")
    assert len(api.get(f"EntityDefinitions?$filter=MetadataId eq {found['MetadataId']}").rows) == 1
    assert "Attributes" not in one.json


def test_every_column_is_an_attribute_that_can_be_asked_for(api: Api) -> None:
    names = {column.logical_name for column in TABLES["appnotifications"].columns}
    assert {one["LogicalName"] for one in api.get(f"{TABLE}/Attributes").rows} == names
    expanded = api.get(f"{TABLE}?$select=LogicalName&$expand=Attributes($select=LogicalName,AttributeType)").json
    kinds = {one["LogicalName"]: one["AttributeType"] for one in expanded["Attributes"]}
    assert set(kinds) == names
    assert (kinds["priority"], kinds["ownerid"], kinds["data"]) == ("Picklist", "Owner", "Memo")
    title = api.get(f"{TABLE}/Attributes(LogicalName='title')").json
    assert (title["MaxLength"], title["RequiredLevel"]["Value"], title["IsPrimaryName"]) == (
        256,
        "SystemRequired",
        True,
    )
    (found,) = api.get(f"{TABLE}/Attributes?$filter=LogicalName eq 'createdon'&$select=IsValidForUpdate").rows
    assert found["IsValidForUpdate"] is False


@pytest.mark.parametrize(
    ("column", "choices"), [("priority", Priority), ("icontype", IconType), ("toasttype", ToastType)]
)
def test_choices_have_their_options(api: Api, column: str, choices: Any) -> None:
    cast = "Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
    expected = {one.value: one.label for one in choices}

    def options(held: dict[str, Any]) -> dict[int, str]:
        return {one["Value"]: one["Label"]["LocalizedLabels"][0]["Label"] for one in held["Options"]}

    one = api.get(f"{TABLE}/Attributes(LogicalName='{column}')/{cast}?$select=LogicalName&$expand=OptionSet").json
    assert options(one["OptionSet"]) == expected
    assert options(api.get(f"{TABLE}/Attributes(LogicalName='{column}')/{cast}/OptionSet").json) == expected
    every = api.get(f"{TABLE}/Attributes/{cast}?$select=LogicalName&$expand=OptionSet($select=Options)").rows
    assert {row["LogicalName"] for row in every} == {"priority", "icontype", "toasttype"}
    assert options(next(row for row in every if row["LogicalName"] == column)["OptionSet"]) == expected


def test_options_are_named_in_english_whatever_the_clients_language(api: Api) -> None:
    cast = "Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
    path = f"{TABLE}/Attributes(LogicalName='priority')/{cast}/OptionSet"
    assert api.get(path, Accept_Language="de").text == api.get(path).text


def test_the_owner_is_bound_by_the_name_that_relationships_tell(api: Api) -> None:
    rows = api.get(f"{TABLE}/ManyToOneRelationships").rows
    assert {row["ReferencingEntityNavigationPropertyName"] for row in rows} == {"ownerid", "createdby"}
    assert api.get(f"{TABLE}/Keys").rows == []


def test_relationships_are_found_by_filter_by_name_and_from_both_ends(api: Api) -> None:
    cast = "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata"
    name = "systemuser_appnotification_ownerid"
    assert name in [row["SchemaName"] for row in api.get("RelationshipDefinitions").rows]
    (found,) = api.get(f"RelationshipDefinitions?$filter=SchemaName eq '{name}'").rows
    assert (found["@odata.type"], found["ReferencedEntity"]) == (f"#{cast}", "systemuser")
    assert api.get(f"RelationshipDefinitions(SchemaName='{name}')").json["MetadataId"] == found["MetadataId"]
    assert len(api.get(f"RelationshipDefinitions/{cast}?$filter=ReferencingEntity eq 'appnotification'").rows) == 2
    ends = api.get("EntityDefinitions(LogicalName='systemuser')/OneToManyRelationships").rows
    assert name in [row["SchemaName"] for row in ends]


@pytest.mark.parametrize(
    "path",
    [
        "EntityDefinitions?$filter=OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'",
        f"{TABLE}/Attributes?$filter=AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'Memo'",
        f"{TABLE}/Attributes?$filter=AttributeOf eq null and LogicalName eq 'title'",
        f"{TABLE}/Attributes?$filter=AttributeTypeName/Value eq 'MemoType'",
        f"{TABLE}/Attributes?$filter=contains(LogicalName,'tit') and RequiredLevel/Value eq 'SystemRequired'",
        f"{TABLE}/Attributes?$filter=AttributeTypeName/Value ne 'MemoType' and LogicalName eq 'title'",
    ],
)
def test_descriptions_are_found_by_choices_named_with_their_type_and_by_null(api: Api, path: str) -> None:
    assert len(api.get(path).rows) == 1


@pytest.mark.parametrize(
    ("path", "held"),
    [
        # dataverse-api (PyPI) asks this of every table before it does anything else.
        (f"{TABLE}?$select=EntitySetName,PrimaryIdAttribute,PrimaryImageAttribute", {"PrimaryImageAttribute": None}),
        (f"{TABLE}?$select=LogicalName,IsOptimisticConcurrencyEnabled", {"IsOptimisticConcurrencyEnabled": True}),
        (
            f"{TABLE}?$select=ObjectTypeCode,IsAuditEnabled,HasFeedback,ChangeTrackingEnabled",
            {
                "HasFeedback": False,
                "IsAuditEnabled": {
                    "Value": False,
                    "CanBeChanged": False,
                    "ManagedPropertyLogicalName": "canmodifyauditsettings",
                },
            },
        ),
        (f"{TABLE}/Attributes(LogicalName='title')?$select=IsRetrievable,SourceType", {"IsRetrievable": True}),
    ],
)
def test_what_dataverse_says_of_every_table_can_be_asked_for(api: Api, path: str, held: dict[str, Any]) -> None:
    answer = api.get(path)
    assert answer.status == 200, answer.text
    assert answer.json.items() >= held.items()


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("EntityDefinitions?$filter=IsCustomizable/Value eq true", 0),
        ("EntityDefinitions?$filter=IsOptimisticConcurrencyEnabled eq true", 1),
        ("EntityDefinitions?$filter=PrimaryImageAttribute ne null", 0),
        (f"{TABLE}/Attributes?$filter=IsValidForAdvancedFind/Value eq true and LogicalName eq 'title'", 1),
    ],
)
def test_and_narrows_what_is_found(api: Api, path: str, number: int) -> None:
    assert len(api.get(path).rows) == number


def test_no_choices_are_shared(api: Api) -> None:
    cast = "Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
    rows = api.get(f"{TABLE}/Attributes/{cast}?$expand=OptionSet($select=Options),GlobalOptionSet").rows
    assert [row["GlobalOptionSet"] for row in rows] == [None] * 3
    assert api.get("GlobalOptionSetDefinitions?$select=Name").rows == []


def changes(api: Api, query: Any) -> Reply:
    text = query if isinstance(query, str) else json.dumps(query)
    return api.get(f"RetrieveMetadataChanges(Query=@p1)?@p1={quote(text)}")


def named(name: str, operator: str = "Equals", kind: str = "System.String") -> dict[str, Any]:
    condition = {"PropertyName": "LogicalName", "ConditionOperator": operator, "Value": {"Type": kind, "Value": name}}
    return {"FilterOperator": "And", "Conditions": [condition]}


def test_typed_columns_come_in_one_call_as_the_official_client_asks_for_them(api: Api) -> None:
    columns = {"Properties": {"PropertyNames": ["LogicalName", "MaxLength", "MinValue"]}, "Criteria": named("title")}
    query = {
        "Properties": {"PropertyNames": ["LogicalName", "Attributes"]},
        "Criteria": named("appnotification"),
        "AttributeQuery": columns,
    }
    answer = changes(api, query).json
    [table] = answer["EntityMetadata"]
    [title] = table["Attributes"]
    assert (table["LogicalName"], "SchemaName" in table) == ("appnotification", False)
    assert (title["LogicalName"], title["MaxLength"], "MinValue" in title) == ("title", 256, False)
    assert title["@odata.type"].endswith("StringAttributeMetadata")
    assert answer["DeletedMetadata"] is None


@pytest.mark.parametrize(
    ("criteria", "number"),
    [
        (None, 2),
        (named("nothing"), 0),
        (named("appnotification", "NotEquals"), 1),
        (named('["systemuser","appnotification"]', "In", "System.String[]"), 2),
        (named('["systemuser"]', "NotIn", "System.String[]"), 1),
        ({"FilterOperator": "Or", "Filters": [named("systemuser"), named("appnotification")]}, 2),
        ({"FilterOperator": "And", "Filters": [named("systemuser"), named("appnotification")]}, 0),
    ],
)
def test_changes_are_narrowed_by_criteria(api: Api, criteria: Any, number: int) -> None:
    query = {"Criteria": criteria, "Properties": {"AllProperties": True}}
    assert len(changes(api, query).json["EntityMetadata"]) == number


@pytest.mark.parametrize(
    "query",
    [
        "",
        "[]",
        "{",
        {"Criteria": "x"},
        {"Criteria": {"Conditions": {"a": 1}}},
        {"Criteria": {"Conditions": ["x"]}},
        {"Criteria": {"Conditions": [{"PropertyName": "Nothing", "ConditionOperator": "Equals"}]}},
        {"Criteria": {"Conditions": [{"PropertyName": ["x"], "ConditionOperator": "Equals"}]}},
        {"Criteria": named("x", "GreaterThan")},
        {"Criteria": named("[", "In", "System.String[]")},
        {"AttributeQuery": "x"},
        {"Properties": "x"},
        {"Properties": {"PropertyNames": [1]}},
    ],
)
def test_a_query_for_changes_that_cannot_be_read_is_refused(api: Api, query: Any) -> None:
    answer = changes(api, query)
    assert (answer.status, bool(answer.error)) == (400, True)


def test_a_query_for_changes_is_given_by_an_alias(api: Api) -> None:
    for path in ("RetrieveMetadataChanges", "RetrieveMetadataChanges(Query=@p1)", "RetrieveMetadataChanges(Query=1)"):
        assert (api.get(path).status, bool(api.get(path).error)) == (400, True)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("EntityDefinitions(LogicalName='nothing')", 404),
        (f"{TABLE}/Nothing", 404),
        (f"{TABLE}/Attributes(LogicalName='nothing')", 404),
        (f"{TABLE}/Attributes(LogicalName='title')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata", 404),
        (f"{TABLE}/LogicalName", 404),
        ("EntityDefinitions(x)", 404),
        (f"{TABLE}/Attributes(LogicalName='priority')/GlobalOptionSet", 404),
        ("RelationshipDefinitions(SchemaName='nothing')", 404),
        ("GlobalOptionSetDefinitions(Name='nothing')", 404),
        (f"EntityDefinitions?$top={'9' * 5000}", 400),
        ("EntityDefinitions?$filter=Attributes eq null", 400),
        ("EntityDefinitions?$select=Nothing", 400),
        ("EntityDefinitions?$expand=Nothing", 400),
        ("EntityDefinitions?$filter=Nothing eq 'x'", 400),
        ("EntityDefinitions?$orderby=LogicalName", 400),
        ("EntityDefinitions?$top=x", 400),
    ],
)
def test_what_is_not_described_is_refused(api: Api, path: str, status: int) -> None:
    answer = api.get(path)
    assert (answer.status, bool(answer.error)) == (status, True)
