"""A field for what customers write."""

from typing import Any

from django import forms

from fsportal.lib.text import plain


class PlainText(forms.CharField):
    """Some lines of text, without what is invisible and harmful; a line break counts as one character."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """Return the text, cleaned before its length is looked at."""
        return plain(super().to_python(value) or "").strip()
