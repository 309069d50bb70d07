"""Old plans that are no Excel workbooks: Word tables, CSV, .xls and .ods. Each is made in sight, and every cell is accounted for."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from old_plans import PLANS
from validator import validate
from word_plans import MAIN, cell, document, para, rosewood_word, row, run, table

from qipxl import Period, Service, find_template
from qipxl.adopting import Adopted, adopt_workbooks, open_old_workbook, propose_mapping
from qipxl.adopting.old_workbook import OldTab
from qipxl.adopting.word_document import MOST_CELLS
from qipxl.app.cli.main import main
from qipxl.errors import SourceError
from qipxl.text import Percent
from qipxl.workbook.cells import HiddenError

MARCH = Period(2026, 3)
ROS = Service(code="ROS", name="Rosewood Court", region="North", manager="Nina Patel")
HEADS = ("Ref", "Issue", "Action required", "Owner", "Due date", "Status")


def tabs_of(path: Path) -> dict[str, OldTab]:
    return {tab.title: tab for tab in open_old_workbook(path).tabs}


def grid(tab: OldTab) -> list[str]:
    """The filled rows of a tab, each with its row and the columns of its cells."""
    return [
        f"{number + 1}: " + " | ".join(f"{place}={each.value}" for place, each in cells.items())
        for number, cells in tab.rows.items()
    ]


def adopted(path: Path) -> Adopted:
    core, old = find_template("core"), open_old_workbook(path)
    (done,) = adopt_workbooks([old], propose_mapping([old], core, [ROS]), core, [ROS], MARCH)
    assert done.reconciles
    return done


def actions(done: Adopted) -> list[str]:
    """The actions, each as its values in the order of the fields asked for."""
    names = ("ref", "theme", "issue", "intended_change", "owner", "due", "status")
    return [" | ".join(str(each.get(name, "")) for name in names) for each in done.plans["ROS"].rows["actions"]]


def over(done: Adopted) -> list[str]:
    return [f"{line.ref}: {line.heading}: {line.text} ({line.where})" for line in done.plans["ROS"].carried_over]


def test_word_tables_become_tabs_with_their_looks(tmp_path: Path) -> None:
    safe, led = open_old_workbook(rosewood_word(tmp_path)).tabs
    assert (safe.title, led.title) == ("Safe", "Well-led")
    assert grid(safe)[:3] == ["1: 0=Rosewood Court: improvement plan", "2: 0=Home: Rosewood Court", "3: 0=Safe"]
    assert grid(safe)[4] == "6: 0=MEDICINES"
    assert grid(led)[-1] == "6: 0=NP = Nina Patel, TW = Tom Webb"
    assert safe.merged == {(5, 0): (5, 6), (6, 1): (7, 1)}
    assert all(each.bold for each in safe.rows[4].values())
    assert (safe.cells[6, 5].fill, safe.cells[6, 5].filled) == ("FFC000", False)
    assert all(each.struck for each in safe.rows[8].values())
    assert safe.cells[7, 4].comment == "Moved by a month, two people were ill"
    assert led.cells[3, 6].value == "started\nwaiting for families"


def test_word_accepts_the_documents_of_these_tests(tmp_path: Path) -> None:
    assert validate(rosewood_word(tmp_path)) == []


def test_a_word_plan_becomes_a_tracker(tmp_path: Path) -> None:
    done = adopted(rosewood_word(tmp_path))
    assert actions(done) == [
        "1 | Safe | Gaps in the MAR charts | Senior checks charts at each handover | Tom Webb | 2026-03-31 | ",
        "A-001 | Safe | Gaps in the MAR charts | Competency check for all who give medicines |  | 2026-04-30 | Open",
        "2 | Safe | Fridge too warm | New thermometer and a daily log | Nina Patel | 2026-02-10 | Complete",
        "3 | Well-led | Reviews are late | Plan a review for each month | Nina Patel | end of April | Open",
    ]
    assert "A-001: By when (comment): Moved by a month, two people were ill (Safe!E8)" in over(done)
    assert any(each.startswith("A-001: Owner: NP/TW (Safe!D8") for each in over(done))
    assert {line.reason for line in done.not_carried} == {
        "outside the tables",
        "a heading",
        "a total, a note or a signature",
    }


def plan_table(*rows: str) -> str:
    return table(row(*HEADS, heading=True), *rows)


FALLS = row("1", "Falls", "Sensors", "Jo Shah", "31/03/2026", "Open")
FIRE = row("2", "Fire", "Doors", "Jo Shah", "30/04/2026", "Open")


def test_a_table_directly_below_another_continues_it(tmp_path: Path) -> None:
    (tab,) = tabs_of(document(tmp_path / "plan.docx", plan_table(FALLS), para(), table(FIRE))).values()
    assert grid(tab)[1:] == [
        "2: 0=1.0 | 1=Falls | 2=Sensors | 3=Jo Shah | 4=31/03/2026 | 5=Open",
        "3: 0=2.0 | 1=Fire | 2=Doors | 3=Jo Shah | 4=30/04/2026 | 5=Open",
    ]
    assert tab.title == "Table 1"


def test_titles_are_unlike_and_come_from_what_is_above(tmp_path: Path) -> None:
    path = document(
        tmp_path / "plan.docx",
        para("Safe:", bold=True), para("Lead: Jo Shah"), plan_table(FALLS),
        para("safe", style="Heading2"), plan_table(FIRE),
        para("This text is a long explanation of what the next table holds, and so it is no title of it."), plan_table(FALLS),
    )  # fmt: skip
    assert list(tabs_of(path)) == ["Safe", "safe (2)", "Table 3"]


def test_borders_that_are_not_in_line_make_no_columns(tmp_path: Path) -> None:
    heads = row(cell("Issue"), cell("Action", span=2), cell("Owner"))
    shifted = row(cell("Falls", span=2), cell("Sensors"), cell("Jo Shah"))
    (tab,) = tabs_of(document(tmp_path / "plan.docx", table(heads, shifted, grid=(3000, 100, 2900, 2000)))).values()
    assert grid(tab) == ["1: 0=Issue | 1=Action | 2=Owner", "2: 0=Falls | 1=Sensors | 2=Jo Shah"]
    wide = document(tmp_path / "wide.docx", table(heads, shifted, grid=(2000, 1000, 2900, 2000)))
    assert grid(tabs_of(wide)["Table 1"])[1] == "2: 0=Falls | 2=Sensors | 3=Jo Shah"


def test_a_table_in_a_cell_is_a_table_or_a_text(tmp_path: Path) -> None:
    small = table(row("North", "closed"), row("South", "open"))
    inner = row("3", "Lift", cell("Mend it", inside=small), "Jo Shah", "31/05/2026", "Open")
    outer = table(row(cell("The plan", bold=True, inside=plan_table(FALLS, inner))))
    layout, plan = open_old_workbook(document(tmp_path / "plan.docx", outer)).tabs
    assert grid(layout) == ["1: 0=The plan"]
    assert plan.rows[2][2].value == "North | closed\nSouth | open\nMend it"
    assert actions(adopted(tmp_path / "plan.docx"))[0] == "1 |  | Falls | Sensors | Jo Shah | 2026-03-31 | Open"


def cell_of(*runs: str) -> str:
    return f"<w:tc><w:p>{''.join(runs)}</w:p></w:tc>"


TEXTS = {
    "deleted text": (f"{run('keep')}<w:del><w:r><w:delText>gone</w:delText><w:t>gone</w:t></w:r></w:del>", "keep"),
    "moved text": (f"<w:moveFrom>{run('from')}</w:moveFrom><w:moveTo>{run('to')}</w:moveTo>", "to"),
    "inserted text": (f"{run('a ')}<w:ins>{run('b')}</w:ins>", "a b"),
    "a link": (f"<w:hyperlink>{run('our log')}</w:hyperlink>", "our log"),
    "a tick of a symbol font": ('<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>', "✓"),
    "a choice": (f"<w:sdt><w:sdtPr/><w:sdtContent>{run('Open')}</w:sdtContent></w:sdt>", "Open"),
    "a prompt": (
        f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('Choose an item.')}</w:sdtContent></w:sdt>",
        "",
    ),
    "a text box": (f"{run('seen')}<w:r><w:pict><w:txbxContent><w:p>{run('boxed')}</w:p></w:txbxContent></w:pict></w:r>", "seen"),
    "a field's formula": (f"<w:r><w:instrText>DATE</w:instrText></w:r>{run('5 May')}", "5 May"),
    "an earlier look": ("<w:r><w:rPr><w:rPrChange><w:rPr><w:strike/></w:rPr></w:rPrChange></w:rPr><w:t>plain</w:t></w:r>", "plain"),
    "a place for tabs": ('<w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>' + run("plain"), "plain"),
    "tabs and hyphens": ("<w:r><w:t>A</w:t><w:noBreakHyphen/><w:t>1</w:t><w:tab/><w:t>x</w:t></w:r>", "A-1 x"),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_of_a_cell_is_what_people_see(name: str, tmp_path: Path) -> None:
    runs, text = TEXTS[name]
    path = document(tmp_path / "plan.docx", table(f"<w:tr>{cell_of(runs)}{cell('other')}</w:tr>"))
    tab = tabs_of(path)["Table 1"]
    assert (tab.cells[0, 0].value if (0, 0) in tab.cells else "") == text
    assert not tab.rows[0].get(0, tab.cells[0, 1]).struck


def test_a_placeholder_that_names_a_column_is_a_heading(tmp_path: Path) -> None:
    names = ["Ref", "Issue", "Action required", "Owner", "Due date", "Status"]
    control = "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>"
    heading = "".join(f"<w:tc><w:p>{control.format(run(name))}</w:p></w:tc>" for name in names)
    cells = ["A1", "Falls", "Sensors and a log", "Jo Shah", "31/03/2026", "Open"]
    line = "".join(f"<w:tc><w:p>{run(cell)}</w:p></w:tc>" for cell in cells)
    path = document(tmp_path / "plan.docx", f"<w:tbl><w:tr>{heading}</w:tr><w:tr>{line}</w:tr></w:tbl>")
    assert actions(adopted(path)) == ["A1 |  | Falls | Sensors and a log | Jo Shah | 2026-03-31 | Open"]


def test_a_table_style_makes_headings(tmp_path: Path) -> None:
    look = '<w:tblPr><w:tblStyle w:val="{}"/><w:tblLook w:val="04A0"/></w:tblPr>'
    for style, bold in (("GridTable4", True), ("TableGrid", False)):
        styled = table(row("A", "B"), row("c", "d")).replace("<w:tblPr>", f"{look.format(style)}<w:tblPr>", 1)
        tab = tabs_of(document(tmp_path / "plan.docx", styled))["Table 1"]
        assert [tab.cells[0, 0].bold, tab.cells[1, 0].bold] == [bold, False]


def test_a_value_under_a_merge_is_kept(tmp_path: Path) -> None:
    rows = (row(cell("Falls", merge="restart"), "x"), row(cell("hidden", merge="continue"), "y"))
    tab = tabs_of(document(tmp_path / "plan.docx", table(*rows)))["Table 1"]
    assert isinstance(tab.cells[1, 0].value, HiddenError)


def test_numbers_of_a_document_are_numbers_only_if_no_digit_is_lost(tmp_path: Path) -> None:
    tab = tabs_of(document(tmp_path / "plan.docx", table(row("12", "007", "1.50", "85%", "-3", "1,200", "12.5"))))[
        "Table 1"
    ]
    assert [each.value for each in tab.rows[0].values()] == [12.0, "007", "1.50", Percent(0.85), -3.0, "1,200", 12.5]


def test_unclear_dates_are_read_if_other_dates_show_what_comes_first(tmp_path: Path) -> None:
    def due(*texts: str) -> list[object]:
        (tmp_path / "plan.csv").write_text(
            "Issue,Action,Due date\n" + "".join(f"Falls,Sensors,{text}\n" for text in texts), "utf-8"
        )
        return [each[2].value for each in list(open_old_workbook(tmp_path / "plan.csv").tabs[0].rows.values())[1:]]

    assert due("04/05/2026", "31/03/2026", "1.2.26") == [date(2026, 5, 4), "31/03/2026", date(2026, 2, 1)]
    assert due("04/05/2026", "05/05/2026") == ["04/05/2026", "05/05/2026"]
    assert due("04/05/2026", "31/03/2026", "03/31/2026") == ["04/05/2026", "31/03/2026", "03/31/2026"]
    assert due("26-02-20", "31/03/2026") == ["26-02-20", "31/03/2026"]


def test_monthly_figures_of_a_word_table_are_measurements(tmp_path: Path) -> None:
    figures = table(row("Indicator", "Jan-26", "Feb-26", "Mar-26", heading=True), row("Falls", "4", "5", "n/a"))
    done = adopted(document(tmp_path / "plan.docx", figures))
    assert sorted(each["numerator"] for each in done.plans["ROS"].rows["measurements"]) == [4, 5]


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
BODY = f'<w:document xmlns:w="{MAIN}"><w:body>'.encode()
END = b"</w:body></w:document>"
MANY_ROWS = b"".join(
    b"<w:tr>%s</w:tr>"
    % b"".join(b"<w:tc><w:p><w:r><w:t>%d</w:t></w:r></w:p></w:tc>" % (line * 50 + place) for place in range(50))
    for line in range(2000)
)
ATTACKS = {
    "bomb": (BODY + b" " * 70_000_000 + END, "larger than 64 MB"),
    "ratio": (BODY + b" " * 20_000_000 + END, "more than 200 times its size"),
    "entities": (b'<!DOCTYPE d [<!ENTITY l0 "lol">' + LAUGHS + b"]>" + BODY + b"<w:p>&l9;</w:p>" + END, "declares entities"),
    "outside": (b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + BODY + b"&x;" + END, "declares entities"),
    "cut": (BODY + b"<w:tbl><w:tr><w:tc>", "damaged"),
    "undeclared entity": (BODY + b"<w:p><w:r><w:t>&lol;</w:t></w:r></w:p>" + END, "damaged"),
    "other encoding": (b'<?xml version="1.0" encoding="x-odd"?>' + BODY + END, "x-odd"),
    "100,000 cells": (BODY + b"<w:tbl>" + MANY_ROWS + b"</w:tbl>" + END, f"{MOST_CELLS:,} cells"),
    "empty rows": (BODY + b"<w:tbl>" + b"<w:tr/>" * 60_000 + b"</w:tbl>" + END, f"{MOST_CELLS:,} cells"),
    "paragraphs": (BODY + b"".join(b"<w:p><w:r><w:t>%d</w:t></w:r></w:p>" % n for n in range(60_000)) + END, "cells and paragraphs"),
    "wide": (BODY + b'<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="99999999"/></w:tcPr></w:tc></w:tr></w:tbl>' + END, "200 columns"),
    "nested": (BODY + b"<w:tbl><w:tr><w:tc>" * 5000 + b"</w:tc></w:tr></w:tbl>" * 5000 + END, "within one another"),
    "many tables": (BODY + (b"<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl><w:p><w:r><w:t>x</w:t></w:r></w:p>") * 300 + END, "300 tables"),
    "unclosed": (BODY + b"<w:x>" * 100_000, "damaged"),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_a_hostile_document_ends_in_one_sentence(name: str, tmp_path: Path) -> None:
    part, words = ATTACKS[name]
    path = document(tmp_path / "plan.docx", more={"word/document.xml": part})
    done = command(tmp_path, path)
    assert done.exit_code == 2
    assert re.fullmatch(r"Error: plan\.docx: [^\n]+\n", done.output)
    assert words in done.output
    assert "tracker" not in done.output
    assert "workbook" not in done.output


@pytest.mark.parametrize("name", ["document", "comments"])
def test_a_document_of_many_elements_is_stopped(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qipxl.adopting.word_document.MOST_ELEMENTS", 50)
    part = {f"word/{name}.xml": BODY + b"<w:p/>" * 50 + END}
    with pytest.raises(SourceError, match=r"plan\.docx: The document has more than 50 elements"):
        open_old_workbook(document(tmp_path / "plan.docx", more=part))


def test_odd_documents_are_read_or_refused_without_a_traceback(tmp_path: Path) -> None:
    for part in (
        b"<w:tc><w:tbl><w:tr><w:tc/></w:tr></w:tbl></w:tc>", b"<w:tr/><w:tc/>", b"<w:gridCol w:w='x'/>", b"<w:tbl/>",
        b"<w:tbl><w:tc/></w:tbl>", b"<w:tbl><w:tblPr><w:tblLook w:val='zz'/></w:tblPr><w:tr/></w:tbl>", b"<w:showingPlcHdr/>",
        b"<w:p><w:p/></w:p>",
        b"<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr></w:tc></w:tr></w:tbl>", b"<p><t>x</t></p>", b"<w:r><w:b/></w:r>",
    ):  # fmt: skip
        path = document(tmp_path / "plan.docx", more={"word/document.xml": BODY + part + END})
        assert open_old_workbook(path).filled <= 1


NESTED = ("tbl", "tr", "tc", "p", "r", "sdt", "del")
PIECES = st.sampled_from(
    [*(f"<w:{name}>" for name in NESTED), *(f"</w:{name}>" for name in NESTED), "<w:t>x</w:t>", "<w:vMerge/>", "<w:b/>"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(PIECES, max_size=25))
def test_any_order_of_elements_is_read_or_refused(pieces: list[str], tmp_path: Path) -> None:
    closed: list[str] = []
    made = ""
    for piece in pieces:
        if piece.startswith("</"):
            if not closed or closed[-1] != piece:
                continue
            closed.pop()
        elif not piece.endswith(("/>", "</w:t>")):
            closed.append(piece.replace("<", "</"))
        made += piece
    made += "".join(reversed(closed))
    path = document(tmp_path / "plan.docx", more={"word/document.xml": BODY + made.encode() + END})
    old = open_old_workbook(path)
    assert old.filled <= made.count("<w:t>") + 1


WORDS = st.sampled_from(
    ["", "", "Falls", "Jo Shah", "31/03/2026", "04/05/2026", "12", "Open", "Total", "SAFE", "Owner", "a\nb", "1.50"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    heads=st.lists(st.sampled_from([*HEADS, "Update", "Apr-25"]), min_size=2, max_size=6),
    body=st.lists(
        st.lists(st.tuples(WORDS, st.integers(1, 2), st.sampled_from(["", "restart", "continue"])), max_size=6),
        max_size=6,
    ),
    above=st.sampled_from([(), ("Home: Rosewood Court",), ("Safe", "Key: x")]),
)
def test_every_cell_of_any_word_table_is_accounted_for(
    heads: list[str], body: list[list[tuple[str, int, str]]], above: tuple[str, ...], tmp_path: Path
) -> None:
    rows = [row(*(cell(text, span=span, merge=merge) for text, span, merge in each)) for each in body]
    path = document(tmp_path / "plan.docx", *map(para, above), table(row(*heads, heading=True), *rows))
    done = adopted(path)
    assert done.filled == len(heads) + len(above) + sum(text != "" for each in body for text, _, _ in each)


def command(folder: Path, *more: str | Path) -> Result:
    (folder / "services.csv").write_text("code,name,manager\nROS,Rosewood Court,Nina Patel\n", "utf-8")
    asked = ["adopt", *map(str, more), "--period", "2026-03", "--services", str(folder / "services.csv")]
    return CliRunner().invoke(main, [*asked, "--out", str(folder / "adopted")], catch_exceptions=False)


CSV = {
    "comma": "Ref,Issue,Action required,Owner,Due date,Status\nA1,Falls,\"Sensors, and a log\",Jo Shah,31/03/2026,Open\n",
    "semicolon": "sep=;\nRef;Issue;Action required;Owner;Due date;Status\nA1;Falls;Sensors, and a log;Jo Shah;31/03/2026;Open\n",
    "tab": "Ref\tIssue\tAction required\tOwner\tDue date\tStatus\nA1\tFalls\tSensors, and a log\tJo Shah\t31/03/2026\tOpen\n",
    "separators at the end": (
        "Ref,Issue,Action required,Owner,Due date,Status\nA1,Falls,\"Sensors, and a log\",Jo Shah,31/03/2026,Open,,\n"
    ),
    "titles above": (
        "Rosewood Court plan,,,,,\n,,,,,\nRef,Issue,Action required,Owner,Due date,Status\n"
        "A1,Falls,\"Sensors, and a log\",Jo Shah,31/03/2026,Open\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CSV)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_a_text_file_is_a_plan(name: str, encoding: str, tmp_path: Path) -> None:
    (tmp_path / "plan.csv").write_bytes(CSV[name].encode(encoding))
    done = adopted(tmp_path / "plan.csv")
    assert actions(done) == ["A1 |  | Falls | Sensors, and a log | Jo Shah | 2026-03-31 | Open"]
    assert done.workbook.tabs[0].title == "plan"


def test_a_line_that_a_comma_splits_is_set_aside_and_says_why(tmp_path: Path) -> None:
    lines = [
        "A1,Falls,Sensors and a log,Jo Shah,31/03/2026,Open",
        "A2,Cold meals,Ask the cook, and test,Jo Shah,31/03/2026,Open",
    ]
    (tmp_path / "plan.csv").write_text("\n".join(["Ref,Issue,Action required,Owner,Due date,Status", *lines]), "utf-8")
    done = adopted(tmp_path / "plan.csv")
    assert actions(done) == ["A1 |  | Falls | Sensors and a log | Jo Shah | 2026-03-31 | Open"]
    ((tab, row, reason, _),) = done.rows_set_aside
    assert (tab, row) == ("plan", 3)
    assert reason.endswith("Put the text in double quotes")


def saved_as(path: Path, ending: str) -> Path:
    """A workbook as LibreOffice saves it in another format."""
    made = path.with_suffix(f".{ending}")
    command = ["soffice", f"-env:UserInstallation=file://{path.parent}/profile", "--headless", "--convert-to", ending]
    try:
        subprocess.run([*command, "--outdir", path.parent, path], check=True, capture_output=True, timeout=180)
    except FileNotFoundError:
        if os.environ.get("CI") == "true":
            pytest.fail("This test needs LibreOffice.")
        pytest.skip("LibreOffice is not installed.")
    return made


@pytest.mark.long
@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_a_workbook_of_another_format_is_read_for_its_values(ending: str, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Checks"  # a tab of this name is read in an old plan
    for values in (
        HEADS,
        ("A1", "Falls", "Sensors", "Jo Shah", date(2026, 3, 31), "Open"),
        (7, "Fire", "Doors", "Al", "TBC", "Closed"),
    ):
        book.active.append(values)
    hidden = book.create_sheet("Old")
    hidden["A1"], hidden.sheet_state = "kept", "hidden"
    book.save(tmp_path / "plan.xlsx")
    path = saved_as(tmp_path / "plan.xlsx", ending)
    old = open_old_workbook(path)
    assert [(tab.title, tab.hidden) for tab in old.tabs] == [("Checks", False), ("Old", True)]
    assert actions(adopted(path)) == [
        "A1 |  | Falls | Sensors | Jo Shah | 2026-03-31 | Open",
        "7 |  | Fire | Doors | Al | TBC | Complete",
    ]
    done = command(tmp_path, path)
    assert done.exit_code == 0, done.output
    assert f"plan.{ending}: Only values could be read" in " ".join(done.output.split())
    report = openpyxl.load_workbook(tmp_path / "adopted" / "plan report.xlsx")["Report"]
    front = {each[0]: each[1] for each in report.iter_rows(min_row=4, values_only=True)}
    assert front["The two add up"] == "Yes"
    assert front["Not read"].startswith("Only values could be read from this file: no colours, comments")


@pytest.mark.long
def test_a_tracker_saved_in_another_format_is_refused(tmp_path: Path) -> None:
    assert command(tmp_path, rosewood_word(tmp_path)).exit_code == 0
    ours = next((tmp_path / "adopted" / "trackers").iterdir())
    with pytest.raises(SourceError, match="comes from qipxl already"):
        open_old_workbook(saved_as(ours, "ods"))


OTHERS = {
    "letter.rtf": (b"{\\rtf1 Dear all}", "Open it in Word and save it as .docx"),
    "letter.docx": (b"{\\rtf1 Dear all}", "Open it in Word and save it as .docx"),
    "plan.pdf": (b"%PDF-1.7", "This is a PDF"),
    "plan.docx": (b"", "empty"),
    "half.docx": (b"PK\x03\x04" + bytes(200), "The document is damaged"),
    "zeros.xls": (bytes(600), "zeros"),
    "cut.ods": (b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "damaged"),
    "binary.csv": (bytes(range(256)) * 4, "not an Excel workbook"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_files_end_in_one_sentence(name: str, tmp_path: Path) -> None:
    content, words = OTHERS[name]
    (tmp_path / name).write_bytes(content)
    done = command(tmp_path, tmp_path / name)
    assert done.exit_code == 2
    assert re.fullmatch(r"Error: [^\n]+\n", done.output)
    assert words in done.output


def test_a_document_without_tables_says_so_and_has_a_report(tmp_path: Path) -> None:
    done = command(tmp_path, document(tmp_path / "letter.docx", para("Dear all"), para("Yours")))
    assert done.exit_code == 2
    assert "letter.docx: no table of actions, evidence, indicators or figures was found" in done.output
    report = openpyxl.load_workbook(tmp_path / "adopted" / "letter report.xlsx")["Cells not carried"]
    assert [each[3] for each in report.iter_rows(min_row=5, values_only=True)] == ["Dear all", "Yours"]


@pytest.mark.long
def test_a_folder_takes_all_these_files_and_names_the_rest(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    document(folder / "Rosewood Court.docx", plan_table(FALLS))
    document(folder / "letter.docx", para("Dear all"))
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    (folder / "~$Rosewood Court.docx").write_bytes(b"lock")
    (folder / "services.csv").write_text("code,name\nROS,Rosewood Court\nELM,Elm House\n", "utf-8")
    (folder / "Elm House.csv").write_text(CSV["comma"], "utf-8")
    asked = [
        "adopt",
        str(folder),
        "--period",
        "2026-03",
        "--services",
        str(folder / "services.csv"),
        "--out",
        str(tmp_path / "new"),
    ]
    done = CliRunner().invoke(main, asked, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert {path.name[:3] for path in (tmp_path / "new" / "trackers").iterdir()} == {"ROS", "ELM"}
    assert "Skipped (not Excel, Word or CSV): photo.jpg, ~$Rosewood Court.docx" in done.output
    assert "Skipped (no table of a plan): letter.docx" in done.output
    inside = [*asked[:-1], str(folder / "adopted")]
    assert CliRunner().invoke(main, inside, catch_exceptions=False).exit_code == 0
    again = CliRunner().invoke(main, [*inside, "--replace"], catch_exceptions=False)
    assert again.exit_code == 0, again.output


def test_nothing_carried_leaves_a_report_and_a_mapping_to_finish(tmp_path: Path) -> None:
    odd = table(row("Ref", "Wobble", "Frob", "Zing", heading=True), row("1", "a", "b", "c"), row("2", "a", "b", "c"))
    path = document(tmp_path / "odd.docx", odd)
    done = command(tmp_path, path)
    assert done.exit_code == 2
    mapping = tmp_path / "adopted" / "mapping.xlsx"
    assert (
        f"odd.docx: nothing could be carried. Its headings: Ref, Wobble, Frob and Zing. Finish {mapping}:"
        in done.output
    )
    assert "Leave" not in done.output
    assert "leave --mapping out" not in done.output
    assert (tmp_path / "adopted" / "odd report.xlsx").exists()
    assert not (tmp_path / "adopted" / "trackers").exists()
    book = openpyxl.load_workbook(mapping)
    assert book["Settings"]["B8"].value == "Rows become"
    book["Settings"]["C8"] = "Actions"
    book["Headings"]["D6"] = "Actions: Issue or risk"
    book.save(mapping)
    finished = command(tmp_path, path, "--mapping", mapping)
    assert finished.exit_code == 0, finished.output
    again = command(tmp_path, document(tmp_path / "other.docx", plan_table(FALLS)), "--mapping", mapping)
    assert again.exit_code == 2
    assert "other.docx: the mapping carries none of its tables" in again.output
    assert "Or leave --mapping out to get a proposal." in again.output


def test_a_service_that_is_not_listed_is_asked_for_in_the_mapping(tmp_path: Path) -> None:
    old = PLANS["council"](tmp_path)
    (tmp_path / "services.csv").write_text("code,name\nOAK,Oak Lodge\nX,Other\n", "utf-8")
    asked = [
        "adopt",
        str(old),
        "--period",
        "2026-03",
        "--services",
        str(tmp_path / "services.csv"),
        "--out",
        str(tmp_path / "out"),
    ]
    done = CliRunner().invoke(main, asked, catch_exceptions=False)
    assert done.exit_code == 2
    assert "“Elm House” (1 row)" in done.output
    words = openpyxl.load_workbook(tmp_path / "out" / "mapping.xlsx")["Words"]
    assert ["All tables", "Service", None, "Elm House", None] in [
        list(each[:5]) for each in words.iter_rows(min_row=5, values_only=True)
    ]
