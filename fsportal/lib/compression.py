"""Which pages are compressed: those of the Settings area that show no secret (docs/decisions/0027-compression.md).

The length of a compressed page tells whoever watches the network whether a secret in it is like what they had the page
repeat (BREACH). So a page is never compressed once a secret was written out for it, and none is that another site asked
for. What writes a secret out calls `no_compression`.
"""

from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

BEGINS = "/admin/"
TYPES = ("text/html", "application/json")
#: What Sec-Fetch-Site says when no other site had a hand in the request. Browsers send it over HTTPS and to localhost.
OF_OUR_OWN = ("same-origin", "none")

_has_secret: ContextVar[bool] = ContextVar("has_secret", default=False)


def no_compression() -> None:
    """Note that a secret was written out: the present response is sent as it is."""
    _has_secret.set(True)


class CompressPages(GZipMiddleware):
    """Django's middleware, which adds bytes at random, for few pages. Files and streams are left alone."""

    def process_request(self, request: HttpRequest) -> None:
        _has_secret.set(False)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not isinstance(response, HttpResponse) or not _may_be_compressed(request, response):
            return response
        patch_vary_headers(response, ("Sec-Fetch-Site",))
        if request.headers.get("Sec-Fetch-Site") not in OF_OUR_OWN:
            patch_vary_headers(response, ("Accept-Encoding",))
            return response
        return super().process_response(request, response)


def _may_be_compressed(request: HttpRequest, response: HttpResponse) -> bool:
    kind = response.get("Content-Type", "").partition(";")[0]
    return request.path_info.startswith(BEGINS) and kind in TYPES and not _has_secret.get()
