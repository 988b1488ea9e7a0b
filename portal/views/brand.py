"""The brand as a style sheet: what an admin chose in the settings, as custom properties."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.utils.http import quote_etag
from django.views.decorators.http import condition, require_safe

from fsportal.models import PortalSettings
from portal.look import brand_stylesheet


def _etag(request: HttpRequest) -> str:
    sheet = brand_stylesheet(PortalSettings.load())
    return quote_etag(hashlib.sha256(sheet.encode()).hexdigest()[:32])


@require_safe
@condition(etag_func=_etag)
def stylesheet(request: HttpRequest) -> HttpResponse:
    """Return the brand's custom properties. Pages link it by a name that changes with it, so a day is no risk."""
    sheet = brand_stylesheet(PortalSettings.load())
    headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(sheet, content_type="text/css; charset=utf-8", headers=headers)
