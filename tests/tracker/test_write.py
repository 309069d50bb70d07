"""The tracker workbook: deterministic, valid, with everything a person filling it in needs."""

import re
import warnings
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factories import cell_of
from formula_lint import lint_array_parts
from python_calamine import CalamineWorkbook
from validator import validate

from qipxl import Period, Service, write_tracker
from qipxl.app.demo.scenarios import make_plan
from qipxl.errors import OutputError
from qipxl.template import Template
from qipxl.tracker.content import workings_of
from qipxl.workbook.layout import GROUP_ROW, HEADING_ROW

ELM = Service(code="ELM", name="Elm House", region="North", manager="Jo Shah")
MARCH = Period(2026, 3)
SHEETS = [
    "Start here", "Actions", "Figures", "Milestones", "Evidence", "Reviews", "Challenge", "Indicators", "Checks", "Guidance",
    "From head office", "Embedded and withdrawn", "Extensions", "Paste figures", "Lists", "Settings", "Workings", "qipxl stamp",
]  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, core: Template) -> Path:

    rows = make_plan(11, MARCH.last, 6, 1, "Jo Shah")
    return write_tracker(core, ELM, MARCH, tmp_path_factory.mktemp("t") / "elm.xlsx", rows=rows)


@pytest.fixture(scope="module")
def book(filled: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(filled)


def test_the_same_input_gives_the_same_bytes(filled: Path, tmp_path: Path, core: Template) -> None:
    rows = make_plan(11, MARCH.last, 6, 1, "Jo Shah")
    again = write_tracker(core, ELM, MARCH, tmp_path / "again.xlsx", rows=rows)
    assert again.read_bytes() == filled.read_bytes()


def test_sheets_are_in_order_and_internal_ones_hidden(book: Any) -> None:
    assert book.sheetnames == SHEETS
    hidden = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "hidden"]
    assert hidden == [
        "From head office",
        "Embedded and withdrawn",
        "Extensions",
        "Paste figures",
        "Lists",
        "Settings",
        "Workings",
    ]
    assert book["qipxl stamp"].sheet_state == "veryHidden"


@pytest.mark.long
def test_office_finds_nothing_to_repair(filled: Path, tmp_path: Path, core: Template) -> None:
    blank = write_tracker(core, ELM, MARCH, tmp_path / "blank.xlsx")
    assert validate(filled, blank) == []


def test_headings_are_the_names_of_the_tables_columns(book: Any) -> None:
    """Excel repairs a workbook where the two differ; the validator does not look."""
    for sheet in book.worksheets:
        for table in sheet.tables.values():
            row = sheet[table.ref][0]
            assert [cell.value for cell in row] == [column.name for column in table.tableColumns]
            assert len({cell.value.lower() for cell in row}) == len(row)


def test_names_point_at_sheets_that_exist(book: Any) -> None:
    for name, defined in book.defined_names.items():
        if defined.attr_text.startswith('"'):
            continue
        sheet = defined.attr_text.rsplit("!", 1)[0].strip("'")
        assert sheet in SHEETS, name


def test_every_name_in_a_formula_exists(core: Template, book: Any) -> None:
    names = set(book.defined_names)
    tables = {table for sheet in book.worksheets for table in sheet.tables}
    for slot in workings_of(core).all_columns():
        bare = re.sub(r'"[^"]*"', "", slot.text)
        for word in re.findall(r"\b(?:qip_\w+|list_\w+|as_at)\b", bare):
            assert word in names, word
        for word in re.findall(r"\b(tbl\w+)\[", bare):
            assert word in tables, word


def test_formulas_keep_within_what_excel_allows(core: Template) -> None:
    workings = workings_of(core)
    assert workings.mistakes() == []
    for slot in workings.all_columns():
        assert "[@" not in slot.text
        assert not lint_array_parts(slot.text), slot.text
        assert all(len(text) <= 255 for text in re.findall(r'"([^"]*)"', slot.text))


