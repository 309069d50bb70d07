"""What a cell shows and its stored value does not say: dates, percentages, text struck through, pictures; and rows and covers that moved."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from broken import parts_of, typed, with_book, with_cell, with_sheet, zipped
from factories import cell_of, core_layouts, shortened

from qipxl import Period, Service, check, read_returns, write_tracker
from qipxl.app.demo.scenarios import make_plan
from qipxl.reading.file.cell_formats import CellFormat, CellFormats
from qipxl.reading.file.cover import month_of, submission_number
from qipxl.returns.returns import Returns
from qipxl.template import Template

ELM = Service(code="ELM", name="Elm House", region="North", manager="Jo Shah")
MARCH = Period(2026, 3)
OWNER = cell_of("owner", 5)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, core: Template) -> Path:
    """A tracker with three actions and an indicator, signed."""
    plan: dict[str, Any] = make_plan(8, MARCH.last, 6, 1, "Jo Shah")
    first = {**plan["actions"][0], "indicator": "I-01"}
    indicator = {
        "ref": "I-01",
        "indicator": "Training",
        "unit_counted": "person",
        "denominator_is": "staff",
        "per": 100,
    }
    rows = {
        "actions": [{**first, "ref": f"A-00{number}", "theme": f"Theme {number}"} for number in (1, 2, 3)],
        "indicators": [{**indicator, "direction": "Higher is better", "target": 95}],
        "measurements": [{"ref": "I-01 2026-03", "indicator": "I-01", "month": date(2026, 3, 1), "numerator": 19, "denominator": 20}],
    }  # fmt: skip
    path = tmp_path_factory.mktemp("filled") / "ELM.xlsx"
    cover = {"submitted_by": "Jo Shah", "submission": 1}
    return write_tracker(shortened(core, 12), ELM, MARCH, path, rows=rows, issued={}, cover=cover)


@pytest.fixture
def tracker(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(filled, tmp_path / "ELM.xlsx"))


def said(returns: Returns) -> list[str]:
    return list(returns.problems["message"])


def shown_as(sheet: str, cell: str, value: object, form: str) -> Callable[[Path], None]:
    """A value typed into a cell, and a number format."""

    def change(book: Any) -> None:
        book[sheet][cell] = value
        book[sheet][cell].number_format = form

    return with_book(change)


@pytest.mark.parametrize("form", ["d-mmm", "dd/mm/yyyy", "h:mm", "[h]:mm"])
def test_a_number_that_shows_as_a_date_is_not_used(tracker: Path, form: str) -> None:
    shown_as("Figures", cell_of("numerator", 5, "measurements"), 46115, form)(tracker)
    returns = read_returns(tracker)
    assert list(returns.problems["code"] + " " + returns.problems["cell"]) == ["number-is-date D5"]
    assert "may have changed what was typed (3/4 becomes a date). Clear the cell" in said(returns)[0]
    assert returns.tables["measurements"]["numerator"].isna().all()


@pytest.mark.parametrize("form", ["0%", "0.00%", '0" %"', "0\\%"])
def test_a_target_that_shows_95_percent_is_95(tracker: Path, form: str) -> None:
    is_scaled = form in ("0%", "0.00%")
    shown_as("Indicators", "K5", 0.95 if is_scaled else 95, form)(tracker)
    returns = read_returns(tracker)
    assert returns.tables["indicators"]["target"].tolist() == [95]
    words = (
        "Indicators!K5 Target shows 95%; it was read as 95. Type 95 without the sign, so that the sheet can use it too."
    )
    assert said(returns) == [words] * is_scaled


def test_a_percentage_is_no_count(tracker: Path) -> None:
    shown_as("Figures", cell_of("numerator", 5, "measurements"), 0.945, "0.0%")(tracker)
    returns = read_returns(tracker)
    assert said(returns) == [
        "Figures!D5 Numerator shows 94.5%, a percentage. Enter the count that it was worked out from."
    ]
    assert returns.as_typed == {("measurements", "numerator", 0, 5): "94.5%"}


def test_a_percentage_in_a_text_column_keeps_its_sign(tracker: Path) -> None:
    shown_as("Actions", cell_of("success_measure", 5), 1, "0%")(tracker)
    returns = read_returns(tracker)
    assert (returns.tables["actions"]["success_measure"].iloc[0], said(returns)) == ("100%", [])


def test_number_formats_with_a_sign_that_scales() -> None:
    assert [
        CellFormat(form).is_percentage
        for form in ["0%", "#,##0.0 %;[Red]-0%", '0"%"', "0\\%", "0_%", "[$%]0", "General"]
    ] == [True] * 2 + [False] * 5
    styles = (
        b'<styleSheet><numFmts><numFmt numFmtId="170" formatCode="0.0%"/><numFmt formatCode="0&quot;%&quot;" numFmtId="171"/>'
        b'</numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/>'
        b'<xf numFmtId="171"><alignment/></xf><xf numFmtId="10"/></cellXfs></styleSheet>'
    )
    assert CellFormats(styles.decode()).percentages == {1, 3}


RUNS = "<r><rPr><strike/><b/></rPr><t>{}</t></r><r><rPr><b/></rPr><t xml:space='preserve'>{}</t></r>"


def test_text_struck_through_in_part_is_left_out(tracker: Path) -> None:
    with_cell("F5", f'<c r="F5" t="inlineStr"><is>{RUNS.format("Ann Lee", " Bo &amp; Ek")}</is></c>')(tracker)
    returns = read_returns(tracker)
    assert returns.tables["actions"]["owner"].iloc[0] == "Bo & Ek"
    assert said(returns) == [
        f'Actions!{OWNER} Owner has text that is struck through ("Ann Lee"); "Bo & Ek" was read. Delete the text that no longer counts.'
    ]


def test_shared_text_struck_through_is_left_out(tracker: Path) -> None:
    parts = parts_of(tracker)
    shared, count = parts["xl/sharedStrings.xml"].decode(), parts["xl/sharedStrings.xml"].count(b"<si>")
    added = f"<si>{RUNS.format('30/04/2026', ' 31/05/2026')}</si><si>{RUNS.format('all of it', ' ')}</si></sst>"
    added = added.replace("<strike/>", '<strike val="1"/>', 1)
    parts["xl/sharedStrings.xml"] = shared.replace("</sst>", added).encode()
    tracker.write_bytes(zipped(parts))
    with_cell("G5", f'<c r="G5" t="s"><v>{count}</v></c>')(tracker)
    with_cell("E5", f'<c r="E5" t="s"><v>{count + 1}</v></c>')(tracker)
    returns = read_returns(tracker)
    row = returns.tables["actions"].iloc[0]
    assert (row["due"], row["intended_change"]) == (datetime(2026, 5, 31), "all of it")
    assert [re.sub(r"^\S+ ", "", line) for line in said(returns)] == [
        'Intended change has text that is struck through ("all of it"); it was read, because there is no other text. Delete '
        "the text that no longer counts.",
        'Due date has text that is struck through ("30/04/2026"); "31/05/2026" was read. Delete the text that no longer counts.',
        'Due date says "31/05/2026" as text; it was read as 31/05/2026. Type the date again, so that the sheet can use it too.',
    ]  # fmt: skip


STRUCTURES = '<rvStructures><s t="_error"><k n="errorType" t="i"/></s><s t="_localImage"><k n="_rvRel" t="i"/></s></rvStructures>'
METADATA = (
    '<metadata><futureMetadata name="XLRICHVALUE" count="2"><bk><extLst><ext><xlrd:rvb i="0"/></ext></extLst></bk>'
    '<bk><extLst><ext><xlrd:rvb i="1"/></ext></extLst></bk></futureMetadata>'
    '<valueMetadata count="2"><bk><rc t="1" v="0"/></bk><bk><rc t="1" v="1"/></bk></valueMetadata></metadata>'
)


@pytest.mark.parametrize(
    ("number", "parts", "words"),
    [
        (2, {"richData/rdrichvaluestructure.xml": STRUCTURES, "metadata.xml": METADATA}, "holds a picture, which cannot be read"),
        (1, {"richData/rdrichvaluestructure.xml": STRUCTURES, "metadata.xml": METADATA}, "holds #VALUE!, which cannot be read"),
        (1, {"metadata.xml": "<metadata/>"}, "holds a picture, which cannot be read"),
        (0, {}, "holds #VALUE!, which cannot be read"),
    ],
)  # fmt: skip
def test_a_picture_in_a_cell_is_called_a_picture(tracker: Path, number: int, parts: dict[str, str], words: str) -> None:
    rich = f' vm="{number}"' if number else ""
    with_cell("E5", f'<c r="E5" s="21" t="e"{rich}><v>#VALUE!</v></c>')(tracker)
    all_parts = parts_of(tracker) | {f"xl/{name}": xml.encode() for name, xml in parts.items()}
    all_parts["xl/richData/rdrichvalue.xml"] = b'<rvData><rv s="0"><v>8</v></rv><rv s="1"><v>0</v></rv></rvData>'
    tracker.write_bytes(zipped(all_parts))
    returns = read_returns(tracker)
    assert [words in line for line in said(returns)] == [True]
    assert returns.tables["actions"]["intended_change"].iloc[0] == ""


def moved(column: int, row: int) -> Callable[[Path], None]:
    """A column or a row inserted on Start here."""

    def change(book: Any) -> None:
        if column:
            book["Start here"].insert_cols(column)
        if row:
            book["Start here"].insert_rows(row)

    return with_book(change)


@pytest.mark.parametrize(("column", "row"), [(1, 0), (4, 0), (9, 0), (0, 1), (0, 8), (4, 5)])
def test_a_cover_that_moved_is_found_by_its_labels(tracker: Path, column: int, row: int) -> None:
    typed({"D19": "v2"}, "Start here")(tracker)
    moved(column, row)(tracker)
    returns = read_returns(tracker)
    assert returns.receipts.loc[0, ["status", "submission", "submitted_by"]].tolist() == ["accepted", 2, "Jo Shah"]
    assert said(returns) == []


def test_a_renamed_cover_is_found_by_its_labels(tracker: Path) -> None:
    with_book(lambda book: setattr(book["Start here"], "title", "Cover"))(tracker)
    returns = read_returns(tracker)
    assert (returns.receipts.at[0, "submission"], said(returns)) == (1, ["Cover was read as Start here."])


def test_a_line_of_the_cover_without_its_label_is_named(tracker: Path) -> None:
    typed({"C19": "Sent how often"}, "Start here")(tracker)
    assert said(read_returns(tracker)) == [
        "Start here the label of Submission number was not found, so that the value could not be read. Put the label back, "
        "or ask head office for a fresh tracker.",
        'Start here!C19 says "Sent how often" outside the tables.',
    ]


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (2.0, 2), ("2", 2), ("v2", 2), ("V. 2", 2), ("No. 2", 2), ("2nd", 2), ("Version 2 (corrected)", 2), ("2.0", 2), ("", 0),
        (2.5, None), ("v1.2", None), ("2 of 3", None), ("final", None), (date(2026, 2, 1), None), (True, None),
    ],
)  # fmt: skip
def test_a_submission_number_is_read(cell: object, number: int | None) -> None:
    assert submission_number(cell) == number


def test_an_unreadable_submission_number_is_named(tracker: Path) -> None:
    typed({"D19": "final"}, "Start here")(tracker)
    returns = read_returns(tracker)
    assert said(returns)[0].startswith('Start here!D19 Submission number says "final", which is not a whole number')
    assert returns.receipts.at[0, "submission"] == 0


def test_the_higher_submission_number_as_text_is_used(tracker: Path) -> None:
    other = Path(shutil.copyfile(tracker, tracker.with_name("ELM corrected.xlsx")))
    typed({"D19": "v2"}, "Start here")(other)
    typed({cell_of("theme", 5): "Another theme"})(other)
    receipts = read_returns(tracker.parent).receipts.set_index("file")
    assert receipts["status"].to_dict() == {"ELM.xlsx": "superseded", "ELM corrected.xlsx": "accepted"}


@pytest.mark.parametrize(
    "cell",
    [
        date(2026, 3, 1), datetime(2026, 3, 31), 46082.0, 202603.0, "2026-3", "2026/03", "March 2026", "Mar-26", "mar '26", "03/2026",
        "31/03/2026", "1st March 2026", "2026 March",
    ],
)  # fmt: skip
def test_a_month_is_the_same_in_any_spelling(cell: object) -> None:
    assert month_of(cell) == MARCH


@pytest.mark.parametrize("cell", [date(2026, 4, 1), "2025-03", "Q1", 3.0, True])
def test_another_month_is_another(cell: object) -> None:
    assert month_of(cell) != MARCH


def test_a_period_typed_again_as_a_date_is_the_same(tracker: Path) -> None:
    shown_as("Start here", "I22", datetime(2026, 3, 1), "mmm-yy")(tracker)
    returns = read_returns(tracker)
    assert (returns.receipts.at[0, "status"], said(returns)) == ("accepted", [])


def own_column(at: int, heading: str) -> Callable[[Path], None]:
    """A column of the service's own, with a word in each row."""

    def change(book: Any) -> None:
        sheet = book["Actions"]
        sheet.tables.clear()
        sheet.insert_cols(at)
        for row, text in enumerate([heading, "waiting", "waiting", "waiting"], 4):
            sheet.cell(row, at).value = text

    return with_book(change)


