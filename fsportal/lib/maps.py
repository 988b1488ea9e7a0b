"""The attribution below every map."""

import nh3
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe


def map_credits() -> SafeString:
    """Return MAP_ATTRIBUTION with links and no other markup; empty without tiles."""
    words = settings.MAP_ATTRIBUTION if settings.MAP_TILES_URL else ""
    return mark_safe(nh3.clean(words, tags={"a"}, attributes={"a": {"href"}}))  # noqa: S308  (cleaned)
