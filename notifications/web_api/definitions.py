"""Definitions of tables, columns and relationships, as Dataverse has them; client libraries read them first."""

import uuid
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from notifications.models.app_notification import LONGEST_TTL
from notifications.web_api.tables import APP_NOTIFICATIONS, TABLES, EdmType, Table, TableColumn

#: For MetadataIds that are the same in every installation.
NAMESPACE = uuid.UUID("8f5c2f0e-3f0b-4d0e-9a53-0d6e7c1b2a11")
ENGLISH = 1033
PICKLIST = "PicklistAttributeMetadata"

Definition = dict[str, Any]


def tables() -> list[Definition]:
    """Return each table with its attributes and relationships, in English whatever the request's language."""
    with translation.override("en"):
        return [_table(table) for table in TABLES.values()]


def relationships() -> list[Definition]:
    """Return the relationships between tables, each once."""
    return [
        _relationship(table, column)
        for table in TABLES.values()
        for column in table.columns
        if column.navigation_property
    ]


def _table(table: Table) -> Definition:
    columns = [_attribute(table, column, number) for number, column in enumerate(table.columns, start=1)]
    return _table_defaults(is_writable=table.writable) | {
        "MetadataId": _id(table.logical_name),
        "LogicalName": table.logical_name,
        "SchemaName": table.schema_name,
        "EntitySetName": table.entity_set_name,
        "LogicalCollectionName": table.entity_set_name,
        "CollectionSchemaName": f"{table.schema_name}s",
        "PrimaryIdAttribute": table.key.name,
        "PrimaryNameAttribute": table.primary_name,
        "ObjectTypeCode": table.type_code,
        "OwnershipType": "UserOwned" if table is APP_NOTIFICATIONS else "BusinessOwned",
        "TableType": "Standard",
        "DisplayName": _label(table.label),
        "DisplayCollectionName": _label(table.plural),
        "Description": _label(table.plural),
        "IsActivity": False,
        "IsCustomEntity": False,
        "IsIntersect": False,
        "IsLogicalEntity": False,
        "IsManaged": True,
        "IsPrivate": False,
        "IsValidForAdvancedFind": True,
        "HasNotes": False,
        "HasActivities": False,
        "Attributes": columns,
        "Keys": [],
        "ManyToOneRelationships": [one for one in relationships() if one["ReferencingEntity"] == table.logical_name],
        "OneToManyRelationships": [one for one in relationships() if one["ReferencedEntity"] == table.logical_name],
        "ManyToManyRelationships": [],
    }


def _attribute(table: Table, column: TableColumn, number: int) -> Definition:
    kind, type_name, more = _kind(table, column)
    name = column.logical_name
    is_needed = column.required or column is table.key
    described = {
        "@odata.type": f"#Microsoft.Dynamics.CRM.{type_name}",
        "MetadataId": _id(f"{table.logical_name}.{name}"),
        "LogicalName": name,
        "SchemaName": column.schema_name,
        "EntityLogicalName": table.logical_name,
        "AttributeType": kind,
        "AttributeTypeName": {"Value": f"{kind}Type"},
        "DisplayName": _label(column.label),
        "Description": _label(column.label),
        "RequiredLevel": _managed("SystemRequired" if is_needed else "None", "canmodifyrequirementlevelsettings"),
        "ColumnNumber": number,
        "AttributeOf": None,
        "IsCustomAttribute": False,
        "IsManaged": True,
        "IsPrimaryId": column is table.key,
        "IsPrimaryName": name == table.primary_name,
        "IsLogical": False,
        "IsSecured": False,
        "IsValidForRead": True,
        "IsValidForCreate": table.writable
        and (column.writable or column.navigation_property == "ownerid" or column is table.key),
        "IsValidForUpdate": table.writable and column.writable,
        "IsValidODataAttribute": True,
    }
    return described | _column_defaults() | more


