"""SMS through any provider that takes a form by HTTP POST."""

import httpx

from fsportal.conf.environment import SmsConfig
from notifications.customers.channels.base import Acceptance, DeliveryError, SmsMessage
from notifications.customers.channels.http import TIMEOUT, json_object, post_form, refuse_busy_or_broken
from notifications.customers.channels.sms_text import segments

FIELD_NAMES = {"to": "to", "text": "text", "from_field": "from", "callback": ""}


class HttpPostBackend:
    """Sends by `http-post://[user:pw@]host[:port]/path?to=…&text=…&from=NAME` (`https-post://` over TLS).

    Options: `to`, `text` rename the form fields; `from` is the sender's name and is sent as the field that `from_field`
    names; `callback` names a field for the address of delivery reports; every other option is sent along as it is. Each
    message carries its id as `Idempotency-Key`. Any 2xx means that the provider accepted the message.
    """

    name = "http-post"

    def __init__(self, config: SmsConfig, timeout: httpx.Timeout = TIMEOUT) -> None:
        self.described = config.described
        self._url = f"{config.scheme.removesuffix('-post')}://{config.host}{config.path or '/'}"
        names = FIELD_NAMES | {key: value for key, value in config.options.items() if key in FIELD_NAMES}
        self._to, self._text, self._callback = names["to"], names["text"], names["callback"]
        self._constant = {key: value for key, value in config.options.items() if key not in (*FIELD_NAMES, "from")}
        if sender := config.options.get("from"):
            self._constant[names["from_field"]] = sender
        login = (config.user, config.password) if config.user else None
        self._client = httpx.Client(timeout=timeout, auth=login)

    def send(self, message: SmsMessage) -> Acceptance:
        """Send one SMS; the id returned is the `id` of a JSON response, if there is one."""
        fields = {**self._constant, self._to: message.to, self._text: message.text}
        if self._callback and message.callback_url:
            fields[self._callback] = message.callback_url
        response = post_form(self._client, self._url, fields, {"Idempotency-Key": str(message.id)})
        refuse_busy_or_broken(response)
        if not response.is_success:
            raise DeliveryError("refused", f"the provider answered {response.status_code}", permanent=True)
        provider_id = json_object(response).get("id", "")
        return Acceptance(self.name, str(provider_id)[:64], segments(message.text))

    def close(self) -> None:
        """Close connections; httpx does not open them again, so this object cannot send any more."""
        self._client.close()
