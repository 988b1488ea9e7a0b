"""Which way SMS leave, by SMS_URL."""

from django.conf import settings

from fsportal.conf.environment import SmsConfig
from notifications.customers.channels.apprise_sms import AppriseChannel
from notifications.customers.channels.base import ChannelBackend, NotConnected
from notifications.customers.channels.http_post import HttpPostChannel
from notifications.customers.channels.twilio import TwilioChannel


def sms_channel() -> ChannelBackend:
    """Return a new channel for settings.SMS; one that says `not_connected` when SMS_URL is empty."""
    config: SmsConfig = settings.SMS
    if config.scheme == "twilio":
        return TwilioChannel(config)
    if config.scheme in ("http-post", "https-post"):
        return HttpPostChannel(config)
    if config.scheme.startswith("apprise+"):
        return AppriseChannel(config)
    return NotConnected("SMS_URL")
