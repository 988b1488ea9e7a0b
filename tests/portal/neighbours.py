"""Addresses of neighbouring rooms, by their names alone: what links to them is tested whoever answers there."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from fsportal import urls


def answer(request: HttpRequest, **kwargs: object) -> HttpResponse:
    """Stand in for a page."""
    return HttpResponse()


urlpatterns = [
    path("profile/", answer, name="profile"),
    path("book/", answer, name="book"),
    path("accounts/logout/", answer, name="account_logout"),
    *(path(f"bookings/<uuid:pk>/{page}/", answer, name=f"booking-{page}") for page in ("change", "cancel", "ask")),
    *(
        path(f"visit/see/<slug:public_id>/{page}/", answer, name=f"visit-{page}")
        for page in ("change", "cancel", "ask")
    ),
    *urls.urlpatterns,
]
