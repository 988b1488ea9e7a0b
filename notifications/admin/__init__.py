"""Messages and in-app notifications in the Settings area."""

from notifications.admin import app_notifications, conversations, free_messages, icons, messages
from notifications.admin.message_words import pages as message_words

__all__ = ["app_notifications", "conversations", "free_messages", "icons", "message_words", "messages"]
