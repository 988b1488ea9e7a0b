"""Steps of the first hour that this floor knows of: email, SMS, the guest list, and going live."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import AuditEntry, PortalSettings
from fsportal.models.consent import Channel
from fsportal.settings_area.checklist import ChecklistStep, register
from fsportal.settings_area.parts import setting_url
from notifications.models import CustomerNotification, State

#: What the audit trail calls test messages that a provider took.
TEST_EMAIL, TEST_SMS = "test email sent", "test SMS sent"


def test_of_words(channel: str) -> str:
    """Return what the audit trail calls a test of own words that a provider took."""
    return f"test of a message sent by {channel}"


def _was_taken(channel: str, action: str) -> bool:
    """Tell whether a provider has taken a test message, or any other: the audit trail may be kept for days only."""
    if AuditEntry.objects.filter(action__in=[action, test_of_words(channel)]).order_by().exists():
        return True
    taken = CustomerNotification.objects.filter(state__in=[State.SENT, State.DELIVERED], channel=channel)
    return taken.order_by().exists()


def _email_missing(portal_settings: PortalSettings) -> str:
    if not settings.EMAIL.described:
        return _("It is not connected: set EMAIL_URL and EMAIL_FROM in the environment, then start again.")
    return "" if _was_taken(Channel.EMAIL, TEST_EMAIL) else _("It is connected. Send yourself a test email.")


def _sms_missing(portal_settings: PortalSettings) -> str:
    if Channel.SMS not in portal_settings.channels:
        return ""
    if not settings.SMS.described:
        return _("It is not connected: set SMS_URL in the environment, or choose Email as the communication type.")
    return "" if _was_taken(Channel.SMS, TEST_SMS) else _("It is connected. Send yourself a test SMS.")


def _guests_missing(portal_settings: PortalSettings) -> str:
    if portal_settings.guest_list.strip() or settings.DELIVERY_MODE == "live":
        return ""
    return _("Write your own email address and phone number on it.")


def _live_missing(portal_settings: PortalSettings) -> str:
    if settings.DELIVERY_MODE == "live":
        return ""
    if settings.DELIVERY_MODE == "guest-list":
        return _("Only the guest list is reached. Set DELIVERY_MODE=live in the environment, then start again.")
    return _("Delivery is simulated. Set DELIVERY_MODE to guest-list first, and to live when all is well.")


def _delivery(portal_settings: PortalSettings, missing: str) -> str:
    return setting_url("delivery")


def register_steps() -> None:
    register(
        ChecklistStep(
            50,
            "email",
            gettext_lazy("Email, connected and tested"),
            gettext_lazy("Most messages go by email. A test shows that yours leave, and how they look."),
            _email_missing,
            _delivery,
        ),
        ChecklistStep(
            60,
            "sms",
            gettext_lazy("SMS, connected and tested"),
            gettext_lazy("Texts reach people on the day. Without them, let messages go by email only."),
            _sms_missing,
            _delivery,
        ),
        ChecklistStep(
            80,
            "guest-list",
            gettext_lazy("Guest list"),
            gettext_lazy("Try everything for real with your own people before customers hear anything."),
            _guests_missing,
            lambda portal_settings, missing: setting_url("delivery", "guest_list"),
        ),
        ChecklistStep(
            90,
            "live",
            gettext_lazy("Go live"),
            gettext_lazy("From then on customers get their messages."),
            _live_missing,
            _delivery,
        ),
    )
