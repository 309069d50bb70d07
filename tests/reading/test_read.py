"""Returns read from real workbooks that people changed: every row arrives or is accounted for."""

import shutil
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factories import ACTION, ELM, MARCH, ODD_ROWS, ROWS, SIGNED, cell_of, core_layouts

from qipxl import Service, check, rate, read_returns, write_tracker
from qipxl.errors import SourceError
from qipxl.reading import Decisions
from qipxl.returns.returns import Returns
from qipxl.template import Adjustment, Template, load_adjusted, template_file
from qipxl.template.frameworks import OWN_LIST, Framework, FrameworkInForce, shipped_frameworks
from qipxl.workbook.layout import column_letters

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, core: Template) -> Path:
    path = tmp_path_factory.mktemp("read") / "elm.xlsx"
    return write_tracker(core, ELM, MARCH, path, rows=ROWS, issued={}, cover=SIGNED)


@pytest.fixture
def tracker(written: Path, tmp_path: Path) -> Path:
    (tmp_path / "back").mkdir()
    return shutil.copyfile(written, tmp_path / "back" / "elm.xlsx")


def edited(path: Path, change: Any) -> Path:
    """The workbook changed with openpyxl, as another program would save it (no cached values, no drop-downs lost on purpose)."""
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def facts(returns: Returns) -> tuple[list[str], list[str]]:
    return list(returns.receipts["status"]), list(returns.tables["actions"]["ref"])


def test_a_return_is_read_back_as_it_was_written(tracker: Path) -> None:
    returns = read_returns(tracker)
    line = returns.receipts.iloc[0]
    assert (line["service"], line["period"], line["template"], line["status"]) == ("ELM", "2026-03", "core", "accepted")
    assert (line["rows_found"], line["rows_accepted"], line["rows_set_aside"]) == (3, 3, 0)
    actions = returns.tables["actions"]
    assert list(actions["row"]) == [5, 6]
    assert list(actions["due"].dt.date) == [date(2026, 6, 30)] * 2
    assert returns.place("actions", row=5, field="due") == f"Actions!{cell_of('due', 5)}"
    assert not len(returns.problems)


def test_formulas_that_no_program_has_worked_out_do_not_matter(tracker: Path) -> None:
    before = rate(read_returns(tracker)).ratings["actions"]
    edited(tracker, lambda book: None)
    assert rate(read_returns(tracker)).ratings["actions"].equals(before)


def test_a_renamed_tab_and_inserted_rows_and_columns(tracker: Path) -> None:
    def change(book: Any) -> None:
        sheet = book["Actions"]
        sheet.tables.clear()
        sheet.title = "Jan 25"
        sheet.insert_rows(1, 3)
        sheet.insert_cols(2)
        sheet["B7"] = "Notes"
        sheet["B8"] = "a note"

    returns = read_returns(edited(tracker, change))
    assert facts(returns) == (["accepted"], ["A-001", "A-002"])
    assert list(returns.tables["actions"]["row"]) == [8, 9]
    assert (
        returns.place("actions", row=8, field="due")
        == f"Jan 25!{column_letters(core_layouts()['actions'].index('due') + 1)}8"
    )
    assert list(returns.problems["code"]) == ["tab-renamed", "column-extra"]
    assert (
        returns.problems["message"].iloc[1]
        == 'Jan 25!B7 the column "Notes" is not part of the tracker and was not collected.'
    )


def test_a_heading_a_little_wrong_is_recognised_and_said(tracker: Path) -> None:
    def change(book: Any) -> None:
        book["Actions"].tables.clear()
        book["Actions"][cell_of("due", 4)] = " due\xa0DATES"
        book["Actions"][cell_of("owner", 4)] = "OWNER\n"

    returns = read_returns(edited(tracker, change))
    assert list(returns.problems["code"] + " " + returns.problems["cell"]) == [f"column-near {cell_of('due', 4)}"]
    assert returns.tables["actions"]["due"].notna().all()


