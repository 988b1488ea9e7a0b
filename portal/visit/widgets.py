"""Radio buttons that a thumb finds: the whole row is the button."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from fsportal.lib.text import plain


class BigChoices(forms.RadioSelect):
    """Radio buttons, one per row (static/css/parts.css)."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__({"class": "choices", **(attrs or {})}, choices)


def choice_words(name: object, hint: str = "", *, ltr: bool = False) -> SafeString:
    """Return the words of one choice: a name, and below it a hint; `ltr` for addresses and numbers."""
    if not hint:
        return format_html("<bdi>{}</bdi>", name)
    direction = "ltr" if ltr else "auto"
    return format_html(
        '<span><bdi>{}</bdi> <span class="choices-hint"><bdi dir="{}">{}</bdi></span></span>', name, direction, hint
    )


class PlainText(forms.CharField):
    """Several lines of text without invisible, harmful characters; a line break counts as one character."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """Return the text, cleaned before its length is checked."""
        return plain(super().to_python(value) or "").strip()
