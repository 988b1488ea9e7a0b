"""The door of the Web API: signs in, reads the request within limits, hands it on, writes the answer."""

import logging
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from notifications.web_api import batch, routing
from notifications.web_api.call import Call, ODataResponse, body_of, headers_of
from notifications.web_api.errors import BAD_PAYLOAD, UNEXPECTED, ODataError, no_resource
from notifications.web_api.sign_in import user_of

logger = logging.getLogger(__name__)

VERSIONS = ("v9.0", "v9.1", "v9.2")
PATH = "/api/data/"
MIB = 1024 * 1024
#: Bytes of a body; a batch may hold many.
LARGEST, LARGEST_BATCH = MIB, 4 * MIB


# The CSRF token is asked of sessions only, by sign_in.py, which answers as programs can read it.
@csrf_exempt
def serve(request: HttpRequest, version: str = "", path: str = "") -> HttpResponse:
    """Answer everything below /api/data/, always in OData's way."""
    call = None
    try:
        call = _call(request, version, path)
    except ODataError as error:
        answer = ODataResponse.of_error(error)
    except Exception:
        reference = uuid.uuid4()
        logger.exception("The Web API failed before it began (reference %s)", reference)
        answer = ODataResponse.of_error(
            ODataError(500, UNEXPECTED, f"An unexpected error occurred. Reference: {reference}")
        )
    else:
        answer = routing.answer(call)
    return _response(request, answer, call.level_or_default if call else "minimal")


def _call(request: HttpRequest, version: str, path: str) -> Call:
    user = user_of(request)
    if version not in VERSIONS:
        raise no_resource(version or "api/data")
    return Call(
        method=request.method or "GET",
        path=path,
        query=request.META.get("QUERY_STRING", ""),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=_body(request, LARGEST_BATCH if path == batch.PATH else LARGEST),
        user=user,
        root=request.build_absolute_uri(f"{PATH}{version}/"),
    )


def _body(request: HttpRequest, most: int) -> bytes:
    """Return the body; raises 413 before a byte too many is kept."""
    too_large = ODataError(413, BAD_PAYLOAD, f"The body is too large; it allows {most} bytes.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > most:
        raise too_large
    # Django itself takes a body without a length (chunked, as .NET sends it) for an empty one; the server does not.
    is_chunked = length == "0" and request.META.get("wsgi.input_terminated")
    source: Any = request.META["wsgi.input"] if is_chunked and "HTTP_TRANSFER_ENCODING" in request.META else request
    body: bytes = source.read(most + 1)
    if len(body) > most:
        raise too_large
    return body


def _response(request: HttpRequest, answer: ODataResponse, level: str) -> HttpResponse:
    content = b"" if answer.status in (204, 304) else body_of(answer).encode()
    response = HttpResponse(b"" if request.method == "HEAD" else content, status=answer.status)
    if request.method == "HEAD":
        # How long the answer to a GET would be; without this, it would be said to be empty.
        response["Content-Length"] = str(len(content))
    del response["Content-Type"]
    for name, value in headers_of(answer, level).items():
        response[name] = value
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Authorization, Cookie"
    response["x-ms-service-request-id"] = str(uuid.uuid4())
    return response
