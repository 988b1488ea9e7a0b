"""SMS through apprise's many providers (the extra `apprise`): `apprise+<schema>://…/{to}`."""

import importlib
import logging
from io import StringIO
from types import ModuleType
from typing import Any
from urllib.parse import quote

from fsportal.conf.environment import SmsConfig
from fsportal.lib.phones import E164
from notifications.customers.channels.base import Acceptance, DeliveryError, SmsMessage
from notifications.customers.channels.sms_text import segments

CONNECT_SECONDS, READ_SECONDS = 5.0, 15.0


class AppriseBackend:
    """Sends by an apprise URL in which `{to}` stands for the number.

    Apprise has no ids and no delivery reports, and does not say why it failed: a failure after the request began is
    uncertain. Some of its plugins text the *sender's* number if the recipient is malformed. So the number is checked
    before apprise sees it, and the recipient that apprise understood is checked afterwards.
    """

    def __init__(self, config: SmsConfig) -> None:
        self.name = self.described = config.scheme
        self._template = config.url

    def send(self, message: SmsMessage) -> Acceptance:
        if not E164.fullmatch(message.to):
            raise DeliveryError("bad_number", "the number is not E.164", permanent=True)
        if self._template.count("{to}") != 1:
            raise DeliveryError("misconfigured", "SMS_URL must have {to} once, where the recipient's number goes")
        # Its log lines hold whole numbers, and only its warnings say why something failed.
        logging.getLogger("apprise").propagate = False
        with _apprise().LogCapture(level=logging.WARNING, fmt="%(message)s") as said:
            self._notify(message, said)
        return Acceptance(self.name, segments=segments(message.text))

    def _notify(self, message: SmsMessage, said: StringIO) -> None:
        provider = self._provider(message.to)
        try:
            taken = provider.notify(body=message.text)
        except Exception as error:  # noqa: BLE001
            # Plugins may raise anything. `from None`, because the text may hold the URL and thereby the key.
            raise DeliveryError("no_answer", f"apprise failed ({type(error).__name__})", uncertain=True) from None
        if not taken:
            raise DeliveryError("no_answer", said.getvalue() or "apprise reports a failure", uncertain=True)

    def _provider(self, number: str) -> Any:
        """Return apprise's object for one number; Any, because a type check may run without the package."""
        provider = _apprise().Apprise.instantiate(self._template.replace("{to}", quote(number, safe="")))
        if not provider:
            raise DeliveryError("misconfigured", "apprise cannot read SMS_URL")
        understood = getattr(provider, "targets", None)
        if understood is not None and [_digits(target) for target in understood] != [_digits(number)]:
            raise DeliveryError("bad_number", "the provider would not send to exactly this number", permanent=True)
        provider.socket_connect_timeout, provider.socket_read_timeout = CONNECT_SECONDS, READ_SECONDS
        return provider

    def close(self) -> None:
        """Apprise keeps no connections."""


def _apprise() -> ModuleType:
    # Imported late: an optional package, and slow to import for a worker that does not use it.
    try:
        return importlib.import_module("apprise")
    except ImportError:
        raise DeliveryError(
            "misconfigured",
            "SMS_URL asks for apprise, which is missing; install field-service-portal[apprise]",
        ) from None


def _digits(target: object) -> str:
    # Some plugins keep (prefix, number) pairs.
    text = "".join(map(str, target)) if isinstance(target, tuple) else str(target)
    return "".join(mark for mark in text if mark.isdigit())
