"""$metadata, which describes the service in CSDL 4.0, and the service document, which lists its entity sets."""

from functools import cache
from typing import Any
from xml.sax.saxutils import quoteattr

from notifications.web_api.definition_queries import DEFINITION_SETS
from notifications.web_api.errors import BAD_QUERY, ODataError
from notifications.web_api.request import ODataRequest
from notifications.web_api.response import ODataResponse
from notifications.web_api.send_app_notification import PARAMETERS
from notifications.web_api.tables import NAMESPACE, TABLES, EdmType, Table, TableColumn

CORE = "http://docs.oasis-open.org/odata/odata/v4.0/os/vocabularies/Org.OData.Core.V1.xml"


def metadata(request: ODataRequest) -> ODataResponse:
    request.need_method("GET")
    request.allow_options()
    accept = request.headers.get("accept", "").lower() or "*/*"
    if not any(kind in accept for kind in ("xml", "*/*", "application/*", "json")):
        raise ODataError(406, BAD_QUERY, f"Accept is '{accept[:80]}'; this document is application/xml.")
    return ODataResponse(text=document(), content_type="application/xml")


def service_document(request: ODataRequest) -> ODataResponse:
    request.need_method("GET")
    request.allow_options()
    sets = [{"name": name, "kind": "EntitySet", "url": name} for name in (*TABLES, *DEFINITION_SETS)]
    return ODataResponse(json=request.context("") | {"value": sets})


@cache
def document() -> str:
    """Return the CSDL document; it is the same for everybody."""
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">',
        # Where the term Computed comes from; without it a strict reader refuses the document.
        f'<edmx:Reference Uri="{CORE}"><edmx:Include Namespace="Org.OData.Core.V1" /></edmx:Reference>',
        "<edmx:DataServices>",
        f'<Schema Namespace="{NAMESPACE}" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">',
        '<EntityType Name="crmbaseentity" Abstract="true" />',
        *(_entity_type(table) for table in TABLES.values()),
        _other_types(),
        _operations(),
        _container(),
        "</Schema></edmx:DataServices></edmx:Edmx>",
    ]
    return "\n".join(parts)


def _entity_type(table: Table) -> str:
    # The client that creates a row may choose its key.
    given = (table.key,) if table.writable else ()
    lines = [
        f'<EntityType Name="{table.logical_name}" BaseType="mscrm.crmbaseentity">',
        f'<Key><PropertyRef Name="{table.key.name}" /></Key>',
        *(
            _property(column, is_given=column.writable or column in given, is_key=column is table.key)
            for column in table.columns
        ),
        *(
            _navigation(column)
            for column in table.columns
            if column.navigation_property and column.navigation_property != "businessunitid"
        ),
        "</EntityType>",
    ]
    return "\n".join(lines)


def _property(column: TableColumn, *, is_given: bool, is_key: bool) -> str:
    marks: dict[str, Any] = {"Name": column.name, "Type": column.edm_type.value}
    if column.edm_type is EdmType.STRING:
        marks |= {"Unicode": "true"} | ({"MaxLength": column.max_length} if column.max_length else {})
    if is_key or (column.required and not column.navigation_property):
        marks["Nullable"] = "false"
    attributes = " ".join(f"{name}={quoteattr(str(value))}" for name, value in marks.items())
    if is_given:
        return f"<Property {attributes} />"
    # The standard's mark for a property that only the service writes.
    return f'<Property {attributes}><Annotation Term="Org.OData.Core.V1.Computed" Bool="true" /></Property>'


def _navigation(column: TableColumn) -> str:
    return (
        f'<NavigationProperty Name="{column.navigation_property}" Type="mscrm.systemuser">'
        f'<ReferentialConstraint Property="{column.name}" ReferencedProperty="systemuserid" /></NavigationProperty>'
    )


def _other_types() -> str:
    return "\n".join(
        [
            '<ComplexType Name="expando" OpenType="true" />',
            '<ComplexType Name="SendAppNotificationResponse">',
            '<Property Name="NotificationId" Type="Edm.Guid" Nullable="false" /></ComplexType>',
            '<ComplexType Name="WhoAmIResponse">',
            *(
                f'<Property Name="{name}" Type="Edm.Guid" Nullable="false" />'
                for name in ("BusinessUnitId", "UserId", "OrganizationId")
            ),
            "</ComplexType>",
        ]
    )


def _operations() -> str:
    return "\n".join(
        [
            '<Action Name="SendAppNotification">',
            *(
                f'<Parameter Name="{name}" Type="{one.edm_type}" Nullable="{"true" if one.nullable else "false"}" />'
                for name, one in PARAMETERS.items()
            ),
            '<ReturnType Type="mscrm.SendAppNotificationResponse" Nullable="false" /></Action>',
            '<Function Name="WhoAmI"><ReturnType Type="mscrm.WhoAmIResponse" Nullable="false" /></Function>',
        ]
    )


def _container() -> str:
    return "\n".join(
        [
            '<EntityContainer Name="System">',
            *(_entity_set(table) for table in TABLES.values()),
            '<ActionImport Name="SendAppNotification" Action="mscrm.SendAppNotification" />',
            '<FunctionImport Name="WhoAmI" Function="mscrm.WhoAmI" />',
            "</EntityContainer>",
        ]
    )


def _entity_set(table: Table) -> str:
    bindings = "".join(
        f'<NavigationPropertyBinding Path="{column.navigation_property}" Target="systemusers" />'
        for column in table.columns
        if column.navigation_property and column.navigation_property != "businessunitid"
    )
    return f'<EntitySet Name="{table.entity_set_name}" EntityType="mscrm.{table.logical_name}">{bindings}</EntitySet>'
