"""Uploaded images, served so that a browser takes them for nothing else."""

from pathlib import Path

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import HttpResponse
from django.utils._os import safe_join

#: What is shown inline. SVG is not among them: it can hold scripts.
TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
}


def image_response(name: str) -> HttpResponse | None:
    """Return the uploaded image `name` (below MEDIA_ROOT), or None when there is none or it is of another type."""
    content_type = TYPES.get(Path(name).suffix.lower())
    try:
        path = Path(safe_join(settings.MEDIA_ROOT, name))
    except (SuspiciousFileOperation, ValueError):  # ValueError: a NUL in the name
        return None
    if content_type is None or not path.is_file():
        return None
    response = HttpResponse(path.read_bytes(), content_type=content_type)
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
