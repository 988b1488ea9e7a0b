"""The privileges (App notifications page, *Managing security for notifications*): every user by every operation."""

import uuid
from collections.abc import Callable

import pytest

from fsportal.models import BusinessUnit, User
from notifications.models import AppNotification
from tests.factories import BusinessUnitFactory
from tests.notifications.web_api.stage import CREATE, DELETE, GLOBAL, READ, SEND, WRITE, Api, Reply, note, person
from tests.notifications.web_api.stage import stored as everything

pytestmark = pytest.mark.django_db
LOCAL, DEEP = "view_local_appnotification", "view_deep_appnotification"

#: Whose rows an operation is tried on: one's own, of one's unit, of a unit below, of another branch.
WHO = ("own", "unit", "below", "elsewhere")
NOBODY: tuple[str, ...] = ()
OWN, UNIT, BELOW, ALL = WHO[:1], WHO[:2], WHO[:3], WHO

#: Each user's privileges, and whom each operation reaches.
TABLE: dict[str, tuple[tuple[str, ...], dict[str, tuple[str, ...]]]] = {
    "nothing": ((), {}),
    "send only": ((SEND,), {}),
    "create only": ((CREATE,), {}),
    "read Basic": ((READ,), {"read": OWN, "delete": OWN}),
    "read Basic, send": ((READ, SEND), {"read": OWN, "delete": OWN}),
    "read Basic, create": ((READ, CREATE), {"read": OWN, "delete": OWN}),
    "read Basic, create, send": (
        (READ, CREATE, SEND),
        {"send": OWN, "create": OWN, "read": OWN, "delete": OWN},
    ),
    "read Local": ((LOCAL,), {"read": UNIT, "delete": OWN}),
    "read Local, send": ((LOCAL, SEND), {"send": UNIT, "create": UNIT, "read": UNIT, "delete": OWN}),
    "read Deep, send": ((DEEP, SEND), {"send": BELOW, "create": BELOW, "read": BELOW, "delete": OWN}),
    "read Global": ((GLOBAL,), {"read": ALL, "delete": OWN}),
    "read Global, send": ((GLOBAL, SEND), {"send": ALL, "create": ALL, "read": ALL, "delete": OWN}),
    "read Basic, write": ((READ, WRITE), {"read": OWN, "update": OWN, "delete": OWN}),
    "read Global, write": ((GLOBAL, WRITE), {"read": ALL, "update": ALL, "delete": OWN}),
    "write only": ((WRITE,), {}),
    "delete Global": ((DELETE,), {"delete": ALL}),
    "read Basic, delete Global": ((READ, DELETE), {"read": OWN, "delete": ALL}),
    "read Global, delete Global": ((GLOBAL, DELETE), {"read": ALL, "delete": ALL}),
}


def _send(api: Api, owner: User, row: AppNotification | None) -> Reply:
    return api.send(owner)


def _create(api: Api, owner: User, row: AppNotification | None) -> Reply:
    return api.post("appnotifications", {"title": "t", "ownerid@odata.bind": f"/systemusers({owner.pk})"})


def _read(api: Api, owner: User, row: AppNotification | None) -> Reply:
    return api.get(f"appnotifications({row.pk if row else uuid.uuid4()})")


def _update(api: Api, owner: User, row: AppNotification | None) -> Reply:
    return api.patch(f"appnotifications({row.pk if row else uuid.uuid4()})", {"title": "Changed"})


def _delete(api: Api, owner: User, row: AppNotification | None) -> Reply:
    return api.delete(f"appnotifications({row.pk if row else uuid.uuid4()})")


OPERATIONS: dict[str, Callable[[Api, User, AppNotification | None], Reply]] = {
    "send": _send,
    "create": _create,
    "read": _read,
    "update": _update,
    "delete": _delete,
}


def people(sender: User, mine: BusinessUnit) -> dict[str, User]:
    below = BusinessUnitFactory(parent=BusinessUnitFactory(parent=mine))
    return {
        "own": sender,
        "unit": person(READ, business_unit=mine),
        "below": person(READ, business_unit=below),
        "elsewhere": person(READ, business_unit=mine.parent),
    }


def stored(owner: User) -> AppNotification:
    """Return a row of somebody who, as things are now, might not receive one."""
    held = list(owner.user_permissions.all())
    row = note(person(READ))
    AppNotification.objects.filter(pk=row.pk).update(owner=owner)
    assert held == list(owner.user_permissions.all())
    return AppNotification.objects.get(pk=row.pk)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("who", TABLE)
def test_a_cell_of_the_table(who: str, operation: str) -> None:
    held, reaches = TABLE[who]
    mine = BusinessUnitFactory(parent=BusinessUnitFactory())
    user = person(*held, business_unit=mine)
    api = Api(user)
    reached = []
    for name, owner in people(user, mine).items():
        row = stored(owner) if operation in ("read", "update", "delete") else None
        before = everything()
        answer = OPERATIONS[operation](api, owner, row)
        if answer.status < 300:
            reached.append(name)
            continue
        assert answer.status in (403, 404), answer.text
        assert answer.error
        assert everything() == before
    assert tuple(reached) == reaches.get(operation, NOBODY)


@pytest.mark.parametrize("who", TABLE)
def test_a_list_holds_what_may_be_read_and_no_more(who: str) -> None:
    held, reaches = TABLE[who]
    mine = BusinessUnitFactory(parent=BusinessUnitFactory())
    user = person(*held, business_unit=mine)
    rows = {name: stored(owner) for name, owner in people(user, mine).items()}
    answer = Api(user).get("appnotifications?$count=true")
    if "read" not in reaches:
        assert (answer.status, "Read privilege" in answer.error) == (403, True)
        assert Api(user).get("appnotifications/$count").status == 403
        return
    expected = {str(rows[name].pk) for name in reaches["read"]}
    assert {row["appnotificationid"] for row in answer.rows} == expected
    assert answer.json["@odata.count"] == len(expected)
    assert Api(user).get("appnotifications/$count").text == str(len(expected))


def test_without_the_privilege_at_all_a_row_that_there_is_not_is_refused_alike() -> None:
    for method in ("PATCH", "DELETE", "GET"):
        assert Api(person()).call(method, f"appnotifications({uuid.uuid4()})", {"title": "t"}).status == 403
