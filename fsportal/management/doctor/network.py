"""What we reach over HTTP: our own address from outside, SMS, map tiles, routing engines; and what their clocks say."""

import datetime as dt
import socket
import ssl
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.db import DatabaseError, connection
from django.urls import reverse

from fsportal.management.doctor.finding import TIMEOUT, Finding, kind, note, ok, wrong
from notifications.customers.channels.twilio import BASE_URL, is_local

#: Authenticator apps' codes change every 30 seconds.
MOST_DRIFT = 20.0
CERTIFICATE_LASTS = dt.timedelta(days=14)


class Clocks:
    """How far our clock is ahead of others', in seconds, as noted on the way."""

    ahead: dict[str, float] = {}


def ask(method: str, url: str, **more: object) -> httpx.Response:
    with httpx.Client(timeout=TIMEOUT, headers={"User-Agent": "field-service-portal doctor"}) as client:
        response = client.request(method, url, **more)  # type: ignore[arg-type]
    if date := response.headers.get("Date"):
        now = dt.datetime.now(dt.UTC)
        try:
            Clocks.ahead[urlsplit(url).hostname or ""] = (now - parsedate_to_datetime(date)).total_seconds()
        except ValueError:
            pass  # not a date; nothing depends on it
    return response


# --- Our own address --------------------------------------------------------------------------------------------------
def site() -> Iterator[Finding]:
    """Ask ourselves by the address that customers use."""
    if is_local(settings.SITE_URL):
        yield note("site", f"{settings.SITE_URL} can only be opened on this machine.", "Write SITE_URL=https://…")
    elif not settings.SECURE:
        yield wrong("site", f"{settings.SITE_URL} is not encrypted.", "Write SITE_URL=https://… (docs/operations.md).")
    try:
        response = ask("GET", f"{settings.SITE_URL}/health/live")
    except httpx.HTTPError as error:
        yield wrong(
            "site",
            f"{settings.SITE_URL} cannot be reached from here ({kind(error)}).",
            "Does the web server run? Name, port, certificate and proxy: docs/operations.md, nginx and TLS.",
        )
        return
    if response.status_code != httpx.codes.OK or response.text.strip() != "ok":
        yield wrong(
            "site",
            f"{settings.SITE_URL}/health/live answers {response.status_code}, and not as we do.",
            "Look at ALLOWED_HOSTS and at where the proxy sends requests.",
        )
        return
    yield ok("site", f"{settings.SITE_URL} is reached.")
    if settings.SECURE:
        yield from _certificate(urlsplit(settings.SITE_URL).hostname or "", urlsplit(settings.SITE_URL).port or 443)


def _certificate(host: str, port: int) -> Iterator[Finding]:
    with (
        socket.create_connection((host, port), timeout=TIMEOUT) as plain,
        ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secure,
    ):
        certificate = secure.getpeercert() or {}
    ends = dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), dt.UTC)
    left = ends - dt.datetime.now(dt.UTC)
    if left < CERTIFICATE_LASTS:
        yield wrong("site", f"Its certificate ends in {left.days} days.", "Does its renewal still run?")
    else:
        yield ok("site", f"Its certificate lasts {left.days} days.")


# --- SMS --------------------------------------------------------------------------------------------------------------
def sms() -> Iterator[Finding]:
    """No message is sent."""
    if not settings.SMS.scheme:
        yield note("sms", "SMS is not connected.", "Write SMS_URL, if customers are to get texts.")
    elif settings.SMS.scheme == "twilio":
        yield from _twilio()
        yield from _webhooks()
    elif settings.SMS.scheme.startswith("apprise+"):
        yield note("sms", f"{settings.SMS.scheme} can only be tried by sending.", "Send a test text from the settings.")
    else:
        scheme, _dash, _post = settings.SMS.scheme.partition("-")
        yield from _connects("sms", f"{scheme}://{settings.SMS.host}", "SMS_URL")


def _twilio() -> Iterator[Finding]:
    base = settings.SMS.options.get("base_url", BASE_URL).rstrip("/")
    url = f"{base}/2010-04-01/Accounts/{settings.SMS.user}.json"
    try:
        status = ask("GET", url, auth=(settings.SMS.user, settings.SMS.password)).status_code
    except httpx.HTTPError as error:
        yield wrong("sms", f"Twilio cannot be reached ({kind(error)}).", "Does a firewall let us out to it?")
        return
    if status == httpx.codes.OK:
        yield ok("sms", "Twilio knows us; nothing was sent.")
    elif status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND):
        yield wrong("sms", f"Twilio refuses account or token ({status}).", "Correct them in SMS_URL.")
    else:
        yield wrong("sms", f"Twilio answers {status}.", "Look at its status page, then try again.")


