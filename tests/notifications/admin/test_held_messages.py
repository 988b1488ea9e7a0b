"""Messages that are held since a restore: where staff see them, and what they can do."""

import datetime as dt
from collections.abc import Callable

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from fsportal.lib import probes
from fsportal.models import AuditEntry
from notifications.customers import delivery, outbox
from notifications.models import CustomerNotification, Reason, State

LIST = "admin:notifications_customernotification_changelist"
Make = Callable[..., CustomerNotification]


def do(client: Client, message: CustomerNotification, name: str) -> None:
    client.post(reverse("admin:notifications_customernotification_action", args=[message.pk, name]))
    message.refresh_from_db()


def test_they_are_told_of_and_found_and_do_not_count_as_stuck(admin: Client, make_message: Make) -> None:
    make_message(State.SENT)
    assert "held" not in admin.get(reverse("admin:index")).content.decode()
    held = make_message(State.QUEUED, held_at=timezone.now(), due_at=timezone.now() - dt.timedelta(hours=1))
    assert "1 message is held" in admin.get(reverse("admin:index")).content.decode()
    page = admin.get(reverse(LIST), {"held": "yes"})
    assert list(page.context["cl"].result_list) == [held]
    assert "1 message is held" in page.content.decode()
    assert [problem for problem in probes.problems() if "held" in problem or "has been due" in problem] == [
        "1 messages are held since the database was restored: release or drop them (Notifications, held)."
    ]


def test_nobody_claims_them(make_message: Make) -> None:
    held = make_message(State.QUEUED, held_at=timezone.now())
    assert not outbox.is_due(held.channel, timezone.now())
    assert delivery.drain() == 0


def test_one_is_released_and_another_dropped(admin: Client, make_message: Make) -> None:
    released, dropped = (make_message(State.QUEUED, held_at=timezone.now()) for _ in range(2))
    do(admin, released, "release")
    do(admin, dropped, "drop")
    assert (released.held_at, released.state) == (None, State.QUEUED)
    assert (dropped.state, dropped.reason) == (State.SUPPRESSED, Reason.RESTORED)
    assert AuditEntry.of(released).get().action == "released"
    assert AuditEntry.of(dropped).get().action == "dropped"
    assert "held" not in admin.get(reverse("admin:index")).content.decode()


def test_what_is_not_held_has_no_such_buttons(admin: Client, make_message: Make) -> None:
    message = make_message(State.QUEUED)
    page = admin.get(reverse("admin:notifications_customernotification_change", args=[message.pk])).content.decode()
    assert "/do/release/" not in page
    assert "/do/drop/" not in page
