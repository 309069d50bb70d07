"""Lists of services as people keep them: read right, or stopped with a sentence that names the list, the line and what to do."""

from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from qipxl import QipxlError, read_services
from qipxl.reading import sheets as reading_sheets

HEADINGS = ["Code", "Name", "Region", "Manager"]
ELM = ("ELM", "Elm House", "North", "Jo Shah")
Sheets = dict[str, list[list[object]]]


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened in this process, which is faster; test_sheets.py has the process of its own."""
    monkeypatch.setattr(reading_sheets, "ask_once", lambda work, task, seconds: work.done(task, print))


def listed(path: Path) -> list[tuple[str, str, str, str]]:
    return [(each.code, each.name, each.region, each.manager) for each in read_services(path)]


def workbook(path: Path, sheets: Sheets, hidden: str = "") -> Path:
    """A workbook with these sheets."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name == hidden else "visible"
    book.save(path)
    return path


SOUND = {
    "a separator at the end of each line": b"code,name,region,manager\nELM,Elm House,North,Jo Shah,\n",
    "Unicode text of Excel": "code\tname\tregion\tmanager\r\nELM\tElm House\tNorth\tJo Shah\r\n".encode("utf-16"),
    "UTF-16 without a mark": "code,name,region,manager\nELM,Elm House,North,Jo Shah\n".encode("utf-16-be"),
    "a line sep=": b"sep=;\r\ncode;name;region;manager\r\nELM;Elm House;North;Jo Shah\r\n",
    "title rows": b"Our services,,,\n\nAs at 1 March,,,\ncode,name,region,manager\nELM,Elm House,North,Jo Shah\n",
    "other headings": b"Service Code,SERVICE_NAME,Area,Registered Manager\nELM,Elm House,North,Jo Shah\n",
    "headings with remarks": b"Code (short):,Service name *,Region,Manager,Notes\nELM,Elm House,North,Jo Shah,new\n",
    "bars between": b"code|name|region|manager\nELM|Elm House|North|Jo Shah\n",
    "line ends of an old Mac": b"code,name,region,manager\rELM,Elm House,North,Jo Shah\r",
    "columns in another order": b"manager,region,name,code\nJo Shah,North,Elm House,ELM\n",
    "odd blanks": "code,name,region,manager\n ELM ,Elm\xa0 House,North,Jo Shah\n,,,\n".encode(),
}


@pytest.mark.parametrize("data", SOUND.values(), ids=SOUND)
def test_a_text_file_as_people_save_it_is_read(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "services.csv").write_bytes(data)
    assert listed(tmp_path / "services.csv") == [ELM]