@pytest.mark.parametrize(("at", "cell"), [(2, "B4"), (20, "T4"), (60, "BH4")])
def test_an_own_column_does_not_replace_the_trackers(tracker: Path, at: int, cell: str) -> None:
    before = read_returns(tracker).tables["actions"]
    own_column(at, "Status")(tracker)
    returns = read_returns(tracker)
    assert list(returns.tables["actions"]["status"]) == list(before["status"])
    assert list(returns.problems["code"] + " " + returns.problems["cell"])[:1] == [f"column-twice {cell}"]


def test_two_columns_of_one_name_side_by_side_are_unclear(tracker: Path) -> None:
    own_column(core_layouts()["actions"].index("status") + 1, "Status")(tracker)
    receipt = read_returns(tracker).receipts.iloc[0]
    assert receipt["status"] == "set aside"
    assert "On Actions the heading Status is there twice, at H4 and I4." in receipt["reason"]


STATUS = cell_of("status", 5).removesuffix("5")
TOTALS = {
    "a word and a figure": {"A20": "Total", f"{STATUS}20": 4},
    "another word in another column": {
        cell_of("intended_change", 20): "Total actions:",
        cell_of("likelihood_start", 20): 4,
    },
    "a formula and a word": {"A20": "Open actions", f"{STATUS}20": f'=COUNTIF({STATUS}5:{STATUS}19,"Not started")'},
    "formulas alone": {f"{STATUS}20": f"=SUBTOTAL(103,{STATUS}5:{STATUS}19)"},
}


