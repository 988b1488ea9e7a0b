"""How one knows the demo's own records among others."""

from django.db.models import Q, QuerySet

from fsportal.management.demo import company
from fsportal.models import Account, PortalSettings, User

#: The beginning of the external ids of its accounts and bookings.
PREFIX = "demo-"
USERS = ("admin", "dispatcher", "technician", "customer")
TECHNICIANS = tuple(technician.name for technician in company.TECHNICIANS)
SERVICES = tuple(service[0] for service in company.INCIDENT_TYPES)


def accounts() -> QuerySet[Account]:
    return Account.objects.filter(external_id__startswith=PREFIX)


def own_accounts() -> QuerySet[Account]:
    """Return the accounts that are not the demo's."""
    return Account.objects.filter(Q(external_id=None) | ~Q(external_id__startswith=PREFIX))


def email_of(username: str) -> str:
    return f"{username}@example.com"


def users() -> QuerySet[User]:
    """Return the demo's users. A real one may have such a name, but not the demo's address."""
    return User.objects.filter(email__in=[email_of(name) for name in USERS], username__in=USERS)


def has_demo_name(portal_settings: PortalSettings) -> bool:
    return portal_settings.company_name == company.SETTINGS["company_name"]