def test_names_in_each_encoding_of_excel_are_read(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        (tmp_path / "s.csv").write_bytes("code,name\nELM,Café “Élan”\n".encode(encoding))
        assert read_services(tmp_path / "s.csv")[0].name == "Café “Élan”"


def test_the_list_may_be_on_any_sheet_below_a_title(tmp_path: Path) -> None:
    sheets: Sheets = {
        "Cover": [["Our Care"], ["Name", "Jo Shah"]],
        "Lists": [["Services"], [], ["Service Code", "Service", "Region", "Manager"], [*ELM]],
        "Staff": [["ID", "Name", "Region", "Manager"], [7, "Al Fox", "North", "Jo Shah"]],
        "Old": [HEADINGS, ["OAK", "Oak Lodge", "South", "Al Fox"]],
    }
    assert listed(workbook(tmp_path / "s.xlsx", sheets, hidden="Old")) == [ELM]


def test_codes_that_are_all_numbers_or_begin_with_digits(tmp_path: Path) -> None:
    rows = [["Code", "Name"], [101, "Elm House"], ["10A", "Oak Lodge"], [102, "Ash"]]
    assert [each[0] for each in listed(workbook(tmp_path / "s.xlsx", {"S": rows}))] == ["101", "10A", "102"]
    assert [each[0] for each in listed(workbook(tmp_path / "s.xlsx", {"S": rows[:2]}))] == ["101"]


STOPPED: dict[str, tuple[bytes, str]] = {
    "a comma in a name": (
        b"code,name,region,manager\nELM,Elm House, North wing,North,Jo Shah\n",
        "s.csv, line 2 has 5 values, but there are 4 headings (code, name, region, manager): its values may be in the wrong columns. "
        "Put a text that contains “,” in quotation marks, or take the surplus value out.",
    ),
    "a comma in a name and an empty end": (
        b"code,name,region,manager\nOAK,Oak Lodge,South,Al Fox\nELM,Elm House, North wing,,\n", "s.csv, line 3 has 5 values",
    ),
    "an open quotation mark": (
        b'code,name,region,manager\nELM,"Elm House,North,Jo\nOAK,"Oak Lodge",South,Al\n',
        "s.csv, line 2: a quotation mark is not closed. Close it, or take it out.",
    ),
    "an open quotation mark to the end": (b'code,name\nELM,"Elm House\nOAK,Oak Lodge\n', "s.csv, line 2: a quotation mark"),
    "other headings": (
        b"Our list,\nsite,boss\nElm House,Jo Shah\n",
        "s.csv has no column code: line 2 has “site”, “boss”. One line must have the headings code, name, region, manager, email, plan; "
        "only code and name are needed.",
    ),
    "two columns of one name": (b"code,name,name\nELM,Elm House,Jo\n", "s.csv, line 1: two columns have the heading name."),
    "dates and powers": (
        b"code,name\n01-Mar,Elm House\nMAR-1,Ash\n1.00E+05,Oak Lodge\n",
        "s.csv: Excel has turned the code into a date or a number in line 2 (01-Mar), line 4 (1.00E+05). Format the column as Text, and "
        "type each of these codes again.",
    ),
    "no name": (b"code,name\nELM,Elm\n\nTotal,\n", "s.csv, line 4: a service needs a code and a name. The line has only “Total”."),
    "a PDF": (b"%PDF-1.7", "s.csv cannot be read: this is a PDF. Open it in Excel, save it as .xlsx or as CSV"),
    "an empty file": (b"", "s.csv cannot be read: the file is empty (0 bytes)."),
    "no text": (b"code,name\n\x01\x02\x03\x04\x05\x06\x07\x08", "s.csv cannot be read: this is not an Excel workbook."),
}  # fmt: skip


@pytest.mark.parametrize(("data", "words"), STOPPED.values(), ids=STOPPED)
def test_a_text_file_with_a_mistake_is_stopped_with_its_line(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "s.csv").write_bytes(data)
    with pytest.raises(QipxlError) as error:
        read_services(tmp_path / "s.csv")
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("sheets", "words"),
    [
        ({"S": [HEADINGS, [datetime(2026, 3, 1), "Elm"], ["OAK", "Oak"], [1e5, "Ash"]]}, "line 2 (01/03/2026), line 4 (100000)"),
        ({"S": [HEADINGS, ["007", "Elm"], [12, "Oak"]]}, "s.xlsx, S: Excel has turned the code into a date or a number in line 3 (12)"),
        ({"A": [HEADINGS, [*ELM]], "B": [HEADINGS, [*ELM]]}, "s.xlsx has a list of services on each of the sheets A and B."),
        ({"A": [["Site", "Boss"]], "B": [["x"]]}, "s.xlsx has no column code: A, line 1 has “Site”, “Boss”; B, line 1 has “x”"),
        ({"A": [HEADINGS, ["ELM", "#REF!"]]}, "s.xlsx, A, line 2: the name is #REF!, an error or a formula without a result."),
    ],
)  # fmt: skip
def test_a_workbook_with_a_mistake_is_stopped_with_its_sheet(tmp_path: Path, sheets: Sheets, words: str) -> None:
    with pytest.raises(QipxlError) as error:
        read_services(workbook(tmp_path / "s.xlsx", sheets))
    assert words in str(error.value)
