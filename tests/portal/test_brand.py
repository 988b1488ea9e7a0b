"""The brand's style sheet, its images, and what is never served."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from fsportal.lib.colours import contrast
from fsportal.models import PortalSettings
from portal.brand import DARK_GROUND, LIGHT_GROUND, brand_stylesheet
from tests.portal.stage import company, picture, visit

pytestmark = pytest.mark.django_db
TOKENS = Path("static/css/tokens.css").read_text()
GROUNDS = ("paper", "surface", "sunken")


def pair(token: str) -> tuple[str, str]:
    """Return the token's colour on light and on dark."""
    found = re.search(rf"--{token}: var\(--light, (#\w+)\) var\(--dark, (#\w+)\)", TOKENS)
    assert found, token
    return found[1], found[2]


@pytest.mark.parametrize("brand", ["#0b6e6e", "#ffd400", "#000000", "#ffffff", "#777777", "#c00", "#1a1aff"])
def test_the_accent_can_be_read_on_light_and_on_dark(brand: str) -> None:
    light, dark = re.findall(r"--accent: (#\w+)", brand_stylesheet(PortalSettings(background_colour=brand)))
    on_light, on_dark = zip(*map(pair, GROUNDS), strict=True)
    assert (LIGHT_GROUND in on_light, DARK_GROUND in on_dark) == (True, True)
    assert all(contrast(light, ground) >= 4.5 for ground in on_light)
    assert all(contrast(dark, ground) >= 4.5 for ground in on_dark)


@pytest.mark.parametrize("brand", ["#0b6e6e", "#ffd400", "#000000", "#ffffff", "#777777", "#1a1aff"])
def test_the_settings_area_in_the_brands_colours_can_be_read(brand: str) -> None:
    on_brand = max("#000000", "#ffffff", key=lambda colour: contrast(colour, brand))
    sheet = brand_stylesheet(PortalSettings(background_colour=brand, foreground_colour=on_brand))
    found = re.findall(r"--([\w-]+): var\(--light, (#\w{6})\) var\(--dark, (#\w{6})\)", sheet)
    tokens = {name: pair for name, *pair in found}
    assert set(tokens) == {"staff", "staff-strong", "staff-fill", "staff-fill-strong", "on-staff-fill", "staff-tint"}
    for mode in (0, 1):
        grounds = [pair(token)[mode] for token in (*GROUNDS, "desk", "desk-sunken")] + [tokens["staff-tint"][mode]]
        for behind in grounds:
            assert contrast(tokens["staff"][mode], behind) >= 4.5, behind
            assert contrast(tokens["staff-strong"][mode], behind) >= 4.5, behind
            assert contrast(tokens["staff-fill"][mode], behind) >= 2.5, behind
        assert contrast(pair("ink-quiet")[mode], grounds[-1]) >= 4.5
        for fill in ("staff-fill", "staff-fill-strong"):
            assert contrast(tokens["on-staff-fill"][mode], tokens[fill][mode]) >= 4.5


@pytest.mark.parametrize("token", ["ink", "ink-quiet", "good", "waiting", "attention", "failed", "quiet"])
def test_every_text_colour_can_be_read_on_every_ground(token: str) -> None:
    for ground in (*GROUNDS, "desk", "desk-sunken"):
        for colour, behind in zip(pair(token), pair(ground), strict=True):
            assert contrast(colour, behind) >= 4.5, (token, ground)


def test_the_sheet_says_what_the_settings_say(client: Client) -> None:
    company(background_colour="#123456", foreground_colour="#fefefe", font="serif")
    response = client.get("/brand.css")
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert "--brand: #123456; --on-brand: #fefefe; --font: Charter" in response.content.decode()


def test_the_sheet_is_not_sent_twice(client: Client) -> None:
    company()
    etag = client.get("/brand.css")["ETag"]
    assert client.get("/brand.css", headers={"if-none-match": etag}).status_code == 304
    company(background_colour="#123456")
    assert client.get("/brand.css", headers={"if-none-match": etag}).status_code == 200


def test_pages_link_the_sheet_by_a_name_that_changes_with_the_brand(client: Client) -> None:
    company()
    before = re.search(r"/brand\.css\?v=\w+", client.get("/").content.decode())
    company(background_colour="#123456")
    after = re.search(r"/brand\.css\?v=\w+", client.get("/").content.decode())
    assert before
    assert after
    assert before[0] != after[0]


def test_a_colour_that_came_past_the_check_cannot_write_rules(client: Client) -> None:
    company()
    PortalSettings.objects.update(background_colour="#0;}*{a")
    assert client.get("/brand.css").content.decode().count("{") == 3
    assert "--brand: #0b6e6e" in client.get("/brand.css").content.decode()


def test_the_logo_is_public_and_shown_as_nothing_but_an_image(client: Client) -> None:
    portal_settings = company()
    portal_settings.logo.save("logo.png", picture())
    assert f'src="{portal_settings.logo.url}"' in client.get("/").content.decode()
    response = client.get(portal_settings.logo.url)
    response.close()
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Content-Disposition"] == "inline"
    assert "max-age=2592000" in response["Cache-Control"]


def test_nothing_else_that_was_uploaded_is_served(client: Client, settings: Any) -> None:
    code = visit("traveling")
    brand = Path(settings.MEDIA_ROOT) / "brand"
    brand.mkdir(parents=True, exist_ok=True)
    for name in ("page.html", "drawing.svg", "script.js", "noextension"):
        (brand / name).write_text("<script>alert(1)</script>")
    (Path(settings.MEDIA_ROOT).parent / "outside.png").write_bytes(b"secret")
    photo = code.booking.resource.photo
    names = [photo.name, "brand/page.html", "brand/drawing.svg", "brand/script.js", "brand/noextension", "brand/"]
    names += ["brand/../../outside.png", "../outside.png", "brand/%2e%2e/%2e%2e/outside.png", "/etc/passwd.png"]
    names += [f"brand/../{photo.name}", "brand/%00.png", "brand/none.png", "brand/..%5c..%5coutside.png"]
    assert {name: client.get(f"/media/{name}").status_code for name in names} == dict.fromkeys(names, 404)
