"""Messages to customers, app notifications for staff, and what belongs to them: attempts, replies, preferences."""

from notifications.models.app_notification import AppNotification, IconType, Priority, ToastType
from notifications.models.channel_outage import ChannelOutage
from notifications.models.conversation import Conversation
from notifications.models.customer_notification import (
    AttemptOutcome,
    CustomerNotification,
    NotificationAttempt,
    Reason,
    State,
)
from notifications.models.email_frame import EmailFrame
from notifications.models.idempotent_call import IdempotentCall
from notifications.models.message_bundle import MessageBundle
from notifications.models.message_count import MessageCount
from notifications.models.message_template import MessageTemplate, TemplateVersion
from notifications.models.preferences import InAppPreferences, Mute, ToastTime
from notifications.models.report_source import ReportSource
from notifications.models.staff_message import StaffMessage
from notifications.models.text_reply import TextReply
from notifications.models.unopened_card import UnopenedCard
from notifications.models.uploaded_icon import UploadedIcon

__all__ = [
    "AppNotification",
    "AttemptOutcome",
    "ChannelOutage",
    "Conversation",
    "CustomerNotification",
    "EmailFrame",
    "IconType",
    "IdempotentCall",
    "InAppPreferences",
    "MessageBundle",
    "MessageCount",
    "MessageTemplate",
    "Mute",
    "NotificationAttempt",
    "Priority",
    "Reason",
    "ReportSource",
    "StaffMessage",
    "State",
    "TemplateVersion",
    "TextReply",
    "ToastTime",
    "ToastType",
    "UnopenedCard",
    "UploadedIcon",
]
