"""Every message to a person, as a row."""

from notifications.models.app_notification import AppNotification, IconType, Priority, ToastType
from notifications.models.customer_notification import (
    CustomerNotification,
    NotificationAttempt,
    Outcome,
    Reason,
    State,
)
from notifications.models.idempotent_call import IdempotentCall

__all__ = [
    "AppNotification",
    "CustomerNotification",
    "IconType",
    "IdempotentCall",
    "NotificationAttempt",
    "Outcome",
    "Priority",
    "Reason",
    "State",
    "ToastType",
]
