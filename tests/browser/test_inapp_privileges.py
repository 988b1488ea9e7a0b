"""The table of privileges (docs/domain.md), user by operation, in Chromium: every cell, as a user meets it.

Users and expected results are shared with the test over HTTP, so the two cannot disagree.
"""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from fsportal.models import User
from notifications.models import AppNotification
from tests.browser.test_inapp import signed_in
from tests.factories import BusinessUnitFactory
from tests.notifications.admin.test_app_notifications import LIST
from tests.notifications.admin.test_app_notifications import SEND as FORM
from tests.notifications.web_api.stage import SEND, person
from tests.notifications.web_api.test_who_may_do_what import ALL, NOBODY, OPERATIONS, TABLE, people, stored

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TYPES = """{Title: {typeName: 'Edm.String', structuralProperty: 1},
            Recipient: {typeName: 'mscrm.systemuser', structuralProperty: 5}}"""
#: What a script on a staff page does, by operation of the test over HTTP.
SCRIPTS = {
    "send": f"""Xrm.WebApi.online.execute({{Title: 't', Recipient: owner, getMetadata: () => ({{boundParameter: null,
                operationType: 0, operationName: 'SendAppNotification', parameterTypes: {TYPES}}})}})""",
    "create": "Xrm.WebApi.createRecord('appnotification', {title: 't', 'ownerid@odata.bind': owner})",
    "read": "Xrm.WebApi.retrieveRecord('appnotification', row)",
    "update": "Xrm.WebApi.updateRecord('appnotification', row, {title: 'Changed'})",
    "delete": "Xrm.WebApi.deleteRecord('appnotification', row)",
}
assert list(SCRIPTS) == list(OPERATIONS)


# All of them by HTTP: tests/notifications/web_api/test_who_may_do_what.py.
@pytest.mark.parametrize("who", [*TABLE][::3])
def test_a_user_of_the_table_in_the_browser(browser: Browser, live_server: Any, who: str) -> None:
    held, reaches = TABLE[who]
    mine = BusinessUnitFactory(parent=BusinessUnitFactory())
    user = person(*held, business_unit=mine, is_staff=True)
    owners = people(user, mine)
    page = signed_in(browser, live_server, user).new_page()
    bell_and_center_show_ones_own_or_are_not_there(page, live_server.url, owners, reads="read" in reaches)
    page.goto(f"{live_server.url}/admin/")
    for operation in OPERATIONS:
        assert scripted(page, operation, owners) == reaches.get(operation, NOBODY), operation
    sent_by_form(page, live_server.url, owners, SEND in held, reaches.get("send", NOBODY))
    deleted_in_the_settings_area(page, live_server.url, owners, reaches)
    page.context.close()


def bell_and_center_show_ones_own_or_are_not_there(
    page: Page, url: str, owners: dict[str, User], *, reads: bool
) -> None:
    """Look for bell, toast and center; where they are, they show one's own card alone, which is then dismissed."""
    rows = {name: stored(owner) for name, owner in owners.items()}
    own = [str(rows["own"].pk)] if reads else []
    page.goto(f"{url}/admin/")
    expect(page.locator("[data-bell]")).to_have_count(len(own))
    expect(page.locator(".toast")).to_have_count(len(own))
    assert cards_in(page, ".toast") == own
    answer = page.goto(f"{url}/notifications/")
    assert answer
    assert answer.status == (200 if reads else 403)
    assert cards_in(page, "#content, main") == own
    if reads:
        page.locator("#content [data-note]").get_by_role("button").click()
        expect(page.get_by_role("button", name="Undo")).to_be_visible()
    left = [name for name, row in rows.items() if AppNotification.objects.filter(pk=row.pk, dismissed_at=None)]
    assert left == [name for name in owners if not reads or name != "own"]


def cards_in(page: Page, where: str) -> list[str]:
    """Return the ids of the cards there."""
    found: list[str] = (
        page.locator(where)
        .locator("[data-note]")
        .evaluate_all("cards => [...new Set(cards.map(card => card.dataset.note))]")
    )
    return found


def scripted(page: Page, operation: str, owners: dict[str, User]) -> tuple[str, ...]:
    """Have a script on the page do it to everybody; return to whom it was done, by its answers and by the table."""
    reached = []
    for name, owner in owners.items():
        AppNotification.objects.all().delete()
        row = stored(owner)
        before = everything_of(owner)
        script = f"([owner, row]) => {SCRIPTS[operation]}.then(() => 200, error => error.status)"
        status = page.evaluate(script, [f"/systemusers({owner.pk})", str(row.pk)])
        assert status in (200, 403, 404)
        assert (everything_of(owner) != before) == (status == 200 and operation != "read"), name
        reached += [name] if status == 200 else []
    return tuple(reached)


def everything_of(owner: User) -> list[tuple[Any, ...]]:
    """Return what somebody has, and what became of it."""
    return list(AppNotification.objects.filter(owner=owner).order_by("pk").values_list("pk", "title", "dismissed_at"))


def sent_by_form(page: Page, url: str, owners: dict[str, User], may_open: bool, reaches: tuple[str, ...]) -> None:
    """Send to everybody by the form, for those who have it."""
    for name, owner in owners.items():
        AppNotification.objects.all().delete()
        answer = page.goto(f"{url}{FORM}")
        assert answer
        assert answer.status == (200 if may_open else 403)
        if not may_open:
            return
        page.get_by_label("Title").fill("By form")
        page.get_by_label("To users").fill(owner.username)
        page.get_by_role("button", name="Send", exact=True).click()
        told = "Sent to 1 user." if name in reaches else "privilege"
        expect(page.locator(".messagelist, .errornote, .errorlist").get_by_text(told)).to_be_visible()
        assert AppNotification.objects.filter(owner=owner, title="By form").exists() == (name in reaches)


def deleted_in_the_settings_area(
    page: Page, url: str, owners: dict[str, User], reaches: dict[str, tuple[str, ...]]
) -> None:
    """Delete everybody's in the Settings area: there for those who reach all, to read and to delete."""
    may = (reaches.get("read"), reaches.get("delete")) == (ALL, ALL)
    for owner in owners.values():
        row = stored(owner)
        answer = page.goto(f"{url}{LIST}{row.pk}/delete/")
        assert answer
        assert answer.status == (200 if may else 403)
        if may:
            page.get_by_role("button", name="Yes, I’m sure").click()
            expect(page.get_by_text("was deleted successfully")).to_be_visible()
        assert AppNotification.objects.filter(pk=row.pk).exists() != may
