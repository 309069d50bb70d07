# ruff: noqa: E501 (a case is a line)
"""What people do to a tracker before they send it back, case by case: what is found, where, and what is used all the same.

Each case changes a real tracker that was issued and filled in. USE says what becomes of the return: "all" (every row
arrives), "cell" (only that cell counts as blank), "aside" (head office must look first) or "no" (it cannot be used).
"""

import re
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from broken import parts_of, related, typed, with_book, with_cell, with_part, with_related, with_sheet, zipped
from factories import cell_of
from openpyxl import load_workbook
from openpyxl.styles import Font, PatternFill

from qipxl import Period, Service, check, rate, read_returns, summarise, write_tracker
from qipxl.app.demo.scenarios import make_plan
from qipxl.reading import ReadOptions
from qipxl.returns.returns import Returns
from qipxl.template import Template

ELM = Service(code="ELM", name="Elm House", region="North", manager="Jo Shah")
MARCH = Period(2026, 3)
DUE, OWNER, STATUS, EXTRA = "V", "S", "AB", "BA"
"""Columns of Actions."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, core: Template) -> Path:
    """A tracker issued with seven actions, filled in and signed."""
    rows: dict[str, Any] = make_plan(8, MARCH.last, 6, 1, "Jo Shah")
    first = rows["actions"][0]
    actions = [
        {
            **first,
            "ref": f"A-{number:03d}",
            "issue": f"Issue number {number}",
            "owner": f"Owner {'ABCDEFG'[number - 1]}",
        }
        for number in range(1, 8)
    ]
    path = tmp_path_factory.mktemp("filled") / "ELM.xlsx"
    changed = [{**each, "theme": "A theme written since"} for each in actions]
    issued = {**rows, "actions": actions}
    return write_tracker(
        core, ELM, MARCH, path, rows={**rows, "actions": changed}, issued=issued, cover={"submitted_by": "Jo Shah"}
    )


@pytest.fixture
def tracker(filled: Path, tmp_path: Path) -> Path:
    path = tmp_path / "back" / "ELM.xlsx"
    path.parent.mkdir()
    shutil.copyfile(filled, path)
    return path


def untabled(change: Callable[[Any], object]) -> Callable[[Path], None]:
    """A change that moves cells, on a sheet whose table was turned into plain cells."""

    def edit(book: Any) -> None:
        book["Actions"].tables.clear()
        change(book["Actions"])

    return with_book(edit)


def second_table(sheet: Any) -> None:
    """The headings again, the first two the other way round, and a row below them."""
    for column in range(1, 41):
        sheet.cell(20, column).value = sheet.cell(4, column).value
        sheet.cell(21, column).value = sheet.cell(5, column).value
    sheet["A20"], sheet["B20"] = sheet["B20"].value, sheet["A20"].value


def copied_tab(book: Any) -> None:
    copy = book.copy_worksheet(book["Actions"])
    copy.title = "Actions (2)"
    copy["E5"] = "changed in the copy"


def sorted_owner(sheet: Any) -> None:
    owners = [sheet[f"F{row}"].value for row in range(5, 12)]
    for row, owner in enumerate(reversed(owners), 5):
        sheet[f"F{row}"] = owner


def merged(sheet: Any) -> None:
    for row in (6, 7):
        sheet[f"F{row}"] = None
    sheet.merge_cells("F5:F7")


def american(sheet: Any) -> None:
    """As typed on a computer set to American dates: days up to the 12th have become other dates, later ones text."""
    sheet["G5"], sheet[cell_of("due", 6)], sheet["G7"] = datetime(2026, 4, 6), "06/25/2026", "06/30/2026"


def coloured(sheet: Any) -> None:
    for row in (5, 6):
        sheet[f"H{row}"] = None
        sheet[f"H{row}"].fill = PatternFill("solid", fgColor="FFFF0000")


def struck(sheet: Any) -> None:
    for row in (5, 6, 7):
        sheet[f"A{row}"].font = Font(strike=True)


def hidden_rows(sheet: Any) -> None:
    for row in (6, 7):
        sheet.row_dimensions[row].hidden = True


COMMENTS = (
    '<comments xmlns="x"><authors><author>J</author></authors><commentList>'
    '<comment ref="D6" authorId="0"><text><t>done last week</t></text></comment>'
    '<comment ref="E7" authorId="0"><text><t>see file</t></text></comment></commentList></comments>'
)
DRAWING = '<xdr:wsDr xmlns:xdr="x"><xdr:sp macro=""></xdr:sp><xdr:pic></xdr:pic><xdr:pic></xdr:pic></xdr:wsDr>'
CASES: list[tuple[str, Callable[[Path], None], str, str, str]] = [
    ("1 a column inserted", untabled(lambda s: (s.insert_cols(6), s.__setitem__("F4", "Notes"))), "all", "F4", 'the column "Notes" is not part'),
    ("2 a column deleted", untabled(lambda s: s.delete_cols(12)), "all", "4:4", "the column Theme is missing"),
    ("2 the status deleted", untabled(lambda s: s.delete_cols(8)), "no", "", "the column Status is missing, without which"),
    ("3 a heading renamed", untabled(lambda s: s.__setitem__("F4", "Who?")), "aside", "F4", 'the heading "Who?" is not known, and Owner is missing'),
    ("3 a heading with blanks", untabled(lambda s: s.__setitem__("G4", "Due\xa0\n DATE ")), "all", "", ""),
    ("3 a heading misspelt", untabled(lambda s: s.__setitem__("G4", "Due dat")), "all", "G4", 'the heading "Due dat" was read as Due date'),
    ("4 a tab renamed", with_book(lambda b: setattr(b["Actions"], "title", "Jan 25")), "all", "", "Jan 25 was read as Actions"),
    ("5 a tab copied and changed", with_book(copied_tab), "aside", "", "looks like Actions, which was read from another sheet (7 of its references"),
    ("6 rows above", untabled(lambda s: s.insert_rows(1, 5)), "all", "", ""),
    ("7 headings again", untabled(lambda s: [setattr(s.cell(20, c), "value", s.cell(4, c).value) for c in range(1, 60)]), "all", "20:20", "this row repeats the headings"),
    ("7 a second table in another order", untabled(second_table), "all", "20:20", "a second table with other columns begins here; its 1 rows"),
    ("8 the lists deleted", with_book(lambda b: b.remove(b["Lists"])), "all", "", "Lists is gone; the lists of the template were used"),
    ("9 blank rows between", untabled(lambda s: s.insert_rows(8, 3)), "all", "", ""),
    ("10 a heading inside", untabled(lambda s: (s.insert_rows(8), s.__setitem__("A8", "SAFE"), s.merge_cells("A8:F8"))), "all", "8:8", 'the row says "SAFE" and nothing else'),
    ("11 an owner merged down", untabled(merged), "all", "F5", 'Owner is merged over rows 5 to 7: "Owner A" was taken for each'),
    ("12 a value under a merge", with_sheet(lambda x: x.replace("<pageMargins", '<mergeCells count="1"><mergeCell ref="F5:F6"/></mergeCells><pageMargins')), "cell", "F6", 'Owner holds "Owner B" under a merged cell'),
    ("13 a paragraph over several rows", typed({"E12": "and more of the same", "E13": "and the end of it"}), "all", "13:13", "it looks like the rest of row 11"),
    ("14 one column sorted", untabled(sorted_owner), "aside", "", "6 of 7 of the issued rows have another row's Owner"),
    ("15 a reference twice", typed({"A6": "A-001"}), "all", "A6", "A-001"),
    ("16 a row deleted", untabled(lambda s: s.delete_rows(6)), "all", "", "A-002 was in the issued tracker and is missing"),
    ("18 a note at the foot", typed({"D80": "Signed off by the manager"}), "all", "80:80", 'the row says "Signed off by the manager" and nothing else'),
    ("19 hidden rows", untabled(hidden_rows), "all", "", "2 hidden rows were read"),
    ("20 a hidden tab", with_book(lambda b: setattr(b["Actions"], "sheet_state", "veryHidden")), "all", "", "Actions is hidden, and was read"),
    ("21 a whole column formatted", with_sheet(lambda x: x.replace("</sheetData>", '<row r="1048576"><c r="B1048576" s="3"/></row></sheetData>')), "all", "", ""),
    ("22 a stray far away", with_sheet(lambda x: x.replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')), "all", "XFD1048576", "outside the table, far away from it"),
    ("22 a stray near by", typed({"BK7": "x"}), "all", "BK7", 'says "x" outside the table'),
    ("23 pasted over a drop-down", typed({"H6": "Compleated"}), "cell", "H6", 'Status says "Compleated", which is not one of its list; the nearest is Complete'),
    ("24 a colour and no word", untabled(coloured), "all", "H5", "Status is shown by colour only in 2 rows"),
    ("25 rows struck through", untabled(struck), "all", "5:5", "3 rows are struck through"),
    ("26 comments", with_related("comments", "comments1.xml", COMMENTS), "all", "", "2 comments not collected: D6, E7"),
    ("27 a text box and pictures", with_related("drawing", "drawings/drawing9.xml", DRAWING), "all", "", "1 text box and 2 pictures not collected"),
    ("28 a text date", typed({"G5": "20/2/26"}), "all", "G5", 'Due date says "20/2/26" as text; it was read as 20/02/2026'),
    ("28 an ambiguous text date", typed({"G5": "3/4/26"}), "cell", "G5", "which can be 03/04/2026 or 04/03/2026"),
    ("29 month first", untabled(american), "cell", "G:G", "the dates in Due date seem to be month first (2 text dates"),
    ("30 no date", typed({"G5": "ASAP"}), "cell", "G5", 'Due date says "ASAP", which is not a date'),
    ("32 a small number", with_cell("G5", '<c r="G5"><v>5</v></c>'), "cell", "G5", "not a date between 2000 and 2099 (it would be 04/01/1900)"),
    ("32 an impossible date", typed({"G5": "31/11/2026"}), "cell", "G5", 'says "31/11/2026", which is not a date'),
    ("32 a far year", typed({"G5": datetime(2205, 3, 4)}), "cell", "G5", "not a date between 2000 and 2099"),
    ("33 values only", with_cell("G5", '<c r="G5"><v>46185</v></c>'), "all", "G5", "holds the number 46185; it was read as 12/06/2026"),
    ("35 a reference made a number", typed({"A6": 7}), "all", "A6", "Ref holds the number 7"),
    ("35 a reference made a date", typed({"A6": datetime(2026, 2, 1)}), "all", "A6", "Ref holds the date 01/02/2026"),
    ("36 two owners", typed({"F6": "Ann Lee & Bo Ek"}), "all", "F6", "This looks like two owners"),
    ("37 odd blanks", typed({"H6": "\u200bIn\xa0progress "}), "all", "", ""),
    ("38 lines and bullets", typed({"E6": "• one\n• two\tthree"}), "all", "", ""),
    ("39 a very long text", with_cell("E6", f'<c r="E6" t="inlineStr"><is><t>{"word " * 8000}</t></is></c>'), "all", "E6", "a cell of the summary holds at most 32,767"),
    ("39 control characters", with_cell("E6", '<c r="E6" t="inlineStr"><is><t>a_x000B_b</t></is></c>'), "all", "E6", "holds characters that cannot be shown"),
    ("40 a formula", with_cell("F6", '<c r="F6" t="str"><f>VLOOKUP(A6,X!A:B,2)</f><v>Ann Lee</v></c>'), "all", "F6", "Owner holds a formula; the value stored with it was used"),
    ("40 TODAY", with_cell("G6", '<c r="G6" s="22"><f>TODAY()</f><v>46112</v></c>'), "all", "G6", "it changes with the day"),
    ("41 an error", with_cell("F6", '<c r="F6" t="e"><v>#REF!</v></c>'), "cell", "F6", "Owner holds #REF!, which cannot be read"),
    ("42 never worked out", with_cell("F6", '<c r="F6"><f>A1&amp;"x"</f></c>'), "cell", "F6", "holds a formula with no stored value"),
    ("43 text that looks like a formula", with_cell("E6", '<c r="E6" t="inlineStr"><is><t>=1+1</t></is></c>'), "all", "", ""),
    ("44 a person's number", typed({"E6": "Resident, NHS 943 476 5919, fell"}), "all", "E6", "possible personal data in Intended change: an NHS number"),
    ("49 the cover of another service", typed({"I19": "OAK"}, "Start here"), "aside", "I19", 'Service code says "OAK", but the tracker was issued for ELM'),
    ("51 a newer version", typed({"B3": "9.0"}, "qipxl stamp"), "no", "", "made from version 9.0 of core, which is newer"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "use", "cell", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_case(tracker: Path, change: Callable[[Path], None], use: str, cell: str, words: str) -> None:
    change(tracker)
    returns = read_returns(tracker, options=ReadOptions(check_formatting=True))
    line = returns.receipts.iloc[0]
    assert line["status"] == {"all": "accepted", "cell": "accepted", "aside": "set aside", "no": "refused"}[use], line[
        "reason"
    ]
    assert line["rows_found"] == line["rows_accepted"] + line["rows_set_aside"] + line["rows_superseded"]
    if use == "no":
        assert words in line["reason"]
        return
    checked = check(returns, MARCH.last) if use != "aside" else returns
    said = checked.problems
    if words:
        named = said[(said["cell"] == cell) & said["message"].str.contains(words, regex=False)]
        assert len(named) == 1, "\n".join(said["cell"] + " " + said["message"])
    else:
        assert not len(returns.problems), returns.problems["message"].tolist()
    if use != "aside":
        gone = "in the issued tracker and is missing" in words
        assert len(returns.tables["actions"]) == 7 - gone
    blank = sum(int(mask.to_numpy().sum()) for mask in returns.unreadable.values())
    assert bool(blank) == (use == "cell")


def test_a_word_is_kept_as_it_was_typed(tracker: Path) -> None:
    typed({"H6": "Compleated"})(tracker)
    assert list(read_returns(tracker).tables["actions"]["status"])[1] == "Compleated"


def test_17_rows_below_the_table_are_read(tracker: Path) -> None:
    typed({"A300": "A-300", "P300": "below everything", "S300": "Ann Lee"})(tracker)
    assert list(read_returns(tracker).tables["actions"]["ref"])[-1] == "A-300"


def test_27_an_empty_plan_with_pictures_is_set_aside(tmp_path: Path, core: Template) -> None:
    path = write_tracker(core, ELM, MARCH, tmp_path / "ELM.xlsx", cover={"nil": "Yes"})
    with_related("drawing", "drawings/drawing9.xml", DRAWING)(path)
    assert "Actions holds 1 text box and 2 pictures and no rows" in read_returns(path).receipts["reason"].iloc[0]


def test_31_a_month_typed_as_a_date_is_named(tracker: Path) -> None:
    def change(book: Any) -> None:
        book["Actions"][cell_of("due", 6)] = datetime(2026, 2, 1)
        book["Actions"][cell_of("due", 6)].number_format = "mmm-yy"

    with_book(change)(tracker)
    returns = read_returns(tracker, options=ReadOptions(check_formatting=True))
    assert list(returns.problems["message"]) == [
        f"Actions!{cell_of('due', 6)} Due date shows only a month; it was read as 01/02/2026. Type the day too."
    ]


def test_34_dates_that_count_from_1904_are_the_same_days(tracker: Path) -> None:
    before = read_returns(tracker).tables["actions"]["due"]
    with_part("xl/workbook.xml", lambda text: text.replace("<workbookPr ", '<workbookPr date1904="1" '))(tracker)
    days = re.compile(r'(<c r="G\d+" s="\d+"><v>)(\d+)(</v>)')  # the due dates
    with_sheet(lambda text: days.sub(lambda found: f"{found[1]}{int(found[2]) - 1462}{found[3]}", text))(tracker)
    returns = read_returns(tracker)
    assert list(returns.tables["actions"]["due"]) == list(before)


@pytest.mark.parametrize(
    ("name", "data", "status", "words"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "refused", "old Excel workbook (.xls)"),
        ("a.csv", b"Ref,Issue\nA-1,x\n", "refused", "text file such as CSV"),
        ("a.xlsx", b"Ref,Issue\nA-1,x\n", "refused", "text file such as CSV. Ask for the tracker saved as .xlsx."),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "refused", "password to open"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage\x09DRMContent".encode("utf-16-le"), "refused", "sensitivity label"),
        ("a.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "__properties_version1.0".encode("utf-16-le"), "refused", "e-mail"),
        ("a.eml", b"From: a@b.c\r\nTo: d@e.f\r\nSubject: plan\r\n\r\nhere", "refused", "e-mail"),
        ("a.lnk", b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(60), "refused", "short-cut"),
        ("a.url", b"[InternetShortcut]\r\nURL=https://example.org", "refused", "short-cut"),
        ("a.gsheet", b'{"doc_id": "x"}', "refused", "short-cut"),
        ("a.pdf", b"%PDF-1.7 ...", "refused", "PDF"),
        ("a.zip", zipped({"plan.txt": b"x"}), "refused", "compressed folder"),
        ("a.ods", zipped({"mimetype": b"x"}).replace(b"mimetypex", b"mimetypex"), "refused", "compressed folder"),
        ("a.docx", zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), "refused", "Word document"),
        ("a.numbers", zipped({"Index/Document.iwa": b"x"}), "refused", "Numbers"),
        ("a.xlsb", zipped({"xl/workbook.bin": b"x"}), "refused", "binary Excel workbook"),
        ("a.html", b"<html><table></table></html>", "refused", "web page"),
        ("a.jpg", b"\xff\xd8\xff\xe0 picture", "refused", "picture"),
        ("a.xlsx", b"", "refused", "0 bytes"),
        ("a.xlsx", bytes(4096), "refused", "nothing but zeros"),
        ("a.xlsx", bytes(range(256)) * 4, "refused", "not an Excel workbook"),
        ("~$ELM.xlsx", b"\x07Jo Shah" + bytes(157), "ignored", "being edited"),
        ("._ELM.xlsx", b"\x00\x05\x16\x07" + bytes(100), "ignored", "Left behind"),
        (".~lock.ELM.xlsx#", b"Jo,pc", "ignored", "being edited"),
        ("Thumbs.db", b"x", "ignored", "Left behind"),
        (".DS_Store", b"x", "ignored", "Left behind"),
        ("x.tmp", b"x", "ignored", "Left behind"),
    ],
)  # fmt: skip
def test_45_46_47_52_what_is_no_tracker(tracker: Path, name: str, data: bytes, status: str, words: str) -> None:
    other = tracker.with_name(name)
    other.write_bytes(data)
    returns = read_returns(tracker.parent)
    receipts = returns.receipts.set_index("file")
    assert receipts.at[name, "status"] == status
    assert words in receipts.at[name, "reason"]
    assert len(returns.tables["actions"]) == 7


@pytest.mark.parametrize("form", ["ods", "xls"])
def test_45_other_formats_are_read_only_when_asked_for(office: Any, tracker: Path, form: str) -> None:
    other = tracker.with_name(f"ELM.{form}")
    office.convert(tracker, other, {"ods": "calc8", "xls": "MS Excel 97"}[form])
    assert f".{form}" in read_returns(other).receipts["reason"].iloc[0]
    returns = read_returns(other, options=ReadOptions(other_formats=True))
    assert list(returns.receipts["status"]) == ["accepted"]
    assert returns.problems["code"].iloc[0] == "other-format"
    assert len(returns.tables["actions"]) == 7


def test_48_two_returns_of_one_service_name_differing_rows(tracker: Path) -> None:
    other = tracker.with_name("ELM (1).xlsx")
    shutil.copyfile(tracker, other)
    typed({"H6": "Blocked"})(other)
    returns = read_returns(tracker.parent)
    assert list(returns.receipts["status"]) == ["set aside", "set aside"]
    said = returns.problems.loc[returns.problems["code"] == "versions-differ", "message"]
    assert any(re.search(r"Actions!6:6 A-002 differs from .*: Status says “.*”, there “.*”", each) for each in said)


def test_49_a_file_named_after_another_service(tracker: Path, core: Template) -> None:
    oak = Service(code="OAK", name="Oak Lodge")
    write_tracker(core, oak, MARCH, tracker.with_name("OAK Oak Lodge 2026-03.xlsx"), cover={"nil": "Yes"})
    shutil.copyfile(tracker, tracker.with_name("Oak Lodge again.xlsx"))
    returns = read_returns(tracker.parent)
    line = returns.receipts.set_index("file").loc["Oak Lodge again.xlsx"]
    assert line["status"] == "set aside"
    assert "named after Oak Lodge (OAK), but the tracker in it was issued to Elm House (ELM)" in line["reason"]


def test_50_five_different_things(tmp_path: Path, core: Template, tracker: Path) -> None:
    """Another service's cover, last month's file, a blank tracker, a nil return, and no return."""
    home = tmp_path / "all"
    home.mkdir()
    shutil.copyfile(tracker, home / "ELM.xlsx")
    services = {code: Service(code=code, name=f"House {code}") for code in ("COVER", "LAST", "BLANK", "NIL", "NONE")}
    for code, month, cover in (
        ("COVER", MARCH, {"nil": "Yes"}),
        ("LAST", Period(2026, 2), {"nil": "Yes"}),
        ("BLANK", MARCH, {}),
        ("NIL", MARCH, {"nil": "Yes", "submitted_by": "Jo"}),
    ):
        write_tracker(core, services[code], month, home / f"{code}.xlsx", cover=cover)
    typed({"I19": "ELM"}, "Start here")(home / "COVER.xlsx")
    returns: Returns = read_returns(home)
    said = returns.receipts.set_index("service")
    assert dict(said["status"]) == {
        "ELM": "accepted", "COVER": "set aside", "LAST": "set aside", "BLANK": "set aside", "NIL": "accepted",
    }  # fmt: skip
    assert "names another service (ELM)" in said.at["COVER", "reason"]
    assert "the tracker for February 2026; these returns are for March 2026" in said.at["LAST", "reason"]
    assert "a blank tracker" in said.at["BLANK", "reason"]
    assert said.at["NIL", "reason"] == "Nil return: there is nothing to report."
    overview = summarise(rate(check(returns)), [*services.values()]).overview.set_index("service")["state"]
    assert dict(overview)["NONE"] == "no return"
    assert dict(overview)["NIL"] == "nil return"


def test_personal_data_outside_cells_is_never_repeated(tracker: Path) -> None:
    parts = parts_of(tracker)
    related(parts, 3, "comments", "../comments1.xml")
    parts["xl/comments1.xml"] = COMMENTS.replace("see file", "call 07700 900123").encode()
    parts["docProps/core.xml"] = re.sub(rb"(<dc:creator>)[^<]*", rb"\1DOB 12/03/1941", parts["docProps/core.xml"])
    tracker.write_bytes(zipped(parts))
    returns = read_returns(tracker)
    said = returns.problems[returns.problems["code"] == "personal-data"]
    assert list(said["message"].str.extract(r"data in (.*?)\.")[0]) == [
        "a comment: a phone number",
        "the file's properties: a date of birth",
    ]
    assert "900123" not in " ".join(returns.problems["message"])


def test_personal_data_is_reported_in_the_order_of_the_columns(tracker: Path) -> None:
    typed({"I6": "Mrs Jones", "E6": "NHS 943 476 5919", "D7": "Mrs Jones fell", "D6": "call 07700 900123"})(tracker)
    found = read_returns(tracker).problems.query("code == 'personal-data'")
    assert list(found["cell"])[:3] == ["D6", "D7", "E6"]


def test_an_added_tab_is_said(tracker: Path) -> None:
    with_book(lambda book: book.create_sheet("Our notes").append(["remember the milk"]))(tracker)
    assert list(read_returns(tracker).problems["message"]) == [
        "Our notes is not part of the tracker and was not collected."
    ]


def test_a_tracker_issued_with_fewer_columns_is_still_read(tracker: Path, core: Template) -> None:
    """As one of an earlier version is: the digests in its stamp are of other columns."""
    stamp = load_workbook(tracker)["qipxl stamp"]
    rows = [row[0].row for row in stamp.iter_rows() if row[0].value == "issued"]
    typed({f"F{row}": "abcdef 123456" for row in rows}, "qipxl stamp")(tracker)
    returns = read_returns(tracker)
    assert list(returns.receipts["status"]) == ["accepted"]
    assert len(returns.tables["actions"]) == 7


def test_48_a_service_whose_name_begins_like_anothers(tracker: Path, core: Template) -> None:
    for code, name in (("E1", "Elms"), ("E2", "Elms Court")):
        path = tracker.with_name(f"{name}.xlsx")
        write_tracker(core, Service(code=code, name=name), MARCH, path, cover={"nil": "Yes", "submitted_by": "Jo"})
    assert set(read_returns(tracker.parent).receipts["status"]) == {"accepted"}


def test_50_a_plan_that_nobody_touched_is_named(tmp_path: Path, core: Template) -> None:
    rows = make_plan(8, MARCH.last, 6, 1, "Jo Shah")
    write_tracker(core, ELM, MARCH, tmp_path / "ELM.xlsx", rows=rows, cover={"submitted_by": "Jo Shah"})
    assert list(read_returns(tmp_path).problems["message"]) == [
        "Actions holds exactly the issued rows. Bring it up to date, or say that it is."
    ]
