"""What browsers get from collectstatic: hashed names everywhere, one place for colours, every import there."""

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

STATIC = Path("static")
HASHED = re.compile(r"\.[0-9a-f]{12}\.(js|css)$")
IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*["']([./][^"']+)["']""")
URL = re.compile(r"""url\(["']?([^"')]+)["']?\)""")


@pytest.fixture
def collected(settings: Settings, tmp_path: Path) -> Path:
    settings.STATIC_ROOT = tmp_path
    backend = "fsportal.lib.static_files.HashedStaticFiles"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": backend}}
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_what_our_sheets_and_modules_name_is_there_under_a_hashed_name(collected: Path) -> None:
    names = json.loads((collected / "staticfiles.json").read_text())["paths"]
    named = 0
    for source in (*STATIC.rglob("*.js"), *STATIC.rglob("*.css")):
        path = collected / names[str(source.relative_to(STATIC))]
        for target in (IMPORT if source.suffix == ".js" else URL).findall(path.read_text()):
            named += 1
            assert HASHED.search(target), f"{source} names {target}"
            assert (path.parent / target).resolve().is_file(), f"{source} names {target}"
    assert named > 20


def test_the_workers_own_file_imports_nothing() -> None:
    # It is served under an address of its own, where no hashed name would lead anywhere.
    assert not IMPORT.findall((STATIC / "js/technician-worker.js").read_text())


def test_no_sheet_holds_a_phone_one_way_up() -> None:
    assert not [sheet.name for sheet in STATIC.glob("css/*.css") if "orientation" in sheet.read_text()]


@pytest.mark.parametrize("sheet", sorted(STATIC.glob("css/*.css")), ids=lambda path: path.stem)
def test_colours_are_named_in_one_sheet_and_every_rule_is_in_a_layer(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    if sheet.stem != "tokens":
        assert not re.findall(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\(", text)
    if sheet.stem == "django-admin":
        return  # over sheets that are in no layer
    depth, outside = 0, ""
    for part in re.split(r"([{}])", text):
        depth += {"{": 1, "}": -1}.get(part, 0)
        outside += part if depth == 0 and part != "}" else ""
    statements = re.split(r"[;\n]+", outside)
    assert not [one for one in map(str.strip, statements) if one and not one.startswith(("@layer", "@import"))]
