"""The protocol that OsmAnd, Traccar Client and many trackers speak: one position per HTTP request.

After Traccar's OsmAndProtocolDecoder.java (traccar/traccar, src/main/java/org/traccar/protocol/): the query string, or
else a form; `id` or `deviceid`; `timestamp` in seconds, in milliseconds from 2^31 on, or written out; `speed` in knots;
`valid`. The newer Traccar Client sends JSON instead, speed in metres per second and -1 for what it does not know.
"""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, QueryDict

from bookings.tracking.report import BadPositionReport, PositionReport, number

KNOT = 1852 / 3600  # metres per second
#: Metres for each unit of hdop: the error of a phone's receiver under an open sky.
HDOP_METRES = 5.0
#: From here on a time stamp is milliseconds.
MILLISECONDS_FROM = 2**31 - 1
#: A body is a few hundred bytes.
MOST_BYTES = 16_384


def device_id_of(request: HttpRequest) -> str:
    """Return the device id of a request, or ""; raises BadPositionReport if it cannot be read."""
    if is_json(request):
        return str(_body(request).get("device_id", ""))
    fields = _fields(request)
    return str(fields.get("id") or fields.get("deviceid") or "")


def report_of(request: HttpRequest, now: dt.datetime) -> PositionReport | None:
    """Return the position of a request, or None; raises BadPositionReport if it is impossible."""
    return _of_json(_body(request)) if is_json(request) else _of_fields(_fields(request), now)


def is_json(request: HttpRequest) -> bool:
    """Tell whether this is the newer of the two formats."""
    return request.content_type == "application/json"


def _fields(request: HttpRequest) -> Mapping[str, Any]:
    is_form = request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data")
    return request.GET or (request.POST if is_form else _form(request))


def _form(request: HttpRequest) -> Mapping[str, Any]:
    """Return the form of a tracker that sends it without its content type, which Traccar accepts too."""
    if len(request.body) > MOST_BYTES:
        raise BadPositionReport("too much")
    try:
        return QueryDict(request.body)
    except (ValueError, TooManyFieldsSent):
        raise BadPositionReport("no form") from None


def _of_fields(fields: Mapping[str, Any], now: dt.datetime) -> PositionReport | None:
    latitude, longitude = fields.get("lat"), fields.get("lon")
    if "location" in fields:
        latitude, _comma, longitude = fields["location"].partition(",")
    if latitude is None or longitude is None or fields.get("valid", "true").lower() not in ("true", "1"):
        return None
    speed, hdop = fields.get("speed"), fields.get("hdop")
    accuracy = fields.get("accuracy")
    if not accuracy and hdop:
        accuracy = HDOP_METRES * number(hdop, "hdop")
    return PositionReport.of(
        latitude,
        longitude,
        _time(fields["timestamp"]) if fields.get("timestamp") else now,
        accuracy=accuracy,
        speed=KNOT * number(speed, "speed") if speed else None,
        heading=fields.get("bearing") or fields.get("heading"),
    )


def _body(request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > MOST_BYTES:
        raise BadPositionReport("too much")
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        raise BadPositionReport("no JSON") from None
    if not isinstance(found, dict):
        raise BadPositionReport("no JSON object")
    return found


def _of_json(body: dict[str, Any]) -> PositionReport | None:
    location = body.get("location")
    if not isinstance(location, dict) or "coords" not in location:
        return None
    coords = location["coords"]
    if not isinstance(coords, dict):
        raise BadPositionReport("no coordinates")
    return PositionReport.of(
        coords.get("latitude"),
        coords.get("longitude"),
        _time(str(location.get("timestamp", ""))),
        accuracy=coords.get("accuracy"),
        speed=coords.get("speed"),
        heading=coords.get("heading"),
    )


def _time(text: str) -> dt.datetime:
    """Return a time stamp as an aware time; one without a zone is UTC. Raises BadPositionReport."""
    try:
        if text.lstrip("-").isdecimal():
            whole = int(text)
            return dt.datetime.fromtimestamp(whole if whole < MILLISECONDS_FROM else whole / 1000, tz=dt.UTC)
        found = dt.datetime.fromisoformat(text)
        return found.astimezone(dt.UTC) if found.tzinfo else found.replace(tzinfo=dt.UTC)
    except (ValueError, OverflowError, OSError):
        raise BadPositionReport("no time") from None
