"""The house itself: who may know whom, who knows which library, and docs that cannot go stale."""

import ast
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import qipxl
from qipxl.app.cli.main import main
from qipxl.provider.register_schema import STRENGTHS
from qipxl.returns.codes import CODES
from qipxl.template import Template

ROOT = Path(qipxl.__file__).parent
PACKAGES = [
    "root",
    "rules",
    "workbook",
    "template",
    "returns",
    "reading",
    "archive",
    "indicators",
    "tracker",
    "summary",
    "provider",
    "adopting",
    "app",
]
"""From the ground up: a package imports only from those to its left."""
LIBRARIES = {
    "xlsxwriter": {"workbook", "tracker", "summary"},
    "python_calamine": {"reading"},
    "isal": {"workbook"},
    "click": {"app"},
    "rich": {"app"},
    "openpyxl": {"summary"},
    "pyopenvba": {"reading", "workbook"},
    "dask": {"reading"},
    "upath": {"reading", "root"},
    "distributed": {"reading"},
    "jinja2": {"summary"},
    "reportlab": {"summary"},
    "font_source_sans_pro": {"summary"},
    "scipy": set(),
    "xlwings": {"app"},
}
"""Which packages know which library. Only the tests know scipy."""
MODULES = sorted(ROOT.rglob("*.py"))


def package(path: Path) -> str:
    """The package that a file belongs to; those at the top of qipxl/ are the root."""
    parts = path.relative_to(ROOT).parts
    return parts[0] if len(parts) > 1 else "root"


@cache
def imported(path: Path) -> list[str]:
    """Every module a file imports, inside functions too."""
    names = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names += [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{each.name}" for each in node.names]
    return names


DOORS = {ROOT / name for name in ("__init__.py", "__main__.py", "excel.py")}
"""The public names, the command, and the old path of the Excel console: they lead into other packages."""


def test_imports_point_one_way() -> None:
    backward = []
    for path in MODULES:
        for name in set(imported(path)) if path not in DOORS else ():
            _, _, inner = name.partition("qipxl.")
            first = inner.split(".")[0]
            target = first if first in PACKAGES else "root"
            if inner and PACKAGES.index(target) > PACKAGES.index(package(path)):
                backward.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not backward


def test_the_root_holds_few_files() -> None:
    files = {path.name for path in ROOT.glob("*.py")}
    assert len(files - {"excel.py"}) <= 8
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == set(PACKAGES) - {"root"}


def test_no_modules_import_each_other_in_a_circle() -> None:
    modules = {module_name(path): path for path in MODULES}
    needs = {name: loaded_first(path, set(modules)) - {name} for name, path in modules.items()}
    while ready := {name for name, first in needs.items() if not first}:
        needs = {name: first - ready for name, first in needs.items() if name not in ready}
    assert not needs, sorted(needs)


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")


def loaded_first(path: Path, modules: set[str]) -> set[str]:
    """The modules that Python loads when it loads this one; imports in functions come later."""
    loaded: set[str] = set()
    statements: list[ast.stmt] = list(ast.parse(path.read_text("utf-8")).body)
    while statements:
        node = statements.pop()
        if isinstance(node, ast.ImportFrom) and node.module in modules:
            names = {f"{node.module}.{each.name}" for each in node.names}
            loaded |= (names & modules) or {node.module}
        elif not isinstance(node, ast.FunctionDef) and "TYPE_CHECKING" not in ast.dump(getattr(node, "test", node)):
            statements += [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt)]
    return loaded


NETWORK = {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "requests", "httpx", "urllib3", "aiohttp"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_speaks_to_the_network(path: Path) -> None:
    assert not NETWORK & {name.split(".")[0] for name in imported(path)}


@pytest.mark.parametrize("library", LIBRARIES)
def test_only_their_packages_know_the_libraries(library: str) -> None:
    users = {package(path) for path in MODULES for name in imported(path) if name.split(".")[0] == library}
    assert users == LIBRARIES[library]


def test_importing_qipxl_touches_nothing_heavy() -> None:
    code = "import sys, qipxl, qipxl.app.cli.main; print(sorted({'pandas', 'numpy', 'pydantic', 'rich'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_that_nothing_has_changed_is_found_out_without_pandas() -> None:
    modules = "qipxl.app.cli.main, qipxl.provider.folder, qipxl.provider.up_to_date"
    code = f"import sys, {modules}; print(sorted({{'pandas', 'numpy', 'pydantic', 'rich'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_door_lists_what_it_gives() -> None:
    assert sorted(qipxl.__all__) == sorted(qipxl.HOMES)
    for name in qipxl.__all__:
        assert getattr(qipxl, name).__doc__


@pytest.mark.parametrize("name", ["provider", "reading", "summary", "tracker"])
def test_no_name_that_a_package_fetches_is_a_module_of_it(name: str) -> None:
    """Once the module was loaded, it would be what the name gives."""
    package = import_module(f"qipxl.{name}")
    assert not set(package.HOMES) & {path.stem for path in (ROOT / name).glob("*.py")}
    assert all(getattr(package, each) for each in package.__all__)


def test_no_module_takes_the_name_of_a_data_folder() -> None:
    assert not {"macros", "workbook_templates"} & {path.stem for path in ROOT.glob("*.py")}


def test_the_rule_language_decides_every_rating(core: Template) -> None:
    """No word of a rating is in the code that reads, rates or brings together, but for the register's choices for packs."""
    words = {state.word for ratings in core.rules.ratings.values() for rating in ratings for state in rating.states}
    for path in MODULES:
        if package(path) in ("app", "summary"):
            continue
        texts = {node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)}
        choices = set(STRENGTHS) if path.name == "register_schema.py" else set()
        assert not texts & words - choices, path


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


def test_the_process_that_opens_files_starts_without_pandas() -> None:
    heavy = {"pandas", "numpy", "pyarrow", "pydantic", "openpyxl", "urllib.request"}
    code = f"import sys, qipxl.reading.worker; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
