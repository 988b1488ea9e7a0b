"""HTTP to an SMS provider: always with time-outs, and every failure says whether the message may be accepted."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from django.utils import timezone

from notifications.customers.channels.base import DeliveryError

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
# Raised before anything was sent to the provider.
BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)


def post_form(
    client: httpx.Client, url: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """POST a form and return the response, whatever its status.

    Raises DeliveryError: `unreachable` (not sent, try again) or `no_answer` (uncertain).
    """
    try:
        return client.post(url, data=dict(fields), headers=dict(headers or {}))
    except BEFORE_SENDING as error:
        raise DeliveryError("unreachable", f"no connection to the provider ({type(error).__name__})") from error
    except httpx.HTTPError as error:
        detail = f"the provider did not answer ({type(error).__name__})"
        raise DeliveryError("no_answer", detail, uncertain=True) from error


def refuse_busy_or_broken(response: httpx.Response) -> None:
    """Raise DeliveryError for the statuses that mean the same everywhere; return for 2xx and other 4xx.

    After 429 and 503 the message was not accepted; after any other 5xx it may have been. Redirects, wrong credentials
    and wrong addresses are faults of the configuration, which an admin may fix before the message is too late.
    """
    status = response.status_code
    if status in (429, 503):
        raise DeliveryError("busy", f"the provider answered {status}", retry_after=retry_after(response))
    if status >= 500:
        raise DeliveryError("provider_error", f"the provider answered {status}", uncertain=True)
    if status in (401, 403, 407):
        raise DeliveryError("login_refused", f"the provider answered {status}; check the account and token in SMS_URL")
    if status < 200 or 300 <= status < 400 or status in (404, 405):
        raise DeliveryError("misconfigured", f"the provider answered {status}; check the address in SMS_URL")


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds of a `Retry-After` header (seconds or a date, RFC 9110), or None."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal() and len(value) < 8:
        return float(value)
    try:
        wait: float = (parsedate_to_datetime(value) - timezone.now()).total_seconds()
    except (ValueError, TypeError):
        return None
    return max(0.0, wait)


def json_object(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of a response; empty for anything else (a proxy's HTML page, a list, nothing)."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
