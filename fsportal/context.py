"""What every template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from fsportal.models import PortalSettings


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return the settings record (`portal`) and the delivery mode, for words, colours and the banner."""
    return {"portal": PortalSettings.load(), "delivery_mode": settings.DELIVERY_MODE}
