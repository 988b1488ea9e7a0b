"""What becomes of a picture that is uploaded as a logo."""

import io
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from fsportal.lib import logos

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
#: EXIF: turned by 90 degrees.
TURNED = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"


def made(content: bytes) -> Image.Image:
    file = logos.as_logo(io.BytesIO(content), "logo")
    image = Image.open(io.BytesIO(file.read()))
    assert str(file.name).endswith({"PNG": ".png", "JPEG": ".jpg"}[str(image.format)])
    return image


def picture(kind: str, size: tuple[int, int] = (300, 100), mode: str = "RGB", **options: Any) -> bytes:
    to = io.BytesIO()
    Image.new(mode, size, 1).save(to, kind, **options)
    return to.getvalue()


def test_pictures_are_written_again_small_upright_and_without_what_cameras_note() -> None:
    photo = made(picture("JPEG", (3000, 1000), exif=TURNED))
    assert (photo.format, photo.size, "exif" in photo.info) == ("JPEG", (80, 240), False)
    assert (made(picture("WEBP", mode="RGBA")).format, made(picture("PNG", mode="P")).format) == ("PNG", "PNG")
    names = {logos.as_logo(io.BytesIO(content), "logo").name for content in (picture("PNG"), picture("PNG") + b"<b>")}
    assert len(names) == 1


def test_a_drawing_becomes_a_picture_whatever_it_would_have_done() -> None:
    drawing = made(
        f"""<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://x.example/svg11.dtd">
        {SVG} viewBox="0 0 200 50" onload="alert(1)"><script>alert(1)</script>
        <style>@import url(https://x.example/a.css); rect {{ fill: #ff0000 }}</style>
        <a href="#b"><rect width="100" height="50" onclick="alert(1)"/></a></svg>""".encode()
    )
    assert (drawing.format, drawing.size, drawing.info) == ("PNG", (960, 240), {})
    assert (drawing.getpixel((10, 10)), drawing.getpixel((900, 10))) == ((255, 0, 0, 255), (0, 0, 0, 0))


BOMB = "".join(f'<g id="a{n}">' + f'<use href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 10))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not a PNG"),
        (b"<html><script>alert(1)</script></html>", "not a PNG"),
        (picture("GIF"), "not a PNG"),
        (picture("PNG")[:60], "damaged"),
        (picture("PNG", (10_001, 2_500), "1"), "25 million"),
        (picture("PNG", (20_000, 20_000), "1"), "25 million"),
        (picture("PNG", (2_100, 100), "1"), "too long and thin"),
        (b"x" * (logos.LARGEST + 1), "larger than 2 MB"),
        (f'{SVG} viewBox="0 0 9 9"><image href="/etc/passwd.png"/></svg>'.encode(), "outside itself"),
        (f'{SVG} viewBox="0 0 9 9"><use xlink:href="http://x.example/a.svg#b"/></svg>'.encode(), "outside itself"),
        (f'{SVG} viewBox="0 0 9 9"><image href="data:image/svg+xml,x"/></svg>'.encode(), "outside itself"),
        (f'{SVG} viewBox="0 0 9 9"><foreignObject/></svg>'.encode(), "holds text"),
        (f'{SVG} viewBox="0 0 9 9"><text>Contoso</text></svg>'.encode(), "holds text"),
        (f'<!DOCTYPE svg [<!ENTITY a "aa">]>{SVG} viewBox="0 0 9 9"><g id="&a;"/></svg>'.encode(), "entities"),
        (f'{SVG} viewBox="0 0 1000000 1"/>'.encode(), "too long and thin"),
        (f'{SVG} viewBox="0 0 nan 1" width="100%"/>'.encode(), "how large"),
        (f'{SVG} viewBox="0 0 9 9"><g id="a0"><path/></g>{BOMB}<use href="#a9"/></svg>'.encode(), "cannot be drawn"),
    ],
)
def test_what_is_no_logo_is_refused_with_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        logos.as_logo(io.BytesIO(content), "logo")
