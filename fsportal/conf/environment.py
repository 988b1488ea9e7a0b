"""Reads the environment into plain values; what cannot work is refused with a sentence that says what to write."""

import base64
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import environ
import phonenumbers
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

DELIVERY_MODES = ("simulate", "guest-list", "live")
LOG_FORMATS = ("text", "json")
DATABASES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")
#: The anymail settings that make up EMAIL_URL before its "?", by provider; two are written key:secret.
MAIL_PROVIDERS: dict[str, tuple[str, ...]] = {
    "amazon_ses": (),  # signs in by AWS's own environment variables
    "brevo": ("API_KEY",),
    "mailersend": ("API_TOKEN",),
    "mailgun": ("API_KEY",),
    "mailjet": ("API_KEY", "SECRET_KEY"),
    "mandrill": ("API_KEY",),
    "postal": ("API_KEY",),
    "postmark": ("SERVER_TOKEN",),
    "resend": ("API_KEY",),
    "scaleway": ("SECRET_KEY",),
    "sendgrid": ("API_KEY",),
    "sparkpost": ("API_KEY",),
    "unisender_go": ("API_KEY",),
}
SHORTEST_TOKEN = 32
SMTP_SCHEMES = {"smtp": (25, False, False), "smtp+tls": (587, True, False), "smtps": (465, False, True)}


def kept_secret(path: Path) -> str:
    """Return the secret key in the file `path`, which is made on first use (mode 0600)."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        _write_once(path, secrets.token_urlsafe(64))
        return path.read_text().strip()


def _write_once(path: Path, text: str) -> None:
    """Make a file in one step, so that of several processes that start at once all use the first one's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    whole.touch(mode=0o600)
    whole.write_text(text)
    try:
        os.link(whole, path)
    except FileExistsError:
        pass  # another was quicker
    except OSError:  # this file system has no links
        whole.replace(path)
    finally:
        whole.unlink(missing_ok=True)


