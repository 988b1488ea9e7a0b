"""How long requests take, by the name of their view: an address may hold a secret code, a name does not."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
TIMES = Histogram(
    "portal_request_seconds",
    "Seconds from the first to the last middleware, by view and first digit of the status.",
    ["view", "status"],
    buckets=BUCKETS,
    registry=None,
)


class RequestTimes:
    """The outermost middleware, if METRICS_TOKEN is set."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self._get_response(request)
        match = request.resolver_match
        # Without a match the address is unknown, or a middleware has answered.
        view = (match.view_name or "unnamed") if match else "none"
        TIMES.labels(view, f"{response.status_code // 100}xx").observe(time.perf_counter() - began)
        return response
