"""The field by which a logo is uploaded: it shows the present one on its ground, and keeps only a made one."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy

from fsportal.lib.logos import as_logo

ACCEPTED = ".png,.jpg,.jpeg,.webp,.svg"


class LogoInput(forms.ClearableFileInput):
    template_name = "admin/widgets/logo.html"

    def __init__(self, *, on_dark: bool = False) -> None:
        super().__init__(attrs={"accept": ACCEPTED})
        self.on_dark = on_dark

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["on_dark"] = self.on_dark
        return context


class LogoField(forms.FileField):
    """A file of any name; what is in it decides."""

    def __init__(self, **options: Any) -> None:
        # The model's field, which is for pictures only, would pass its own on.
        super().__init__(
            **{name: value for name, value in options.items() if name in ("label", "required", "widget")},
            help_text=options.get("help_text") or HELP,
        )

    def clean(self, data: Any, initial: Any = None) -> Any:
        found = super().clean(data, initial)
        return as_logo(found, "logo") if isinstance(found, UploadedFile) else found


HELP = gettext_lazy(
    "PNG, JPEG, WebP or SVG, at most 2 MB. It is kept as a picture of at most 1200 by 240 pixels, without the place and"
    " time that cameras note. Shown on pages, in emails and here."
)
