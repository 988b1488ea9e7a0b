"""A stand-in for the address that takes positions: says what came, and refuses where it is told to."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from fsportal import urls

came: list[dict[str, Any]] = []
answers: list[int] = []


@require_POST
def position(request: HttpRequest) -> HttpResponse:
    """Take a position."""
    came.append(request.POST.dict())
    return HttpResponse(status=answers.pop(0) if answers else 204)


urlpatterns = [path("technician/position/", position, name="technician-position"), *urls.urlpatterns]
