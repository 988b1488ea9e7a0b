"""The customer's two brand colours as a style sheet: a strict Content-Security-Policy allows no inline style."""

import re

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control

from fsportal.models import PortalSettings

HEX = re.compile(r"#[0-9a-fA-F]{3,6}")


@cache_control(private=True, max_age=300)
def style_sheet(request: HttpRequest) -> HttpResponse:
    """Return `--brand` and `--brand-text`; a stored value that is no colour is left out."""
    portal = PortalSettings.load()
    pairs = {"--brand": portal.background_colour, "--brand-text": portal.foreground_colour}
    lines = [f"{name}: {value};" for name, value in pairs.items() if HEX.fullmatch(value)]
    return HttpResponse(f":root {{ {' '.join(lines)} }}\n", content_type="text/css; charset=utf-8")
