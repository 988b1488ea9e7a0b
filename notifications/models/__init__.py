"""Every message to a person, as a row."""

from notifications.models.app_notification import AppNotification, IconType, Priority, ToastType
from notifications.models.customer_notification import (
    CustomerNotification,
    NotificationAttempt,
    Outcome,
    Reason,
    State,
)
from notifications.models.preferences import InAppPreferences, Mute, ToastTime
from notifications.models.text_reply import TextReply

__all__ = [
    "AppNotification",
    "CustomerNotification",
    "IconType",
    "InAppPreferences",
    "Mute",
    "NotificationAttempt",
    "Outcome",
    "Priority",
    "Reason",
    "State",
    "TextReply",
    "ToastTime",
    "ToastType",
]
