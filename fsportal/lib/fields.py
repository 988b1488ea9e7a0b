"""Our own model field: a URL that is https when typed without a scheme."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.forms import Field

# Generic for the type checker only; Django's own class takes no parameters when it runs.
if TYPE_CHECKING:
    URLField = models.URLField[str, str]
else:
    URLField = models.URLField


class HttpsURLField(URLField):
    """A URL field whose forms assume https when the scheme is missing, as Django 6 does by default."""

    def formfield(self, *args: Any, **kwargs: Any) -> Field | None:
        return super().formfield(*args, **{"assume_scheme": "https", **kwargs})
