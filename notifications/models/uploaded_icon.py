"""Icons that an admin has uploaded, served at /WebResources/<name> as in Dynamics."""

import io
import re
import uuid

from defusedxml import DefusedXmlException, ElementTree  # type: ignore[import-untyped]  # it has no types
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError

from fsportal.models import AuditKind

LARGEST = 64 * 1024  # bytes; it is shown at 24 pixels
WIDEST = 1024  # pixels
PNG = b"\x89PNG"
#: Web resources of Dynamics need no ending ("cr245_AlertOn").
NAME = re.compile(r"[A-Za-z0-9_-]{1,60}(/[A-Za-z0-9_-]{1,60}){0,3}((\.[A-Za-z0-9_-]{1,20})?\.(svg|png))?")


def checked(name: str, content: bytes) -> bytes:
    """Return an image's bytes if they fit the name's ending, if it has one; raises ValidationError otherwise.

    SVG may contain scripts. It is served so that none runs (notifications/inapp/icons.py); here it is only checked to
    be an image.
    """
    if len(content) > LARGEST:
        raise ValidationError(_("The file is larger than 64 KB. An icon is shown at 24 pixels."))
    ending = name.rpartition(".")[2] if "." in name else None
    if not ((ending != "png" and _is_svg(content)) or (ending != "svg" and _is_png(content))):
        raise ValidationError(_("This is no SVG or PNG image, or the name ends differently."))
    return content


def _is_svg(content: bytes) -> bool:
    try:
        return str(ElementTree.fromstring(content).tag) in ("{http://www.w3.org/2000/svg}svg", "svg")
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        return False


def _is_png(content: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            fits = max(image.size) <= WIDEST
            image.verify()
            return fits
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        return False


class UploadedIcon(models.Model):
    """One image, kept in the database so that every web process has it."""

    audit_kind = AuditKind.SETTINGS

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(
        _("name"),
        max_length=200,
        unique=True,
        validators=[
            RegexValidator(f"^{NAME.pattern}\\Z", _("Letters, digits, - and _; at the end .svg, .png or nothing."))
        ],
        help_text=_("A notification names it as /WebResources/<name>, for example /WebResources/cash.svg"),
    )
    content = models.BinaryField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("icon")
        verbose_name_plural = _("icons")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """Return the iconUrl that shows it."""
        return f"/WebResources/{self.name}"

    @property
    def content_type(self) -> str:
        """Return the media type of the content, which `checked` has validated."""
        return "image/png" if bytes(self.content).startswith(PNG) else "image/svg+xml"