def test_a_deleted_column_is_said_and_counts_as_blank(tracker: Path) -> None:
    def change(book: Any) -> None:
        book["Actions"].tables.clear()
        book["Actions"].delete_cols(core_layouts()["actions"].index("owner") + 1)

    returns = check(read_returns(edited(tracker, change)))
    assert "column-missing" in list(returns.problems["code"])
    assert list(rate(returns).ratings["actions"]["delivery_rule"]) == ["no-owner", "no-owner"]


def test_a_sheet_that_is_gone_counts_as_empty(tracker: Path) -> None:
    returns = read_returns(edited(tracker, lambda book: book.remove(book["Evidence"])))
    assert list(returns.problems["message"]) == [
        "Evidence was not found on any sheet. Put it back, or ask head office for a fresh tracker."
    ]
    assert len(returns.tables["evidence"]) == 0


def test_rows_anywhere_are_found_and_notes_set_aside(tracker: Path) -> None:
    def change(book: Any) -> None:
        sheet = book["Actions"]
        sheet["A40"], sheet[cell_of("intended_change", 40)] = "A-003", "further down"
        sheet["A80"], sheet[cell_of("intended_change", 80)] = "A-004", "below the table"
        sheet["A20"] = "SAFE and well led"
        for column in range(1, 60):
            sheet.cell(30, column).value = sheet.cell(4, column).value

    returns = read_returns(edited(tracker, change))
    assert facts(returns)[1] == ["A-001", "A-002", "A-003", "A-004"]
    line = returns.receipts.iloc[0]
    assert (line["rows_found"], line["rows_accepted"], line["rows_set_aside"]) == (7, 5, 2)
    assert list(returns.problems["code"] + " " + returns.problems["cell"]) == [
        "row-not-read 20:20",
        "second-heading 30:30",
    ]


def test_an_error_value_is_a_problem_and_not_a_blank(tracker: Path) -> None:
    def change(book: Any) -> None:
        book["Actions"][cell_of("owner", 5)] = "#REF!"
        book["Actions"][cell_of("owner", 5)].data_type = "e"

    returns = check(read_returns(edited(tracker, change)))
    assert f"Actions!{cell_of('owner', 5)} Owner holds #REF!, which cannot be read. Type it as plain text." in list(
        returns.problems["message"]
    )
    assert rate(returns).ratings["actions"]["delivery_rule"].iloc[0] == "unreadable"


def test_edited_settings_are_said_and_ignored(tracker: Path) -> None:
    before = rate(read_returns(tracker)).ratings["actions"]
    returns = read_returns(edited(tracker, lambda book: book["Settings"].__setitem__("C4", 999)))
    assert list(returns.problems["code"]) == ["settings-edited"]
    assert "says 999, not 14" in returns.problems["message"].iloc[0]
    assert rate(returns).ratings["actions"].equals(before)


def test_a_tracker_without_a_register_says_other_settings_by_design(
    tracker: Path, tmp_path: Path, core: Template
) -> None:
    """Green needs a judgement from outside only with a register; a tracker that says what it was issued with was not edited."""
    with_register, _ = load_adjusted(template_file("core"), ())
    own, _ = load_adjusted(template_file("core"), (Adjustment("stale_update", 20.0),))
    assert not len(read_returns(tracker, templates=[with_register]).problems)
    issued = write_tracker(own, ELM, MARCH, tmp_path / "own.xlsx", rows=ROWS, issued={}, cover=SIGNED)
    assert not len(read_returns(issued).problems), "a provider's own limits are no edit where its register is not known"

    def change(book: Any) -> None:
        row = next(
            row for row in book["Settings"].iter_rows() if row[1].value == "Green needs a judgement from outside (T1)"
        )
        row[2].value = 2

    (message,) = read_returns(edited(tracker, change), templates=[with_register]).problems["message"]
    assert message.endswith(
        "the setting Green needs a judgement from outside (T1) says 2, not 1. The change was ignored."
    )


