"""Messages and in-app notifications in the Settings area, one module per noun."""

from notifications.admin import app_notifications, icons, messages

__all__ = ["app_notifications", "icons", "messages"]
