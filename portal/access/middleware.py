"""Middleware: second factor, identity providers, what nothing keeps, read-only viewing, and pages for 405."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from requests import RequestException

from fsportal.models import PortalSettings, User
from notifications.web_api.errors import PRIVILEGE_DENIED
from portal.access.see_as import looking_of

logger = logging.getLogger(__name__)

Respond = Callable[[HttpRequest], HttpResponse]

#: What opens without the required second factor: the way to one, and out. Everything else is closed, so that no staff
#: page, and no address that scripts call with the session, can be forgotten.
OPEN = {
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "account_set_password",
    "brand-css",
    "health-live",
    "health-ready",
    "media",
}
OPEN_BEGINNINGS = ("mfa_", "socialaccount_", "openid_connect_")
#: Recovery codes do not count: a code in a drawer is not a second factor by itself.
SECOND_FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


#: What may be sent while looking as a customer: the ways out.
WAYS_OUT = ("see-as-leave", "account_logout")
#: Apps of the customers' pages. Staff's own (Settings area, notifications) go on working in another window.
CUSTOMERS_PAGES = ("portal", "allauth")


class SecondFactorMiddleware:
    """Sends staff without a second factor to set one up, while the setting *staff need a second factor* is on."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        name = (match.url_name if match and not match.namespaces else "") or ""
        is_way_out = match is not None and match.view_name == "admin:logout"
        if is_way_out or name in OPEN or name.startswith(OPEN_BEGINNINGS) or not lacks_second_factor(request):
            return None
        words = _("Set up a second factor first: it is asked of everybody who works here.")
        if request.path.startswith("/api/"):
            # The shape and the code that clients of the Web API read.
            return JsonResponse({"error": {"code": PRIVILEGE_DENIED, "message": words}}, status=403)
        return HttpResponseRedirect(reverse("mfa_index"))


def lacks_second_factor(request: HttpRequest) -> bool:
    """Tell whether this is a member of staff who needs a second factor and has none."""
    user = request.user
    if not isinstance(user, User) or not user.is_staff or not PortalSettings.of(request).staff_second_factor:
        return False
    return not is_mfa_enabled(user, SECOND_FACTORS)


class IdentityProviderMiddleware:
    """Puts a page of ours between our form and an identity provider.

    Our Content-Security-Policy lets forms lead to this site only, and browsers apply that to the redirect after a form
    as well. So the answer to the form is a page that goes on by itself, or by its link.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method != "POST" or not isinstance(response, HttpResponseRedirect):
            return response
        target = urlsplit(response.url)
        if not target.netloc or target.netloc == request.get_host() or not _is_of_provider(request):
            return response
        page = render(request, "socialaccount/leaving.html", {"address": response.url, "host": target.netloc})
        page.headers["Refresh"] = f"0; url={response.url}"
        page.headers["Cache-Control"] = "private, no-store"
        page.cookies = response.cookies
        return page

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Explain that a provider does not answer, where allauth lets the error through."""
        if not isinstance(exception, RequestException) or not _is_of_provider(request):
            return None
        logger.warning("An identity provider does not answer (%s)", type(exception).__name__)
        return render(request, "socialaccount/authentication_error.html", status=502)


class SignInIsNotStored:
    """Lets nothing keep the pages around sign-in: secrets of authenticators, recovery codes, links to new passwords."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        view = request.resolver_match.func if request.resolver_match else None
        if view is not None and view.__module__.startswith(("allauth.", "portal.sign_in.")):
            response.headers["Cache-Control"] = "private, no-store"
        return response


class ReadOnlyWhileLooking:
    """Refuses whatever could change something on the customers' pages while staff look as a customer.

    `customer_page` refuses too; this covers the pages that do not use it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if request.method in ("GET", "HEAD", "OPTIONS", "TRACE"):
            return None
        match = request.resolver_match
        if view.__module__.partition(".")[0] not in CUSTOMERS_PAGES or (match and match.url_name in WAYS_OUT):
            return None
        if not isinstance(request.user, User) or looking_of(request, timezone.now()) is None:
            return None
        return render(request, "portal/read_only.html", status=403)


class ButtonsOnly:
    """Shows a page when somebody opens an address that only a button may open.

    Signing in again leads there if the session was over when the button was pressed; so does a reload.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or response.content or request.method != "GET":
            return response
        if "text/html" not in request.headers.get("Accept", ""):
            return response
        page = render(request, "405.html", status=response.status_code)
        page.headers["Allow"] = response.headers["Allow"]
        return page


def _is_of_provider(request: HttpRequest) -> bool:
    """Tell whether signing in with a provider begins or ends at this address."""
    name = (request.resolver_match.url_name if request.resolver_match else "") or ""
    return name.endswith(("_login", "_callback")) and name != "account_login"
