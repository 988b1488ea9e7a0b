"""Views that take positions from trackers and from the technician's page."""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from bookings.models import Resource, Tracker
from bookings.tracking import intake, osmand
from bookings.tracking.report import BadPositionReport, PositionReport
from fsportal.lib.throttle import Throttle, client_of

#: Only failures count: behind one address there may be a fleet.
FAILURES = Throttle("trackers", limit=60, seconds=300)
#: A clock that differs by no more than this is right: the rest is the time in the network.
SAME_CLOCK = dt.timedelta(seconds=10)
#: A phone's clock that is off by more is not used at all.
OLDEST = dt.timedelta(days=1)


@csrf_exempt  # a tracker has no cookie; its secret takes the place of the token
@require_http_methods(["GET", "POST"])
@never_cache
def track(request: HttpRequest) -> HttpResponse:
    """Take a position from a tracker app. This GET writes: the protocol has no other way (docs/decisions/0016).

    The secret is in the address, since that is where trackers put it; such an address is in no page or message. Answers
    200 with nothing whether or not the position is kept, since a tracker repeats for ever what it takes for lost; 400
    if it is not a position or, like Traccar, if the device is not known (404 if it speaks JSON).
    """
    now = timezone.now()
    try:
        tracker = Tracker.find(osmand.device_id_of(request))
        if tracker is None:
            return _unknown(request)
        report = osmand.report_of(request, now)
    except BadPositionReport:
        return HttpResponse(status=400)
    tracker.heard(now)
    if report is not None and tracker.is_on_the_way:
        intake.take_on_the_way(tracker.resource, [report], now)
    return HttpResponse()


def _unknown(request: HttpRequest) -> HttpResponse:
    wait = FAILURES.count(client_of(request))
    if wait:
        return HttpResponse(status=429, headers={"Retry-After": str(wait)})
    return HttpResponse(status=404 if osmand.is_json(request) else 400)


@require_POST
@never_cache
def position(request: HttpRequest) -> HttpResponse:
    """Take the position of the signed-in technician from their page: lat, lon, accuracy, speed, heading, recorded_at.

    `recorded_at` and `sent_at` are by the phone's clock. If that clock is wrong, only their difference counts.

    Answers 204; 409 if they are not on the way to a visit (nothing is kept); 400 if it is not a position; 401 without a
    session, without a redirect since scripts ask; and 403 if the user is not a technician.
    """
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    resource = Resource.objects.filter(user_id=request.user.pk, is_active=True).first()
    if resource is None:
        return HttpResponse(status=403)
    now = timezone.now()
    try:
        report = _report(request, now)
    except BadPositionReport:
        return HttpResponse(status=400)
    return HttpResponse(status=204 if intake.take(resource, [report], now) else 409)


def _report(request: HttpRequest, now: dt.datetime) -> PositionReport:
    sent = request.POST
    recorded, sent_at = (_moment(sent.get(name)) or now for name in ("recorded_at", "sent_at"))
    if abs(now - sent_at) > SAME_CLOCK:
        recorded = now - min(max(sent_at - recorded, dt.timedelta()), OLDEST)
    return PositionReport.of(
        sent.get("lat"),
        sent.get("lon"),
        recorded,
        accuracy=sent.get("accuracy"),
        speed=sent.get("speed"),
        heading=sent.get("heading"),
    )


def _moment(text: str | None) -> dt.datetime | None:
    if not text:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise BadPositionReport("no time") from None
    if found.tzinfo is None:
        raise BadPositionReport("a time without a zone")
    return found
