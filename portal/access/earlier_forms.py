"""Forms of pages that were loaded before each action had an address of its own: a field of theirs names the action."""

from collections.abc import Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from portal.access.viewer import View


def also_by(field: str, view: View, actions: Mapping[str, View]) -> View:
    """Return `view`, but hand requests that name one of `actions` in `field` to that action."""

    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        asked = request.POST if request.method == "POST" else request.GET
        return actions.get(asked.get(field, ""), view)(request, **kwargs)

    return wrapped
