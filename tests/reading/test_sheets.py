"""The register and lists of services are looked at like returns before they are read, in a process of their own."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from broken import parts_of, zipped
from openpyxl import Workbook

from qipxl.errors import SourceError
from qipxl.provider import read_register
from qipxl.reading import sheets
from qipxl.reading.file.limits import Limits
from qipxl.reading.file.sheets import OpenSheets, open_sheets, trimmed
from qipxl.reading.service_list import read_services
from qipxl.reading.sheets import read_sheets

pytestmark = pytest.mark.processes

SHEET = "xl/worksheets/sheet1.xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    book = Workbook()
    book.active.append(["Code", "Name"])
    book.active.append(["ELM", "Elm House"])
    book.save(tmp_path / "file.xlsx")
    return tmp_path / "file.xlsx"


def with_sheet(data: bytes, change: Callable[[bytes], bytes], path: Path) -> bytes:
    path.write_bytes(data)
    parts = parts_of(path)
    return zipped(parts | {SHEET: change(parts[SHEET])})


HOSTILE: dict[str, tuple[Callable[[bytes, Path], bytes], str]] = {
    "password": (lambda data, path: OLE + "EncryptedPackage".encode("utf-16-le") + data, "the workbook has a password to open"),
    "another kind": (lambda data, path: b"%PDF-1.7", "this is a PDF"),
    "zip bomb": (partial(with_sheet, lambda xml: xml + b" " * 40_000_000), "a part of the workbook unpacks to more than 200 times its size"),
    "cut off": (lambda data, path: data[: len(data) // 2], "the workbook is damaged and cannot be opened"),
    "entities": (
        partial(with_sheet, lambda xml: b'<!DOCTYPE x [<!ENTITY a "b">]>' + xml), "a part of the workbook declares entities, as attacks do",
    ),
    "outside": (
        partial(with_sheet, lambda xml: xml.replace(b'r="A2"', b'r="XFE1048577"')), "a cell of the workbook is outside the area of a sheet",
    ),
    "zeros": (lambda data, path: bytes(5000), "the file holds nothing but zeros: it was not fully copied from the cloud"),
}  # fmt: skip


def harmed(harm: Callable[..., bytes], file: Path) -> None:
    """Change the file; `with_sheet` takes its change first."""
    data = file.read_bytes()
    file.write_bytes(
        harm(data=data, path=file) if not isinstance(harm, partial) else with_sheet(data, harm.args[0], file)
    )


@pytest.mark.parametrize(("harm", "found"), HOSTILE.values(), ids=HOSTILE)
def test_a_harmed_register_or_list_is_one_sentence(
    file: Path, harm: Callable[..., bytes], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "ask_once", lambda work, task, seconds: work.done(task, print))  # faster
    harmed(harm, file)
    for read, what in ((read_register, "The register"), (read_services, "The list of services")):
        with pytest.raises(SourceError) as error:
            read(file)
        text = str(error.value)
        assert text.startswith(f"{what} {file} cannot be read: {found}. Open it in Excel, save it as .xlsx"), text
        assert len(text.splitlines()) == 1


def stray(xml: bytes) -> bytes:
    """One cell in the last place of the sheet."""
    row = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    return xml.replace(b"</sheetData>", row + b"</sheetData>")


def test_a_stray_cell_in_the_last_place_does_no_harm(file: Path) -> None:
    file.write_bytes(with_sheet(file.read_bytes(), stray, file))
    found = read_sheets(file, "The register")
    assert found.rows == {"Sheet": [["Code", "Name"], ["ELM", "Elm House"]]}
    assert found.far == {"Sheet": ["XFD1048576"]}
    assert [each.code for each in read_services(file)] == ["ELM"]


def test_a_process_that_ends_or_is_late_is_a_sentence(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "ask_once", lambda *_: None)
    with pytest.raises(SourceError, match="the workbook is damaged and cannot be opened"):
        read_sheets(file, "The register")


def test_too_little_memory_or_no_file_is_a_reason(tmp_path: Path, file: Path) -> None:
    small = OpenSheets(Limits(file_mb=1), texts=True)
    file.write_bytes(file.read_bytes() + bytes(2_000_000))
    assert "The file has 2 MB" in str(small.done(file, print))
    assert "open elsewhere" in str(small.done(tmp_path / "none.xlsx", print))


def test_text_is_no_register(file: Path) -> None:
    file.write_bytes(b"code,name\nELM,Elm House\n")
    with pytest.raises(SourceError, match="this is a text file such as CSV"):
        read_register(file)
    assert open_sheets(file.read_bytes(), Limits(), texts=True).is_text


def test_empty_rows_and_columns_at_the_end_go() -> None:
    assert trimmed([["a", "", " "], [], ["", 1.0, ""], ["", "", ""]]) == [["a", ""], ["", ""], ["", 1.0]]
