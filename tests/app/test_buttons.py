"""The buttons of a tracker pressed: in LibreOffice on real trackers, and in a second VBA engine for what that one hides."""

from __future__ import annotations

import os
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from button_driver import Pressed, PressingOffice
from click.testing import CliRunner
from factories import LONG, shortened
from factories_rows import as_written, rows_of
from office import Office, office_missing
from oletools.mraptor import MacroRaptor
from oletools.olevba import VBA_Parser
from pyopenvba.apps.excel import ExcelApplication
from validator import validate

from qipxl import Period, Service, check, find_template, read_returns, write_tracker
from qipxl.app.cli.main import main
from qipxl.app.demo.scenarios import SCENARIOS, joined_plans, make_plan
from qipxl.files import macros
from qipxl.reading import Decisions
from qipxl.returns.cell_values import read_column
from qipxl.returns.codes import CODES
from qipxl.template import FieldLine, Template, shipped_templates
from qipxl.tracker.checks_sheet import MOST_LISTED
from qipxl.workbook.vba import embed, source, vba_project

pytestmark = pytest.mark.formulas
MARCH = Period(2026, 3)
ELM = Service(code="ELM", name="Elm House", region="North", manager="Jo Shah")
CHECK, NEXT = "Check my tracker", "Next problem"
TEMPLATES = sorted(shipped_templates())
KINDS = ("clean", "broken", "issued", "full")
MODULE = (macros() / "QipTracker.bas").read_text("ascii")


@pytest.fixture(scope="module")
def pressing() -> Iterator[PressingOffice]:
    """One LibreOffice that runs macros."""
    missing = office_missing()
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"These tests need LibreOffice: {missing}")
    if missing:
        pytest.skip(missing)  # on a desk without LibreOffice
    with PressingOffice(120) as running:
        yield running


def tracker_of(template: Template, kind: str, path: Path) -> Path:
    """A tracker with buttons: ready to send, as it is issued, with a plan in which things are wrong, or with more than is listed."""
    rows, cover = None, {}
    if kind == "clean":
        rows, cover = {}, {"nil": "Yes", "submitted_by": "Jo Shah"}
    elif kind == "broken":
        plans = joined_plans(make_plan(number, MARCH.last, 3, 1, "Jo Shah") for number in range(len(SCENARIOS)))
        rows = {
            key: [{name: row[name] for name in row if name in names} for row in plans[key]][: line.rows]
            for key, line in template.tables.items()
            for names in [{field.key for field in line.field}]
            if key in plans
        }
    elif kind == "full":
        rows = readable(template, as_written(rows_of(template, 11)))
    return write_tracker(template, ELM, MARCH, path, rows=rows, cover=cover, buttons=True)


def readable(template: Template, rows: dict[str, list[dict[str, object]]]) -> dict[str, list[dict[str, object]]]:
    """Rows without the cells that reading judges more finely than the sheet, such as a date typed as text."""

    def keeps(field: FieldLine, cell: object) -> bool:
        options = template.options(field) if field.type == "choice" else ()
        return cell is None or not read_column(field, options, [cell]).doubts

    return {
        key: [{name: cell for name, cell in row.items() if keeps(line.field_named(name), cell)} for row in rows[key]]
        for key, line in template.tables.items()
        if key in rows
    }


def rule_problems(path: Path, template: Template) -> list[tuple[str, str, str]]:
    """Severity, sheet and cell of every problem that a rule finds, which the sheet can find too."""
    used = Decisions(accepted_files=[path.name])  # a blank tracker too
    problems = check(read_returns(path, [template], decisions=used)).problems
    own = problems[~problems["code"].isin(set(CODES) - {"formula-overwritten"}) | by_sheet(problems, template)]
    return sorted(zip(own["severity"], own["sheet"], own["cell"], strict=True))


def by_sheet(problems, template: Template):
    """Rules of the template that reading judges in Python, and the sheet by its formula."""
    codes = {rule.code for rules in template.rules.rules.values() for rule in rules if rule.by_reader}
    return problems["code"].isin(codes)


def on_checks(pressed: Pressed) -> list[tuple[str, str, str]]:
    return sorted((str(line[2]), str(line[3]), str(line[1])) for line in pressed.lines)


