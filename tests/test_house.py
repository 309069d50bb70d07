"""The house itself: who may know whom, who knows which library, and docs that cannot go stale."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import qipxl
from qipxl.app.cli.main import main
from qipxl.returns.codes import CODES
from qipxl.template import Template

ROOT = Path(qipxl.__file__).parent
FLOORS = [
    {"errors", "heap"},
    {"places"},
    {"resources", "periods", "texts", "installed"},
    {"rules", "indicators"},
    {"template"},
    {"privacy", "codes"},
    {"problems", "layout", "stamp", "services", "shared"},
    {"opening", "returns"},
    {"reading", "unchanged"},
    {"checking", "rating"},
    {"tracker", "archive"},
    {"tracing", "series", "records"},
    {"archived", "definitions", "outliers"},
    {"limits", "verdicts"},
    {"telling"},
    {"signals"},
    {"impact"},
    {"consolidation", "explaining", "exchange", "issuing"},
    {"movement", "history"},
    {"board", "answering", "adopting"},
    {"page", "publishing"},
    {"headoffice"},
    {"demo", "terminal", "packing"},
    {"excel"},
    {"running"},
    {"options", "pack_options"},
    {"provider_commands", "page_command", "excel_commands", "adopt_command"},
    {"cli"},
    {"__main__"},
]
"""The rooms from the ground up: each may know only those below it, or on its own floor none."""
LIBRARIES = {
    "xlsxwriter": {"tracker", "board"},
    "python_calamine": {"opening"},
    "click": {
        "adopt_command",
        "cli",
        "excel_commands",
        "options",
        "pack_options",
        "page_command",
        "provider_commands",
        "running",
    },
    "rich": {"excel_commands", "running", "terminal"},
    "openpyxl": {"adopting", "opening", "publishing"},
    "pyopenvba": {"opening", "tracker"},
    "dask": {"reading"},
    "upath": {"opening", "places"},
    "distributed": {"reading"},
    "jinja2": {"page"},
    "matplotlib": {"page"},
    "reportlab": {"page"},
    "scipy": {"indicators"},
    "xlwings": {"excel"},
}
MODULES = sorted(ROOT.rglob("*.py"))


def room(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return parts[0].removesuffix(".py")


def imported(path: Path) -> list[str]:
    """Every module a file imports, inside functions too."""
    names = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{each.name}" for each in node.names]
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    own = room(path)
    if own == "__init__":
        return
    height = next(number for number, floor in enumerate(FLOORS) if own in floor)
    for name in imported(path):
        parts = name.split(".")
        if (
            parts[0] == "qipxl"
            and len(parts) > 1
            and parts[1] != own
            and (ROOT / parts[1]).exists() | (ROOT / f"{parts[1]}.py").exists()
        ):
            below = next(number for number, floor in enumerate(FLOORS) if parts[1] in floor)
            assert below < height, f"{path.name} imports {name}"


NETWORK = {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "requests", "httpx", "urllib3", "aiohttp"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_speaks_to_the_network(path: Path) -> None:
    assert not NETWORK & {name.split(".")[0] for name in imported(path)}


@pytest.mark.parametrize("library", LIBRARIES)
def test_only_their_rooms_know_the_libraries(library: str) -> None:
    users = {room(path) for path in MODULES for name in imported(path) if name.split(".")[0] == library}
    assert users == LIBRARIES[library]


def test_importing_qipxl_touches_nothing_heavy() -> None:
    code = "import sys, qipxl, qipxl.app.cli.main; print(sorted({'pandas', 'numpy', 'scipy', 'pydantic', 'rich'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_door_lists_what_it_gives() -> None:
    assert sorted(qipxl.__all__) == sorted(qipxl.HOMES)
    for name in qipxl.__all__:
        assert getattr(qipxl, name).__doc__


def test_no_module_takes_the_name_of_a_data_folder() -> None:
    assert not {"macros", "workbook_templates"} & {path.stem for path in MODULES}


def test_the_rule_language_decides_every_rating(core: Template) -> None:
    """No word of a rating stands in the code that reads, rates or brings together."""
    words = {state.word for ratings in core.rules.ratings.values() for rating in ratings for state in rating.states}
    for path in MODULES:
        if room(path) in ("demo", "terminal", "board", "page"):
            continue
        texts = {node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)}
        assert not texts & words, path


def test_docs_are_current() -> None:
    root = ROOT.parent
    if not (root / "docs" / "generate.py").exists():
        pytest.skip("The docs are not beside this copy.")
    done = subprocess.run(
        [sys.executable, root / "docs" / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_command_and_code_has_its_page(core: Template) -> None:
    docs = ROOT.parent / "docs"
    commands, codes = (docs / name for name in ("commands.md", "rules.md"))
    for name in main.commands:
        assert f"## qipxl {name}" in commands.read_text("utf-8")
    text = codes.read_text("utf-8")
    for code in CODES:
        assert f"`{code}`" in text
    for rules in core.rules.rules.values():
        for rule in rules:
            assert f"`{rule.code}`" in text
