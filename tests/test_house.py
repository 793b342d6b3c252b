"""The plan of the house, held against the code: who may import whom, and who may touch what.

The plan has one room more than its first drawing: the commands read and write workbooks without a desk (no database,
no organisation), so they go to the workbook room themselves.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MAY_IMPORT = {
    "app": {"wiring", "keeper", "logs", "web", "services", "pages.frame", "domain"},
    "queue_worker": {"wiring", "worker", "keeper", "logs", "desk", "settings", "services", "domain"},
    "estimate_core.__main__": {"commands", "domain"},
    "commands": {"workbook", "domain", "commands"},
    # What whoever hosts a desk does without a browser, the other commands do without a desk.
    "commands.clean": {"wiring", "services"},
    "commands.backup": {"wiring", "services"},
    "commands.leaving": {"wiring", "services"},
    "commands.people": {"wiring", "services", "desk"},
    "pages": {"services", "workbook.tables", "domain", "pages"},
    "pages.shell": {"wiring"},
    "web": {"services", "domain", "web", "desk", "settings"},
    "wiring": {"desk", "settings", "services", "domain", "isolation", "posting.postman"},
    "worker": {"wiring", "keeper", "services"},
    "keeper": set(),
    "logs": set(),
    "isolation": {"desk", "domain"},
    "posting": {"posting", "domain"},
    "services": {"desk", "settings", "logs", "storage", "workbook", "paper", "domain", "services"},
    "desk": {"settings", "storage.database", "storage.files", "storage.keys", "storage.objects", "domain"},
    "settings": {"setting_values", "logs", "storage.files", "domain"},
    "setting_values": set(),
    "workbook.formula": {"domain", "workbook.formula"},
    "workbook.reading": {"domain", "workbook.reading", "workbook.formula"},
    "workbook.doctor": {"domain", "workbook.doctor", "workbook.reading", "workbook.formula"},
    "workbook.writing": {"domain", "workbook.writing"},
    "workbook.output": {"domain", "workbook.output", "workbook.writing", "workbook.reading", "workbook.formula"},
    "workbook.reports": {"domain", "workbook.reports", "workbook.writing", "workbook.reading", "workbook.formula"},
    "workbook.reader": {"domain", "workbook.reading", "workbook.doctor"},
    "workbook.stored": {"domain", "workbook.output"},
    "workbook.tables": {"domain"},
    "paper": {"domain", "paper"},
    "storage": {"domain", "storage"},
    "domain": {"domain"},
}
"""Room -> rooms that it may import; a single module's row adds to that of its folder."""

LIBRARIES = {
    "streamlit": {"app", "pages"},
    "huey": {"wiring"},
    "pandas": {"pages", "workbook.tables"},
    "openpyxl": {"workbook"},
    "fpdf": {"paper.fonts"},
    "pypdfium2": {"paper.picture"},
    "obstore": {"storage.objects"},
    "prometheus_client": {"web.health"},
    "sqlite_utils": {"storage"},
    "sqlite3": {"storage"},
    "starlette": {"app", "web"},
    "pydantic": {"web", "settings", "setting_values"},
    "pydantic_settings": {"settings"},
    "pydantic_core": {"web"},
    "filelock": {"worker"},
    # What leaves this machine leaves from one room, where it is checked where it goes.
    **dict.fromkeys(("apprise", "requests", "urllib3", "httpx", "http", "ssl"), {"posting"}),
    # But for the one provider of sign-in, whose address the host sets.
    **dict.fromkeys(("authlib", "httpx2"), {"web.provider"}),
    # The web room switches a delay off on sockets that listen; it opens none.
    "socket": {"posting", "web.sockets"},
    # A file that nobody vouches for is read in a process of its own: wiring's business, but too much for its module.
    "multiprocessing": {"isolation"},
    # Likeness of two texts: a function of these and nothing else, so the domain stays as pure with it.
    "rapidfuzz": {"domain.likeness"},
}
"""Library -> rooms that may touch it."""

FILES = {"open", "read_bytes", "write_bytes", "read_text", "write_text", "mkdir", "unlink", "rmtree"}
MAY_TOUCH_FILES = {"storage.files", "commands.files", "wiring", "worker", "app", "queue_worker"}
MAY_KNOW_ENVIRONMENT_AND_CLOCK = {"wiring", "commands.files", "app", "queue_worker"}
CLOCK = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("time", "time"),
    ("os", "environ"),
    ("os", "getenv"),
}
PURE = {"__future__", "abc", "bisect", "collections", "dataclasses", "datetime", "decimal", "enum", "functools"} | {
    "itertools",
    "math",
    "re",
    "typing",
    "unicodedata",
}
"""What the domain may take from the standard library: nothing that reaches outside."""