def place(line: list[object]) -> str:
    return f"{line[3]}!{line[1]}"


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name in TEMPLATES for kind in KINDS if LONG or (name == "core" and kind == "broken")],
)
def test_the_button_lists_what_check_finds_and_goes_there(
    name: str, kind: str, pressing: PressingOffice, tmp_path: Path
) -> None:
    template = find_template(name) if LONG else shortened(find_template(name), 60)
    path = tracker_of(template, kind, tmp_path / "elm.xlsm")
    expected = rule_problems(path, template)
    presses = [("Start here", CHECK), ("Actions", NEXT), ("Actions", "Next"), ("Checks", NEXT), ("Actions", CHECK)]
    first, second, third, fourth, again = pressing.press(path, presses)
    assert first.checked.startswith("Checked on ")
    assert first.checked.endswith(first.ready)
    assert first.ready.startswith("Ready to send." if kind == "clean" else "Not ready to send: ")
    found = on_checks(first)
    if len(expected) <= MOST_LISTED:
        assert found == expected
    else:
        assert len(found) == MOST_LISTED
        assert not Counter(found) - Counter(expected)
        assert first.beyond == f"and {len(expected) - MOST_LISTED} more"
    assert (again.lines, again.gone_to) == (first.lines, first.gone_to)
    if expected:
        assert first.beyond == "" or len(expected) > MOST_LISTED
        lines = first.lines
        went = [place(lines[number % len(lines)]) for number in range(4)]
        assert [each.cell for each in (first, second, third, fourth, again)] == [*went, first.cell]
        assert fourth.gone_to.startswith(f"No {3 % len(lines) + 1}: {went[3]} ")
    else:
        assert kind in ("clean", "issued")
        assert [each.gone_to for each in (first, second, third, fourth)] == [""] * 4
        assert [each.cell for each in (first, fourth)] == ["Start here!A1", "Checks!A1"]


@pytest.mark.long
def test_a_full_tracker_lists_the_first_and_says_how_many_more(
    pressing: PressingOffice, office: Office, core: Template, tmp_path: Path
) -> None:
    """And with macros off the same lines stand there, without a press."""
    path = tracker_of(core, "full", tmp_path / "elm.xlsm")
    expected = rule_problems(path, core)
    assert len(expected) > MOST_LISTED
    [pressed] = pressing.press(path, [("Start here", CHECK)])
    assert len(pressed.lines) == MOST_LISTED
    plain = office.values(path, {"Checks": f"A5:H{5 + MOST_LISTED}"})["Checks"]
    assert plain[:MOST_LISTED] == pressed.lines
    assert plain[MOST_LISTED][0] == pressed.beyond == f"and {len(expected) - MOST_LISTED} more"


@pytest.mark.long
@pytest.mark.parametrize("name", TEMPLATES if LONG else ["core"])
def test_without_macros_the_same_problems_are_listed(name: str, office: Office, tmp_path: Path) -> None:
    template = find_template(name)
    path = tracker_of(template, "broken", tmp_path / "elm.xlsm")
    lines = [line for line in office.values(path, {"Checks": f"A5:H{4 + MOST_LISTED}"})["Checks"] if line[0] != ""]
    assert sorted((line[2], line[3], line[1]) for line in lines) == rule_problems(path, template)


@pytest.mark.long
def test_next_problem_goes_on_after_one_is_corrected(pressing: PressingOffice, tmp_path: Path) -> None:
    path = tracker_of(find_template("core"), "broken", tmp_path / "elm.xlsm")
    [before] = pressing.press(path, [("Start here", CHECK)])
    owner = next(number for number, line in enumerate(before.lines) if line[5] == "Owner" and line[6] == "")
    presses = [("Start here", CHECK), *[("Actions", NEXT)] * owner, ("Actions", NEXT)]
    there, after = pressing.press(path, presses, {place(before.lines[owner]): "Ann Lee"})[-2:]
    assert there.cell == place(before.lines[owner])
    assert len(after.lines) == len(before.lines) - 1
    assert after.cell == place(before.lines[owner + 1])


@pytest.mark.long
def test_a_tracker_with_buttons_reads_and_looks_the_same(core: Template, tmp_path: Path) -> None:
    rows = make_plan(3, MARCH.last, 3, 1, "Jo Shah")
    plain = write_tracker(core, ELM, MARCH, tmp_path / "plain.xlsx", rows=rows)
    button = write_tracker(core, ELM, MARCH, tmp_path / "button.xlsm", rows=rows, buttons=True)
    first, second = (check(read_returns(path)) for path in (plain, button))
    assert second.receipts["status"].tolist() == ["accepted"]
    assert first.problems.drop(columns="file").equals(second.problems.drop(columns="file"))
    for key, frame in first.tables.items():
        assert frame.equals(second.tables[key])
    assert validate(button) == []
    first_bytes = button.read_bytes()
    vba_project.cache_clear()
    again = write_tracker(core, ELM, MARCH, tmp_path / "again.xlsm", rows=rows, buttons=True)
    assert again.read_bytes() == first_bytes


