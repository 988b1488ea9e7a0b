"""The backend for SMS that SMS_URL asks for."""

from django.conf import settings

from fsportal.conf.environment import SmsConfig
from notifications.customers.channels.apprise_sms import AppriseBackend
from notifications.customers.channels.base import ChannelBackend, NotConnectedBackend
from notifications.customers.channels.http_post import HttpPostBackend
from notifications.customers.channels.twilio import TwilioBackend


def sms_backend() -> ChannelBackend:
    """Return a new backend for settings.SMS; if SMS_URL is empty, one that raises `not_connected`."""
    config: SmsConfig = settings.SMS
    if config.scheme == "twilio":
        return TwilioBackend(config)
    if config.scheme in ("http-post", "https-post"):
        return HttpPostBackend(config)
    if config.scheme.startswith("apprise+"):
        return AppriseBackend(config)
    return NotConnectedBackend("SMS_URL")
