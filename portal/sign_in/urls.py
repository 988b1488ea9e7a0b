"""Addresses below /accounts/: django-allauth's, preceded by our own that replace some of them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView

from portal.sign_in import sessions, views


def closed(request: HttpRequest, **kwargs: str) -> HttpResponse:
    """Answer 404 where django-allauth would keep further email addresses of a user, to sign in with as well.

    The address in the user's own record is the only one.
    """
    raise Http404


urlpatterns = [
    path("login/", views.page, name="account_login"),
    path("email/", RedirectView.as_view(pattern_name="mfa_index"), name="account_email"),
    path("confirm-email/", closed),
    path("confirm-email/<str:key>/", closed),
    path("sessions/", sessions.mine, name="usersessions_list"),
    path("sessions/others/end/", sessions.end_others, name="sessions-end-others"),
    path("sessions/<int:pk>/end/", sessions.end, name="session-end"),
    path("", include("allauth.urls")),
]