def test_issue_writes_both_and_replaces_neither_unasked(tmp_path: Path) -> None:
    listed = tmp_path / "services.csv"
    listed.write_text("code,name,region,manager\nELM,Elm House,North,Jo Shah\n", "utf-8")
    arguments = ["issue", str(listed), "--period", "2026-03", "--out", str(tmp_path / "issued"), "--button"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0
    assert "each as .xlsx and, with buttons, as .xlsm" in done.output
    names = sorted(path.name for path in (tmp_path / "issued").iterdir())
    assert names == ["ELM Elm House 2026-03.xlsm", "ELM Elm House 2026-03.xlsx"]
    (tmp_path / "issued" / names[1]).unlink()
    again = CliRunner().invoke(main, arguments)
    assert again.exit_code == 2
    assert "already holds ELM Elm House 2026-03.xlsm" in again.output


# The macros themselves


def macros_of(path: Path) -> dict[str, str]:
    parser = VBA_Parser(str(path))
    try:
        return {stream.rsplit("/", 1)[-1]: code for _, stream, _, code in parser.extract_macros()}
    finally:
        parser.close()


def test_what_is_in_the_workbook_is_the_text_in_macros(core: Template, tmp_path: Path) -> None:
    """And every sheet has its module under its own code name, without which Excel takes the file for damaged."""
    path = write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsm", buttons=True)
    found = macros_of(path)
    assert found["QipTracker"].splitlines() == MODULE.splitlines()
    with zipfile.ZipFile(path) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        codes = [re.findall(rb'codeName="(\w+)"', parts.read(name)) for name in sheets]
        assert re.findall(rb'<workbookPr[^>]*codeName="(\w+)"', parts.read("xl/workbook.xml")) == [b"ThisWorkbook"]
    assert {code.decode() for [code] in codes} | {"ThisWorkbook", "QipTracker"} == set(found)
    assert len(codes) == len(found) - 2
    empty = [code for name, code in found.items() if name != "QipTracker"]
    assert all(line.startswith("Attribute ") for code in empty for line in code.splitlines() if line.strip())


def test_mraptor_finds_nothing(core: Template, tmp_path: Path) -> None:
    path = write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsm", buttons=True)
    raptor = MacroRaptor("\n".join(macros_of(path).values()))
    raptor.scan()
    assert (raptor.suspicious, raptor.autoexec, raptor.write, raptor.execute) == (False, False, False, False)


STARTS_BY_ITSELF = r"\b(Auto_?(Open|Close|Exec)|Workbook_\w+|Worksheet_\w+|OnTime|OnKey)\b"
REACHES_OUT = r"\b(Shell|CreateObject|GetObject|Declare|Kill|FileCopy|SaveAs|SaveCopyAs|Environ|SendKeys|Open|MkDir|URLDownload\w*)\b"
DIFFERS = (
    r"\b(ListObjects|Value2|CalculateFull\w*|Evaluate|Dictionary|FormatConditions|ShowAllData|Hyperlinks|Debug|UserName|"
    r"IsError|Goto\s*\(|Application\.Goto|CLng|CInt|CDate|DateValue|End\(xl\w+\)|RefersToRange|Err\.Number|Compare|TypeName|CStr\(Date)\b"
)
"""What LibreOffice does otherwise than Excel, or not at all, without saying so."""


def code_of(text: str) -> str:
    """VBA without its texts and comments."""
    return re.sub(r"'.*", "", re.sub(r'"[^"\n]*"', '""', text))


@pytest.mark.parametrize("words", [STARTS_BY_ITSELF, REACHES_OUT, DIFFERS])
def test_the_staff_macro_uses_only_what_is_safe(words: str) -> None:
    assert re.findall(words, code_of(MODULE), re.IGNORECASE) == []
    for sample in ("Sub Workbook_Open()", 'Shell "x"', "n = CLng(x)", 'Set o = CreateObject("x")'):
        assert any(re.search(each, sample, re.IGNORECASE) for each in (STARTS_BY_ITSELF, REACHES_OUT, DIFFERS))


def test_the_module_is_plain_and_declares_everything() -> None:
    lines = MODULE.splitlines()
    assert lines[:2] == ['Attribute VB_Name = "QipTracker"', "Option Explicit"]
    assert all(line.isascii() and len(line) <= 121 for line in lines)
    assert 'Format(Now, "d mmmm yyyy hh:mm")' in MODULE
    names = {rule.say for rules in find_template("core").rules.rules.values() for rule in rules}
    assert not [say for say in names if say in MODULE]


# The second engine


def small_book(path: Path, *, protected: bool = False, module: str | None = None) -> Path:
    """A workbook with the names that the macro knows, and two problems; its formulas are plain values."""
    book = xlsxwriter.Workbook(str(path))
    start, actions, checks = map(book.add_worksheet, ("Start here", "Actions", "Checks"))
    start.write("B1", "Not ready: see Checks.")
    headings = ["No", "Severity", "Sheet", "Heading", "What to put right", "Go there"]
    lines = [
        [1, "must fix", "Actions", "Due date", "Enter it.", "K7"],
        [2, "must fix", "Actions", "Owner", "Name one.", "L9"],
    ]
    for row, line in enumerate([headings, *lines], 3):
        checks.write_row(row, 0, line)
    checks.write("H1", 2)
    actions.set_column(10, 10, None, None, {"hidden": True})
    for name, cells in (
        ("ready", "'Start here'!$B$1"), ("checked", "'Start here'!$C$1"), ("list", "Checks!$A$4:$F$20"), ("at", "Checks!$G$1"),
        ("total", "Checks!$H$1"),
    ):  # fmt: skip
        book.define_name(f"qip_{name}", f"={cells}")
    for sheet in (start, actions, checks) if protected else ():
        sheet.protect()
    embed(book, ("QipTracker",))
    book.close()
    return path


def texts(engine: ExcelApplication) -> list[str]:
    return [said for kind, said, *_ in engine.dialogs if kind == "MsgBox"]


def test_a_second_engine_runs_the_same_macro(tmp_path: Path) -> None:
    engine = ExcelApplication.open(small_book(tmp_path / "small.xlsm"))
    engine.freeze_clock(datetime(2026, 3, 30, 9, 5))
    for macro in ("QipCheckTracker", "QipNextProblem", "QipNextProblem"):
        engine.run(macro)
    first, second, third = (
        "Actions!K7 Due date: Enter it.",
        "Actions!L9 Owner: Name one.",
        "Actions!K7 Due date: Enter it.",
    )
    assert texts(engine) == [
        f"Not ready: see Checks.\r\n\r\nProblem 1 of 2, {first}",
        f"Problem 2 of 2, {second}",
        f"Problem 1 of 2, {third}",
    ]
    assert engine.sheet("Start here").value("C1") == "Checked on 30 March 2026 09:05. Not ready: see Checks."
    assert engine.sheet("Checks").value("G1") == f"No 1: {first}"
    assert engine.evaluate("ActiveCell.Address") == "$K$7"
    assert engine.evaluate('Worksheets("Actions").Columns(11).Hidden') is False


def test_on_protected_sheets_it_still_says_everything(tmp_path: Path) -> None:
    """As Excel does, this engine refuses to write into a protected cell and to open a hidden column."""
    engine = ExcelApplication.open(small_book(tmp_path / "small.xlsm", protected=True))
    engine.run("QipCheckTracker")
    [said] = texts(engine)
    assert said.startswith("Not ready: see Checks.")
    assert "Problem 1 of 2, Actions!K7 Due date: Enter it." in said
    assert said.endswith("Its cell could not be shown: please go there yourself.")
    assert engine.sheet("Start here").value("C1") is None


def test_a_damaged_tracker_gets_one_sentence(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(str(tmp_path / "bare.xlsm"))
    book.add_worksheet("Anything")
    embed(book, ("QipTracker",))
    book.close()
    engine = ExcelApplication.open(tmp_path / "bare.xlsm")
    engine.run("QipCheckTracker")
    engine.run("QipNextProblem")
    assert len(texts(engine)) == 2
    assert all(said.startswith("The check broke off (") for said in texts(engine))


def test_the_second_engine_sees_what_is_not_declared(tmp_path: Path) -> None:
    """So that its silence about our macro says something."""
    engine = ExcelApplication.open(small_book(tmp_path / "small.xlsm"))
    engine.add_module(
        source("QipTracker").replace("    Dim total As Long\r\n", "").replace("QipTracker", "Other"), name="Other"
    )
    with pytest.raises(Exception, match="not defined"):
        engine.run("Other.QipCheckTracker")


@pytest.mark.skipif(
    not LONG, reason="The second engine takes half a minute to work a tracker out; QIPXL_LONG=1 lets it."
)
def test_a_second_engine_works_a_whole_tracker_out(core: Template, tmp_path: Path) -> None:
    path = tracker_of(core, "broken", tmp_path / "elm.xlsm")
    engine = ExcelApplication.open(path)
    engine.run("QipCheckTracker")
    [said] = texts(engine)
    expected = rule_problems(path, core)
    assert f"Problem 1 of {len(expected)}, " in said
    listed = [
        [engine.sheet("Checks").value(f"{letter}{row}") for letter in "CDB"] for row in range(5, 5 + len(expected))
    ]
    assert sorted(map(tuple, listed)) == expected
