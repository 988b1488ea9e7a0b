"""`/metrics`: gauges from the database and request times of all web processes, for whoever has METRICS_TOKEN."""

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus' text format; 404 without METRICS_TOKEN, 401 without the right one."""
    if not settings.METRICS_TOKEN:
        raise Http404
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    is_right = hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    if scheme.lower() != "bearer" or not is_right:
        return HttpResponse("Wrong token.\n", status=401, headers={"WWW-Authenticate": "Bearer"})
    # Late: who does not use it should not have the library in memory.
    from fsportal.metrics import exposition  # noqa: PLC0415

    return HttpResponse(exposition.text(), content_type=exposition.CONTENT_TYPE)
