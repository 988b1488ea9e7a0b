"""Reads GEOCODER_URL: who turns addresses into coordinates, in the order in which they are asked."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

GOOGLE = "https://maps.googleapis.com"
#: Schemes of those who run on a host of their own or are public, and how they are reached.
HOSTED = {
    "nominatim": "https",
    "nominatim+http": "http",
    "photon": "https",
    "photon+http": "http",
}
EXAMPLE = (
    "write nominatim://host, photon://host or google://KEY, several with commas between them; nominatim+http://host:8080"
    " for one of your own without TLS"
)


@dataclass(frozen=True)
class GeocoderConfig:
    """One geocoder of GEOCODER_URL: its kind, its address, and its key."""

    kind: str
    base_url: str
    key: str = field(default="", repr=False)

    @property
    def described(self) -> str:
        """Return a description for the Settings area without any secret."""
        return f"{self.kind}://{urlsplit(self.base_url).netloc}"


def geocoders(value: str) -> tuple[GeocoderConfig, ...]:
    """Return the geocoders of GEOCODER_URL; none if it is empty.

    Raises ImproperlyConfigured saying what to write, without repeating the value, which may hold a key.
    """
    return tuple(_geocoder(url.strip()) for url in value.split(",")) if value.strip() else ()


def _geocoder(url: str) -> GeocoderConfig:
    try:
        parts = urlsplit(url)
        host, _port, options = parts.hostname, parts.port if parts.scheme in HOSTED else None, parse_qs(parts.query)
    except ValueError:
        raise ImproperlyConfigured(f"GEOCODER_URL cannot be read; {EXAMPLE}") from None
    base = options.pop("base_url", [""])[-1].rstrip("/")
    if not host or options or parts.fragment or (base and not _is_address(base)):
        raise ImproperlyConfigured(f"GEOCODER_URL cannot be read; {EXAMPLE}")
    if parts.scheme in HOSTED and "@" not in parts.netloc:
        address = base or f"{HOSTED[parts.scheme]}://{parts.netloc}{parts.path.rstrip('/')}"
        return GeocoderConfig(parts.scheme.removesuffix("+http"), address)
    if parts.scheme == "google" and not parts.path.strip("/"):
        # netloc, not hostname: a key is case-sensitive and hostname lowers it.
        return GeocoderConfig("google", base or GOOGLE, unquote(parts.netloc))
    raise ImproperlyConfigured(f"GEOCODER_URL cannot be read; {EXAMPLE}")


def _is_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and "@" not in parts.netloc
