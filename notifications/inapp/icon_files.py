"""Uploaded icons as files: no script in one ever runs, whatever it holds and however it is opened."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from notifications.models import UploadedIcon

KEPT_FOR = 3600  # seconds


@require_safe
def icon(request: HttpRequest, name: str) -> HttpResponse:
    """Show an uploaded icon; it is no secret. What is not there is 404, and the card then shows its own icon."""
    # PostgreSQL takes no NUL, not even to look it up.
    found = None if "\0" in name else UploadedIcon.objects.filter(name=name).first()
    if found is None:
        raise Http404
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    response["Cache-Control"] = f"public, max-age={KEPT_FOR}"
    return response
