"""Large tables written a column at a time: what stands in the file is what was given, cell by cell, with its format and its link."""

import math
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from validator import validate

from qipxl.workbook import bulk
from qipxl.workbook.bulk import Coded, FilledColumn, LinkColumn
from qipxl.workbook.writer import LONGEST_TEXT, MOST_LINKS, new_workbook

DAY = date(2026, 3, 31)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12)
CELLS = st.one_of(TEXTS, st.none(), st.integers(-(10**9), 10**9), st.just(math.nan), st.floats(-1e300, 1e300))


def written(path: Path, cells: list[object], first: int = 4) -> openpyxl.worksheet.worksheet.Worksheet:
    """A sheet with one column of these cells."""
    with new_workbook(path, "Test", DAY) as writer:
        sheet = writer.sheet("Data", "Title", "About")
        sheet.fill(first, [FilledColumn(cells, [writer.format()])], [15.0] * len(cells))
    return openpyxl.load_workbook(path)["Data"]


def read_as(cell: object) -> object:
    """What a cell that was given comes back as."""
    if cell is None or cell == "" or cell != cell:
        return None
    return cell


@settings(max_examples=60, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=30))
def test_every_cell_stands_where_it_was_put(tmp_path_factory: pytest.TempPathFactory, cells: list[object]) -> None:
    sheet = written(tmp_path_factory.mktemp("w") / "c.xlsx", cells)
    for row, cell in enumerate(cells, 5):
        found, wanted = sheet.cell(row, 1).value, read_as(cell)
        if isinstance(wanted, float):
            assert isinstance(found, int | float)
            assert math.isclose(found, wanted, rel_tol=1e-15)
        elif isinstance(wanted, str):
            assert openpyxl.utils.escape.unescape(str(found)) == openpyxl.utils.escape.unescape(wanted)
        else:
            assert found == wanted


def test_more_rows_than_are_put_together_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 7)
    values: list[object] = [f"row {number}" if number % 3 else "" for number in range(50)]
    sheet = written(tmp_path / "c.xlsx", values)
    assert [sheet.cell(row, 1).value or "" for row in range(5, 55)] == values
    assert sheet.max_row == 54


def test_what_a_workbook_cannot_hold_is_made_harmless(tmp_path: Path) -> None:
    values = ["=1+1", "<r>bold</r>", "a\x07b\ud800", "x" * 40_000, " & < > \" ' "]
    sheet = written(tmp_path / "c.xlsx", values)
    found = [sheet.cell(row, 1).value for row in range(5, 10)]
    assert found == ["=1+1", " <r>bold</r>", "a b ", "x" * LONGEST_TEXT, " & < > \" ' "]
    assert sheet["A5"].data_type == "s", "a text, not a formula"


def test_formats_and_heights_go_with_their_rows(tmp_path: Path) -> None:
    with new_workbook(tmp_path / "c.xlsx", "Test", DAY) as writer:
        sheet = writer.sheet("Data", "Title", "About")
        formats = [writer.format(), writer.format(bg_color="#FF0000"), writer.format(bold=True)]
        words = FilledColumn(["a", "a", "", "b"], formats, np.array([0, 1, 1, 2]))
        numbers = FilledColumn(pd.Series([1.0, np.nan, 3.5, 1.0]), formats[:1])
        sheet.fill(2, [words, numbers], [15, 30, 15, 45])
    found = openpyxl.load_workbook(tmp_path / "c.xlsx")["Data"]
    assert [(row[0].value, row[1].value) for row in found.iter_rows(min_row=3)] == [
        ("a", 1),
        ("a", None),
        (None, 3.5),
        ("b", 1),
    ]
    assert [found.cell(row, 1).fill.fgColor.rgb for row in (3, 4)] == ["00000000", "FFFF0000"]
    assert [found.cell(row, 1).font.bold for row in (3, 4, 6)] == [False, False, True]
    assert [found.row_dimensions[row].height for row in range(3, 7)] == [15, 30, 15, 45]


