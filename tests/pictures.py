"""Pictures of the main screens for the docs, the same on each run: `python -m tests.pictures FOLDER`.

They show what a window shows, in light, as WebP files that are small enough to keep beside the docs.
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.screens import portal_in_browser, show

#: What a picture is called, and which screen of tests/screens.py it shows.
PICTURES = {
    "first-hour": "admin-first-hour",
    "today": "admin-today",
    "board": "admin-board",
    "map": "admin-day-map",
    "bookings": "admin-bookings",
    "booking": "admin-booking",
    "new-visit": "admin-new-visit",
    "contact": "admin-contact",
    "notifications": "admin-messages",
    "settings": "admin-settings-company",
    "reports": "admin-reports",
}
#: The same of what is seen on a phone.
ON_A_PHONE = {"visit-on-a-phone": "visit-live", "technician-on-a-phone": "technician"}
#: As wide as a page of docs is shown, in pixels; the most bytes that one may have.
WIDEST, LARGEST = 1024, 80_000


def save_in(folder: Path) -> list[str]:
    """Take the pictures; returns what went wrong."""
    wanted = [(screen, "1280-light") for screen in PICTURES.values()]
    wanted += [(screen, "390-light") for screen in ON_A_PHONE.values()]
    names = {screen: name for name, screen in (PICTURES | ON_A_PHONE).items()}
    too_large: list[str] = []

    def save(page: Page, screen: str, _look: str) -> None:
        picture = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
        picture.thumbnail((WIDEST, WIDEST))
        path = folder / f"{names[screen]}.webp"
        picture.save(path, quality=65, method=6)
        if path.stat().st_size > LARGEST:
            too_large.append(f"{path} has more than {LARGEST} bytes")

    with portal_in_browser() as browser:
        problems = list(show(browser, wanted, save))
    return problems + too_large


def main(folder: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    sys.exit("\n".join(save_in(Path(folder))) or None)


if __name__ == "__main__":
    main(*sys.argv[1:])
