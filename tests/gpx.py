"""GPX tracks (https://www.topografix.com/GPX/1/1/): positions with a time, as trackers keep them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

NAMESPACE = "{http://www.topografix.com/GPX/1/1}"


@dataclass(frozen=True)
class Fix:
    """Where somebody was, and when (aware, UTC)."""

    latitude: float
    longitude: float
    at: dt.datetime

    @property
    def point(self) -> tuple[float, float]:
        """The place alone."""
        return self.latitude, self.longitude


def read(path: Path) -> list[Fix]:
    """Return the fixes of a track, in the order of the file."""
    points = ET.parse(path).getroot().iter(f"{NAMESPACE}trkpt")
    return [
        Fix(
            float(point.attrib["lat"]),
            float(point.attrib["lon"]),
            dt.datetime.fromisoformat(point.findtext(f"{NAMESPACE}time", "")),
        )
        for point in points
    ]


def write(path: Path, fixes: Iterable[Fix], name: str, copyright_of: str) -> None:
    """Write a track; `copyright_of` says who owns the roads in it."""
    points = "".join(
        f'<trkpt lat="{fix.latitude:.6f}" lon="{fix.longitude:.6f}"><time>{fix.at:%Y-%m-%dT%H:%M:%SZ}</time></trkpt>\n'
        for fix in fixes
    )
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="Field Service Portal, tests/make_drive.py"'
        ' xmlns="http://www.topografix.com/GPX/1/1">\n'
        f'<metadata><desc>{name}</desc><copyright author="{copyright_of}">'
        "<license>https://opendatacommons.org/licenses/odbl/1-0/</license></copyright></metadata>\n"
        f"<trk><name>{name}</name><trkseg>\n{points}</trkseg></trk>\n</gpx>\n"
    )