@dataclass(frozen=True)
class Module:
    """A module of the product by its room's name, such as `workbook.pour`, `pages.shell` or `app`."""

    name: str
    tree: ast.Module

    def imports(self) -> Iterator[str]:
        """Dotted names of what it imports."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name} has a relative import"
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules() -> list[Module]:
    paths = [
        ROOT / "app.py",
        ROOT / "queue_worker.py",
        *ROOT.glob("pages/**/*.py"),
        *ROOT.glob("estimate_core/**/*.py"),
    ]
    return [Module(_name(path), ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def _name(path: Path) -> str:
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    return dotted if dotted == "estimate_core.__main__" else dotted.removeprefix("estimate_core.")


def in_room(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def rooms_of(name: str, table: dict[str, set[str]]) -> set[str]:
    return set().union(*(allowed for room, allowed in table.items() if in_room(name, room)))


EVERY = [pytest.param(module, id=module.name) for module in modules()]


@pytest.mark.parametrize("module", EVERY)
def test_imports_go_down_the_floors_only(module: Module) -> None:
    own = [
        name.removeprefix("estimate_core.")
        for name in module.imports()
        if name.split(".")[0] in ("estimate_core", "pages")
    ]

    crossed = [name for name in own if not any(in_room(name, room) for room in rooms_of(module.name, MAY_IMPORT))]

    assert crossed == []


@pytest.mark.parametrize("module", EVERY)
def test_a_library_is_touched_in_its_rooms_only(module: Module) -> None:
    crossed = [
        name
        for name in module.imports()
        if (rooms := LIBRARIES.get(name.split(".")[0])) and not any(in_room(module.name, room) for room in rooms)
    ]

    assert crossed == []


@pytest.mark.parametrize("module", [param for param in EVERY if in_room(param.values[0].name, "domain")])
def test_the_domain_is_pure(module: Module) -> None:
    outside = [name for name in module.imports() if name.split(".")[0] not in PURE | {"estimate_core", "rapidfuzz"}]

    assert outside == []


@pytest.mark.parametrize("module", EVERY)
def test_files_are_touched_in_one_room(module: Module) -> None:
    calls = [node.func for node in ast.walk(module.tree) if isinstance(node, ast.Call)]

    named = {func.id for func in calls if isinstance(func, ast.Name) and func.id == "open"}
    named |= {func.attr for func in calls if isinstance(func, ast.Attribute) and func.attr in FILES - {"open"}}

    assert not named or module.name in MAY_TOUCH_FILES


@pytest.mark.parametrize("module", EVERY)
def test_clock_and_environment_are_known_in_one_room(module: Module) -> None:
    touched = {
        (node.value.id, node.attr)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    } & CLOCK

    assert not touched or module.name in MAY_KNOW_ENVIRONMENT_AND_CLOCK


@pytest.mark.parametrize("module", [param for param in EVERY if in_room(param.values[0].name, "pages")])
def test_a_page_runs_nothing_on_import(module: Module) -> None:
    if module.name == "pages.shell":
        return
    quiet = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)

    loud = [
        ast.unparse(node)
        for node in module.tree.body
        if not isinstance(node, quiet) and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]

    assert loud == []


@pytest.mark.parametrize("module", [param for param in EVERY if in_room(param.values[0].name, "pages")])
def test_what_runs_by_itself_on_a_page_is_made_where_its_person_is_looked_up_again(module: Module) -> None:
    made = [
        node.attr
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("st.fragment", "st.dialog")
    ]

    assert not made or module.name == "pages.parts"


@pytest.mark.parametrize(
    "folder",
    [
        "domain",
        "workbook",
        "workbook/reading",
        "workbook/formula",
        "workbook/doctor",
        "workbook/output",
        "workbook/reports",
        "paper",
        "posting",
        "storage",
        "services",
        "web",
        "commands",
    ],
)
def test_each_folder_states_its_rule(folder: str) -> None:
    tree = ast.parse((ROOT / "estimate_core" / folder / "__init__.py").read_text(encoding="utf-8"))

    assert ast.get_docstring(tree)


def test_only_the_outer_frames_catch_everything() -> None:
    outer = {
        "wiring",
        "web.health",
        "worker",
        "isolation",
        "app",
        "services.work",
        "web.api",
        "web.provider",
        "web.door",
        "estimate_core.__main__",
        "queue_worker",
    }

    catching = {
        module.name
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
    }

    assert catching <= outer


@pytest.mark.parametrize("module", EVERY)
def test_no_module_outgrows_its_room(module: Module) -> None:
    assert max((node.end_lineno or 0 for node in module.tree.body), default=0) <= 400
