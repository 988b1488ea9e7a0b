"""Who is who, and the one settings record: the ground floor that every other app stands on."""

from fsportal.models.api_token import ApiToken
from fsportal.models.audit import AuditEntry
from fsportal.models.consent import MessageChoice, OptOut
from fsportal.models.erased_address import ErasedAddress
from fsportal.models.people import Account, Address, BusinessUnit, Contact, User
from fsportal.models.person import Person
from fsportal.models.portal_settings import PortalSettings
from fsportal.models.profile_change import ProfileChange
from fsportal.models.upkeep import ScheduledRun, WorkerHeartbeat

__all__ = [
    "Account",
    "Address",
    "ApiToken",
    "AuditEntry",
    "BusinessUnit",
    "Contact",
    "ErasedAddress",
    "MessageChoice",
    "OptOut",
    "Person",
    "PortalSettings",
    "ProfileChange",
    "ScheduledRun",
    "User",
    "WorkerHeartbeat",
]
