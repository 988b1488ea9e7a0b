"""Exports and erases everything that all apps hold about a person."""

import datetime as dt
from typing import Any

from django.db import transaction

import bookings.personal_data
import fsportal.personal_data
import notifications.personal_data
import portal.personal_data
from fsportal.lib.personal_data import Line
from fsportal.models import Contact, Person

#: In the order in which an export is read.
APPS: tuple[Any, ...] = (
    fsportal.personal_data,
    bookings.personal_data,
    notifications.personal_data,
    portal.personal_data,
)


def is_known(person: Person) -> bool:
    """Tell whether anything is held about this person, even if only a message to a former contact."""
    if person.contacts or person.users:
        return True
    groups = export(person)
    del groups["about"]
    return any(_has_rows(group) for group in groups.values())


def _has_rows(group: Any) -> bool:
    return any(_has_rows(one) for one in group.values()) if isinstance(group, dict) else bool(group)


def export(person: Person) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    document: dict[str, Any] = {"about": {"email": person.email, "exported_at": now.isoformat()}}
    for app in APPS:
        document |= app.export(person)
    return document


@transaction.atomic
def erase(person: Person, *, dry_run: bool = False) -> list[Line]:
    """Erase a person completely or not at all; returns what happened to which records. A dry run is rolled back.

    Raises Refused, without a change, if something must be done first.
    """
    # Look again once the contacts are locked: somebody may be changing their profile at this moment.
    list(Contact.objects.select_for_update(of=("self",)).filter(pk__in=person.contacts).order_by("pk"))
    person = Person.of(person.email)
    technicians = bookings.personal_data.staff(person)
    fsportal.personal_data.check(person, technicians)
    rows = [of_one for app in APPS for of_one in app.records(person)]
    lines = fsportal.personal_data.forget_trails(person, rows)
    lines += portal.personal_data.forget(person)
    lines += bookings.personal_data.forget(person)
    lines += notifications.personal_data.forget(person)
    lines += fsportal.personal_data.forget(person, technicians)
    if dry_run:
        transaction.set_rollback(True)
    return lines