def test_statements_of_a_list_that_is_not_known_here_are_no_fault(tmp_path: Path) -> None:
    """Without the register, statements of a provider's own list are no problem; others are checked as before."""
    own = Framework.model_validate({
        "key": "County standards", "title": "County standards", "heading": "County standards", "status": OWN_LIST, "source": "the register",
        "question": [{"statements": [{"title": "Value for money", "checked": "row 5"}]}],
    })  # fmt: skip
    in_force = FrameworkInForce(own, (*shipped_frameworks(), own))
    with_register, _ = load_adjusted(template_file("core"), (), in_force)
    actions = [{**ACTION, "cqc_statement": words} for words in ("Value for money", "Value for money; Thrift")]
    path = write_tracker(with_register, ELM, MARCH, tmp_path / "elm.xlsx", rows={"actions": actions}, cover=SIGNED)

    def told(returns: Returns) -> list[str]:
        problems = check(returns).problems
        return list(problems.loc[problems["code"].str.startswith("statement"), "message"])

    (message,) = told(read_returns(path, templates=[with_register]))
    assert (
        'says "Thrift", and the list in use is County standards (the provider\'s own list). A statement here is in no list'
        in message
    )
    assert told(read_returns(path)) == []


def test_an_original_due_date_never_changes(tmp_path: Path, core: Template) -> None:
    path = write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsx", rows=ROWS, cover=SIGNED)
    returns = read_returns(
        edited(path, lambda book: book["Actions"].__setitem__(cell_of("original_due", 5), date(2026, 12, 31)))
    )
    assert returns.tables["actions"]["original_due"].dt.date.iloc[0] == date(2026, 6, 30)
    assert "says 31/12/2026, but 30/06/2026 was agreed" in returns.problems["message"].iloc[0]


def test_from_head_office_counts_only_as_it_was_issued(tmp_path: Path, core: Template) -> None:
    known = [{"action": "A-001", "verified_by": "Di Roe", "verified_on": date(2026, 3, 1), "clean_returns": 3}]
    path = write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsx", rows={**ROWS, "head_office": known}, cover=SIGNED)
    assert len(read_returns(path).tables["head_office"]) == 1
    edited(path, lambda book: book["From head office"].__setitem__("E5", "Me"))
    returns = read_returns(path)
    assert len(returns.tables["head_office"]) == 0
    assert list(returns.problems["code"]) == ["head-office-edited"]
    line = returns.receipts.iloc[0]
    assert line["rows_found"] == line["rows_accepted"] + line["rows_set_aside"] == 4


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"), "old Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"Ref,Issue\n", "text file such as CSV"),
        (b"PK\x03\x04 cut off", "damaged"),
    ],
)
def test_what_is_no_workbook_gets_a_receipt_and_stops_nothing(tracker: Path, data: bytes, words: str) -> None:
    tracker.with_name("other.xlsx").write_bytes(data)
    returns = read_returns(tracker.parent)
    line = returns.receipts[returns.receipts["file"] == "other.xlsx"].iloc[0]
    assert line["status"] == "refused"
    assert words in line["reason"]
    assert facts(returns)[1] == ["A-001", "A-002"]