def test_each_folded_group_of_actions_has_its_name_in_the_head(book: Any) -> None:
    sheet = book["Actions"]
    folded = {
        index
        for each in sheet.column_dimensions.values()
        if each.outlineLevel
        for index in range(each.min, each.max + 1)
    }
    named = {cell.value: sheet.cell(HEADING_ROW, cell.column).value for cell in sheet[GROUP_ROW][1:] if cell.value}
    assert named == {
        "+ Where it came from": "Theme", "+ How we will know": "Success measure", "+ Who is accountable": "Role of owner",
        "+ Dates and promises": "Start date", "+ If it slips or stops": "Slippage reason", "+ Done and checked": "Completed on",
        "+ Risk target and reopening": "Target risk score", "+ Progress before, cause and control": "Earlier progress",
        "+ How it is rated": "Delivery",
    }  # fmt: skip
    seen = [cell.value for cell in sheet[HEADING_ROW] if cell.value and cell.column not in folded]
    assert seen[11:] == list(named.values())


@pytest.mark.parametrize(("left_out", "opened"), [("", set()), ("source", {"Must or should", "Source", "Regulation"})])
def test_a_group_is_open_where_a_cell_in_it_is_to_put_right(
    core: Template, tmp_path: Path, left_out: str, opened: set[str]
) -> None:
    plan = make_plan(0, MARCH.last, 6, 1, "Jo Shah")
    plan["actions"] = [{key: value for key, value in row.items() if key != left_out} for row in plan["actions"]]
    sheet = openpyxl.load_workbook(write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsx", rows=plan))["Actions"]
    groups = [each for each in sheet.column_dimensions.values() if each.outlineLevel and not each.hidden]
    shown = {sheet.cell(HEADING_ROW, index).value for each in groups for index in range(each.min, each.max + 1)}
    assert shown >= opened
    assert bool(shown) == bool(opened)


def test_groups_open(book: Any) -> None:
    levels = {each.outlineLevel for each in book["Actions"].column_dimensions.values()}
    assert levels == {0, 1}


def test_sheets_are_set_up_for_printing(book: Any) -> None:
    for name in SHEETS[:8] + SHEETS[10:13]:
        sheet = book[name]
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        if name != "Start here":
            assert sheet.print_title_rows == "$4:$4"
            assert sheet.freeze_panes


def test_drop_downs_and_limits(book: Any, core: Template) -> None:
    last, milestones = (4 + core.tables[key].rows for key in ("actions", "milestones"))
    kinds = {
        limit.sqref.__str__(): (limit.type, limit.formula1) for limit in book["Actions"].data_validations.dataValidation
    }

    def cells(field: str) -> str:
        return f"{cell_of(field, 5)}:{cell_of(field, last)}"

    assert kinds[cells("status")] == ("list", "list_status")
    assert kinds[cells("due")][0] == "date"
    assert kinds[cells("likelihood_now")] == ("whole", "1.0")
    actions = {limit.sqref.__str__(): limit.formula1 for limit in book["Milestones"].data_validations.dataValidation}
    assert actions[f"C5:C{milestones}"] == "refs_actions"


def test_every_formula_cell_has_its_value(filled: Path) -> None:
    """Protected View and other readers show what is stored: a rating must not look like 0."""
    with zipfile.ZipFile(filled) as archive:
        for number in range(1, 15):
            xml = archive.read(f"xl/worksheets/sheet{number}.xml").decode()
            for cell in re.findall(r"<c [^>]*>(?:(?!</c>).)*<f>(?:(?!</c>).)*</c>", xml):
                assert "<v>" in cell


def test_stored_ratings_have_letter_and_word(filled: Path) -> None:
    rows = CalamineWorkbook.from_path(filled).get_sheet_by_name("Actions").to_python(skip_empty_area=False)
    headings = rows[HEADING_ROW - 1]
    shown = [row[headings.index("Headline")] for row in rows[HEADING_ROW : HEADING_ROW + 3]]
    assert shown == ["B Embedded / Effective", "G On track / Effective", "R Delivered, not yet assured / Not effective"]


def start_here(path: Path) -> list[list[Any]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_name("Start here").to_python(skip_empty_area=False)


def test_start_here_says_whose_it_is_and_whether_it_is_ready(filled: Path) -> None:
    rows = start_here(filled)
    facts = {row[7]: row[8] for row in rows if row[7]}
    assert (facts["Service"], facts["Service code"], facts["As-at date"]) == ("Elm House", "ELM", date(2026, 3, 31))
    assert (rows[0][1], rows[0][8]) == ("Elm House", "March 2026")
    assert rows[3][1] == "Nearly ready: put your name under Sign and send."


def test_start_here_lists_the_steps_of_the_month(filled: Path) -> None:
    rows = start_here(filled)
    assert rows[5][1:5] == ["What to do this month", "", "●●●●●○○", "5 of 7"]
    assert [row[1:4] for row in rows[6:13]] == [
        ["✓", "Enter the figures for March", "no figures to enter"],
        [2.0, "Bring your actions up to date", "3 of 4 updated in March"],
        ["✓", "Overdue: say why, and what was done about it", "none overdue"],
        ["✓", "Milestones due by 31 March", "none open"],
        ["✓", "Reviews due by 31 March: did the change hold?", "none due"],
        ["✓", "Log new evidence", "4 items in March"],
        [7.0, "Sign below, save, and send the file back", "not yet"],
    ]


def test_an_empty_plan_is_not_up_to_date(tmp_path: Path, core: Template) -> None:
    rows = start_here(write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsx", rows={}))
    assert rows[7][1:4] == [2.0, "Bring your actions up to date", "no open actions"]
    assert rows[3][1] == "Not ready to send: nothing is entered yet. Nothing to report? Then choose Yes."


def test_start_here_names_the_open_actions_by_letter(filled: Path) -> None:
    rows = start_here(filled)
    top = next(number for number, row in enumerate(rows) if row[6] == "Your open actions")
    assert rows[top][8] == 4.0
    assert [row[6:9] for row in rows[top + 1 : top + 5]] == [
        ["R", 1.0, "Late, unproven or did not work: A-003"],
        ["N", 2.0, "Too early to tell: A-004, A-005"],
        ["G", 1.0, "A review shows that it works: A-002"],
        ["", "", ""],
    ]


def test_the_date_by_which_to_send_it_is_only_said_if_known(filled: Path, tmp_path: Path, core: Template) -> None:
    dated = write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsx", due=date(2026, 4, 7))
    assert "Please send it back by 7 April 2026." in start_here(dated)[1][1]
    assert "send" not in start_here(filled)[1][1]


@pytest.mark.long
def test_definitions_are_hidden_after_the_first_month(tmp_path: Path, core: Template) -> None:
    good = {"ref": "I-01", "indicator": "Falls", "unit_counted": "fall", "direction": "Lower is better"}
    for indicator, state in ((good, "hidden"), ({**good, "direction": ""}, "visible")):
        path = write_tracker(
            core, ELM, MARCH, tmp_path / "t.xlsx", rows={"indicators": [indicator]}, last_return="2026-02"
        )
        assert openpyxl.load_workbook(path)["Indicators"].sheet_state == state


def test_the_stamp_remembers_the_rows_it_was_issued_with(book: Any) -> None:
    rows = list(book["qipxl stamp"].iter_rows(values_only=True))
    assert ("period", "2026-03", None, None, None, None) in rows
    issued = [row for row in rows if row[0] == "issued" and row[1] == "actions"]
    assert [row[2] for row in issued] == ["A-001", "A-002", "A-003", "A-004", "A-005"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", row[3]) and len(row[4]) == 16 for row in issued)


def test_text_of_people_is_never_a_formula(tmp_path: Path, core: Template) -> None:
    row = {
        "theme": "<r>Fire & <b> door</r>",
        "ref": "=1+1",
        "issue": '=HYPERLINK("http://x")',
        "owner": "@sum",
        "intended_change": "http://example.org",
    }
    path = write_tracker(core, ELM, MARCH, tmp_path / "t.xlsx", rows={"actions": [row]})
    sheet = openpyxl.load_workbook(path)["Actions"]
    assert [
        sheet[cell].data_type for cell in (cell_of(field, 5) for field in ("ref", "issue", "intended_change", "owner"))
    ] == ["s"] * 4
    assert not sheet._hyperlinks
    assert sheet[cell_of("theme", 5)].value == " <r>Fire & <b> door</r>"


def test_an_unwritable_folder_gives_one_sentence(tmp_path: Path, core: Template) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        write_tracker(core, ELM, MARCH, blocked / "elm.xlsx")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
