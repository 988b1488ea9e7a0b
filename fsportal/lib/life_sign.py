"""When this installation was last at work, kept outside the database: an older database has been restored since."""

import datetime as dt
from pathlib import Path

from django.conf import settings


def _file() -> Path:
    return Path(settings.DATA_DIR) / "last-alive"


def write(now: dt.datetime) -> None:
    """Note that we are alive; the database must have noted it before."""
    draft = _file().with_suffix(".new")
    draft.write_text(now.isoformat())
    draft.replace(_file())


def read() -> dt.datetime | None:
    """Return the last note; None if there is none or it cannot be read."""
    try:
        return dt.datetime.fromisoformat(_file().read_text().strip())
    except (OSError, ValueError):
        return None
