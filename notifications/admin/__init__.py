"""Messages and in-app notifications in the Settings area."""

from notifications.admin import app_notifications, icons, messages

__all__ = ["app_notifications", "icons", "messages"]
