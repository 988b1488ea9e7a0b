"""Links by which people and places are reached: a number to call, an address to write to, a place on a map."""

from urllib.parse import quote

from django.utils.html import format_html
from django.utils.safestring import SafeString

from fsportal.lib.maps import place_url
from fsportal.models import Address


def phone_link(number: str) -> SafeString | str:
    """Return a link that calls; empty for no number."""
    return format_html('<a href="tel:{}"><bdi dir="ltr">{}</bdi></a>', number, number) if number else ""


def email_link(address: str) -> SafeString | str:
    """Return a link that writes an email; empty for no address."""
    where = quote(address, safe="@+")
    return format_html('<a href="mailto:{}"><bdi>{}</bdi></a>', where, address) if address else ""


def place_link(address: Address) -> SafeString | str:
    """Return an address as a link to a map; empty for no address."""
    line = address.address_line()
    url = place_url(line, address.coordinates)
    if not url:
        return ""
    words = line or "{:.5f}, {:.5f}".format(*address.coordinates or ())
    return format_html('<a href="{}" target="_blank" rel="noopener noreferrer"><bdi>{}</bdi></a>', url, words)
