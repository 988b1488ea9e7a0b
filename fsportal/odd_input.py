"""What no database can read, such as a NUL in an address or a number of thirty digits, is refused instead of failing.

Forms refuse it beside its field; this is for what pages look up without a form: parts and values of addresses, records
that a field should find, what a form begins with.
"""

import logging
from collections.abc import Callable

from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render

from fsportal.unavailable import ODATA_CODE

logger = logging.getLogger(__name__)

Respond = Callable[[HttpRequest], HttpResponse]


class OddInput:
    """Answers 400 where the database, or Python on the way there, could not read what was sent."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, (DataError, OverflowError, ValueError)) or not _is_odd(request):
            return None
        logger.warning("What was sent cannot be read (%s)", type(exception).__name__)
        if request.path.startswith("/api/"):
            refusal = {"code": ODATA_CODE, "message": "The request holds a character or number that cannot be stored."}
            return JsonResponse({"error": refusal}, status=400, headers={"OData-Version": "4.0"})
        return render(request, "404.html", status=400)


def _is_odd(request: HttpRequest) -> bool:
    """Tell whether the request is to blame: it has a NUL, or digits for a number that no column can hold."""
    values = [request.path_info, *_values(request.GET), *_values(request.POST)]
    return any("\0" in value or (len(value) > 18 and value.lstrip("-").isdigit()) for value in values)


def _values(sent: QueryDict) -> list[str]:
    return [text for name, values in sent.lists() for text in (name, *map(str, values))]