def _webhooks() -> Iterator[Finding]:
    url = settings.SITE_URL + reverse("sms-inbound")
    if is_local(url):
        yield wrong(
            "webhooks", "Twilio cannot reach a local SITE_URL: no replies, no reports.", "Write SITE_URL=https://…"
        )
        return
    try:
        status = ask("POST", url).status_code
    except httpx.HTTPError as error:
        yield wrong("webhooks", f"{url} cannot be reached ({kind(error)}).", "See site.")
        return
    if status == httpx.codes.FORBIDDEN:  # what is not signed is refused
        yield ok("webhooks", f"{url} is reached. Is it entered at Twilio for incoming messages (HTTP POST)?")
    else:
        yield wrong("webhooks", f"{url} answers {status} instead of 403.", "Does the proxy let POST through to it?")


# --- Maps and routes --------------------------------------------------------------------------------------------------
def tiles() -> Iterator[Finding]:
    if not settings.MAP_TILES_URL:
        yield note("tiles", "Maps are plain.", "Write MAP_TILES_URL, if they are to show streets.")
        return
    url = settings.MAP_TILES_URL.replace("{s}", "a").format(z=0, x=0, y=0, r="")
    host = urlsplit(url).hostname
    try:
        response = ask("GET", url, headers={"Referer": f"{settings.SITE_URL}/"})
    except httpx.HTTPError as error:
        yield wrong("tiles", f"{host} cannot be reached ({kind(error)}).", "Correct MAP_TILES_URL.")
        return
    if response.status_code == httpx.codes.OK and response.headers.get("Content-Type", "").startswith("image/"):
        yield ok("tiles", f"{host} sends tiles.")
    else:
        yield wrong("tiles", f"{host} answers {response.status_code} and no tile.", "Correct MAP_TILES_URL or its key.")


def routing() -> Iterator[Finding]:
    """Nothing is asked: most engines charge for each question."""
    if not settings.ROUTING:
        yield note("routing", "Arrival times are estimates.", "Write ROUTING_URL, if they are to know the roads.")
    for engine in settings.ROUTING:
        yield from _connects("routing", engine.base_url, "ROUTING_URL")


def geocoding() -> Iterator[Finding]:
    """Nothing is asked: Google charges for each question, and the public ones count them."""
    if not settings.GEOCODERS:
        yield note("geocoding", "Addresses get no coordinates by themselves.", "Write GEOCODER_URL, if they are to.")
    for geocoder in settings.GEOCODERS:
        yield from _connects("geocoding", geocoder.base_url, "GEOCODER_URL")


def _connects(about: str, url: str, name: str) -> Iterator[Finding]:
    """Open a connection, with TLS if the address says so, and ask nothing."""
    parts = urlsplit(url)
    host, is_tls = parts.hostname or "", parts.scheme == "https"
    try:
        with socket.create_connection((host, parts.port or (443 if is_tls else 80)), timeout=TIMEOUT) as plain:
            if is_tls:
                ssl.create_default_context().wrap_socket(plain, server_hostname=host).close()
    except OSError as error:
        yield wrong(about, f"{host} cannot be reached ({kind(error)}).", f"Are host and port in {name} right?")
    else:
        yield ok(about, f"{host} takes connections; it was asked nothing.")


# --- Clock ------------------------------------------------------------------------------------------------------------
def clock() -> Iterator[Finding]:
    """Compare our clock with the database's and with those of all who have answered before."""
    try:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT clock_timestamp()")
                at = cursor.fetchone()[0]
            Clocks.ahead["the database"] = (dt.datetime.now(dt.UTC) - at).total_seconds()
    except DatabaseError:
        pass  # said under `database`
    off = {name: ahead for name, ahead in Clocks.ahead.items() if abs(ahead) > MOST_DRIFT}
    for name, ahead in off.items():
        yield wrong(
            "clock",
            f"Ours is {abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} that of {name}.",
            "Let it be set: timedatectl set-ntp true",
        )
    if Clocks.ahead and not off:
        yield ok("clock", f"It agrees with {', '.join(Clocks.ahead)}.")
    elif not Clocks.ahead:
        yield note("clock", f"It could not be compared; it says {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M:%S} UTC.")
