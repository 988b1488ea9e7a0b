"""The attribution below every map, and maps of other people to which pages link."""

from urllib.parse import urlencode

import nh3
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

#: https://developers.google.com/maps/documentation/urls/get-started#search-action: opens the phone's own map app.
SEARCH = "https://www.google.com/maps/search/"


def map_credits() -> SafeString:
    """Return MAP_ATTRIBUTION with links and no other markup; empty without tiles."""
    words = settings.MAP_ATTRIBUTION if settings.MAP_TILES_URL else ""
    return mark_safe(nh3.clean(words, tags={"a"}, attributes={"a": {"href"}}))  # noqa: S308  (cleaned)


def place_url(line: str, point: tuple[float, float] | None) -> str:
    """Return the address of a map that shows a place: by its coordinates, or else its address; empty if it has none."""
    query = "{},{}".format(*point) if point else line
    return f"{SEARCH}?{urlencode({'api': 1, 'query': query})}" if query else ""
