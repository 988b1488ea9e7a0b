"""What Dataverse says of every table and column, and what nearly never differs here.

Client libraries name some of it in a $select or a $filter; one that is not known to the service would be refused.
"""

from typing import Any

Described = dict[str, Any]


def managed(value: Any, name: str) -> Described:
    """Return a property that solutions of Dataverse can lock; here all are."""
    return {"Value": value, "CanBeChanged": False, "ManagedPropertyLogicalName": name}


def of_table(*, is_writable: bool) -> Described:
    """Return the defaults of a table's description."""
    return (
        {
            "ActivityTypeMask": 0,
            "DaysSinceRecordLastModified": 0,
            "IsOptimisticConcurrencyEnabled": is_writable,
            "IsRenameable": managed(value=False, name="isrenameable"),
            "IsCustomizable": managed(value=False, name="iscustomizable"),
            "IsAuditEnabled": managed(value=False, name="canmodifyauditsettings"),
            "Privileges": [],
        }
        | {name: managed(value=False, name=name.lower()) for name in _MANAGED_OF_TABLES.split()}
        | dict.fromkeys(_FALSE_OF_TABLES.split(), False)
        | dict.fromkeys(_EMPTY_OF_TABLES.split())
    )


def of_column() -> Described:
    """Return the defaults of a column's description."""
    return (
        {
            "IsFilterable": True,
            "IsRetrievable": True,
            "IsAuditEnabled": managed(value=False, name="canmodifyauditsettings"),
            "IsCustomizable": managed(value=False, name="iscustomizable"),
            "IsGlobalFilterEnabled": managed(value=False, name="canmodifyglobalfiltersettings"),
            "IsRenameable": managed(value=False, name="isrenameable"),
            "IsSortableEnabled": managed(value=True, name="canmodifyissortablesettings"),
            "IsValidForAdvancedFind": managed(value=True, name="canmodifysearchsettings"),
            "CanModifyAdditionalSettings": managed(value=False, name="canmodifyadditionalsettings"),
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
