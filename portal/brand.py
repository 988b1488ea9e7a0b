"""The brand on pages: its colours, an accent that can be read on every background, its fonts."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils._os import safe_join
from django.utils.http import quote_etag
from django.views.decorators.http import condition, require_safe

from fsportal.lib.colours import HEX, nearest_passing
from fsportal.models import PortalSettings

#: Backgrounds of static/css/tokens.css on which the accent is text: the least contrasting of each mode.
LIGHT_GROUND = "#eef2f3"
DARK_GROUND = "#232d31"
#: AA asks for 4.5; a little more on light and AAA on dark ground keep black and white brands from looking switched off.
LIGHT_RATIO = 5.5
DARK_RATIO = 7.0

FONTS = {
    "system": 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
    "humanist": 'Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", "Noto Sans", sans-serif',
    "serif": 'Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, "Noto Serif", serif',
    "rounded": 'ui-rounded, "Hiragino Maru Gothic ProN", Quicksand, Nunito, "Arial Rounded MT Bold", sans-serif',
}


def brand_stylesheet(portal_settings: PortalSettings) -> str:
    """Return custom properties for the brand. The accent is the brand colour, shifted as little as WCAG AA needs."""
    brand = _colour(portal_settings.background_colour, instead="#0b6e6e")
    on_brand = _colour(portal_settings.foreground_colour, instead="#ffffff")
    font = FONTS.get(portal_settings.font, FONTS["system"])
    return (
        f":root {{ --brand: {brand}; --on-brand: {on_brand}; --font: {font};"
        f" --accent: {nearest_passing(brand, LIGHT_GROUND, LIGHT_RATIO)}; }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{"
        f" :root {{ --accent: {nearest_passing(brand, DARK_GROUND, DARK_RATIO)}; }} }}\n"
    )


def _colour(value: str, *, instead: str) -> str:
    # It is written into a style sheet: a row that came past the form's check must not be able to say more.
    return value if HEX.fullmatch(value) else instead


def _etag(request: HttpRequest) -> str:
    sheet = brand_stylesheet(PortalSettings.of(request))
    return quote_etag(hashlib.sha256(sheet.encode()).hexdigest()[:32])


@require_safe
@condition(etag_func=_etag)
def stylesheet(request: HttpRequest) -> HttpResponse:
    """Return the brand's custom properties. Its address changes with them, so it may be cached for a day."""
    sheet = brand_stylesheet(PortalSettings.of(request))
    headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(sheet, content_type="text/css; charset=utf-8", headers=headers)


PUBLIC = "brand/"
#: A new upload gets a new name, so an old one may be kept.
KEPT_FOR = 30 * 24 * 3600


@require_safe
def brand_image(request: HttpRequest, path: str) -> HttpResponseBase:
    """Return an image of the brand; 404 for every other upload."""
    plain = path.startswith(PUBLIC) and ".." not in path.split("/")
    response = image_response(path) if plain else None
    if response is None:
        raise Http404
    response["Cache-Control"] = f"public, max-age={KEPT_FOR}"
    return response


#: What is shown inline. SVG is not among them: it can hold scripts.
TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
}


def image_response(name: str) -> HttpResponse | None:
    """Return the uploaded image `name` (below MEDIA_ROOT), or None if it does not exist or is of another type."""
    content_type = TYPES.get(Path(name).suffix.lower())
    try:
        path = Path(safe_join(settings.MEDIA_ROOT, name))
    except (SuspiciousFileOperation, ValueError):  # ValueError: a NUL in the name
        return None
    if content_type is None or not path.is_file():
        return None
    response = HttpResponse(path.read_bytes(), content_type=content_type)
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
