"""The rows that a tracker rates: those it is issued with and a month's growth; what rows beyond them say."""

from __future__ import annotations

import warnings
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factories import ACTION, ELM, MARCH, first_only
from formula_lint import formula_faults
from office import Office

from qipxl.template import Template, find_template, shipped_templates
from qipxl.tracker import write_tracker
from qipxl.tracker.content import workings_of
from qipxl.tracker.reference_sheets import BEYOND, ROWS_LEFT
from qipxl.tracker.working_column import NUMBER, ROW, WorkingColumn
from qipxl.tracker.written_out import WrittenOut, around, depth
from qipxl.workbook.cell_xml import can_share
from qipxl.workbook.layout import FIRST_ROW, column_letters

CLEAN = {
    **ACTION, "success_measure": "Falls below 3 a month", "start": date(2026, 4, 15), "source_reference": "Complaint 12",
    "intended_change": "Every fall is reviewed by the team within a day", "status": "Not started",
}  # fmt: skip
"""A row that breaks no rule."""


@pytest.fixture(scope="module")
def core() -> Template:
    """The whole template, with all its prepared rows."""
    return find_template("core")


def actions(count: int) -> list[dict[str, Any]]:
    return [{**ACTION, "ref": f"A-{number:03d}"} for number in range(1, count + 1)]


