"""Public uploads: the brand's images, for pages and emails. Photos of people are not among them."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from portal.views.images import image_response

PUBLIC = "brand/"
#: A new upload gets a new name, so an old one may be kept.
KEPT_FOR = 30 * 24 * 3600


@require_safe
def brand_image(request: HttpRequest, path: str) -> HttpResponseBase:
    """Show an image of the brand; everything else that was ever uploaded is not found here."""
    plain = path.startswith(PUBLIC) and ".." not in path.split("/")
    response = image_response(path) if plain else None
    if response is None:
        raise Http404
    response["Cache-Control"] = f"public, max-age={KEPT_FOR}"
    return response
