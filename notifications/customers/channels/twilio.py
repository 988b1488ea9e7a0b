"""SMS through Twilio's Messages API, or anything that speaks it (https://www.twilio.com/docs/messaging/api)."""

import base64
import hmac
import ipaddress
from collections.abc import Mapping, Sequence
from urllib.parse import SplitResult, quote, urlsplit
from xml.etree import ElementTree

import httpx

from fsportal.conf.environment import SmsConfig
from notifications.customers.channels.base import Acceptance, DeliveryError, SmsMessage
from notifications.customers.channels.http import TIMEOUT, json_object, post_form, refuse_busy_or_broken
from notifications.customers.channels.sms_text import segments

BASE_URL = "https://api.twilio.com"
# Twilio's error codes (https://www.twilio.com/docs/api/errors) that are handled.
OPTED_OUT = {21610}
BAD_NUMBER = {21211, 21217, 21401, 21407, 21421, 21612, 21614, 30005}
LANDLINE = {30006}
COUNTRY = {21408, 21215}
TOO_LONG = {21605, 21617}
# The sender in SMS_URL is wrong, or its queue is full: the message itself is sound.
SENDER = {21212, 21603, 21606, 21611, 21659, 21660, 21701, 21703}
LOGIN = {20003}
# Twilio cannot call SITE_URL back.
CALLBACK = {21609}
BUSY = {14107, 20429}
PERMANENT = {
    **dict.fromkeys(OPTED_OUT, "opted_out"),
    **dict.fromkeys(BAD_NUMBER, "bad_number"),
    **dict.fromkeys(LANDLINE, "landline"),
    **dict.fromkeys(COUNTRY, "country_refused"),
    **dict.fromkeys(TOO_LONG, "too_long"),
}
TRANSIENT = {
    **dict.fromkeys(SENDER, "sender_refused"),
    **dict.fromkeys(LOGIN, "login_refused"),
    **dict.fromkeys(CALLBACK, "misconfigured"),
    **dict.fromkeys(BUSY, "busy"),
}
# Codes that only delivery reports have. None speaks against the number, as 30005 and 30006 (above) do: 30003 is a phone
# that is off or out of reach, 30004 a recipient or carrier that blocks the sender, 30007 a carrier's filter.
LATER = {30003: "unreachable", 30004: "blocked", 30007: "filtered", 30008: "not_delivered"}
STATES = {"delivered": "delivered", "read": "delivered"} | dict.fromkeys(
    ("undelivered", "failed", "canceled"), "failed"
)


class TwilioBackend:
    """Sends by `twilio://SID:TOKEN@FROM[?base_url=…]`; FROM is a number, a sender name or a messaging service (MG…)."""

    name = "twilio"

    def __init__(self, config: SmsConfig, timeout: httpx.Timeout = TIMEOUT) -> None:
        self.described = f"Twilio, from {config.host}"
        self._from = {"MessagingServiceSid" if config.host.startswith("MG") else "From": config.host}
        base = config.options.get("base_url", BASE_URL).rstrip("/")
        #: A stand-in on this machine can call a local address; Twilio itself refuses the whole message (21609).
        self._is_near = base != BASE_URL
        self._url = f"{base}/2010-04-01/Accounts/{quote(config.user, safe='')}/Messages.json"
        self._client = httpx.Client(timeout=timeout, auth=(config.user, config.password))

    def send(self, message: SmsMessage) -> Acceptance:
        """Send one SMS; returns Twilio's SID and the segments that it will charge."""
        fields = {"To": message.to, "Body": message.text, **self._from}
        if message.callback_url and (self._is_near or not is_local(message.callback_url)):
            fields["StatusCallback"] = message.callback_url
        response = post_form(self._client, self._url, fields)
        body = json_object(response)
        if response.is_success:
            return self._accepted(body, message)
        raise _error(response, body)

    def _accepted(self, body: Mapping[str, object], message: SmsMessage) -> Acceptance:
        if not body.get("sid"):
            # A success that is not Twilio's: a proxy's page or a lost body. The message may have been sent.
            raise DeliveryError("unexpected_answer", "the answer was not Twilio's; check base_url", uncertain=True)
        counted = str(body.get("num_segments") or "0")
        # 0 from a messaging service, which has not chosen a sender yet.
        parts = int(counted) if counted.isdecimal() else 0
        return Acceptance(self.name, str(body["sid"])[:64], parts or segments(message.text))

    def close(self) -> None:
        """Close connections; httpx does not open them again, so this object cannot send any more."""
        self._client.close()


def is_local(url: str) -> bool:
    """Tell whether only this machine or its own network can open `url`."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host


def _error(response: httpx.Response, body: Mapping[str, object]) -> DeliveryError:
    code = int(number) if (number := str(body.get("code", ""))).isdecimal() else 0
    detail = f"Twilio {code}: {body.get('message', '')}" if code else f"the provider answered {response.status_code}"
    if code in PERMANENT:
        return DeliveryError(PERMANENT[code], detail, permanent=True)
    if code in TRANSIENT and response.status_code != 429:
        return DeliveryError(TRANSIENT[code], detail)
    try:
        refuse_busy_or_broken(response)
    except DeliveryError as error:
        return error
    if not code:
        # A refusal without Twilio's JSON comes from something in between, and says nothing about the message.
        return DeliveryError("unexpected_answer", f"{detail}, not in Twilio's form; check base_url")
    return DeliveryError("refused", detail, permanent=True)


def verify_signature(url: str, params: Mapping[str, str | Sequence[str]], signature: str, token: str) -> bool:
    """Tell whether a callback to `url` (with its query, as Twilio called it) is signed with the account's `token`.

    Twilio's scheme: HMAC-SHA1, base64, over the URL and each parameter's name and value, sorted by name
    (https://www.twilio.com/docs/usage/security). `params` are the POST fields, `dict(request.POST.lists())` if one may
    come twice. Twilio adds or omits the default port, so both forms count. Takes constant time.
    """
    fields = "".join(name + value for name in sorted(params) for value in _values(params[name]))
    given = signature.encode()
    matches = [hmac.compare_digest(_signed(form + fields, token), given) for form in _port_forms(url)]
    return bool(token) and any(matches)


def _values(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else sorted(set(value))


def _signed(text: str, token: str) -> bytes:
    return base64.b64encode(hmac.new(token.encode(), text.encode(), "sha1").digest())


def _port_forms(url: str) -> set[str]:
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme, 0)
    if parts.port not in (None, default):
        return {url}
    bare = parts.netloc.removesuffix(f":{default}")
    return {url, _with_netloc(parts, bare), _with_netloc(parts, f"{bare}:{default}")}


def _with_netloc(parts: SplitResult, netloc: str) -> str:
    return parts._replace(netloc=netloc).geturl()


def status_of(params: Mapping[str, str]) -> tuple[str, str]:
    """Return our state (`sent`, `delivered` or `failed`) and reason for a status callback.

    An intermediate or unknown status is `sent`: nothing is known to be wrong.
    """
    state = STATES.get(params.get("MessageStatus", params.get("SmsStatus", "")).lower(), "sent")
    if state != "failed":
        return state, ""
    number = params.get("ErrorCode", "")
    code = int(number) if number.isdecimal() else 0
    return state, LATER.get(code) or PERMANENT.get(code) or (f"twilio_{code}" if code else "not_delivered")


def twiml(answer: str) -> str:
    """Return the TwiML that replies with `answer`, or does not reply if that is empty."""
    response = ElementTree.Element("Response")
    if answer:
        ElementTree.SubElement(response, "Message").text = answer
    return ElementTree.tostring(response, encoding="unicode")
