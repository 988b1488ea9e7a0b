"""The house's words: names of the glossary (docs/domain.md), and no reference that leads nowhere."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APPS = ("bookings", "fsportal", "notifications", "portal")
#: Where people write about files of the repository.
FOLDERS = (*APPS, "benchmarks", "docs", "locale", "requirements", "static", "templates", "tests")
#: Documents that this repository once cited and does not hold, and its issues, which readers of the code cannot see.
OUTSIDE = re.compile(
    r"(?<!docs/)(?<!\]\()(?<!\[)(?<!\.\./)\bdomain\.md"
    r"|\b(?:interfaces|design)\.md|\bseeds?\b|\bissue:? ?#?\d|\(issue\b",
    re.IGNORECASE,
)
#: Where "seed" is that of a random number or of recovery codes.
SEEDS_OF_OTHERS = ("tests/make_drive.py", "tests/portal/sign_in/test_mfa.py")
#: Names that Django looks up.
SHARED = {"Command", "Media", "Meta"}
#: Banned, and the glossary's word for it. In names of modules and in identifiers; singular or plural.
BANNED = {
    "alert": "staff card, or message",
    "deed": "verb, action or tap",
    "door": "access",
    "exchange": "schedule file",
    "notice": "message; a notice is a box on a page, and django-allauth's security notice",
    "privacy": "personal data",
}
ALLOWED = {"late_alert_at", "NEXT_DOOR_KM"}
#: Banned as the name of a module only: the protocol is OData, the room is the Web API.
BANNED_MODULES = {"odata": "Web API"}
WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
SPAN = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
FILE = r"\.(?:css|gpx|html|js|md|po|py|toml|txt)"
FILE_NAME = re.compile(rf"[\w.-]*\w{FILE}")
PATH = re.compile(rf"(?<![\w/.<-])(?:{'|'.join(FOLDERS)})/[\w./-]*\w(?:{FILE})?/?(?![\w<*{{])")
FILE_PATH = re.compile(rf"(?<![\w/.<-])(?:{'|'.join(FOLDERS)})/[\w./-]*\w{FILE}\b")


# --- Reading --------------------------------------------------------------------------------------------------------
def modules(root: Path) -> Iterator[tuple[str, ast.Module]]:
    """Yield each module of our apps with its path, without migrations, which Django writes."""
    for app in APPS:
        for path in sorted((root / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(root).as_posix(), ast.parse(path.read_text())


def texts(root: Path, folders: tuple[str, ...], *suffixes: str) -> Iterator[tuple[str, str]]:
    """Yield the text files in `folders` and beside the root's pages, with their paths."""
    files = [path for folder in folders for path in sorted((root / folder).rglob("*"))]
    for path in [*sorted(root.glob("*.md")), *files]:
        if path.suffix in suffixes and path.is_file() and path != Path(__file__):
            yield path.relative_to(root).as_posix(), path.read_text()


def identifiers(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module gives or uses."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                yield name
            case ast.keyword(arg=str(name)) | ast.alias(asname=str(name)):
                yield name


def words(name: str) -> set[str]:
    """Return the words of a name, lower case and singular: `late_alerts` gives late and alert."""
    return {word.lower().removesuffix("s") for word in WORD.findall(name)}


# --- Judging --------------------------------------------------------------------------------------------------------
def cited_from_outside(root: Path) -> list[str]:
    """Return every citation of a document that is not here."""
    return [
        f"{path}:{number}: {found[0]}"
        for path, text in texts(root, FOLDERS, ".py", ".md", ".html", ".js", ".css", ".txt")
        if path not in SEEDS_OF_OTHERS
        for number, line in enumerate(text.splitlines(), 1)
        for found in OUTSIDE.finditer(line)
    ]


def named_twice(root: Path) -> list[str]:
    """Return each class name that two classes have."""
    places = defaultdict(list)
    for path, tree in modules(root):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and node.name not in SHARED:
                places[node.name].append(path)
    return [f"{name}: {', '.join(paths)}" for name, paths in sorted(places.items()) if len(paths) > 1]


def banned_words(root: Path) -> list[str]:
    """Return names with a word that the glossary has another word for."""
    wrong = set()
    for path, tree in modules(root):
        for word in words(path) & (BANNED.keys() | BANNED_MODULES.keys()):
            if "security_notice" not in path:
                wrong.add(f"{path}: {word} ({(BANNED | BANNED_MODULES)[word]})")
        names = set(identifiers(tree))
        has_notices = "SecurityNotice" in names or path.startswith("fsportal/")
        for name in names - ALLOWED:
            for word in words(name) & BANNED.keys():
                if not (word == "notice" and has_notices) and "security" not in words(name):
                    wrong.add(f"{path}: {name} ({BANNED[word]})")
    return sorted(wrong)


def called_portal(root: Path) -> list[str]:
    """Return variables called `portal`: that is an app, and the settings record is `portal_settings`."""
    return [
        path
        for path, tree in modules(root)
        for node in ast.walk(tree)
        if (isinstance(node, ast.arg) and node.arg == "portal")
        or (isinstance(node, ast.Name) and node.id == "portal" and isinstance(node.ctx, ast.Store))
    ]


def leads_nowhere(root: Path) -> list[str]:
    """Return links, paths and file names in the docs that name nothing in the repository."""
    names = {path.name for folder in (*FOLDERS, ".ci") for path in (root / folder).rglob("*")}
    names |= {path.name for path in root.iterdir()}
    wrong = []
    for path, text in texts(root, ("docs",), ".md"):
        prose, here = FENCE.sub("", text), (root / path).parent
        wrong += [f"{path}: {link}" for link in LINK.findall(prose) if not (here / link).exists()]
        for span in SPAN.findall(prose):
            wrong += [f"{path}: {found}" for found in PATH.findall(span) if not (root / found).exists()]
            if FILE_NAME.fullmatch(span) and span not in names:
                wrong.append(f"{path}: {span}")
    return wrong


def stale_in_code(root: Path) -> list[str]:
    """Return paths of files in code and templates, in comments mostly, that name nothing in the repository."""
    return [
        f"{path}: {found}"
        for path, text in texts(root, (*APPS, "static", "templates", "tests"), ".py", ".html", ".js", ".css")
        for found in FILE_PATH.findall(text)
        if path != "tests/test_architecture.py" and not lies_below(root, found)
    ]


def lies_below(root: Path, path: str) -> bool:
    """Tell whether a path is one from the root, or one that Django looks up in templates/ or migrations' own."""
    return any((root / place / path).exists() for place in ("", "templates"))


# --- The house ------------------------------------------------------------------------------------------------------
def test_nothing_cites_a_document_that_is_not_here() -> None:
    assert cited_from_outside(ROOT) == []


def test_no_two_classes_have_one_name() -> None:
    assert named_twice(ROOT) == []


def test_names_are_those_of_the_glossary() -> None:
    assert banned_words(ROOT) == []


def test_no_variable_is_called_as_the_app() -> None:
    assert called_portal(ROOT) == []


def test_what_the_docs_name_is_there() -> None:
    assert leads_nowhere(ROOT) == []


def test_what_comments_name_is_there() -> None:
    assert stale_in_code(ROOT) == []


# --- The test itself: each kind of fault is found in a house that has it ----------------------------------------------
def plant(root: Path, file: str, text: str) -> None:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "see interfaces.md",
        "(domain.md, Records)",
        "the seed's table",
        "the issue says so (issue: low ratings)",
        "as issue 3 wants",
    ],
)
@pytest.mark.parametrize("file", ["bookings/models.py", "docs/decisions/0001-why.md", "static/js/visit.js"])
def test_a_citation_from_outside_is_found(tmp_path: Path, file: str, text: str) -> None:
    plant(tmp_path, file, f"{text}\n")
    assert len(cited_from_outside(tmp_path)) == 1