def _kind(table: Table, column: TableColumn) -> tuple[str, str, Definition]:
    """Return Dataverse's attribute type, the name of its metadata type, and the properties that only that type has."""
    if column.choices:
        return (
            "Picklist",
            PICKLIST,
            {
                "DefaultFormValue": column.choices.values[0],
                "OptionSet": _options(table, column),
                "GlobalOptionSet": None,
            },
        )
    if column.navigation_property:
        target = "businessunit" if column.navigation_property == "businessunitid" else "systemuser"
        kind = "Owner" if column.navigation_property == "ownerid" else "Lookup"
        return kind, "LookupAttributeMetadata", {"Targets": [target]}
    if column.edm_type is EdmType.BOOLEAN:
        return "Boolean", "BooleanAttributeMetadata", {"DefaultValue": False, "OptionSet": _yes_or_no(table, column)}
    if column.edm_type is EdmType.INT32:
        return "Integer", "IntegerAttributeMetadata", {"MinValue": 1, "MaxValue": LONGEST_TTL, "Format": "None"}
    if column.edm_type is EdmType.DATE_TIME_OFFSET:
        more = {"Format": "DateAndTime", "DateTimeBehavior": {"Value": "UserLocal"}}
        return "DateTime", "DateTimeAttributeMetadata", more
    if column.edm_type is EdmType.GUID:
        return "Uniqueidentifier", "UniqueIdentifierAttributeMetadata", {}
    if column.max_length > 4000:
        return "Memo", "MemoAttributeMetadata", {"MaxLength": column.max_length, "Format": "TextArea"}
    text = {"MaxLength": column.max_length, "Format": "Text", "FormatName": {"Value": "Text"}}
    return "String", "StringAttributeMetadata", text


def _options(table: Table, column: TableColumn) -> Definition:
    assert column.choices
    name = f"{table.logical_name}_{column.name}"
    return {
        "MetadataId": _id(f"{name}.options"),
        "Name": name,
        "DisplayName": _label(column.label),
        "IsGlobal": False,
        "IsManaged": True,
        "OptionSetType": "Picklist",
        "Options": [
            {"Value": one.value, "Label": _label(one.label), "Description": _label(one.label), "Color": None}
            for one in column.choices
        ],
    }


def _yes_or_no(table: Table, column: TableColumn) -> Definition:
    name = f"{table.logical_name}_{column.name}"
    return {
        "MetadataId": _id(f"{name}.options"),
        "Name": name,
        "IsGlobal": False,
        "OptionSetType": "Boolean",
        "TrueOption": {"Value": 1, "Label": _label(_("Yes"))},
        "FalseOption": {"Value": 0, "Label": _label(_("No"))},
    }


def _relationship(table: Table, column: TableColumn) -> Definition:
    target = "businessunit" if column.navigation_property == "businessunitid" else "systemuser"
    name = f"{target}_{table.logical_name}_{column.navigation_property}"
    return {
        "@odata.type": "#Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata",
        "MetadataId": _id(name),
        "SchemaName": name,
        "RelationshipType": "OneToManyRelationship",
        "ReferencedEntity": target,
        "ReferencedAttribute": f"{target}id",
        "ReferencingEntity": table.logical_name,
        "ReferencingAttribute": column.navigation_property,
        "ReferencingEntityNavigationPropertyName": column.navigation_property,
        "ReferencedEntityNavigationPropertyName": name,
        "IsCustomRelationship": False,
        "IsManaged": True,
        "IsHierarchical": False,
        "SecurityTypes": "None",
    }


def _id(name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, name))


def _label(text: object) -> Definition:
    label = {"Label": str(text), "LanguageCode": ENGLISH, "IsManaged": True}
    return {"LocalizedLabels": [label], "UserLocalizedLabel": label}


def _managed(value: Any, name: str) -> Definition:
    """Return a managed property, which a Dataverse solution can lock; here all are locked."""
    return {"Value": value, "CanBeChanged": False, "ManagedPropertyLogicalName": name}