def test_a_cut_off_return_is_refused(tracker: Path) -> None:
    data = tracker.read_bytes()
    tracker.write_bytes(data[: len(data) // 2])
    assert list(read_returns(tracker).receipts["status"]) == ["refused"]


def test_a_workbook_of_something_else_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "Ref"
    book.save(tmp_path / "own.xlsx")
    assert "not a tracker" in read_returns(tmp_path).receipts["reason"].iloc[0]


def version(core: Template, number: str) -> Template:
    return core.model_copy(update={"template": core.template.model_copy(update={"version": number})})


def test_a_newer_version_is_refused_and_an_older_one_read(tracker: Path, core: Template) -> None:
    refused = read_returns(tracker, [version(core, "0.9")])
    assert f"made from version {core.version} of core, which is newer than 0.9" in refused.receipts["reason"].iloc[0]
    returns = read_returns(tracker, [version(core, "9.9")])
    assert facts(returns) == (["accepted"], ["A-001", "A-002"])
    assert list(returns.problems["message"]) == [
        f"This tracker was made from the earlier version {core.version} of its template: 9.9 is in use now. It was read as it is."
    ]


def renamed(core: Template) -> Template:
    """The template with a new heading for Owner, which trackers had as “Who does it”."""
    actions = core.tables["actions"]
    fields = [
        line.model_copy(update={"earlier_headings": ("Who does it",)}) if line.key == "owner" else line
        for line in actions.field
    ]
    return core.model_copy(
        update={"tables": {**core.tables, "actions": actions.model_copy(update={"field": tuple(fields)})}}
    )


def test_an_older_version_is_read_by_the_headings_it_had(tracker: Path, core: Template) -> None:
    def change(book: Any) -> None:
        book["Actions"].tables.clear()
        book["Actions"][cell_of("owner", 4)] = "Who does it"
        book["Actions"].delete_cols(core_layouts()["actions"].index("cqc_statement") + 1)

    returns = read_returns(edited(tracker, change), [renamed(version(core, "9.9"))])
    assert facts(returns) == (["accepted"], ["A-001", "A-002"])
    assert list(returns.tables["actions"]["owner"]) == ["Ann Lee", "Ann Lee"]
    assert list(returns.problems["code"]) == ["older-version"]
    assert "it has no Actions, CQC quality statement" in returns.problems["message"].iloc[0]


def test_lock_files_are_passed_over(tracker: Path) -> None:
    tracker.with_name("~$elm.xlsx").write_bytes(b"\x07somebody")
    assert sorted(read_returns(tracker.parent).receipts["status"]) == ["accepted", "ignored"]


def test_the_same_return_twice_is_used_once(tracker: Path) -> None:
    copy = tracker.with_name("elm (1).xlsx")
    shutil.copyfile(tracker, copy)
    with zipfile.ZipFile(copy, "a") as archive:
        archive.writestr("docProps/extra.txt", "saved by another program")
    returns = read_returns(tracker.parent)
    assert dict(zip(returns.receipts["file"], returns.receipts["status"], strict=True)) == {
        "elm (1).xlsx": "duplicate",
        "elm.xlsx": "accepted",
    }
    assert facts(returns)[1] == ["A-001", "A-002"]


def test_a_sorted_copy_is_the_same_return(tmp_path: Path, core: Template) -> None:
    """With a cell that cannot be read and a text that is withheld, which moved with their rows."""
    rows = [*ODD_ROWS, {**ACTION, "ref": "A-004"}]
    for name, order in (("elm.xlsx", rows), ("elm sorted.xlsx", rows[::-1])):
        write_tracker(core, ELM, MARCH, tmp_path / name, rows={**ROWS, "actions": order}, issued={}, cover=SIGNED)
    returns = read_returns(tmp_path)
    found = dict(zip(returns.receipts["file"], returns.receipts["status"], strict=True))
    assert found == {"elm.xlsx": "accepted", "elm sorted.xlsx": "duplicate"}
    assert len(returns.tables["actions"]) == 4


def test_one_column_sorted_alone_is_another_return(tmp_path: Path, core: Template) -> None:
    first, second = ROWS["actions"]
    swapped = [{**first, "owner": "Bo May"}, {**second, "owner": "Ann Lee"}]
    for name, actions in (("elm.xlsx", [first, {**second, "owner": "Bo May"}]), ("elm 2.xlsx", swapped)):
        write_tracker(core, ELM, MARCH, tmp_path / name, rows={**ROWS, "actions": actions}, issued={}, cover=SIGNED)
    assert list(read_returns(tmp_path).receipts["status"]) == ["set aside"] * 2


def test_copies_that_differ_in_an_unreadable_cell_differ(tmp_path: Path, core: Template) -> None:
    for name, due in (("elm.xlsx", "soon"), ("elm 2.xlsx", "TBC")):
        rows = {"actions": [{**ACTION, "due": due}]}
        write_tracker(core, ELM, MARCH, tmp_path / name, rows=rows, issued={}, cover=SIGNED)
    assert list(read_returns(tmp_path).receipts["status"]) == ["set aside"] * 2


def test_of_two_different_returns_the_higher_submission_is_used(tracker: Path, core: Template) -> None:
    write_tracker(
        core,
        ELM,
        MARCH,
        tracker.with_name("b.xlsx"),
        rows={"actions": [ACTION]},
        issued={},
        cover={**SIGNED, "submission": 2},
    )
    returns = read_returns(tracker.parent)
    assert sorted(returns.receipts["status"]) == ["accepted", "superseded"]
    assert facts(returns)[1] == ["A-001"]
    found = returns.receipts
    parts = found[["rows_accepted", "rows_set_aside", "rows_superseded"]].sum(axis=1)
    assert (found["rows_found"] == parts).all()
    assert list(found.loc[found["status"] == "superseded", "rows_superseded"]) == [3]
    assert list(returns.problems["message"]) == [
        "Actions!6:6 A-002 is not in b.xlsx.",
        "Evidence!5:5 E-001 is not in b.xlsx.",
    ]


def test_two_different_returns_with_one_number_are_set_aside(tracker: Path, core: Template) -> None:
    write_tracker(core, ELM, MARCH, tracker.with_name("b.xlsx"), rows={"actions": [ACTION]}, issued={})
    returns = read_returns(tracker.parent)
    assert list(returns.receipts["status"]) == ["set aside", "set aside"]
    assert "Head office must look" in returns.receipts["reason"].iloc[0]
    assert len(returns.tables["actions"]) == 0


def test_nothing_to_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no files"):
        read_returns(tmp_path)
    with pytest.raises(SourceError, match="There is no file or folder"):
        read_returns(tmp_path / "none")


def test_the_order_of_files_does_not_matter(tracker: Path, core: Template) -> None:
    other = write_tracker(
        core, Service(code="OAK", name="Oak"), MARCH, tracker.with_name("a.xlsx"), rows=ROWS, issued={}
    )
    one, two = (rate(check(read_returns(each))) for each in ([tracker, other], [other, tracker]))
    words = ["delivery", "evidence", "impact", "headline", "row"]
    assert sorted(one.ratings["actions"][words].to_numpy().tolist()) == sorted(
        two.ratings["actions"][words].to_numpy().tolist()
    )


@pytest.mark.parametrize(
    ("ref", "status", "set_aside", "superseded"), [(None, "accepted", 0, 2), ("A-999", "set aside", 5, 0)]
)
def test_a_copied_tab(tracker: Path, ref: str | None, status: str, set_aside: int, superseded: int) -> None:
    """A true copy changes nothing; of two that differ nobody can say which counts."""

    def change(book: Any) -> None:
        copy = book.copy_worksheet(book["Actions"])
        copy.title = "Actions (2)"
        copy["A6"] = ref or copy["A6"].value

    edited(tracker, change)
    returns = read_returns(tracker)
    line = returns.receipts.iloc[0]
    assert (line["status"], line["rows_found"]) == (status, 5)
    assert (line["rows_set_aside"], line["rows_superseded"]) == (set_aside, superseded)
    assert list(returns.problems["code"]) == ["sheet-not-read"]
    used = read_returns(tracker, decisions=Decisions(accepted_files=[tracker.name]))
    assert facts(used) == (["accepted"], ["A-001", "A-002"])


def test_a_heading_that_stands_twice_is_said(tracker: Path) -> None:
    def change(book: Any) -> None:
        book["Actions"].tables.clear()
        book["Actions"]["B4"] = "Due date"

    returns = read_returns(edited(tracker, change))
    assert "column-twice B4" in list(returns.problems["code"] + " " + returns.problems["cell"])


def test_a_table_far_down_its_sheet_is_found(tracker: Path) -> None:
    def change(book: Any) -> None:
        book["Actions"].tables.clear()
        book["Actions"].insert_rows(1, 90)

    assert facts(read_returns(edited(tracker, change)))[1] == ["A-001", "A-002"]


def test_issued_rows_that_are_gone_are_named(tmp_path: Path, core: Template) -> None:
    path = write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsx", rows=ROWS, cover=SIGNED)
    returns = read_returns(edited(path, lambda book: book["Actions"].delete_rows(6)))
    assert list(returns.problems["code"] + " " + returns.problems["value"]) == ["issued-row-missing A-002"]


def test_a_row_of_head_office_counts_once(tmp_path: Path, core: Template) -> None:
    known = [{"action": "A-001", "clean_returns": 3}]
    path = write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsx", rows={**ROWS, "head_office": known}, cover=SIGNED)

    def change(book: Any) -> None:
        for column in range(1, 10):
            book["From head office"].cell(6, column).value = book["From head office"].cell(5, column).value

    returns = read_returns(edited(path, change))
    assert len(returns.tables["head_office"]) == 1
    assert list(returns.problems["code"]) == ["head-office-edited"]


def rewritten(path: Path, part: str, old: str, new: str) -> Path:
    """The workbook with a piece of one part's XML replaced."""
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    assert old in parts[part].decode()
    parts[part] = parts[part].decode().replace(old, new, 1).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in parts.items():
            target.writestr(name, data)
    return path


def test_a_stamp_that_makes_no_sense_is_one_receipt(tracker: Path, core: Template) -> None:
    path = write_tracker(core, Service(code="OAK", name="Oak"), MARCH, tracker.with_name("b.xlsx"), cover=SIGNED)
    edited(path, lambda book: book["qipxl stamp"].__setitem__("B8", "2026-13"))
    returns = read_returns(tracker.parent)
    assert sorted(returns.receipts["status"]) == ["accepted", "refused"]
    assert "stamp is damaged" in " ".join(returns.receipts["reason"])


def test_error_values_are_found_in_any_style_of_xml(tracker: Path) -> None:
    place = cell_of("embedding_review", 5)
    cell = f'<c r="{place}"'
    part = "xl/worksheets/sheet2.xml"
    xml = zipfile.ZipFile(tracker).read(part).decode()
    old = xml[xml.index(cell) : xml.index("</c>", xml.index(cell)) + 4]
    returns = read_returns(rewritten(tracker, part, old, f"<c t='e' r='{place}'><v>#N/A</v></c>"))
    assert list(returns.problems["code"] + " " + returns.problems["cell"]) == [f"not-a-date {place}"]


def test_what_is_no_number_is_not_another_rows_number(tracker: Path, core: Template) -> None:
    rows = {"actions": [{**ACTION, "likelihood_now": 5}, {**ACTION, "ref": "A-002", "likelihood_now": 4}]}
    write_tracker(core, ELM, MARCH, tracker, rows=rows, issued={}, cover=SIGNED)
    part = "xl/worksheets/sheet2.xml"
    xml = zipfile.ZipFile(tracker).read(part).decode()
    start = xml.index("<v>5</v>")
    returns = read_returns(
        rewritten(tracker, part, xml[start - 12 : start + 8], xml[start - 12 : start] + "<v>NaN</v>")
    )
    assert list(returns.problems["code"]) in (["not-a-number"], []) or list(returns.receipts["status"]) == ["refused"]
    if len(returns.tables["actions"]):
        assert returns.tables["actions"]["likelihood_now"].tolist()[1:] == [4.0]
        assert returns.tables["actions"]["likelihood_now"].isna().iloc[0]


def test_an_untouched_tracker_says_that_nothing_is_entered(tmp_path: Path, core: Template) -> None:
    returns = read_returns(write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsx"))
    assert set(returns.problems["code"]) == {"nothing-entered", "not-signed"}


def test_checking_twice_finds_the_same(tracker: Path) -> None:
    edited(tracker, lambda book: book["Actions"].__setitem__(cell_of("owner", 5), None))
    once = check(read_returns(tracker))
    assert check(once).problems.equals(once.problems)