def test_a_citation_of_our_own_page_is_none(tmp_path: Path) -> None:
    plant(tmp_path, "bookings/models.py", '"""docs/domain.md, Records: an issue of proceeding."""\n')
    plant(tmp_path, "docs/architecture.md", "[words](domain.md)")
    plant(tmp_path, "docs/decisions/0001-why.md", "[domain.md](../domain.md)")
    assert cited_from_outside(tmp_path) == []


def test_a_second_class_of_a_name_is_found(tmp_path: Path) -> None:
    plant(tmp_path, "bookings/a.py", "class Line:\n    class Meta: ...\n")
    plant(tmp_path, "portal/b.py", "class Page:\n    class Meta: ...\n    class Line: ...\n")
    plant(tmp_path, "portal/migrations/0001_initial.py", "class Line: ...\n")
    assert named_twice(tmp_path) == ["Line: bookings/a.py, portal/b.py"]


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("portal/views.py", "class VisitDoor: ..."),
        ("portal/views.py", "def see(request, door): ..."),
        ("portal/admin.py", "class Admin:\n    deeds = []"),
        ("bookings/verbs.py", "def tell(): late_alerts()"),
        ("bookings/verbs.py", "booking.queue(notice=1)"),
        ("bookings/verbs.py", "import bookings.queue as notices"),
        ("bookings/notices.py", ""),
        ("bookings/exchange/rows.py", ""),
        ("notifications/inapp/odata/rows.py", ""),
    ],
)
def test_a_banned_word_is_found(tmp_path: Path, file: str, source: str) -> None:
    plant(tmp_path, file, f"{source}\n")
    assert len(banned_words(tmp_path)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("portal/models.py", "class SecurityNotice: ...\ndef made(): notice = SecurityNotice()"),
        ("notifications/web_api/errors.py", "class ODataError(Exception): ..."),
        ("bookings/a.py", "def indeed(): doorstep = 1; noticed = doorstep"),
    ],
)
def test_a_word_that_is_meant_is_not_found(tmp_path: Path, file: str, source: str) -> None:
    plant(tmp_path, file, f"{source}\n")
    assert banned_words(tmp_path) == []


@pytest.mark.parametrize("source", ["def page(portal): ...", "portal = 1", "for portal in []: ..."])
def test_a_variable_called_as_the_app_is_found(tmp_path: Path, source: str) -> None:
    plant(tmp_path, "bookings/a.py", "import portal.models\n")
    plant(tmp_path, "bookings/b.py", f"{source}\n")
    assert called_portal(tmp_path) == ["bookings/b.py"]


@pytest.mark.parametrize(
    "text",
    [
        "[gone](decisions/0099-gone.md)",
        "in `bookings/gone.py`",
        "in `bookings/gone/`",
        "run `python benchmarks/gone.py --seconds 3`",
        "see `gone.py`",
    ],
)
def test_a_reference_that_leads_nowhere_is_found(tmp_path: Path, text: str) -> None:
    plant(tmp_path, "bookings/here.py", "")
    plant(tmp_path, "docs/page.md", f"`bookings/here.py`, `here.py`, `bookings/`, [it](page.md), `a/b`\n{text}\n")
    assert len(leads_nowhere(tmp_path)) == 1


def test_a_path_in_a_comment_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    plant(tmp_path, "templates/portal/page.html", "")
    plant(tmp_path, "bookings/a.py", '# bookings/a.py, bookings/gone.py\nrender("portal/page.html")\n')
    assert stale_in_code(tmp_path) == ["bookings/a.py: bookings/gone.py"]
