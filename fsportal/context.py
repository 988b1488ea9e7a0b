"""What every template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from fsportal.models import PortalSettings


def portal_settings(request: HttpRequest) -> dict[str, Any]:
    """Return the settings record (`portal_settings`) and the delivery mode, for words, colours and the banner.

    The record is read when a template first names it, and never written: a GET changes no row.
    """
    record = SimpleLazyObject(lambda: PortalSettings.of(request))
    return {"portal_settings": record, "delivery_mode": settings.DELIVERY_MODE}