def test_each_cell_leads_to_its_file_and_place(tmp_path: Path) -> None:
    places = pd.Series(["'Actions'!A5", "", "'It''s <this> & \"that\"'!B2", "'Actions'!A7"])
    files = pd.Series(["one #1.xlsx", "one #1.xlsx", "a & b.xlsx", None])
    with new_workbook(tmp_path / "c.xlsx", "Test", DAY) as writer:
        sheet = writer.sheet("Data", "Title", "About")
        cells = FilledColumn(["w", "x", "y", "z"], [writer.format()])
        sheet.fill(4, [cells, cells], [15] * 4)
        sheet.link(0, 0, "'Data'!A9")
        sheet.link_column(LinkColumn(4, 0, Coded.of(places), Coded.of(files)))
        sheet.link_column(LinkColumn(4, 1, Coded.of(places)))
    assert validate(tmp_path / "c.xlsx") == []
    found = openpyxl.load_workbook(tmp_path / "c.xlsx")["Data"]
    outside = {cell: found[cell].hyperlink for cell in ("A5", "A7")}
    assert [(link.target, link.location) for link in outside.values()] == [
        ("one %231.xlsx", places[0]),
        ("a%20&%20b.xlsx", places[2]),
    ]
    assert found["A6"].hyperlink is None
    assert found["A8"].hyperlink is None, "no file is known, so the cell leads nowhere"
    assert [found[cell].hyperlink.location for cell in ("A1", "B5", "B7", "B8")] == [
        "'Data'!A9",
        places[0],
        places[2],
        places[3],
    ]


def test_categories_are_coded_as_the_texts_that_they_hold() -> None:
    texts = pd.Series(["b", None, "a", "b"], dtype=object)
    coded, plain = Coded.of(texts.astype("category")), Coded.of(texts)
    assert coded.values == plain.values == ["b", "a", None]
    assert coded.codes.tolist() == plain.codes.tolist() == [0, 2, 1, 0]


@pytest.mark.long
def test_a_sheet_has_no_more_links_than_excel_allows(tmp_path: Path) -> None:
    rows = MOST_LINKS + 10
    places = pd.Series(["'Data'!A1"] * rows)
    with new_workbook(tmp_path / "c.xlsx", "Test", DAY) as writer:
        sheet = writer.sheet("Data", "Title", "About")
        sheet.fill(4, [FilledColumn(["x"] * rows, [writer.format()])], [15] * rows)
        sheet.link_column(LinkColumn(4, 0, Coded.of(places)))
        sheet.link_column(LinkColumn(4, 0, Coded.of(places)))
    found = openpyxl.load_workbook(tmp_path / "c.xlsx")["Data"]
    assert found.cell(4 + MOST_LINKS, 1).hyperlink is not None
    assert found.cell(5 + MOST_LINKS, 1).hyperlink is None


def test_single_cells_are_kept_above_and_below_a_table(tmp_path: Path) -> None:
    with new_workbook(tmp_path / "c.xlsx", "Test", DAY) as writer:
        sheet = writer.sheet("Data", "Title", "About")
        sheet.put(9, 0, "below", writer.format())
        sheet.fill(4, [FilledColumn(["one", "two"], [writer.format()])], [15.0, 30.0])
    found = openpyxl.load_workbook(tmp_path / "c.xlsx")["Data"]
    assert [cell.value for cell in found["A"]] == [
        "Title",
        "About",
        None,
        None,
        "one",
        "two",
        None,
        None,
        None,
        "below",
    ]
    assert validate(tmp_path / "c.xlsx") == []


def test_sheets_can_be_arranged_after_they_are_written(tmp_path: Path) -> None:
    with new_workbook(tmp_path / "c.xlsx", "Test", DAY) as writer:
        for name in ("last", "first", "middle"):
            writer.sheet(name, name, "").print_area(0, 0, len(name), 0)
        writer.arrange(lambda name: (["first", "middle", "last"].index(name),))
    book = openpyxl.load_workbook(tmp_path / "c.xlsx")
    assert book.sheetnames == ["first", "middle", "last"]
    assert [sheet["A1"].value for sheet in book] == book.sheetnames
    assert [sheet.print_area for sheet in book] == ["'first'!$A$1:$A$6", "'middle'!$A$1:$A$7", "'last'!$A$1:$A$5"]


def test_rows_grow_with_their_text_unless_heights_are_fixed(tmp_path: Path) -> None:
    with new_workbook(tmp_path / "c.xlsx", "Test", DAY) as writer:
        for name, fixed in (("grows", False), ("fixed", True)):
            sheet = writer.empty_sheet(name)
            sheet.fixed_heights = fixed
            sheet.set_row(0, 40)
            sheet.put(0, 0, "text", writer.format())
    with ZipFile(tmp_path / "c.xlsx") as parts:
        said = [parts.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2)]
    assert ["customHeight" in text for text in said] == [False, True]
