"""The one view of the Web API: signs the caller in, reads the request within limits, and writes the response."""

import logging
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from fsportal.lib.database_away import is_away
from notifications.web_api import batch, routing
from notifications.web_api.errors import BAD_PAYLOAD, UNEXPECTED, ODataError, no_resource
from notifications.web_api.request import ODataRequest
from notifications.web_api.response import ODataResponse
from notifications.web_api.sign_in import user_of

logger = logging.getLogger(__name__)

VERSIONS = ("v9.0", "v9.1", "v9.2")
PATH = "/api/data/"
MIB = 1024 * 1024
#: Bytes of a body; a batch may hold many.
LARGEST, LARGEST_BATCH = MIB, 4 * MIB


# sign_in.py checks the CSRF token, of sessions only, and refuses in a form that programs can read.
@csrf_exempt
def serve(request: HttpRequest, version: str = "", path: str = "") -> HttpResponse:
    """Respond to everything below /api/data/, always in OData's form."""
    odata = None
    try:
        odata = _odata_request(request, version, path)
    except ODataError as error:
        response = ODataResponse.of_error(error)
    except Exception as error:
        if is_away(error):
            raise  # the root URL list's handler answers
        reference = uuid.uuid4()
        logger.exception("The Web API failed before it began (reference %s)", reference)
        response = ODataResponse.of_error(
            ODataError(500, UNEXPECTED, f"An unexpected error occurred. Reference: {reference}")
        )
    else:
        response = routing.respond(odata)
    return _http_response(request, response, odata.level_or_default if odata else "minimal")


def _odata_request(request: HttpRequest, version: str, path: str) -> ODataRequest:
    user = user_of(request)
    if version not in VERSIONS:
        raise no_resource(version or "api/data")
    return ODataRequest(
        method=request.method or "GET",
        path=path,
        query=request.META.get("QUERY_STRING", ""),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=_body(request, LARGEST_BATCH if path == batch.PATH else LARGEST),
        user=user,
        root=request.build_absolute_uri(f"{PATH}{version}/"),
    )


def _body(request: HttpRequest, most: int) -> bytes:
    """Return the body; raises 413 without reading more than `most` bytes and one."""
    too_large = ODataError(413, BAD_PAYLOAD, f"The body is too large; it allows {most} bytes.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > most:
        raise too_large
    # Django takes a body without a length (chunked, as .NET sends it) to be empty; the server can read it.
    is_chunked = length == "0" and request.META.get("wsgi.input_terminated")
    source: Any = request.META["wsgi.input"] if is_chunked and "HTTP_TRANSFER_ENCODING" in request.META else request
    body: bytes = source.read(most + 1)
    if len(body) > most:
        raise too_large
    return body


def _http_response(request: HttpRequest, odata: ODataResponse, level: str) -> HttpResponse:
    content = b"" if odata.status in (204, 304) else odata.body.encode()
    response = HttpResponse(b"" if request.method == "HEAD" else content, status=odata.status)
    if request.method == "HEAD":
        # The length of the response to a GET; otherwise Django would say 0.
        response["Content-Length"] = str(len(content))
    del response["Content-Type"]
    for name, value in odata.all_headers(level).items():
        response[name] = value
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Authorization, Cookie"
    response["x-ms-service-request-id"] = str(uuid.uuid4())
    return response
