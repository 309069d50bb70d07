"""Setting the buttons up, and what stands in their way: on computers of the tests' own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from qipxl.app.cli.main import main
from qipxl.app.excel.computer import CLASSES, MACHINE, USER, ThisComputer
from qipxl.app.excel.install import CHILD_PROCESSES, FINE, POLICIES, SETTINGS, examine, record, symptoms
from qipxl.errors import RequestError

PYTHON = Path("/opt/care/python")


@dataclass
class Pretended:
    """A computer with a registry, packages and folders as they are given."""

    system: str = "win32"
    python: Path = PYTHON
    home: Path = Path("/home/ann")
    registry: dict[tuple[str, str, str], object] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=lambda: {"xlwings": "0.37.8"})
    modules: frozenset[str] = frozenset({"pywintypes", "appscript"})
    folders: dict[str, Sequence[str]] = field(default_factory=dict)

    def registry_value(self, part: str, key: str, name: str) -> object:
        return self.registry.get((part, key, name))

    def set_registry_value(self, key: str, name: str, value: str) -> None:
        self.registry[USER, key, name] = value

    def names_in(self, folder: Path) -> Sequence[str]:
        return self.folders.get(folder.name, [])

    def version(self, package: str) -> str:
        return self.packages.get(package, "")

    def has_module(self, module: str) -> bool:
        return module in self.modules


def windows(**changes: object) -> Pretended:
    """A Windows on which everything is fine, but for the changes."""
    computer = Pretended(**changes)  # type: ignore[arg-type]
    computer.registry.setdefault((USER, SETTINGS, "Interpreter"), str(PYTHON))
    computer.registry.setdefault((CLASSES, r"Excel.Application\CLSID", ""), "{00024500-0000-0000-C000-000000000046}")
    return computer


def not_fine(computer: Pretended) -> list[str]:
    return [each.message for each in examine(computer) if each.state != FINE]


def test_a_windows_in_order_has_nothing_to_say() -> None:
    assert not_fine(windows()) == []


CASES: list[tuple[dict[str, object], str]] = [
    ({"registry": {(USER, SETTINGS, "Interpreter"): ""}}, "No Python is recorded"),
    ({"registry": {(USER, SETTINGS, "Interpreter"): "/gone/python"}}, "The buttons start /gone/python, and this is"),
    ({"registry": {(CLASSES, r"Excel.Application\CLSID", ""): None}}, "Excel for the desktop is not installed"),
    ({"python": Path("/WindowsApps/python")}, "Microsoft Store"),
    ({"packages": {}}, "xlwings is not installed"),
    ({"modules": frozenset()}, "pywin32, with which Python calls Excel, is missing"),
    ({"folders": {"XLSTART": ["xlwings.xlam"]}}, "takes the program to start from the active workbook"),
    ({"registry": {(USER, POLICIES[0], "VBAWarnings"): 4}}, "Macros are switched off"),
    ({"registry": {(USER, POLICIES[1], "VBAWarnings"): 3}}, "Only signed macros"),
    ({"registry": {(USER, POLICIES[0], "blockcontentexecutionfrominternet"): 1}}, "from the internet are blocked"),
    ({"registry": {(MACHINE, *CHILD_PROCESSES): "1"}}, "Defender blocks Office from starting other programs"),
]


@pytest.mark.parametrize(("changes", "said"), CASES, ids=[said[:30] for _, said in CASES])
def test_each_thing_in_the_way_has_its_sentence(changes: dict[str, object], said: str) -> None:
    found = not_fine(windows(**changes))
    assert any(said in each for each in found), found
    assert len(found) <= 2  # a Store Python is also another one than the one recorded
    assert all(
        each.rstrip('"').endswith((".", "install", "pywin32", "remove", "[excel]", "[excel].")) for each in found
    )


def test_what_it_chose_gives_way_to_what_it_laid_down() -> None:
    computer = windows(registry={(USER, POLICIES[0], "VBAWarnings"): 4, (USER, POLICIES[1], "VBAWarnings"): 1})
    assert len(not_fine(computer)) == 1


def test_the_python_is_recorded_where_vba_reads_it() -> None:
    computer = Pretended()
    assert "the buttons start /opt/care/python" in record(computer)
    assert computer.registry == {(USER, SETTINGS, "Interpreter"): "/opt/care/python"}
    assert SETTINGS == r"Software\VB and VBA Program Settings\qipxl\Excel"  # what GetSetting("qipxl", "Excel", …) reads


def test_on_a_mac_it_says_that_the_buttons_cannot_start_anything() -> None:
    """Excel for Mac answers no program while a macro waits for that program."""
    with pytest.raises(RequestError, match="On a Mac the console's buttons cannot start qipxl"):
        record(Pretended("darwin"))
    [said] = not_fine(Pretended("darwin"))
    assert said.startswith("On a Mac")


def test_elsewhere_it_says_that_there_is_no_excel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(RequestError, match="Excel runs on Windows and macOS"):
        record(Pretended("linux"))
    computer = ThisComputer()
    if computer.system not in ("win32", "darwin"):
        assert CliRunner().invoke(main, ["excel", "install"]).exit_code == 2
        done = CliRunner().invoke(main, ["excel", "doctor"], env={"COLUMNS": "80"})
        assert done.exit_code == 0
        assert "Excel runs on Windows and macOS" in done.output
        assert all(len(line) <= 80 for line in done.output.splitlines()[1:])
    assert computer.version("xlwings").startswith("0.")
    assert computer.version("no such package") == ""
    assert computer.has_module("xlwings")
    assert computer.registry_value(USER, SETTINGS, "Interpreter") is None or computer.system == "win32"


def test_the_last_trouble_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".qipxl").mkdir()
    (tmp_path / ".qipxl" / "excel.log").write_text("Traceback\nKeyError: 'x'\n", "utf-8")
    done = CliRunner().invoke(main, ["excel", "doctor"], env={"COLUMNS": "80"})
    assert "KeyError: 'x'" in done.output


def test_every_symptom_says_what_to_do() -> None:
    assert len(symptoms()) >= 14
    for symptom in symptoms():
        assert symptom.seen.endswith((".", "”"))
        assert symptom.meaning.endswith((".", '"', "[excel]", "pywin32", "remove"))
        assert ".--" not in symptom.meaning
