"""A workbook whose parts are packed while they are written: part for part the one that XlsxWriter packs itself."""

import errno
import zipfile
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import pytest
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from qipxl.errors import OutputError
from qipxl.workbook.packaging import PackedWorkbook, Part
from qipxl.workbook.writer import Sheet, new_workbook

CREATED = datetime(2026, 3, 31)
PROPERTIES = {"title": "Test", "created": CREATED}
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f0005000"
    "1ff56c7e2ee0000000049454e44ae426082"
)
"""A PNG picture of one dot."""


def filled(book: xlsxwriter.Workbook) -> None:
    """Sheets of several sizes, a chart, tables and a picture."""
    book.set_properties(PROPERTIES)
    for number in range(3):
        sheet = book.add_worksheet()
        for row in range(2000 if number == 0 else 3):
            sheet.write_row(row, 0, [f"Text {row} of {number}", row, row / 7])
        sheet.add_table(0, 0, 2, 2)
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Sheet1!$B$1:$B$9"})
    sheet.insert_chart("F1", chart)
    sheet.insert_image("F20", "dot.png", {"image_data": BytesIO(PICTURE)})
    book.close()


def parts_of(path: Path) -> dict[str, bytes]:
    """The parts of a workbook in their order, each with its checksum looked at."""
    with zipfile.ZipFile(path) as parts:
        return {name: parts.read(name) for name in parts.namelist()}


def test_a_workbook_for_the_mail_has_the_bytes_of_xlsxwriter(tmp_path: Path) -> None:
    filled(xlsxwriter.Workbook(str(tmp_path / "plain.xlsx")))
    filled(PackedWorkbook(tmp_path / "packed.xlsx", {}, by_mail=True))
    assert (tmp_path / "packed.xlsx").read_bytes() == (tmp_path / "plain.xlsx").read_bytes()


def test_other_workbooks_have_the_parts_of_xlsxwriter(tmp_path: Path) -> None:
    filled(xlsxwriter.Workbook(str(tmp_path / "plain.xlsx")))
    filled(PackedWorkbook(tmp_path / "packed.xlsx", {}))
    packed, plain = parts_of(tmp_path / "packed.xlsx"), parts_of(tmp_path / "plain.xlsx")
    assert list(packed.items()) == list(plain.items())


def test_a_folder_that_does_not_exist_is_an_error_of_xlsxwriter(tmp_path: Path) -> None:
    with pytest.raises(FileCreateError):
        filled(PackedWorkbook(tmp_path / "no such folder" / "bad.xlsx", {}))


def test_a_disk_that_is_full_is_refused_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def store(part: Part, packed: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Part, "store", store)
    with (
        pytest.raises(OutputError, match="No space left"),
        new_workbook(tmp_path / "a.xlsx", "Test", CREATED) as writer,
    ):
        writer.empty_sheet("A").write_string(0, 0, "x")
    assert list(tmp_path.iterdir()) == []


def test_cells_are_written_as_xlsxwriter_writes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(path: Path) -> bytes:
        with new_workbook(path, "Test", CREATED, by_mail=True) as writer:
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
