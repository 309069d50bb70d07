"""A workbook whose parts are packed while the next are written: byte for byte the one that XlsxWriter packs itself."""

import tempfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from qipxl.workbook.packaging import THREADS, PackedWorkbook

PROPERTIES = {"title": "Test", "created": datetime(2026, 3, 31)}


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


def test_the_bytes_are_those_of_xlsxwriter(tmp_path: Path) -> None:
    filled(xlsxwriter.Workbook(str(tmp_path / "plain.xlsx")))
    filled(PackedWorkbook(tmp_path / "packed.xlsx", {}))
    assert (tmp_path / "packed.xlsx").read_bytes() == (tmp_path / "plain.xlsx").read_bytes()


def test_nothing_is_left_where_parts_were_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(parts))
    filled(PackedWorkbook(tmp_path / "good.xlsx", {}))
    with pytest.raises(FileCreateError):
        filled(PackedWorkbook(tmp_path / "no such folder" / "bad.xlsx", {}))
    assert not list(parts.iterdir())
