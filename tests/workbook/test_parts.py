"""A workbook whose parts are packed while the next are written: part for part the one that XlsxWriter packs itself."""

import tempfile
import zlib
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from qipxl.workbook import packaging
from qipxl.workbook.packaging import THREADS, PackedWorkbook
from qipxl.workbook.writer import Sheet, new_workbook

CREATED = datetime(2026, 3, 31)
PROPERTIES = {"title": "Test", "created": CREATED}


def filled(book: xlsxwriter.Workbook) -> None:
    """More sheets than there are threads, of sizes of which the later ones are packed first; a chart and a table."""
    book.set_properties(PROPERTIES)
    for number in range(3 * THREADS):
        sheet = book.add_worksheet()
        for row in range(2000 if number == 0 else 3):
            sheet.write_row(row, 0, [f"Text {row} of {number}", row, row / 7])
        sheet.add_table(0, 0, 2, 2)
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Sheet1!$B$1:$B$9"})
    sheet.insert_chart("F1", chart)
    book.close()


@pytest.mark.parametrize("in_memory", [False, True])
def test_the_bytes_are_those_of_xlsxwriter_at_its_level(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory: bool
) -> None:
    monkeypatch.setattr(packaging, "LEVEL", zlib.Z_DEFAULT_COMPRESSION)
    filled(xlsxwriter.Workbook(str(tmp_path / "plain.xlsx")))
    filled(PackedWorkbook(tmp_path / "packed.xlsx", {"in_memory": in_memory}))
    assert (tmp_path / "packed.xlsx").read_bytes() == (tmp_path / "plain.xlsx").read_bytes()


def test_nothing_is_left_where_parts_were_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(parts))
    filled(PackedWorkbook(tmp_path / "good.xlsx", {}))
    with pytest.raises(FileCreateError):
        filled(PackedWorkbook(tmp_path / "no such folder" / "bad.xlsx", {}))
    assert not list(parts.iterdir())


def test_cells_are_written_as_xlsxwriter_writes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(path: Path) -> bytes:
        with new_workbook(path, "Test", CREATED, in_memory=True) as writer:
            sheet, plain = writer.empty_sheet("A & B"), writer.format()
            for row, value in enumerate(["text", " <a> & b ", 1, 0.1, True, date(2026, 3, 31), ""]):
                sheet.put(20 * row, row % 3, value, plain)
                sheet.formula(20 * row + 1, 30, f'IF(A1<1,"&",{row})', plain, "" if value == "" else str(value))
            for row, result in enumerate([True, 2, 0.5, "#N/A", "a < b"], 3):
                sheet.formula(row, 2, "B1&C1", plain, result)
            sheet.set_row(200, 30)
            sheet.set_row(4, 22.5, writer.format(bold=True))
            sheet.write_string(4, 4, "in the row's format")
            sheet.write_blank(5, 5, None, plain)
        return path.read_bytes()

    ours = write(tmp_path / "ours.xlsx")
    monkeypatch.setattr(Sheet, "write_single_cells", Worksheet._write_rows)
    assert write(tmp_path / "theirs.xlsx") == ours
