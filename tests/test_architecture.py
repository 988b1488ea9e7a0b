"""The floors: imports run downwards only (docs/architecture.md).

Read from the source, and so with late imports, imports for the type checker, and modules that a string names.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APPS = ("portal", "bookings", "notifications", "fsportal")
#: What each app may import besides itself: app names, or the exact part of one.
#: fsportal.conf is the shape of what settings hold (SmsConfig); it imports nothing of ours.
GROUND = ("fsportal.models", "fsportal.lib", "fsportal.conf", "fsportal.settings_area")
MAY_IMPORT = {
    "portal": ("bookings", "notifications", *GROUND),
    "bookings": ("notifications", *GROUND),
    "notifications": GROUND,
    "fsportal": (),
}
#: They put the house together, so they look up.
COMPOSITION = (
    "fsportal.settings",
    "fsportal.urls",
    "fsportal.admin.index",
    "fsportal.wsgi",
    "fsportal.management",
)
LONGEST = 400
#: A string that names a module or what is in it, as Django's and django-q2's settings do.
DOTTED = re.compile(rf"(?:{'|'.join(APPS)})(?:\.\w+)+")


# --- Reading --------------------------------------------------------------------------------------------------------
def sources(root: Path) -> dict[str, Path]:
    """Return every module of our apps by its dotted name, without migrations, which Django writes."""
    found = {}
    for app in APPS:
        for path in sorted((root / app).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            if "migrations" not in parts:
                found[".".join(parts).removesuffix(".__init__")] = path
    return found


class Imports(ast.NodeVisitor):
    """What a module imports, also below `if TYPE_CHECKING:`: two that need each other's types are a circle too."""

    def __init__(self, module: str, *, is_package: bool) -> None:
        self.at_start: set[str] = set()
        self.late: set[str] = set()
        self.in_strings: set[str] = set()
        self._package = module if is_package else module.rpartition(".")[0]
        self._depth = 0

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815  (ast's own way of naming)

    def visit_Import(self, node: ast.Import) -> None:
        self._add(alias.name for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        above = self._package.split(".")[: len(self._package.split(".")) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        # `from a import b` may mean the module a.b or a name in a.
        self._add([base, *(f"{base}.{alias.name}" for alias in node.names)])

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and DOTTED.fullmatch(node.value):
            self.in_strings.add(node.value)

    def _add(self, names: Iterator[str] | list[str]) -> None:
        (self.late if self._depth else self.at_start).update(names)


def imports(root: Path) -> dict[str, Imports]:
    """Return each module's imports."""
    found = {}
    for module, path in sources(root).items():
        reader = Imports(module, is_package=path.name == "__init__.py")
        reader.visit(ast.parse(path.read_text()))
        found[module] = reader
    return found


# --- Judging --------------------------------------------------------------------------------------------------------
def below(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}.")


def upward(root: Path) -> list[str]:
    """Return every import that goes up, or past the ground floor's front doors, and every string that names what is up.

    A string that leads down past the front doors is a model's label or a permission, not a module.
    """
    wrong = []
    for module, found in imports(root).items():
        if any(below(module, part) for part in COMPOSITION):
            continue
        app = module.partition(".")[0]
        allowed = (app, *MAY_IMPORT[app])
        # `from fsportal import lib` names the package on the way to an allowed part.
        on_the_way = {part.rpartition(".")[0] for part in allowed} - {""}
        for name in sorted(found.at_start | found.late):
            is_ours = name.partition(".")[0] in APPS
            if is_ours and name not in on_the_way and not any(below(name, part) for part in allowed):
                wrong.append(f"{module} imports {name}")
        above = APPS[: APPS.index(app)]
        wrong += [f"{module} names {name}" for name in sorted(found.in_strings) if name.partition(".")[0] in above]
    return wrong


def cycles(root: Path) -> list[list[str]]:
    """Return groups of modules that need each other to be imported (late imports do not count)."""
    found = imports(root)
    graph = {module: {name for name in read.at_start if name in found} - {module} for module, read in found.items()}
    # `from package import name` needs the package's own __init__ only when that holds the name itself.
    for module, needed in graph.items():
        packages = {name for name in needed if any(other.startswith(f"{name}.") for other in needed)}
        inside = {name for name in needed if module.startswith(f"{name}.")}
        graph[module] = needed - packages - inside
    return [group for group in strongly_connected(graph) if len(group) > 1]


def strongly_connected(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the strongly connected components (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    result: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            cut = stack.index(node)
            result.append(sorted(stack[cut:]))
            del stack[cut:]

    for node in graph:
        if node not in index:
            visit(node)
    return result


def too_long(root: Path) -> list[str]:
    """Return modules over LONGEST lines, with their length."""
    lengths = {module: len(path.read_text().splitlines()) for module, path in sources(root).items()}
    return [f"{module} has {length} lines" for module, length in lengths.items() if length > LONGEST]


def doubled_keys(root: Path) -> list[str]:
    """Return dictionary literals that have a key twice: the first value is silently lost. Ruff sees constants only."""
    found = []
    for module, path in sources(root).items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Dict):
                keys = [ast.unparse(key) for key in node.keys if key is not None]
                found += [f"{module} has {key} twice" for key, number in Counter(keys).items() if number > 1]
    return found


# --- The house ------------------------------------------------------------------------------------------------------
def test_imports_run_downwards_only() -> None:
    assert upward(ROOT) == []


def test_no_module_needs_one_that_needs_it() -> None:
    assert cycles(ROOT) == []


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    assert too_long(ROOT) == []


def test_no_dictionary_has_a_key_twice() -> None:
    assert doubled_keys(ROOT) == []


def test_nothing_is_called_utils() -> None:
    assert [module for module in sources(ROOT) if module.rpartition(".")[2] in ("utils", "helpers", "services")] == []


# --- The test itself: each kind of fault is found in a house that has it ----------------------------------------------
@pytest.fixture
def house(tmp_path: Path) -> Path:
    for app in APPS:
        (tmp_path / app).mkdir()
        (tmp_path / app / "__init__.py").touch()
    return tmp_path


def plant(house: Path, file: str, source: str) -> None:
    path = house / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("bookings/admin.py", "from portal.models import Invitation"),
        ("bookings/apps.py", "def ready():\n    import portal.views"),
        ("notifications/tasks.py", "async def late():\n    from bookings import reminders"),
        ("notifications/deep/er.py", "from ...portal import access"),
        ("fsportal/models/people.py", "try:\n    from bookings.models import Booking\nexcept ImportError: ..."),
        ("portal/views.py", "from fsportal.urls import urlpatterns"),
        ("notifications/urls.py", "from fsportal import settings"),
        ("bookings/queue.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from portal import access"),
        ("notifications/tasks.py", 'TASK = "bookings.tasks.sweep_if_due"'),
        ("fsportal/models/people.py", 'def url():\n    return import_string("portal.urls")'),
    ],
)
def test_an_upward_import_is_found(house: Path, file: str, source: str) -> None:
    plant(house, file, source)
    assert len(upward(house)) >= 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("portal/views.py", "from bookings.models import Booking\nfrom fsportal import lib\nimport fsportal.lib.zones"),
        ("portal/people.py", 'contact = ForeignKey("fsportal.Contact")\nTASK = "bookings.tasks.sweep_if_due"'),
        ("fsportal/management/schedules.py", 'SWEEP = "bookings.tasks.sweep_if_due"'),
        ("notifications/texts.py", '"""Not for bookings.models."""\nSAID = "See portal.example for more."'),
        ("fsportal/management/commands/start.py", "from bookings import reminders"),
        ("fsportal/urls.py", "from portal import views"),
    ],
)
def test_what_is_allowed_is_not_found(house: Path, file: str, source: str) -> None:
    plant(house, file, source)
    assert upward(house) == []


