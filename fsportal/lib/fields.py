"""Model fields with one habit changed."""

from typing import Any

from django.db import models
from django.forms import Field


class HttpsURLField(models.URLField):
    """A link; one typed without a scheme is taken for https (Django 6's habit, ahead of time)."""

    def formfield(self, **kwargs: Any) -> Field | None:
        """Return the form field."""
        return super().formfield(**{"assume_scheme": "https", **kwargs})
