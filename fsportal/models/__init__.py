"""Who is who, and the one settings record: the ground floor that every other app stands on."""

from fsportal.models.audit import AuditEntry
from fsportal.models.people import Account, Address, BusinessUnit, Contact, OptOut, User
from fsportal.models.portal_settings import PortalSettings
from fsportal.models.upkeep import ScheduledRun, WorkerHeartbeat

__all__ = [
    "Account",
    "Address",
    "AuditEntry",
    "BusinessUnit",
    "Contact",
    "OptOut",
    "PortalSettings",
    "ScheduledRun",
    "User",
    "WorkerHeartbeat",
]
