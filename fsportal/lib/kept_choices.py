"""What somebody chose for this browser, in a cookie: how pages look, and in which language."""

from django.http import HttpRequest, HttpResponse

KEPT_FOR = 365 * 24 * 3600  # seconds


def keep_in_cookie(request: HttpRequest, response: HttpResponse, name: str, chosen: str) -> None:
    """Keep a choice for the whole site: the notification center is not below /admin/."""
    response.set_cookie(name, chosen, KEPT_FOR, secure=request.is_secure(), httponly=True, samesite="Lax")