def place_of(path: Path, name: str) -> tuple[str, str]:
    """The sheet and the address of a defined name of one cell."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(path, read_only=True)
    sheet, address = book.defined_names[name].attr_text.split("!")
    book.close()
    return sheet.strip("'"), address.replace("$", "")


@pytest.mark.parametrize(("issued", "rated"), [(0, 20), (5, 20), (12, 22), (45, 55), (58, 60)])
def test_rows_that_are_there_and_a_months_growth(core: Template, issued: int, rated: int) -> None:
    assert core.tables["actions"].rated_rows(issued) == rated
    assert workings_of(core, {"actions": actions(issued)}).rows("actions") == rated


@pytest.mark.long
def test_sixty_pasted_rows_never_look_clean(core: Template, office: Office, tmp_path: Path) -> None:
    """Rows with workings are rated; each row beyond them says that head office will rate it, and Start here counts them."""
    path = write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsx", rows={"actions": actions(5)})
    layout = workings_of(core, {"actions": actions(5)}).layouts["actions"]
    letters = {field.key: column_letters(layout.headings.index(field.heading)) for field in layout.line.field}
    typed = {
        f"{letters[key]}{FIRST_ROW + number}": value
        for number, row in enumerate(actions(60))
        for key, value in row.items()
    }
    sheet, ready = place_of(path, "qip_ready")
    office.type_into(path, tmp_path / "typed.xlsx", {"Actions": typed})
    found = office.values(
        tmp_path / "typed.xlsx",
        {
            "Actions": f"A{FIRST_ROW}:{column_letters(len(layout.headings) - 1)}{layout.last_row}",
            sheet: f"{ready}:{ready}",
        },
    )
    check, delivery = layout.headings.index("Check"), layout.headings.index("Delivery")
    assert {row[check] for row in found["Actions"][20:]} == {BEYOND}
    assert {row[delivery] for row in found["Actions"][20:]} == {BEYOND}
    assert BEYOND not in {row[delivery] for row in found["Actions"][:20]}
    assert str(found[sheet][0][0]).endswith("40 rows are not rated here; head office will rate them.")


@pytest.mark.long
def test_the_last_rows_say_how_many_are_left(core: Template, office: Office, tmp_path: Path) -> None:
    """The last three rows with workings warn, if they break no rule; rows above them and empty rows say nothing."""
    rows = {"actions": [CLEAN | {"ref": f"A-{number:03d}"} for number in range(1, 13)]}
    path = write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsx", rows=rows)
    workings = workings_of(core, rows)
    layout, rated = workings.layouts["actions"], workings.rows("actions")
    typed = {
        f"{column_letters(layout.headings.index(layout.line.field_named(key).heading))}{FIRST_ROW + number}": value
        for number in (13, *range(rated - 3, rated))
        for key, value in (CLEAN | {"ref": f"A-{number + 1:03d}"}).items()
    }
    office.type_into(path, tmp_path / "typed.xlsx", {"Actions": typed})
    check = column_letters(layout.headings.index("Check"))
    found = office.values(tmp_path / "typed.xlsx", {"Actions": f"{check}{FIRST_ROW}:{check}{FIRST_ROW + rated - 1}"})
    texts = [row[0] for row in found["Actions"]]
    assert texts[-3:] == list(reversed(ROWS_LEFT))
    assert set(texts[:-3]) == {""}


def test_every_cell_of_a_shared_formula_has_it(core: Template, tmp_path: Path) -> None:
    """openpyxl, a reader of its own, gives each cell below the first the first one's formula, moved."""
    path = write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsx", rows={"actions": actions(3)})
    workings = workings_of(core, {"actions": actions(3)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sheet = openpyxl.load_workbook(path)["Workings"]
    shared = 0
    for key in workings.layouts:
        first = workings.first_row(key)
        for column in workings.by_table[key]:
            shared += len(column.formulas(first, 2)) == 1
            for row in range(workings.rows(key)):
                expected = column.text.replace(ROW, str(first + row)).replace(NUMBER, str(row + 1))
                assert sheet.cell(first + row, column.index + 1).value == f"={expected}"
    assert shared > 200


@pytest.mark.parametrize(
    ("formula", "can"),
    [
        ("IF(A5=0,\"\",INDEX($A$2:$A$9,A5)&\"\")", True),
        ('IF(qip_total>3,"see Lists!A1 {x}","")', True),
        ("Lists!A1+1", False),
        ("INDEX(tblActions[Ref],3)", False),
        ("SUM({1,2}*A5)", False),
        ("SUM(INDEX(A1:B9,1,1):INDEX(A1:B9,2,2))", False),
        ("_xlfn.ISFORMULA(A5)", False),
    ],
)  # fmt: skip
def test_only_what_excel_shares_is_shared(formula: str, can: bool) -> None:
    """Of the tokens that [MS-XLS] 2.5.198.118 keeps out of shared formulas."""
    assert can_share(formula) is can


@pytest.mark.parametrize("name", first_only(sorted(shipped_templates())))
def test_formulas_suit_excel_2016(name: str, tmp_path: Path) -> None:
    assert formula_faults(write_tracker(find_template(name), ELM, MARCH, tmp_path / "elm.xlsx")) == []


def columns_of(*texts: str) -> list[WorkingColumn]:
    """Columns A, B, C... of one table with these formulas, in which {A} is the cell of column A."""
    cells = {column_letters(index): f"{column_letters(index)}{ROW}" for index in range(len(texts))}
    columns = [
        WorkingColumn("actions", text, "text", str, lambda rows: rows, index, text.format(**cells))
        for index, text in enumerate(texts)
    ]
    WrittenOut(columns).write_out(columns[1:])
    return columns


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (("IF({B},1,2)", "AND({C}>1,{C}<9)", "1+1"), "IF((AND((1+1)>1,(1+1)<9)),1,2)"),
        (("IF({B},1,2)", "SUM(A9,\"" + "x" * 60 + "\")"), "IF((SUM(A9,\"" + "x" * 60 + "\")),1,2)"),
        (("IF({B},{B},2)", "SUM(A9,\"" + "x" * 60 + "\")"), f"IF(B{ROW},B{ROW},2)"),
        (("SUMPRODUCT(--({B}=1))", "ROW()-4"), f"SUMPRODUCT(--(B{ROW}=1))"),
        (("IF({B}=1,\"" + "x" * 60 + "\")", "INDEX(tblActions[Ref],3)"), f'IF(B{ROW}=1,"{"x" * 60}")'),
    ],
    ids=["short ones", "one that is read once", "not a long one twice", "not into an array", "not into what is shared"],
)  # fmt: skip
def test_a_formula_is_written_into_those_that_read_it(texts: tuple[str, ...], first: str) -> None:
    assert columns_of(*texts)[0].text == first


def test_a_column_is_as_deep_as_its_brackets() -> None:
    assert depth('IF(A5="((",MAX(1,(2)),3)') == 3
    assert around(f'IF(A1="(",SUMPRODUCT(--(B{ROW}=1)),AB{ROW})', f"B{ROW}") == {"IF", "SUMPRODUCT", ""}
