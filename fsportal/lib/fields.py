"""Model fields with one habit changed."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.forms import Field

# Generic for the type checker only; Django's own class takes no parameters when it runs.
if TYPE_CHECKING:
    URLField = models.URLField[str, str]
else:
    URLField = models.URLField


class HttpsURLField(URLField):
    """A link; one typed without a scheme is taken for https (Django 6's habit, ahead of time)."""

    def formfield(self, *args: Any, **kwargs: Any) -> Field | None:
        return super().formfield(*args, **{"assume_scheme": "https", **kwargs})
