"""Puts together what each app holds of a person. Here, for it looks up to every app."""

import datetime as dt
from typing import Any

from django.db import transaction

import bookings.personal_data
import fsportal.personal_data
import notifications.personal_data
import portal.personal_data
from fsportal.lib.personal_data import Line
from fsportal.models import Contact, Person

#: From the ground up, as an export is read.
ROOMS: tuple[Any, ...] = (
    fsportal.personal_data,
    bookings.personal_data,
    notifications.personal_data,
    portal.personal_data,
)


def is_known(person: Person) -> bool:
    """Tell whether anything here is about this person: also a message to somebody who is no contact any more."""
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
    for room in ROOMS:
        document |= room.export(person)
    return document


@transaction.atomic
def erase(person: Person, *, dry_run: bool = False) -> list[Line]:
    """Forget a person, all or nothing; returns what became of what. A dry run does it and takes it back.

    Raises Refused, having changed nothing, when something must be done first.
    """
    # Locked, and looked at again: somebody may be at their profile at this moment.
    list(Contact.objects.select_for_update(of=("self",)).filter(pk__in=person.contacts).order_by("pk"))
    person = Person.of(person.email)
    technicians = bookings.personal_data.staff(person)
    fsportal.personal_data.check(person, technicians)
    rows = [of_one for room in ROOMS for of_one in room.records(person)]
    lines = fsportal.personal_data.forget_trails(person, rows)
    lines += portal.personal_data.forget(person)
    lines += bookings.personal_data.forget(person)
    lines += notifications.personal_data.forget(person)
    lines += fsportal.personal_data.forget(person, technicians)
    if dry_run:
        transaction.set_rollback(True)
    return lines
