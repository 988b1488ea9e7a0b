"""What dispatchers plan with: teams, a skill, somebody away next week, and work that waits for a time."""

import datetime as dt

from bookings.models import Absence, AbsenceKind, IncidentType, Resource, Skill, Team, WorkOrder
from fsportal.lib import zones
from fsportal.models import Account, User

TEAMS = {"London": ("Omar Haddad", "Grace O'Malley"), "Abroad": ("Jürgen Weiß", "María-José Carreño Quiñones")}
SKILL, OF_SERVICE = "Gas certificate", "Boiler service"
SKILLED = ("Omar Haddad", "Grace O'Malley", "Jürgen Weiß")
AWAY = "Grace O'Malley"
#: Number, account, service, what the customer asked for.
WAITING = (
    ("DEMO-W1", "obrien", "Leak repair", "The kitchen tap drips. Any morning but Friday, please."),
    ("DEMO-W2", "berlin", "Air-conditioning check", ""),
)


def build(accounts: dict[str, Account], by: User, now: dt.datetime) -> None:
    for name, members in TEAMS.items():
        team, _made = Team.objects.get_or_create(name=name)
        Resource.objects.filter(name__in=members, team=None).update(team=team)
    skill, is_new = Skill.objects.get_or_create(name=SKILL)
    if is_new:
        skill.resources.set(Resource.objects.filter(name__in=SKILLED))
        skill.incident_types.set(IncidentType.objects.filter(name=OF_SERVICE))
    _absence(Resource.objects.get(name=AWAY), by, now)
    for days, (number, account, service, request) in enumerate(WAITING, start=1):
        _waiting(number, accounts[account], service, request, now - dt.timedelta(days=days))


def _absence(resource: Resource, by: User, now: dt.datetime) -> None:
    """Send them to a training on Tuesday of next week, all day by their own clock."""
    today = zones.local(now, resource.time_zone).date()
    tuesday = today + dt.timedelta(days=8 - today.weekday())
    begins, ends = (zones.midnight(tuesday + dt.timedelta(days=day), resource.time_zone) for day in (0, 1))
    if not resource.absences.exists():
        Absence.objects.create(
            resource=resource, kind=AbsenceKind.TRAINING, start=begins, end=ends, note="Heat pumps", created_by=by
        )


def _waiting(number: str, account: Account, service: str, request: str, since: dt.datetime) -> None:
    kind = IncidentType.objects.get(name=service)
    WorkOrder.objects.get_or_create(
        number=number,
        defaults={
            "account": account,
            "incident_type": kind,
            "work_order_type": kind.default_work_order_type,
            "reported_by": account.primary_contact,
            "request": request,
            "waits_since": since,
        },
    )
