"""What a card shows: one presenter for toast, flyout and center, so that they can never differ."""

import datetime as dt
import uuid
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from fsportal.models import User
from fsportal.settings_area.parts import ago
from notifications.inapp import actions
from notifications.models import AppNotification, IconType, Mute, Priority
from notifications.models.app_notification import AppNotificationQuerySet

#: A badge counts to here and then says "99+"; counting further would cost with every row that somebody has.
COUNTED_TO = 99
PAGE_SIZE = 50
TOASTS_AT_ONCE = 3


@dataclass(frozen=True)
class Action:
    """A button on a card."""

    title: str
    address: str
    target: str  # inline, dialog, newWindow, sidepane
    pane_title: str = ""
    pane_width: int = actions.PANE_WIDTH

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Action":
        """Return the button of a stored action."""
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
    """One notification as its owner sees it at `now`."""

    row: AppNotification
    now: dt.datetime
    is_muted: bool = False

    @property
    def title(self) -> SafeString:
        """Return the title as HTML; it was made safe when it was written (notifications/inapp/markdown.py)."""
        return mark_safe(self.row.title_html)  # noqa: S308

    @property
    def body(self) -> SafeString:
        """Return the body as HTML, made safe when it was written."""
        return mark_safe(self.row.body_html)  # noqa: S308

    @property
    def icon(self) -> str:
        """Return the icon's name: info, success, failure, warning, mention, custom."""
        return IconType(self.row.icon_type).name.lower()

    @cached_property
    def _content(self) -> dict[str, Any]:
        return self.row.content

    @property
    def icon_url(self) -> str:
        """Return the address of a custom icon, or an empty string."""
        return str(self._content.get("iconUrl", "")) if self.row.icon_type == IconType.CUSTOM else ""

    @property
    def is_high(self) -> bool:
        """Tell whether it has high priority; the card says so in a word."""
        return self.row.priority == Priority.HIGH

    @property
    def is_new(self) -> bool:
        """Tell whether its owner has not seen it in the center yet."""
        return self.row.seen_at is None

    @property
    def can_mute(self) -> bool:
        """Tell whether the product itself told it of a record, of which its owner may want to hear no more."""
        return bool(self.row.kind and self.row.regarding_id)

    @property
    def age(self) -> str:
        """Return how long ago it came, in words."""
        return ago(self.row.created_on)

    @property
    def actions(self) -> list[Action]:
        """Return the buttons."""
        return [Action.of(stored) for stored in self._content.get("actions", [])]


def cards(
    rows: Iterable[AppNotification], now: dt.datetime, muted: Container[tuple[int, uuid.UUID]] = ()
) -> list[NotificationCard]:
    """Return the cards of these rows; `muted` are type and id of the records that their owner has muted."""
    return [NotificationCard(row, now, (row.regarding_type_id, row.regarding_id) in muted) for row in rows]


def muted_by(user: User, rows: Iterable[AppNotification]) -> set[tuple[int, uuid.UUID]]:
    """Return type and id of those records of `rows` that a user has muted."""
    ids = [row.regarding_id for row in rows if row.regarding_id]
    mutes = Mute.objects.filter(user=user, regarding_id__in=ids) if ids else Mute.objects.none()
    return set(mutes.values_list("regarding_type", "regarding_id"))


def center(user: User, now: dt.datetime) -> AppNotificationQuerySet:
    """Return what a user's center shows at `now`, in its order."""
    return AppNotification.objects.filter(owner=user).live(now).in_order()


def unseen(user: User, now: dt.datetime) -> int:
    """Return how many a user has not seen, counted to one beyond COUNTED_TO."""
    return len(unseen_ends(user, now))


def unseen_ends(user: User, now: dt.datetime) -> list[dt.datetime]:
    """Return when those expire that a user has not seen, soonest first, one beyond COUNTED_TO at most: from one index.

    There are as many as the badge says; at the first of these moments it says something else.
    """
    rows = AppNotification.objects.filter(owner=user).live(now).unseen()
    return list(rows.order_by("expires_at").values_list("expires_at", flat=True)[: COUNTED_TO + 1])


def badge(number: int) -> str:
    """Return what the bell shows: nothing, the number, or "99+"."""
    return "" if number == 0 else str(number) if number <= COUNTED_TO else f"{COUNTED_TO}+"


def badge_label(number: int) -> str:
    """Return the badge for those who hear it."""
    return _("Notifications, %(number)s new") % {"number": badge(number)} if number else _("Notifications, none new")
