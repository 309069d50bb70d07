"""The checker of accessibility finds each fault that is put into a sound pack, names its sheet, and finds none in the sound one."""

import re
import shutil
import warnings
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from grids import grid
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill

from qipxl import check, rate, summarise, write_summary
from qipxl.summary.packs import faults_in, pack_for, write_pack
from qipxl.summary.packs.accessibility import table_edges, unreadable

PLAN = """
    Actions
    | Ref   | Issue or risk | Status      | Due date   | Owner   |
    | A-001 | Falls         | In progress | 30/04/2026 | Ann Lee |
"""
DAY = date(2026, 3, 31)
RETURNS = "1 Services"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = summarise(rate(check(grid(PLAN), DAY), DAY))
    return write_pack(pack_for("inspector", made), made, tmp_path_factory.mktemp("packs") / "sound.xlsx")


def test_a_pack_has_no_fault(sound: Path) -> None:
    assert faults_in(sound) == []


CHANGES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "merged": (lambda sheet: sheet.merge_cells("A5:B5"), "Cells are merged."),
    "frozen": (lambda sheet: setattr(sheet, "freeze_panes", "A6"), "Panes are frozen."),
    "filter": (lambda sheet: setattr(sheet.auto_filter, "ref", "A5:F6"), "There are filter buttons."),
    "hidden row": (lambda sheet: setattr(sheet.row_dimensions[6], "hidden", True), "Rows or columns are hidden."),
    "hidden column": (lambda sheet: setattr(sheet.column_dimensions["B"], "hidden", True), "Rows or columns are hidden."),
    "hidden sheet": (lambda sheet: setattr(sheet, "sheet_state", "hidden"), "The sheet is hidden."),
    "header": (lambda sheet: setattr(sheet.oddHeader.center, "text", "Draft"), "There is a header or footer."),
    "blank": (lambda sheet: setattr(sheet["B6"], "value", None), "1 cells of the table are blank, such as B6."),
    "below": (lambda sheet: setattr(sheet["A20"], "value", "Note"), "There is something below or to the right of the table."),
    "beside": (lambda sheet: setattr(sheet["Z6"], "value", "Note"), "There is something below or to the right of the table."),
    "fill": (
        lambda sheet: setattr(sheet["A6"], "fill", PatternFill("solid", fgColor="FFFF0000")),
        "A cell has a background colour: A6.",
    ),
    "ink": (lambda sheet: setattr(sheet["A6"], "font", Font(color="FFBBBBBB")), "The text has too little contrast: A6."),
    "no wrap": (
        lambda sheet: setattr(sheet["A6"], "alignment", Alignment(wrap_text=False)),
        "A cell of a table does not wrap: A6.",
    ),
    "sign": (lambda sheet: setattr(sheet["A2"], "value", "Returns¹"), "A note is marked with a symbol instead of words: A2."),
    "link": (
        lambda sheet: [setattr(sheet["A2"], "value", "here"), setattr(sheet["A2"], "hyperlink", "https://example.org")],
        "A link does not say what it links to: A2.",
    ),
    "untitled": (lambda sheet: setattr(sheet["A1"], "value", None), "A1 has no title."),
    "untagged": (lambda sheet: setattr(sheet["A1"], "style", "Normal"), "The title in A1 is not tagged as a heading."),
    "narrow": (lambda sheet: setattr(sheet.column_dimensions["B"], "width", 3), "Column B is 3 characters wide."),
    "no table": (lambda sheet: sheet.tables.clear(), "There are 0 tables, not one."),
    "cursor": (lambda sheet: setattr(sheet.views.sheetView[0].selection[0], "activeCell", "C9"), "The cursor is not in A1."),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_each_fault_of_a_sheet_is_named(sound: Path, tmp_path: Path, name: str) -> None:
    change, words = CHANGES[name]
    book = openpyxl.load_workbook(sound)
    change(book[RETURNS])
    path = tmp_path / "spoilt.xlsx"
    book.save(path)
    assert f"{RETURNS}: {words}" in faults_in(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda book: setattr(book.properties, "title", None), "The document information names no title."),
        (lambda book: setattr(book.properties, "language", None), "The document information names no language."),
        (lambda book: setattr(book, "active", 2), "It does not open on its first sheet."),
        (lambda book: book.move_sheet("Cover", 3), "Its first sheet is not a cover."),
        (lambda book: setattr(book["Cover"]["A1"], "value", "Services"), "2 sheets have the title Services."),
        (
            lambda book: [setattr(cell, "hyperlink", None) for (cell,) in book["Cover"].iter_rows()],
            f"The cover has no link to {RETURNS}.",
        ),
        (
            lambda book: setattr(book["Cover"]["A2"], "comment", Comment("Look", "me")),
            "The workbook has comments.",
        ),
    ],
)
def test_each_fault_of_the_workbook_is_named(
    sound: Path, tmp_path: Path, change: Callable[[Any], None], words: str
) -> None:
    book = openpyxl.load_workbook(sound)
    change(book)
    path = tmp_path / "spoilt.xlsx"
    book.save(path)
    assert words in faults_in(path)


