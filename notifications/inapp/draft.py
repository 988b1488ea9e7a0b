"""An app notification before it is sent, checked and rendered once, whatever the number of recipients."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import models

from fsportal.lib.text import HARMFUL
from fsportal.models import PortalSettings
from notifications.inapp import data_column
from notifications.inapp.data_column import DataColumn
from notifications.inapp.errors import InvalidParameter, shown
from notifications.models import IconType, Priority, ToastType
from notifications.models.app_notification import BODY_LENGTH, LONGEST_TTL, TITLE_LENGTH

DAY = 24 * 3600


@dataclass(frozen=True)
class AppNotificationDraft:
    """What is sent, whoever the recipients are. `ttl` is in seconds."""

    title: str
    body: str
    priority: int
    icon_type: int
    toast_type: int
    ttl: int
    data: DataColumn

    @classmethod
    def of(
        cls,
        *,
        title: object,
        body: object = "",
        priority: object = None,
        icon_type: object = None,
        toast_type: object = None,
        expiry: object = None,
        override_content: object = None,
        actions: object = None,
    ) -> "AppNotificationDraft":
        """Check every parameter; raises InvalidParameter. None means the default."""
        checked_title = _text("Title", title, most=TITLE_LENGTH)
        if not checked_title.strip():
            raise InvalidParameter("Title", f"takes a text; it got {shown(title)}.")
        checked_body = _text("Body", "" if body is None else body, most=BODY_LENGTH)
        # In the order of SendAppNotification: if arguments are shifted, the error names the first wrong one.
        checked_priority = _choice("Priority", priority, Priority)
        icon = _choice("IconType", icon_type, IconType)
        toast = _choice("ToastType", toast_type, ToastType)
        ttl = _expiry(expiry)
        made = data_column.compose(
            title=checked_title, body=checked_body, override_content=override_content, actions_value=actions
        )
        if icon == IconType.CUSTOM and not made.icon_url:
            raise InvalidParameter("IconType", "is Custom, which takes an 'iconUrl' in OverrideContent.")
        return cls(
            title=checked_title,
            body=checked_body,
            priority=checked_priority,
            icon_type=icon,
            toast_type=toast,
            ttl=ttl,
            data=made,
        )

    def columns(self, now: dt.datetime) -> dict[str, Any]:
        """Return the values of a row that is created at `now` (aware), without its id and owner."""
        return {
            "title": self.title,
            "body": self.body,
            "priority": self.priority,
            "icon_type": self.icon_type,
            "toast_type": self.toast_type,
            "ttl_in_seconds": self.ttl,
            "data": self.data.text,
            "title_html": self.data.title_html,
            "body_html": self.data.body_html,
            "created_on": now,
            "modified_on": now,
            "expires_at": expires_at(now, self.ttl),
        }


def expires_at(created: dt.datetime, ttl: int) -> dt.datetime:
    """Return the time of expiry (aware), at most the last that Python knows. `ttl` is in seconds."""
    try:
        return created + dt.timedelta(seconds=ttl)
    except OverflowError:
        return dt.datetime.max.replace(tzinfo=dt.UTC)


def _text(parameter: str, value: object, *, most: int) -> str:
    if not isinstance(value, str):
        raise InvalidParameter(parameter, f"takes a text; it got {shown(value)}.")
    if len(value) > most:
        raise InvalidParameter(parameter, f"allows {most} characters at most; it got {len(value)}.")
    return HARMFUL.sub("", value)


def _choice(parameter: str, value: object, choices: type[models.IntegerChoices]) -> int:
    if value is None:
        return int(next(iter(choices)))
    if isinstance(value, bool) or not isinstance(value, int) or value not in choices.values:
        allowed = ", ".join(f"{one.value} ({one.label})" for one in choices)
        raise InvalidParameter(parameter, f"got {shown(value)}; it allows {allowed}.{_fits_elsewhere(value, choices)}")
    return value


def _fits_elsewhere(value: object, choices: type[models.IntegerChoices]) -> str:
    """Say which parameter the value would suit: client scripts that pass arguments by position may shift them."""
    names: tuple[tuple[str, type[models.IntegerChoices]], ...] = (
        ("Priority", Priority),
        ("IconType", IconType),
        ("ToastType", ToastType),
    )
    fitting = [
        f"{one(value).label} for {name}"
        for name, one in names
        if one is not choices and isinstance(value, int) and value in one.values
    ]
    return f" That value would be {' or '.join(fitting)}." if fitting else ""


def _expiry(value: object) -> int:
    if value is None:
        return PortalSettings.load().in_app_expiry_days * DAY
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST_TTL:
        raise InvalidParameter("Expiry", f"got {shown(value)}; it allows 1 to {LONGEST_TTL} seconds.")
    return value
