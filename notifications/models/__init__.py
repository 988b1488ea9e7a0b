"""Every message to a person, as a row."""

from notifications.models.customer_notification import (
    CustomerNotification,
    NotificationAttempt,
    Outcome,
    Reason,
    State,
)
from notifications.models.text_reply import TextReply

__all__ = ["CustomerNotification", "NotificationAttempt", "Outcome", "Reason", "State", "TextReply"]
