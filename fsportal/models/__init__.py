"""People, accounts, consent and the settings record: what every other app builds on."""

from fsportal.models.accounts import Account, Address, Site
from fsportal.models.api_token import ApiToken
from fsportal.models.audit import AuditEntry, AuditKind
from fsportal.models.consent import MessageChoice, OptOut
from fsportal.models.contacts import Contact
from fsportal.models.counted_day import CountedDay, CountedSubject
from fsportal.models.erased_address import ErasedAddress
from fsportal.models.person import Person
from fsportal.models.portal_settings import PortalSettings
from fsportal.models.profile_change import ProfileChange
from fsportal.models.restore import Restore
from fsportal.models.saved_view import SavedView
from fsportal.models.tally import Tally
from fsportal.models.users import BusinessUnit, User
from fsportal.models.worker import ScheduledRun, WorkerHeartbeat

__all__ = [
    "Account",
    "Address",
    "ApiToken",
    "AuditEntry",
    "AuditKind",
    "BusinessUnit",
    "Contact",
    "CountedDay",
    "CountedSubject",
    "ErasedAddress",
    "MessageChoice",
    "OptOut",
    "Person",
    "PortalSettings",
    "ProfileChange",
    "Restore",
    "SavedView",
    "ScheduledRun",
    "Site",
    "Tally",
    "User",
    "WorkerHeartbeat",
]
