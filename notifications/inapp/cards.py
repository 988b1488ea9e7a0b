"""Cards: one presenter for toast, flyout and notification center, so that they cannot differ."""

import datetime as dt
import uuid
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from fsportal.lib import zones
from fsportal.models import User
from fsportal.settings_area.parts import ago
from notifications.inapp import actions
from notifications.models import AppNotification, IconType, Mute, Priority
from notifications.models.app_notification import AppNotificationQuerySet

#: The badge counts up to this and then says "99+": counting every row would cost more with each.
COUNTED_TO = 99
PAGE_SIZE = 50
TOASTS_AT_ONCE = 3


@dataclass(frozen=True)
class Action:
    title: str
    address: str
    target: str  # inline, dialog, newWindow, sidepane
    pane_title: str = ""
    pane_width: int = actions.PANE_WIDTH

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Action":
        pane = stored["data"].get("paneOptions", {})
        return cls(
            title=stored["title"],
            address=actions.address(stored),
            target=actions.target(stored),
            pane_title=pane.get("title", stored["title"]),
            pane_width=pane.get("width", actions.PANE_WIDTH),
        )


@dataclass(frozen=True)
class NotificationCard:
    """One app notification as its owner sees it at `now`."""

    row: AppNotification
    now: dt.datetime
    is_muted: bool = False
    #: The owner's zone, for the time until which it is snoozed.
    zone: str = "UTC"

    @property
    def title(self) -> SafeString:
        """Return the title as HTML, which was made safe when it was rendered (markdown.py)."""
        return mark_safe(self.row.title_html)  # noqa: S308

    @property
    def body(self) -> SafeString:
        return mark_safe(self.row.body_html)  # noqa: S308

    @property
    def icon(self) -> str:
        """Return the icon's name: info, success, failure, warning, mention or custom."""
        return IconType(self.row.icon_type).name.lower()

    @cached_property
    def _content(self) -> dict[str, Any]:
        return self.row.content

    @property
    def icon_url(self) -> str:
        return str(self._content.get("iconUrl", "")) if self.row.icon_type == IconType.CUSTOM else ""

    @property
    def is_high(self) -> bool:
        return self.row.priority == Priority.HIGH

    @property
    def is_new(self) -> bool:
        return self.row.seen_at is None

    @property
    def is_mine(self) -> bool:
        """Tell whether its owner said that they are on it."""
        return self.row.taken_by_id == self.row.owner_id

    @property
    def taken_by(self) -> str:
        """Return the name of the colleague who is on it; empty if nobody is, or the owner."""
        return "" if self.is_mine or self.row.taken_by is None else str(self.row.taken_by)

    @property
    def can_take(self) -> bool:
        """Tell whether it is a staff card that colleagues have, too, and that nobody is on."""
        return bool(getattr(self.row, "is_shared", False)) and self.row.taken_by_id is None

    @property
    def can_mute(self) -> bool:
        """Tell whether it is a staff card about a record, which its owner may mute."""
        return bool(self.row.kind and self.row.regarding_id)

    @property
    def until(self) -> str:
        """Return the time until which it is snoozed, in its owner's zone; empty if it is not."""
        if self.row.snoozed_until is None:
            return ""
        return zones.moment(self.row.snoozed_until, self.zone, translation.get_language() or "en", now=self.now)

    @property
    def age(self) -> str:
        return ago(self.row.created_on)

    @property
    def actions(self) -> list[Action]:
        return [Action.of(stored) for stored in self._content.get("actions", [])]


def cards(
    rows: Iterable[AppNotification],
    now: dt.datetime,
    muted: Container[tuple[int, uuid.UUID]] = (),
    zone: str = "UTC",
) -> list[NotificationCard]:
    """Return the cards of these rows; `muted` has type and id of the records that the owner has muted."""
    return [NotificationCard(row, now, (row.regarding_type_id, row.regarding_id) in muted, zone) for row in rows]


def muted_by(user: User, rows: Iterable[AppNotification]) -> set[tuple[int, uuid.UUID]]:
    """Return type and id of the records of `rows` that a user has muted."""
    ids = [row.regarding_id for row in rows if row.regarding_id]
    mutes = Mute.objects.filter(user=user, regarding_id__in=ids) if ids else Mute.objects.none()
    return set(mutes.values_list("regarding_type", "regarding_id"))


def center(user: User, now: dt.datetime) -> AppNotificationQuerySet:
    """Return the rows in a user's notification center at `now`, in its order."""
    return AppNotification.objects.filter(owner=user).live(now).awake(now).in_order()


def snoozed(user: User, now: dt.datetime) -> AppNotificationQuerySet:
    """Return the rows that a user has snoozed, those that wake first at the top."""
    return AppNotification.objects.filter(owner=user, snoozed_until__gt=now).live(now).order_by("snoozed_until", "id")


def unseen(user: User, now: dt.datetime) -> int:
    """Return how many a user has not seen, at most one more than COUNTED_TO."""
    return unseen_until(user, now, now)[0]


def unseen_until(user: User, now: dt.datetime, at_most: dt.datetime) -> tuple[int, dt.datetime]:
    """Return that number, and until when it stays: when the next expires or wakes, but `at_most` (aware).

    In one question, which one index answers.
    """
    waking = Q(snoozed_until=None) | Q(snoozed_until__lte=at_most)
    rows = AppNotification.objects.filter(waking, owner=user).live(now).unseen().order_by("expires_at")
    # Twice as many as are counted leave room for those that wake in between.
    found = list(rows.values_list("expires_at", "snoozed_until")[: 2 * (COUNTED_TO + 1)])
    awake = [ends for ends, wakes in found if wakes is None or wakes <= now]
    changes = [*awake[:1], *(wakes for _ends, wakes in found if wakes is not None and wakes > now)]
    return min(len(awake), COUNTED_TO + 1), min([at_most, *changes])


def badge(number: int) -> str:
    """Return the text of the badge: nothing, the number, or "99+"."""
    return "" if number == 0 else str(number) if number <= COUNTED_TO else f"{COUNTED_TO}+"


def badge_label(number: int) -> str:
    """Return the bell's label for screen readers."""
    return _("Notifications, %(number)s new") % {"number": badge(number)} if number else _("Notifications, none new")
