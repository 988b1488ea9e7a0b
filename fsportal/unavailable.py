"""What people and programs are told when something fails: 503 while the database is away, otherwise 500."""

import logging
import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.views import defaults

from fsportal.lib.database_away import MESSAGE, RETRY_AFTER, is_away

logger = logging.getLogger(__name__)

#: Dataverse's for an unexpected error, which clients of the Web API read.
ODATA_CODE = "0x80040216"


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an error that nobody caught. Asks neither the database nor the session, which may be what failed."""
    error = sys.exc_info()[1]
    if error is None or not is_away(error):
        return defaults.server_error(request)
    logger.warning("The database did not answer a request (%s)", type(error).__name__)
    response = _response(request)
    response["Retry-After"] = str(RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    # Django would log a traceback for each request of an outage.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
    return response


def _response(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        refusal = {"error": {"code": ODATA_CODE, "message": MESSAGE}}
        return JsonResponse(refusal, status=503, headers={"OData-Version": "4.0"})
    if "text/html" not in request.headers.get("Accept", ""):
        return JsonResponse({"error": MESSAGE}, status=503)
    # LocaleMiddleware may not have run, and another request's language be left over.
    with translation.override(translation.get_language_from_request(request)):
        return HttpResponse(render_to_string("503.html"), status=503)