@pytest.mark.parametrize("cells", TOTALS.values(), ids=TOTALS)
def test_a_row_of_totals_is_no_action(tracker: Path, cells: dict[str, object]) -> None:
    xml = "".join(
        f'<c r="{cell}"><f>{value[1:]}</f><v>4</v></c>' if str(value).startswith("=")
        else f'<c r="{cell}"><v>{value}</v></c>' if isinstance(value, int)
        else f'<c r="{cell}" t="inlineStr"><is><t>{value}</t></is></c>'
        for cell, value in cells.items() if isinstance(value, str | int)
    )  # fmt: skip
    row = re.compile(r'<row r="20".*?(?:</row>|/>)', re.DOTALL)

    def change(text: str) -> str:
        return row.sub("", text, count=1).replace("</sheetData>", f'<row r="20">{xml}</row></sheetData>')

    with_sheet(change)(tracker)
    returns = read_returns(tracker)
    assert list(returns.tables["actions"]["ref"]) == ["A-001", "A-002", "A-003"]
    assert said(returns) == ["Actions!20:20 this row is a total; it was set aside."]
    assert returns.receipts.loc[0, ["rows_found", "rows_set_aside"]].tolist() == [6, 1]


def test_an_action_about_totals_is_an_action(tracker: Path) -> None:
    typed({"A8": "A-004", "E8": "Total bed days are counted", "K8": 4})(tracker)
    typed({"E9": "Total review of rotas", "F9": "Ann Lee"})(tracker)
    assert len(read_returns(tracker).tables["actions"]) == 5


def test_rows_numbered_in_advance_are_not_begun(tracker: Path) -> None:
    typed({"A8": "A-004", "A9": 5, "A10": "A-006", "B10": " ", "A11": "A-007", "E11": "begun"})(tracker)
    returns = read_returns(tracker)
    assert list(returns.tables["actions"]["ref"]) == ["A-001", "A-002", "A-003", "A-007"]
    assert returns.receipts.at[0, "rows_set_aside"] == 0
    assert "missing" not in check(returns, MARCH.last).problems.query("row in (8, 9, 10)")["code"].tolist()
