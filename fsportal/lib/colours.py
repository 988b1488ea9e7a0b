"""Brand colours: `#rrggbb` (or `#rgb`), and whether text in one can be read on another (WCAG 2.2, SC 1.4.3)."""

import colorsys
import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
AA_TEXT = 4.5


def validate_hex(value: str) -> None:
    """Raise ValidationError for anything but hex digits, because the value is written into a style sheet."""
    if not HEX.fullmatch(value):
        raise ValidationError(_("Write a colour as # and six digits 0 to 9 or A to F, like #0f766e."), code="hex")


def contrast(fg: str, bg: str) -> float:
    """Return the WCAG 2 contrast ratio of two colours, 1.0 (same) to 21.0. Raises ValueError if one is not a colour."""
    lighter, darker = sorted((_luminance(_rgb(fg)), _luminance(_rgb(bg))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def nearest_passing(fg: str, bg: str, ratio: float = AA_TEXT) -> str:
    """Return `fg`, or the shade of it nearest in lightness that reaches `ratio` on `bg`.

    Hue and saturation stay. If no shade passes, return black or white, whichever reads better.
    """
    if contrast(fg, bg) >= ratio:
        return fg
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(fg))
    shades = sorted((step / 255 for step in range(256)), key=lambda step: abs(step - lightness))
    for step in shades:
        shade = _hex(colorsys.hls_to_rgb(hue, step, saturation))
        if contrast(shade, bg) >= ratio:
            return shade
    return max("#000000", "#ffffff", key=lambda extreme: contrast(extreme, bg))


def mix(colour: str, ground: str, share: float) -> str:
    """Return `share` (0 to 1) of a colour laid over a ground."""
    parts = [one * share + other * (1 - share) for one, other in zip(_rgb(colour), _rgb(ground), strict=True)]
    return _hex((parts[0], parts[1], parts[2]))


def _rgb(colour: str) -> tuple[float, float, float]:
    if not HEX.fullmatch(colour):
        raise ValueError(f"{colour[:20]!r} is not a colour; write for example #0f766e")
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _hex(rgb: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in rgb)


def _luminance(rgb: tuple[float, float, float]) -> float:
    # https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
