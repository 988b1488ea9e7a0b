"""Who is a technician, and the decorator of their pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from bookings.models import Resource
from fsportal.models import User

View = Callable[..., HttpResponseBase]


def technician_of(user: object) -> Resource | None:
    """Return the active resource of this user; None if they are not a technician."""
    if not isinstance(user, User):
        return None
    return Resource.objects.select_related("user").filter(user=user, is_active=True).first()


def technician_page(view: View) -> View:
    """Hand the view the technician's resource. Others are asked to sign in, or get 404 if they are not a technician.

    A script gets 401 instead of a redirect. No cache may keep the answer; the page's own worker
    (static/js/technician-worker.js) does, for the user that `X-Technician` names.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _sign_in_first(request)
        resource = technician_of(request.user)
        if resource is None:
            raise Http404
        response = view(request, resource, **kwargs)
        response["Cache-Control"] = "private, no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["X-Technician"] = str(request.user.pk)
        return response

    return wrapped


def wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    return JsonResponse({}, status=401) if wants_json(request) else redirect_to_login(request.get_full_path())
