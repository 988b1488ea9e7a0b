"""The brand on pages: its colours, an accent that can be read on every background, its fonts."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils._os import safe_join
from django.utils.http import quote_etag
from django.views.decorators.http import condition, require_safe

from fsportal.lib.colours import AA_TEXT, HEX, contrast, mix, nearest_passing
from fsportal.models import PortalSettings

#: Backgrounds of static/css/tokens.css on which the accent is text: the least contrasting of each mode.
LIGHT_GROUND = "#eef2f3"
DARK_GROUND = "#232d31"
#: AA asks for 4.5; a little more on light and AAA on dark ground keep black and white brands from looking switched off.
LIGHT_RATIO = 5.5
DARK_RATIO = 7.0
#: For the Settings area: the same, its ink, how much of the brand is in a tint, and what its links and buttons need.
GROUNDS = {"light": LIGHT_GROUND, "dark": DARK_GROUND}
INK = {"light": "#15242a", "dark": "#e8eff1"}
TINT = {"light": 0.1, "dark": 0.1}
TEXT_RATIO = {"light": 5.5, "dark": 7.0}
FILL_RATIO = 3.0

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
        f" --accent: {nearest_passing(brand, LIGHT_GROUND, LIGHT_RATIO)};{_staff(brand, on_brand)} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{"
        f" :root {{ --accent: {nearest_passing(brand, DARK_GROUND, DARK_RATIO)}; }} }}\n"
    )


def _staff(brand: str, on_brand: str) -> str:
    """Return the colours of the Settings area: links, buttons and tints of the brand, for light and for dark.

    static/css/tokens.css has the two switches, because there a person may choose the mode.
    """
    tints = {mode: mix(brand, ground, TINT[mode]) for mode, ground in GROUNDS.items()}
    pairs: dict[str, list[str]] = {"staff-tint": [tints[mode] for mode in GROUNDS]}
    for mode, ground in GROUNDS.items():
        on_all = min((ground, tints[mode]), key=lambda behind: contrast(INK[mode], behind))
        text = nearest_passing(brand, on_all, TEXT_RATIO[mode])
        fill = nearest_passing(brand, ground, FILL_RATIO)
        on_fill = on_brand if contrast(on_brand, fill) >= AA_TEXT else _reads_best(fill)
        # Away from the words on it, so that they stay as easy to read.
        strong = mix("#000000" if contrast(on_fill, "#000000") > contrast(on_fill, "#ffffff") else "#ffffff", fill, 0.2)
        for name, value in (
            ("staff", text),
            ("staff-strong", nearest_passing(text, on_all, 9.0)),
            ("staff-fill", fill),
            ("staff-fill-strong", strong),
            ("on-staff-fill", on_fill),
        ):
            pairs.setdefault(name, []).append(value)
    return "".join(f" --{name}: var(--light, {light}) var(--dark, {dark});" for name, (light, dark) in pairs.items())


def _reads_best(behind: str) -> str:
    return max("#000000", "#ffffff", key=lambda extreme: contrast(extreme, behind))


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
