"""Messages and in-app notifications in the Settings area."""

from notifications.admin import app_notifications, conversations, free_messages, icons, messages

__all__ = ["app_notifications", "conversations", "free_messages", "icons", "messages"]