def long_enough(value: str, name: str) -> str:
    """Return a token that nobody can guess, or an empty value; raise ImproperlyConfigured for a short one."""
    if value and len(value) < SHORTEST_TOKEN:
        raise ImproperlyConfigured(
            f"{name} is shorter than {SHORTEST_TOKEN} characters; make one with"
            " python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    return value


def webhook_secret(value: str, name: str) -> str:
    """Return the secret of signed webhooks: long enough, and base64 if it begins with "whsec_"."""
    if value.startswith("whsec_"):
        try:
            base64.b64decode(value.removeprefix("whsec_"), validate=True)
        except ValueError:
            raise ImproperlyConfigured(f"{name} begins with whsec_, but what follows is not base64") from None
    return long_enough(value, name)


def origin(value: str, name: str) -> str:
    """Return `value` as an origin (`https://host[:port]`, no path); raise ImproperlyConfigured if it is not one."""
    parts = _split(value, name, "https://portal.example.com")
    if "@" in parts.netloc:
        raise ImproperlyConfigured(
            f"{name} has a user or password in it; write only scheme, host and port, like https://portal.example.com"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ImproperlyConfigured(
            f"{name} is {value!r}; write the whole origin with its scheme, for example https://portal.example.com"
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            f"{name} is {value!r}; write only scheme, host and port, for example https://portal.example.com"
        )
    return f"{parts.scheme}://{parts.netloc}"


def host_names(entries: list[str], name: str) -> list[str]:
    """Return host names (with an optional port) unchanged; raise ImproperlyConfigured for anything else."""
    for entry in entries:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", entry):
            raise ImproperlyConfigured(
                f"{name} holds {entry!r}; write host names like icons.example.com, comma-separated"
            )
    return entries


def one_of(value: str, name: str, known: tuple[str, ...]) -> str:
    """Return `value`; raise ImproperlyConfigured if it is not one of `known`."""
    if value not in known:
        raise ImproperlyConfigured(f"{name} is {value!r}; write one of {', '.join(known)}")
    return value


@dataclass(frozen=True)
class EmailConfig:
    """How email is sent: Django's settings, and a description for the Settings area without any password."""

    settings: dict[str, Any]
    described: str


def email_config(url: str) -> EmailConfig:
    """Read EMAIL_URL: `smtp://user:pw@host:port`, `smtp+tls://` (STARTTLS), `smtps://`, or `anymail+<provider>://key`.

    An empty value means that email is not connected. Raises ImproperlyConfigured saying what to write.
    """
    if not url:
        return EmailConfig({"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}, "")
    parts = _split(url, "EMAIL_URL", "smtp://user:password@mail.example.com:587")
    if parts.scheme.startswith("anymail+"):
        return _anymail_config(parts)
    if parts.scheme not in SMTP_SCHEMES or not parts.hostname:
        raise ImproperlyConfigured(
            "EMAIL_URL cannot be read; write smtp://user:password@host:port, smtp+tls://… (STARTTLS), smtps://…"
            " or anymail+<provider>://<key>"
        )
    port, starttls, tls = SMTP_SCHEMES[parts.scheme]
    return EmailConfig(
        {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": parts.hostname,
            "EMAIL_PORT": parts.port or port,
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_TLS": starttls,
            "EMAIL_USE_SSL": tls,
            "EMAIL_TIMEOUT": 20,
        },
        f"{parts.scheme}://{parts.hostname}:{parts.port or port}",
    )


def _anymail_config(parts: SplitResult) -> EmailConfig:
    # A scheme has no underscores: amazon-ses is anymail's amazon_ses.
    provider = parts.scheme.removeprefix("anymail+").replace("-", "_")
    if provider not in MAIL_PROVIDERS:
        known = ", ".join(name.replace("_", "-") for name in MAIL_PROVIDERS)
        raise ImproperlyConfigured(
            f"EMAIL_URL names a mail provider that is not known; write anymail+<provider>://<key> with one of {known}"
        )
    keys = _provider_keys(provider, parts)
    options = {key.upper(): values[-1] for key, values in parse_qs(parts.query).items()}
    anymail = {f"{provider.upper()}_{key}": value for key, value in (keys | options).items()}
    return EmailConfig(
        {"EMAIL_BACKEND": f"anymail.backends.{provider}.EmailBackend", "ANYMAIL": anymail}, f"anymail ({provider})"
    )


def _provider_keys(provider: str, parts: SplitResult) -> dict[str, str]:
    names = MAIL_PROVIDERS[provider]
    written = [unquote(part) for part in parts.netloc.split(":", maxsplit=max(0, len(names) - 1))]
    if names and (len(written) != len(names) or not all(written)):
        wanted = ":".join(f"<{name.lower()}>" for name in names)
        raise ImproperlyConfigured(f"EMAIL_URL lacks a key; write {parts.scheme}://{wanted}")
    return dict(zip(names, written, strict=False))


@dataclass(frozen=True)
class SmsConfig:
    scheme: str = ""
    host: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    path: str = ""
    options: dict[str, str] = field(default_factory=dict)
    url: str = field(default="", repr=False)

    @property
    def described(self) -> str:
        """Return a description for the Settings area without any secret; empty if SMS is not connected."""
        return f"{self.scheme}://{self.host}" if self.scheme and not self.scheme.startswith("apprise+") else self.scheme


def sms_config(url: str) -> SmsConfig:
    """Read SMS_URL: `twilio://SID:TOKEN@FROM[?base_url=…]`, `http-post://host/path`, `https-post://…`, `apprise+…`.

    An empty value means that SMS is not connected. Raises ImproperlyConfigured saying what to write.
    """
    if not url:
        return SmsConfig()
    if url.startswith("apprise+"):
        return SmsConfig(scheme=url.partition("://")[0], url=url.removeprefix("apprise+"))
    parts = _split(url, "SMS_URL", "twilio://SID:TOKEN@+15550100000")
    known = ("twilio", "http-post", "https-post")
    # netloc, not hostname: a sender such as ACME is case-sensitive and hostname lowers it.
    host = unquote(parts.netloc.rpartition("@")[2])
    if parts.scheme not in known or not host:
        raise ImproperlyConfigured(
            "SMS_URL cannot be read; write twilio://SID:TOKEN@FROM, http-post://host/path, https-post://host/path"
            " or apprise+<schema>://…"
        )
    if parts.scheme == "twilio" and not (parts.username and parts.password):
        raise ImproperlyConfigured("SMS_URL has no account or token; write twilio://SID:TOKEN@FROM")
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return SmsConfig(parts.scheme, host, user, password, parts.path, options)


def sms_countries(entries: list[str]) -> list[str]:
    """Return SMS_COUNTRIES as ISO codes ("GB") and calling codes ("44", "+44").

    Raises ImproperlyConfigured for anything else.
    """
    cleaned = [entry.strip().upper() for entry in entries if entry.strip()]
    for entry in cleaned:
        code = entry.removeprefix("+")
        called = code.isdecimal() and int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE
        if not called and entry not in phonenumbers.SUPPORTED_REGIONS:
            raise ImproperlyConfigured(
                f"SMS_COUNTRIES names {entry.capitalize()!r}; write ISO codes or calling codes, for example GB or +44"
            )
    return cleaned


@dataclass(frozen=True)
class RoutingEngine:
    """One engine of ROUTING_URL: scheme, address, and key or `user:password`."""

    scheme: str
    base_url: str
    key: str = field(default="", repr=False)

    @property
    def described(self) -> str:
        """Return a description for the Settings area without any secret."""
        return f"{self.scheme}://{urlsplit(self.base_url).netloc}"


#: Address of each engine; for Valhalla only its scheme, since everybody runs their own. Its default port is 8002.
ROUTING_ENGINES = {
    "valhalla": "http",
    "valhalla+https": "https",
    "google-routes": "https://routes.googleapis.com",
    "tomtom": "https://api.tomtom.com",
}
ROUTING_EXAMPLE = (
    "write valhalla://host:port, valhalla+https://host, google-routes://KEY or tomtom://KEY, several with commas"
    " between them, or estimate://"
)


def routing_engines(value: str) -> tuple[RoutingEngine, ...]:
    """Read ROUTING_URL: one or several engines in the order in which they are asked; none for the estimate alone.

    Raises ImproperlyConfigured saying what to write, without repeating the value, which may hold a key.
    """
    urls = [url.strip() for url in value.split(",")]
    if urls[-1] == "estimate://":
        urls.pop()  # implied as the last one
    return tuple(_routing_engine(url) for url in urls)


def _routing_engine(url: str) -> RoutingEngine:
    parts = _split(url, "ROUTING_URL", "valhalla://127.0.0.1:8002")
    if parts.scheme == "estimate":
        raise ImproperlyConfigured("ROUTING_URL has more after estimate://, which always answers; write it last")
    address = ROUTING_ENGINES.get(parts.scheme)
    if address is None or not parts.hostname:
        raise ImproperlyConfigured(f"ROUTING_URL cannot be read; {ROUTING_EXAMPLE}")
    if parts.scheme.startswith("valhalla"):
        login, _at, host = parts.netloc.rpartition("@")
        port = "" if parts.port or address == "https" else ":8002"
        return RoutingEngine(parts.scheme, f"{address}://{host}{port}{parts.path.rstrip('/')}", unquote(login))
    options = parse_qs(parts.query)
    base = _split(options.pop("base_url", [address])[-1].rstrip("/"), "ROUTING_URL", f"{parts.scheme}://KEY")
    is_address = base.scheme in ("http", "https") and base.hostname and not base.query and "@" not in base.netloc
    if options or parts.path.strip("/") or not is_address:
        raise ImproperlyConfigured(
            f"ROUTING_URL cannot be read; write {parts.scheme}://KEY, or with another address"
            f" {parts.scheme}://KEY?base_url={address}"
        )
    # netloc, not hostname: a key is case-sensitive and hostname lowers it.
    return RoutingEngine(parts.scheme, base.geturl(), unquote(parts.netloc))


#: A host as a CSP may name it; {s} is allowed as the first part and has become an asterisk.
TILE_HOST = re.compile(r"(\*\.)?[a-z0-9.-]+(:\d+)?", re.IGNORECASE)


def database_config(url: str) -> dict[str, Any]:
    """Return Django's settings for SQLite or PostgreSQL at `url`; raise ImproperlyConfigured if it is neither kind."""
    try:
        config = dict(environ.Env.db_url_config(url))
    except Exception:  # noqa: BLE001  (the library raises anything, and its message may hold the password)
        config = {}
    if config.get("ENGINE") not in DATABASES or not config.get("NAME"):
        raise ImproperlyConfigured(
            "DATABASE_URL cannot be read; write postgres://user:password@host:5432/name or sqlite:////path/to/file"
        )
    return config


def cache_config(url: str) -> dict[str, Any]:
    """Return Django's settings for the cache at `url`, or for a table of the database if it is empty.

    Raises ImproperlyConfigured if the address cannot be read.
    """
    if not url:
        return {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "fsportal_cache"}
    try:
        config = dict(environ.Env.cache_url_config(url))
        import_string(config["BACKEND"])  # the library still names backends that Django has dropped
    except Exception:  # noqa: BLE001  (the library raises anything, and its message may hold the password)
        raise ImproperlyConfigured("CACHE_URL cannot be read; write for example redis://host:6379/0") from None
    if config["BACKEND"] == "django.core.cache.backends.redis.RedisCache":
        # Without time-outs each call to a machine that is gone would wait for minutes.
        config["OPTIONS"] = {"socket_connect_timeout": 1, "socket_timeout": 1} | config.get("OPTIONS", {})
    return config


def address_below(url: str, name: str) -> str:
    """Return an http(s) address with a "/" at its end; empty stays empty.

    Raises ImproperlyConfigured for anything else.
    """
    if not url:
        return ""
    parts = _split(url, name, "https://api.pwnedpasswords.com/range/")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            f"{name} cannot be read; write the address up to the prefix, for example"
            " https://api.pwnedpasswords.com/range/"
        )
    return url.rstrip("/") + "/"


def _split(url: str, name: str, example: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if not parts.scheme.startswith("anymail+"):  # not a host and port there, but key:secret
            _ = parts.port
    except ValueError:
        raise ImproperlyConfigured(f"{name} cannot be read; write for example {example}") from None
    return parts


def tile_hosts(url: str) -> list[str]:
    """Return the origin of map tiles for the CSP, with "*" for `{s}`; an empty list without tiles.

    Raises ImproperlyConfigured unless `url` is an address with {z}, {x} and {y}.
    """
    if not url:
        return []
    example = "https://tile.example.com/{z}/{x}/{y}.png"
    host = _split(url.replace("{s}", "*"), "MAP_TILES_URL", example).netloc
    is_address = url.startswith(("https://", "http://")) and TILE_HOST.fullmatch(host)
    if not is_address or not all(part in url for part in ("{z}", "{x}", "{y}")):
        raise ImproperlyConfigured(f"MAP_TILES_URL cannot be read; write for example {example}")
    return [f"{url.partition(':')[0]}://{host}"]
