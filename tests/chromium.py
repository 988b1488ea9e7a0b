"""Finds this machine's Chromium, if it has one. Nothing is downloaded."""

import os
import shutil

#: The headless shell is the same engine without the windows around it, of which nothing is tested: a new page takes it
#: a third of the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """Return the path of Chromium: CHROMIUM in the environment, or the first that is installed."""
    wanted = os.environ.get("CHROMIUM")
    if wanted:
        return shutil.which(wanted)
    return next((path for name in NAMES if (path := shutil.which(name))), None)
