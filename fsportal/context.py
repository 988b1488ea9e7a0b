"""Template context of every page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from fsportal.models import PortalSettings


def portal_settings(request: HttpRequest) -> dict[str, Any]:
    """Return `portal_settings`, which is read only if a template names it, and `delivery_mode` for the banner."""
    record = SimpleLazyObject(lambda: PortalSettings.of(request))
    return {"portal_settings": record, "delivery_mode": settings.DELIVERY_MODE}
