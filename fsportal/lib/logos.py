"""Makes a picture that somebody uploads into a logo: small, of a known type, and without anything but its pixels.

PNG and JPEG are written again, WebP as PNG, because not every mail program shows it. An SVG is drawn as a PNG
(docs/decisions/0025-logos.md): what is kept and served is never a document that could do something.
"""

import hashlib
import io
import math
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException, ElementTree  # type: ignore[import-untyped]  # it has no types
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

#: Bytes of an upload.
LARGEST = 2 * 1024 * 1024
#: Pixels of an upload in all, as its header says: four bytes each once it is unpacked.
MOST_PIXELS = 25_000_000
#: Pixels of what is kept: several times what is shown, for fine screens.
WIDTH, HEIGHT = 1200, 240
#: How many times a logo may be as wide as high, or as high as wide.
LONGEST = 20
TYPES = ("PNG", "JPEG", "WEBP")
SVG_NAMES = ("{http://www.w3.org/2000/svg}svg", "svg")
#: Pictures within an SVG that may stay: those that it holds itself.
HELD = ("#", "data:image/png;base64,", "data:image/jpeg;base64,", "data:image/jpg;base64,")
RENDERER = Path(__file__).with_name("svg_to_png.py")
PATIENCE = 20  # seconds


def as_logo(upload: IO[bytes], name: str) -> "ContentFile[bytes]":
    """Return the logo as a file called `name`, a digest of its pixels, and its ending.

    Raises ValidationError with what is wrong and what to do.
    """
    content = upload.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValidationError(_("The file is larger than 2 MB. Save it smaller: a logo is shown 48 pixels high."))
    image, photo = _opened(_drawn(content) if _looks_like_xml(content) else content)
    written, ending = _written(image, photo=photo)
    return ContentFile(written, name=f"{name}-{hashlib.sha256(written).hexdigest()[:20]}{ending}")


# --- Pictures ---------------------------------------------------------------------------------------------------------
def _opened(content: bytes) -> tuple[Image.Image, bool]:
    """Return the picture, upright and small, and whether it was a photo (JPEG)."""
    try:
        # The type is what the bytes say: only these decoders are tried.
        with Image.open(io.BytesIO(content), formats=TYPES) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                says = _("The picture has %(width)d by %(height)d pixels. Save it with at most 25 million.")
                raise ValidationError(says % {"width": width, "height": height})
            _check_shape(width, height)
            photo = image.format == "JPEG"
            upright = ImageOps.exif_transpose(image)
            coloured = upright.convert("RGB" if photo else "RGBA")
    except Image.DecompressionBombError:
        raise ValidationError(_("The picture has far too many pixels. Save it with at most 25 million.")) from None
    except UnidentifiedImageError:
        raise ValidationError(_("This is not a PNG, JPEG, WebP or SVG picture.")) from None
    except (OSError, SyntaxError, ValueError, MemoryError):
        raise ValidationError(_("The picture is damaged. Save it again as PNG, and choose that.")) from None
    coloured.thumbnail((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    return coloured, photo


def _written(image: Image.Image, *, photo: bool) -> tuple[bytes, str]:
    """Write the pixels and nothing else: where and when a picture was taken, and by whom, stays behind."""
    image.info.clear()
    to = io.BytesIO()
    if photo:
        image.save(to, "JPEG", quality=90, optimize=True)
        return to.getvalue(), ".jpg"
    see_through = image.getchannel("A").getextrema()[0] != 255
    (image if see_through else image.convert("RGB")).save(to, "PNG", optimize=True)
    return to.getvalue(), ".png"


def _check_shape(width: float, height: float) -> None:
    if not (1 / LONGEST <= width / height <= LONGEST):
        raise ValidationError(_("The picture is too long and thin for a logo. Cut it, and choose it again."))


# --- Drawings ---------------------------------------------------------------------------------------------------------
def _looks_like_xml(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _drawn(content: bytes) -> bytes:
    """Return an SVG as a PNG."""
    try:
        root = ElementTree.fromstring(content)
    except DefusedXmlException:
        raise ValidationError(_("The drawing declares entities. Save it as plain SVG, or as PNG.")) from None
    except (ParseError, ValueError, RecursionError):
        raise ValidationError(_("This is not a PNG, JPEG, WebP or SVG picture.")) from None
    if root.tag not in SVG_NAMES:
        raise ValidationError(_("This is not a PNG, JPEG, WebP or SVG picture."))
    _check_drawing(root)
    width, height = _size(root)
    _check_shape(width, height)
    scale = min(WIDTH / width, HEIGHT / height)
    size = [str(max(1, round(side * scale))) for side in (width, height)]
    try:
        done: subprocess.CompletedProcess[bytes] = subprocess.run(  # noqa: S603  (our own file, and numbers)
            # Written again by the parser, so that the renderer reads what was checked.
            [sys.executable, "-I", str(RENDERER), *size],
            input=ElementTree.tostring(root),
            capture_output=True,
            check=True,
            timeout=PATIENCE,
        )
    except subprocess.SubprocessError:
        raise ValidationError(_("The drawing cannot be drawn. Save it as plain SVG, or as PNG.")) from None
    return done.stdout


def _check_drawing(root: Element) -> None:
    for element in root.iter():
        if _local(element.tag) in ("text", "foreignObject"):
            raise ValidationError(
                _("The drawing holds text, which looks different everywhere. Turn it into paths, or save it as PNG.")
            )
        for name, value in element.attrib.items():
            if _local(name) == "href" and not value.strip().startswith(HELD):
                raise ValidationError(
                    _("The drawing refers to something outside itself. Save it as plain SVG with everything in it.")
                )


def _local(name: Any) -> str:
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def _size(root: Element) -> tuple[float, float]:
    """Return width and height in the drawing's own units."""
    for found in (
        root.get("viewBox", "").replace(",", " ").split()[2:],
        [root.get(side, "").strip().removesuffix("px") for side in ("width", "height")],
    ):
        try:
            width, height = map(float, found)
        except ValueError:
            continue
        if all(math.isfinite(side) and side > 0 for side in (width, height)):
            return width, height
    raise ValidationError(_("The drawing does not say how large it is. Give it a viewBox, or save it as PNG."))


# --- What was made ----------------------------------------------------------------------------------------------------
@lru_cache(maxsize=64)
def shown_size(name: str, width: int, height: int) -> tuple[int, int] | None:
    """Return the size at which a stored logo fits a box; None if there is no such picture. One look for each name."""
    try:
        with default_storage.open(name) as file, Image.open(file, formats=(*TYPES, "GIF")) as image:
            scale = min(width / image.width, height / image.height, 1)
            return max(1, round(image.width * scale)), max(1, round(image.height * scale))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