CHART = '<xdr:cNvPr id="2" name="Chart 1"{0}/>'


@pytest.mark.parametrize(
    ("part", "content", "words"),
    [
        ("xl/vbaProject.bin", "x", "macros"),
        ("xl/drawings/drawing1.xml", CHART.format(""), "no description"),
        ("xl/drawings/drawing1.xml", CHART.format(' descr=" "'), "no description"),
        ("xl/drawings/drawing1.xml", CHART.format(' descr="Falls"') + CHART.format(""), "no description"),
        ("xl/drawings/vmlDrawing1.vml", "<v:shape/>", "no description"),
    ],
)
def test_macros_and_undescribed_drawings_are_found(
    sound: Path, tmp_path: Path, part: str, content: str, words: str
) -> None:
    path = Path(shutil.copyfile(sound, tmp_path / "more.xlsx"))
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as book:
        book.writestr(part, content)
    assert any(words in fault for fault in faults_in(path))


def test_a_chart_with_a_description_is_no_fault(sound: Path, tmp_path: Path) -> None:
    path = Path(shutil.copyfile(sound, tmp_path / "more.xlsx"))
    with zipfile.ZipFile(path, "a") as book:
        book.writestr("xl/drawings/drawing1.xml", CHART.format(' descr="Falls fell from 9 to 4"'))
    assert faults_in(path) == []


FIGURES = """
    Actions
    | Ref   | Issue or risk | Status      | Due date   | Outcome indicator |
    | A-001 | Alerts        | In progress | 30/04/2026 | S-01             |
    Indicators
    | Ref  | Indicator      | Unit counted | Rate per | Which way is better |
    | S-01 | Alerts on time | alert        | 100      | Higher is better    |
    Figures
    | Ref          | Indicator | Month      | Numerator | Denominator |
    | S-01 2026-02 | S-01      | 01/02/2026 | 10        | 40          |
    | S-01 2026-03 | S-01      | 01/03/2026 | 20        | 40          |
"""
DESCRIBED = re.compile(r"<xdr:graphicFrame.*?<xdr:cNvPr [^>]*?descr=\"(.*?)\"", re.DOTALL)


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = summarise(rate(check(grid(FIGURES), DAY), DAY))
    return write_summary(made, tmp_path_factory.mktemp("summary") / "summary.xlsx")


def test_every_chart_of_the_summary_has_a_description(workbook: Path) -> None:
    with zipfile.ZipFile(workbook) as book:
        drawings = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/drawings/drawing")]
    charts = sum(drawing.count("<xdr:graphicFrame") for drawing in drawings)
    words = [text for drawing in drawings for text in DESCRIBED.findall(drawing)]
    assert len(words) == charts > 0
    assert any("Alerts on time" in text and "Latest figure 50.0" in text for text in words)


def test_tables_of_the_summary_have_marked_headings(workbook: Path) -> None:
    for sheet in openpyxl.load_workbook(workbook).worksheets:
        assert not sheet.merged_cells.ranges, sheet.title
        for table in sheet.tables.values():
            _, first, last = table_edges(table.ref)
            headings = [cell.value for cell in sheet[table.ref][0]]
            assert (table.headerRowCount, first < last) == (1, True), table.name
            assert all(headings[1:]), (table.name, headings)


def test_every_text_of_the_summary_can_be_read(workbook: Path) -> None:
    cells = [cell for sheet in openpyxl.load_workbook(workbook).worksheets for row in sheet.iter_rows() for cell in row]
    assert [
        f"{cell.parent.title}!{cell.coordinate}" for cell in cells if cell.value is not None and unreadable(cell)
    ] == []
