"""Uploaded icons in the Settings area."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from fsportal.models import AuditEntry
from fsportal.settings_area.parts import AnyAdmin, AnyModelForm
from notifications.models import UploadedIcon
from notifications.models.uploaded_icon import LARGEST, checked


class IconForm(AnyModelForm):
    """A name and a file; a new file replaces the old one."""

    file = forms.FileField(
        label=gettext_lazy("Image"),
        help_text=gettext_lazy("SVG or PNG, at most 64 KB. It is shown at 24 pixels."),
        widget=forms.ClearableFileInput(attrs={"accept": ".svg,.png"}),
    )

    class Meta:
        model = UploadedIcon
        fields = ["name"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        file: UploadedFile | None = data.get("file")
        if file is not None and data.get("name"):
            try:
                self.instance.content = checked(data["name"], file.read(LARGEST + 1))
            except forms.ValidationError as wrong:
                self.add_error("file", wrong)
        return data


@admin.register(UploadedIcon)
class UploadedIconAdmin(AnyAdmin):
    """Icons for custom notifications."""

    form = IconForm
    list_display = ["name", "picture", "address", "uploaded_at"]
    search_fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[UploadedIcon]:
        """Leave the images out: browsers fetch each at its own address."""
        icons: QuerySet[UploadedIcon] = super().get_queryset(request)
        return icons.defer("content")

    @admin.display(description=gettext_lazy("icon"))
    def picture(self, record: UploadedIcon) -> SafeString:
        return format_html('<img src="{}" width="24" height="24" alt="">', record.address)

    @admin.display(description=gettext_lazy("address"))
    def address(self, record: UploadedIcon) -> SafeString:
        """Return the value for a notification's iconUrl."""
        return format_html("<code>{}</code>", record.address)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.uploaded_by, obj.uploaded_at = request.user, timezone.now()
        super().save_model(request, obj, form, change)
        AuditEntry.note(obj, "icon uploaded", by=request.user)
