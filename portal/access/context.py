"""Context processor: which customer staff see the portal as."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from portal.access.see_as import looking_of


def looking(request: HttpRequest) -> dict[str, Any]:
    """Return which customer staff see the portal as (`looking`); looked up only when a template names it."""
    return {"looking": SimpleLazyObject(lambda: looking_of(request, timezone.now()))}
