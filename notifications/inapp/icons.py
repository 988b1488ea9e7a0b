"""Custom icons: which addresses an `iconUrl` may have, and the uploaded ones. The server fetches none."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from notifications.inapp.errors import InvalidParameter, shown
from notifications.inapp.links import UNSAFE
from notifications.models import UploadedIcon

#: Our own: static files, and uploaded icons, under Dynamics' path for web resources.
OWN = ("/static/", "/WebResources/")
ENDINGS = (".svg", ".png")
LONGEST = 500
KEPT_FOR = 3600  # seconds


def icon_url(value: object, *, parameter: str) -> str:
    """Return a custom icon's address if it is allowed; raises InvalidParameter otherwise."""
    if not isinstance(value, str) or not value:
        raise InvalidParameter(parameter, f"takes the address of an image; it got {shown(value)}.")
    if len(value) > LONGEST or UNSAFE.search(value) or not (_is_own(value) or _is_allowed_host(value)):
        hosts = ", ".join(settings.ICON_HOSTS)
        allowed = f"/static/… and /WebResources/…{f', and https addresses at {hosts}' if hosts else ''}"
        raise InvalidParameter(parameter, f"got {shown(value)}; it allows {allowed}.")
    return value


def _is_own(url: str) -> bool:
    return url.startswith(OWN) and ".." not in url.split("/") and "%" not in url


def _is_allowed_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and parts.netloc in settings.ICON_HOSTS and parts.path.endswith(ENDINGS)
    except ValueError:
        return False


@require_safe
def icon(request: HttpRequest, name: str) -> HttpResponse:
    """Serve an uploaded icon, to everybody. On 404 the card shows its predefined icon instead."""
    # PostgreSQL refuses NUL even in a query.
    found = None if "\0" in name else UploadedIcon.objects.filter(name=name).first()
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    response["Cache-Control"] = f"public, max-age={KEPT_FOR}"
    return response
