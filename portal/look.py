"""How the brand looks on a page: its colours, an accent that can be read on every background, its fonts."""

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


def brand_stylesheet(portal: PortalSettings) -> str:
    """Return custom properties for the brand. The accent is the brand colour, shifted as little as AA needs."""
    brand = _colour(portal.background_colour, instead="#0b6e6e")
    on_brand = _colour(portal.foreground_colour, instead="#ffffff")
    font = FONTS.get(portal.font, FONTS["system"])
    return (
        f":root {{ --brand: {brand}; --on-brand: {on_brand}; --font: {font};"
        f" --accent: {nearest_passing(brand, LIGHT_GROUND, LIGHT_RATIO)}; }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{"
        f" :root {{ --accent: {nearest_passing(brand, DARK_GROUND, DARK_RATIO)}; }} }}\n"
    )


def _colour(value: str, *, instead: str) -> str:
    # It is written into a style sheet: a row that came past the form's check must not be able to say more.
    return value if HEX.fullmatch(value) else instead
