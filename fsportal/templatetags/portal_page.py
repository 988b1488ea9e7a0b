"""Template tags and filters of the base template: telephone links, the brand's style sheet, the current page."""

import re
import zlib

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from fsportal.models import PortalSettings

register = template.Library()


@register.filter
def tel(number: str) -> str:
    """Return a number for a `tel:` link: digits and a leading plus."""
    return re.sub(r"(?!^\+)\D", "", number.strip())


@register.simple_tag
def brand_address(portal_settings: PortalSettings) -> str:
    """Return the address of the brand's style sheet. It changes with the brand, so browsers may cache it for long."""
    # The first part changes with what the sheet says of a brand (portal/brand.py).
    look = f"2{portal_settings.foreground_colour}{portal_settings.background_colour}{portal_settings.font}"
    return f"{reverse('brand-css')}?v={zlib.crc32(look.encode()):08x}"


@register.simple_tag
def here(request: HttpRequest, page: str, *below: str) -> SafeString:
    """Return the aria-current of a navigation link: "page" on that very page, "true" on pages below it.

    Pages below are those whose address begins with its own, or with one of `below`.
    """
    if request.path == page:
        return mark_safe(' aria-current="page"')
    parts = below or (page,)
    return mark_safe(' aria-current="true"' if request.path.startswith(parts) else "")  # noqa: S308  (constants)