def _table_defaults(*, is_writable: bool) -> Definition:
    return (
        {
            "ActivityTypeMask": 0,
            "DaysSinceRecordLastModified": 0,
            "IsOptimisticConcurrencyEnabled": is_writable,
            "IsRenameable": _managed(value=False, name="isrenameable"),
            "IsCustomizable": _managed(value=False, name="iscustomizable"),
            "IsAuditEnabled": _managed(value=False, name="canmodifyauditsettings"),
            "Privileges": [],
        }
        | {name: _managed(value=False, name=name.lower()) for name in _MANAGED_OF_TABLES.split()}
        | dict.fromkeys(_FALSE_OF_TABLES.split(), False)
        | dict.fromkeys(_EMPTY_OF_TABLES.split())
    )


def _column_defaults() -> Definition:
    return (
        {
            "IsFilterable": True,
            "IsRetrievable": True,
            "IsAuditEnabled": _managed(value=False, name="canmodifyauditsettings"),
            "IsCustomizable": _managed(value=False, name="iscustomizable"),
            "IsGlobalFilterEnabled": _managed(value=False, name="canmodifyglobalfiltersettings"),
            "IsRenameable": _managed(value=False, name="isrenameable"),
            "IsSortableEnabled": _managed(value=True, name="canmodifyissortablesettings"),
            "IsValidForAdvancedFind": _managed(value=True, name="canmodifysearchsettings"),
            "CanModifyAdditionalSettings": _managed(value=False, name="canmodifyadditionalsettings"),
        }
        | dict.fromkeys(_FALSE_OF_COLUMNS.split(), False)
        | dict.fromkeys(_EMPTY_OF_COLUMNS.split())
    )


_MANAGED_OF_TABLES = """
CanBeInCustomEntityAssociation CanBeInManyToMany CanBePrimaryEntityInRelationship CanBeRelatedEntityInRelationship
CanChangeHierarchicalRelationship CanChangeTrackingBeEnabled CanCreateAttributes CanCreateCharts CanCreateForms
CanCreateViews CanEnableSyncToExternalSearchIndex CanModifyAdditionalSettings IsConnectionsEnabled
IsDuplicateDetectionEnabled IsMailMergeEnabled IsMappable IsOfflineInMobileClient IsReadOnlyInMobileClient
IsValidForQueue IsVisibleInMobile IsVisibleInMobileClient
"""
_FALSE_OF_TABLES = """
AutoCreateAccessTeams AutoRouteToOwnerQueue CanTriggerWorkflow ChangeTrackingEnabled EnforceStateTransitions
EntityHelpUrlEnabled HasEmailAddresses HasFeedback IsActivityParty IsAIRUpdated IsArchivalEnabled IsAvailableOffline
IsBPFEntity IsBusinessProcessEnabled IsChildEntity IsDocumentManagementEnabled IsDocumentRecommendationsEnabled
IsEnabledForCharts IsEnabledForExternalChannels IsEnabledForTrace IsImportable IsInteractionCentricEnabled
IsKnowledgeManagementEnabled IsMSTeamsIntegrationEnabled IsOneNoteIntegrationEnabled IsQuickCreateEnabled
IsReadingPaneEnabled IsRetentionEnabled IsRetrieveAuditEnabled IsRetrieveMultipleAuditEnabled IsSLAEnabled
IsSolutionAware IsStateModelAware SyncToExternalSearchIndex UsesBusinessDataLabelTable
"""
_EMPTY_OF_TABLES = """
ClusterMode CreatedOn DataProviderId DataSourceId EntityColor EntityHelpUrl ExternalCollectionName ExternalName
HasChanged IconLargeName IconMediumName IconSmallName IconVectorName IntroducedVersion MobileOfflineFilters ModifiedOn
OwnerId OwnerIdType OwningBusinessUnit PrimaryImageAttribute RecurrenceBaseEntityLogicalName ReportViewName SettingOf
"""
_FALSE_OF_COLUMNS = """
CanBeSecuredForCreate CanBeSecuredForRead CanBeSecuredForUpdate IsDataSourceSecret IsRequiredForForm IsSearchable
IsValidForForm IsValidForGrid
"""
_EMPTY_OF_COLUMNS = """
AutoNumberFormat CreatedOn DeprecatedVersion ExternalName HasChanged InheritsFrom IntroducedVersion LinkedAttributeId
ModifiedOn SourceType
"""