def test_a_cycle_is_found(house: Path) -> None:
    plant(house, "bookings/a.py", "from bookings import b")
    plant(house, "bookings/b.py", "from bookings.c import name")
    plant(house, "bookings/c.py", "import bookings.a")
    assert cycles(house) == [["bookings.a", "bookings.b", "bookings.c"]]


def test_a_cycle_of_types_is_found(house: Path) -> None:
    plant(house, "bookings/a.py", "from bookings import b")
    plant(house, "bookings/b.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from bookings.a import A")
    assert cycles(house) == [["bookings.a", "bookings.b"]]


def test_a_late_import_is_no_cycle(house: Path) -> None:
    plant(house, "bookings/a.py", "from bookings import b")
    plant(house, "bookings/b.py", "def late():\n    from bookings import a")
    assert cycles(house) == []


def test_a_long_module_is_named(house: Path) -> None:
    plant(house, "portal/long.py", "x = 1\n" * 401)
    plant(house, "portal/migrations/0001_initial.py", "x = 1\n" * 999)
    assert too_long(house) == ["portal.long has 401 lines"]


def test_a_doubled_key_is_named(house: Path) -> None:
    plant(house, "bookings/words.py", "WORDS = {Reason.LATE: 'a', **more, Reason.OTHER: 'b', Reason.LATE: 'c'}")
    plant(house, "bookings/fine.py", "WORDS = {'a': {'b': 1}, 'b': 1, **{'a': 2}}")
    assert doubled_keys(house) == ["bookings.words has Reason.LATE twice"]
