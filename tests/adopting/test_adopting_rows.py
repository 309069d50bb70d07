"""Old rows told apart and put where they belong: small grids of what people really do, each with what comes of it."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from qipxl import Period, Service, find_template
from qipxl.adopting import Adopted, adopt_workbooks, mapping_text, open_old_workbook, propose_mapping, read_mapping
from qipxl.adopting.heading_match import known_headings, name_score
from qipxl.adopting.heading_words import comparable
from qipxl.adopting.old_tables import find_old_tables, month_of
from qipxl.app.cli.main import main
from qipxl.errors import RequestError, SourceError

MARCH = Period(2026, 3)
ROS = Service(code="ROS", name="Rosewood Court", manager="Nina Patel")
OAK, LODGE, ELM = (
    Service(code=code, name=name) for code, name in (("OAK", "Oak"), ("OKL", "Oak Lodge"), ("ELM", "Elm House"))
)
MANY = [ROS, OAK, LODGE, ELM]
HEAD = ["Ref", "Issue", "Action", "Owner", "Due date", "Status"]
DAY = date(2026, 5, 1)


def book_of(path: Path, *rows: list[object]) -> Path:
    book = openpyxl.Workbook()
    for row, values in enumerate(rows, 1):
        for column, value in enumerate(values, 1):
            if value is not None:
                book.active.cell(row, column, value)
    book.save(path)
    return path


def adopted(path: Path, services: list[Service] | None = None) -> Adopted:
    core, old = find_template("core"), open_old_workbook(path)
    services = services or [ROS]
    (done,) = adopt_workbooks([old], propose_mapping([old], core, services), core, services, MARCH)
    assert done.reconciles
    return done


def actions(done: Adopted, code: str = "ROS") -> list[dict[str, object]]:
    return done.plans[code].rows["actions"]


def over(done: Adopted, code: str = "ROS") -> list[str]:
    return [f"{line.ref}: {line.heading}: {line.text}" for line in done.plans[code].carried_over]


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        (time(14, 30), "14:30:00"),
        (datetime(2026, 2, 1, 14, 30), date(2026, 2, 1)),
        ("ASAP", "ASAP"),
        ("1.6.26", "1.6.26"),
        (True, True),
    ],
)
def test_what_stands_in_a_date_column_is_kept(tmp_path: Path, cell: object, kept: object) -> None:
    rows = [[f"A{n}", "Fire doors", "Fix doors", "Jo Shah", DAY, "Ongoing"] for n in range(1, 4)]
    done = adopted(book_of(tmp_path / "plan.xlsx", HEAD, *rows, ["A4", "Lift", "Mend it", "Jo Shah", cell, "Ongoing"]))
    assert actions(done)[3]["due"] == kept
    if isinstance(cell, datetime):
        assert over(done) == ["A4: Due date (with its time): 01/02/2026 14:30"]


def test_texts_that_no_cell_can_hold_together_are_not_cut(tmp_path: Path) -> None:
    long = "Mend it. " * 3000
    path = book_of(tmp_path / "plan.xlsx", HEAD, ["A1", "Lift", long, "Jo Shah", DAY, "Ongoing"], [None, None, long])
    done = adopted(path)
    assert actions(done)[0]["intended_change"] == long.strip()
    assert over(done) == [f"A1: Action: {long}"]


def test_a_second_column_of_a_single_field_is_carried_over(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "plan.xlsx",
        [*HEAD, "Due date"],
        ["A1", "Lift", "Mend it", "Jo Shah", date(2026, 2, 1), "Ongoing", "TBC"],
    )
    done = adopted(path)
    assert actions(done)[0]["due"] == date(2026, 2, 1)
    assert over(done) == ["A1: Due date: TBC"]


def test_rows_of_dates_and_of_known_words_are_no_headings(tmp_path: Path) -> None:
    head = ["Ref", "Issue", "Action", "Owner", "Start date", "Due date", "Date completed", "Status"]
    days = [date(2026, 1, 5), date(2026, 2, 28), date(2026, 2, 20)]
    path = book_of(
        tmp_path / "plan.xlsx",
        head,
        ["A1", "Fire doors", "Fix doors", "Jo Shah", *days, "Completed"],
        ["A2", "Lift stuck", "Mend lift", "Director", None, DAY, None, "Completed"],
        ["A3", "Bath cold", "New boiler", "Jo Shah", *days, "Ongoing"],
    )
    assert [row["ref"] for row in actions(adopted(path))] == ["A1", "A2", "A3"]


def test_updates_by_month_are_no_figures(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "plan.xlsx",
        [*HEAD, "Jan-26", "Feb-26", "Mar-26"],
        ["A1", "Lift", "Mend it", "Jo Shah", DAY, "Ongoing", "asked", "came", "mended"],
    )
    done = adopted(path)
    assert len(actions(done)) == 1
    assert over(done) == ["A1: Jan-26: asked", "A1: Feb-26: came", "A1: Mar-26: mended"]


def test_a_row_of_another_service_is_one_of_its_own(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "plan.xlsx",
        ["Service", *HEAD],
        ["Oak", "1", "Fire doors", "Fix doors at Oak", "Jo Shah", DAY, "Ongoing"],
        ["Elm House", None, None, "Fix doors at Elm", "Di Fox", DAY, "Ongoing"],
        ["Oak Lodge", "2", "Lift", "Mend it", "Al Fox", DAY, "Ongoing"],
    )
    done = adopted(path, MANY)
    assert {code: [row["intended_change"] for row in actions(done, code)] for code in done.plans} == {
        "OAK": ["Fix doors at Oak"], "ELM": ["Fix doors at Elm"], "OKL": ["Mend it"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "services", "rows", "asked"),
    [
        ("Oak plans", MANY, [["Home", *HEAD], ["The Maples", "1", "Lift", "Mend it"], ["Birch View", "2", "Bath", "New taps"]], "The Maples"),
        ("Oakham House plan", MANY, [HEAD, ["1", "Lift", "Mend it"]], "Oakham House plan"),
        ("plan", [ROS], [["Service name:", "Maple House"], [], HEAD, ["1", "Lift", "Mend it"]], "Maple House"),
        ("Elm House and others", MANY,
            [["Service", *HEAD], ["Oak", "1", "Lift", "Mend it"],
             [None, "2", "Bath", "New taps"], ["Elm House", "3", "Hoist", "New"]], "no name"),
    ],
    ids=["names that are not listed", "a name within a word", "another name on the cover", "no name in the column"],
)  # fmt: skip
def test_whose_a_row_is_is_never_guessed(
    name: str, services: list[Service], rows: list[list[object]], asked: str, tmp_path: Path
) -> None:
    with pytest.raises(RequestError, match=f"not in the list of services.*{asked}"):
        adopted(book_of(tmp_path / f"{name}.xlsx", *rows), services)


def test_prepared_rows_whose_formulas_give_errors_are_no_actions(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "plan.xlsx",
        ["Issue", "Action", "Owner", "Due date", "Days left"],
        ["Lift", "Mend it", "Jo Shah", DAY, 12],
        [None, None, None, None, "#VALUE!"],
        [None, None, None, None, "#VALUE!"],
    )
    done = adopted(path)
    assert [row["issue"] for row in actions(done)] == ["Lift"]
    assert done.reconciles


def test_service_names_between_tables_divide_them(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "All plans Oak.xlsx",
        ["Oak"],
        HEAD,
        ["1", "Lift", "Mend it"],
        ["2", "Bath", "New taps"],
        ["Elm House"],
        HEAD,
        ["1", "Hoist", "New one"],
    )
    done = adopted(path, MANY)
    assert [row["issue"] for row in actions(done, "OAK")] == ["Lift", "Bath"]
    assert [row["issue"] for row in actions(done, "ELM")] == ["Hoist"]


def test_a_second_row_or_column_of_a_month_takes_nothing_away(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "figures.xlsx",
        ["Indicator", "Row", "Apr-25", "May-25", "Jun-25"],
        ["Falls", "Actual", 13, 14, 15],
        [None, "Target", 5, 5, 5],
        ["Total", None, 9, 9, 9],
    )
    done = adopted(path)
    assert [row["numerator"] for row in done.plans["ROS"].rows["measurements"]] == [13, 14, 15]
    assert [row["indicator"] for row in done.plans["ROS"].rows["indicators"]] == ["Falls"]
    assert len([line for line in over(done) if line.endswith(": 5")]) == 3
    assert [(row, why) for _, row, why, _ in done.rows_set_aside] == [(4, "a total, a note or a signature")]


def test_actions_like_notes_and_rows_with_only_an_issue_are_kept(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "plan.xlsx",
        ["Issue", "Action", "Owner", "Due date"],
        ["End of life care plans missing", "Write them", "Nina Patel", DAY],
        ["Key worker not named for four people", "Name them", "Nina Patel", DAY],
        ["Notes in the office are not locked away", "Lock them", "Nina Patel", DAY],
        [None, "Buy a cabinet"],
        ["Lift out of order"],
        [],
        ["Signed: N Patel"],
        ["Total", 4],
    )
    done = adopted(path)
    assert [row["issue"] for row in actions(done)] == [
        "End of life care plans missing", "Key worker not named for four people", "Notes in the office are not locked away", "Lift out of order",
    ]  # fmt: skip
    assert actions(done)[2]["intended_change"] == "Lock them\nBuy a cabinet"
    assert [said for _, _, _, said in done.rows_set_aside] == ["Signed: N Patel", "Total | 4"]


def test_a_banded_row_is_no_section(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    band = PatternFill("solid", fgColor="FFDDEBF7")
    rows = [
        ["Issue", "Action", "Owner"],
        ["Lift", "Mend it", "Jo Shah"],
        ["Bath hoist fails its test"],
        ["Taps too hot", "New valves", "Jo Shah"],
    ]
    for row, values in enumerate(rows, 1):
        for column, value in enumerate(values, 1):
            cell = book.active.cell(row, column, value)
            if row == 1:
                cell.font = Font(bold=True)
            elif row in (2, 3):
                cell.fill = band
    book.save(tmp_path / "plan.xlsx")
    assert [row["issue"] for row in actions(adopted(tmp_path / "plan.xlsx"))] == [
        "Lift",
        "Bath hoist fails its test",
        "Taps too hot",
    ]


def test_a_manager_of_another_service_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    other = OAK.model_copy(update={"manager": "Tom Hill"})
    path = book_of(
        tmp_path / "plan.xlsx",
        ["Service name:", "Rosewood Court"],
        ["Registered manager:", "Tom Hill"],
        [],
        HEAD,
        ["1", "Lift", "Mend it"],
    )
    done = adopted(path, [ROS, other])
    assert "Tom Hill" in [left.text for left in done.not_carried]
    assert "Rosewood Court" not in [left.text for left in done.not_carried]


def test_levels_ticks_and_results_are_not_texts_or_names(tmp_path: Path) -> None:
    head = ["Item", "Standard", "Risk", "Action", "Who", "Target date", "Outcome", "Signed off"]
    rows = [
        [n, f"Doors of floor {n}", level, f"Fix floor {n}", "Jo Shah", date(2027, 1, n), result, tick]
        for n, level, result, tick in (
            (1, "High", "Achieved", "Y"),
            (2, "Low", "Not achieved", "N"),
            (3, "High", "Achieved", "Y"),
        )
    ]
    old = open_old_workbook(book_of(tmp_path / "plan.xlsx", head, *rows))
    (table,) = propose_mapping([old], find_template("core")).table
    assert {line.heading: line.field for line in table.column if line.field} == {
        "Item": "actions.ref",
        "Action": "actions.intended_change",
        "Who": "actions.owner",
        "Target date": "actions.due",
    }


def test_a_number_is_a_reference_as_it_is_shown(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for column, value in enumerate(HEAD, 1):
        book.active.cell(1, column, value)
    for row, (ref, look) in enumerate(((1.1, "0.00"), (1.1, "0.0"), (12, "000"), (7, "General")), 2):
        book.active.cell(row, 1, ref).number_format = look
        book.active.cell(row, 2, "Lift")
        book.active.cell(row, 3, "Mend it")
    book.save(tmp_path / "plan.xlsx")
    assert [row["ref"] for row in actions(adopted(tmp_path / "plan.xlsx"))] == ["1.10", "1.1", "012", "7"]


def test_comments_beside_no_row_stand_in_the_report(tmp_path: Path) -> None:
    path = book_of(tmp_path / "plan.xlsx", HEAD, ["1", "Lift", "Mend it"])
    book = openpyxl.load_workbook(path)
    book.active["B1"].comment = Comment("what the council found", "Jo")
    book.active["B2"].comment = Comment("since June", "Jo")
    book.save(path)
    done = adopted(path)
    assert over(done) == ["1: Issue (comment): since June"]
    assert [said for _, _, _, said in done.rows_set_aside] == ["what the council found"]


def test_colours_of_two_columns_are_told_apart(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "plan.xlsx",
        ["Ref", "Issue", "Action", "RAG", "Progress"],
        ["1", "Lift", "Mend it"],
        ["2", "Bath", "New taps"],
    )
    book = openpyxl.load_workbook(path)
    for place, colour in (("D2", "FFFF0000"), ("D3", "FF00B050"), ("E3", "FFFFC000")):
        book.active[place].fill = PatternFill("solid", fgColor=colour)
    book.active["A5"] = "Key: red = not started, green = completed"
    book.save(path)
    done = adopted(path)
    assert [row["status"] for row in actions(done)] == ["Not started", "Complete"]
    assert over(done) == ["2: Progress (colour): coloured FFC000"]


def test_characters_of_other_programs_are_read_and_written(tmp_path: Path) -> None:
    core = find_template("core")
    path = book_of(tmp_path / "plan.xlsx", HEAD, ["1", "Lift_x000D_\nstuck", "Mend\x7fit"], ["2", "007", "=> done"])
    old = open_old_workbook(path)
    assert old.tabs[0].cells[1, 1].value == "Lift\nstuck"
    written = tmp_path / "adopt.toml"
    written.write_text(mapping_text(propose_mapping([old], core), core), "utf-8")
    assert read_mapping(written, core).table


def test_a_month_as_text_is_a_month(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "long.xlsx", ["Measure", "Month", "Value"], ["Falls", "Mar-25", 3], ["Falls", "April 2025", 4]
    )
    assert [row["ref"] for row in adopted(path).plans["ROS"].rows["measurements"]] == ["I-01 2025-03", "I-01 2025-04"]
    assert month_of("04/2025") == month_of("2025-04") == month_of("Apr 25") == date(2025, 4, 1)
    assert month_of("13/2025") is month_of("May be") is month_of(None) is None


def command(tmp_path: Path, *more: str) -> str:
    (tmp_path / "services.csv").write_text("code,name\nROS,Rosewood Court\n", "utf-8")
    asked = ["adopt", *more, "--period", "2026-03", "--services", str(tmp_path / "services.csv")]
    done = CliRunner().invoke(main, asked, catch_exceptions=False)
    assert done.exit_code == 2, done.output
    assert len(re.findall("Error:", done.output)) == 1
    return done.output


def test_nothing_that_is_there_is_written_over(tmp_path: Path) -> None:
    book_of(tmp_path / "QIP.xlsx", HEAD, ["1", "Lift", "Mend it"])
    other = book_of(tmp_path / "QIP report.xlsx", HEAD, ["1", "Bath", "New taps"])
    before = other.read_bytes()
    (tmp_path / "adopt.toml").write_bytes("schön".encode("utf-16"))
    assert "is not a report of qipxl's" in command(tmp_path, str(tmp_path / "QIP.xlsx"), "--out", str(tmp_path))
    assert other.read_bytes() == before


def test_a_mapping_of_another_layout_or_template_is_an_error(tmp_path: Path) -> None:
    core = find_template("core")
    mapping = tmp_path / "adopt.toml"
    one = book_of(tmp_path / "one.xlsx", HEAD, ["1", "Lift", "Mend it"])
    other = book_of(
        tmp_path / "other.xlsx",
        ["Concern", "Measure of success", "By whom"],
        ["Lift", "It runs", "Jo Shah"],
        ["Bath", "It is warm", "Al Fox"],
    )
    mapping.write_text(mapping_text(propose_mapping([open_old_workbook(one)], core), core), "utf-8")
    out = ("--out", str(tmp_path / "out"), "--mapping", str(mapping))
    assert "the mapping carries none of its tables" in command(tmp_path, str(other), *out)
    assert "The mapping is for the template core" in command(tmp_path, str(one), *out, "--template", "workforce")


def test_a_dry_run_asks_about_two_plans_of_one_service(tmp_path: Path) -> None:
    one, other = (book_of(tmp_path / f"{name}.xlsx", HEAD, ["1", name, "Mend it"]) for name in ("Lift", "Bath"))
    said = command(tmp_path, str(one), str(other), "--out", str(tmp_path / "out"), "--dry-run")
    assert "Lift.xlsx and Bath.xlsx both hold a plan of ROS" in said
    assert not list((tmp_path / "out").glob("*report*"))


def test_a_workbook_of_charts_alone_says_so(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    book.create_chartsheet("Chart")
    book.save(tmp_path / "chart.xlsx")
    with pytest.raises(SourceError, match="chart"):
        open_old_workbook(tmp_path / "chart.xlsx")


def test_headings_are_known_by_likeness_and_not_by_a_part() -> None:
    names = ("Due date", "by when", "target date")
    assert name_score("BY WHEN?", names) > 0.9
    assert name_score("Traget date", names) >= 0.75
    assert 0 < name_score("Target date of the council", names) < 0.75
    assert name_score("Colour", names) == 0


def test_tables_beside_and_below_one_another_are_found(tmp_path: Path) -> None:
    core = find_template("core")
    known = known_headings(core)
    path = book_of(
        tmp_path / "plan.xlsx",
        ["A title"], [],
        ["Ref", "Issue", "Action", None, "Measure", "Month", "Value"], ["1", "Lift", "Mend it", None, "Falls", date(2026, 1, 1), 3], [],
        ["Evidence", "Action ref"], ["Invoice", "1"],
    )  # fmt: skip
    (tab,) = open_old_workbook(path).tabs
    tables = find_old_tables(tab, lambda text: comparable(text) in known)
    assert [(table.where, [column.heading for column in table.columns]) for table in tables] == [
        ("Sheet!A3", ["Ref", "Issue", "Action"]),
        ("Sheet!E3", ["Measure", "Month", "Value"]),
        ("Sheet!A6", ["Evidence", "Action ref"]),
    ]


def steps_of(done: Adopted) -> list[list[object]]:
    keys = ("ref", "action", "milestone", "owner", "due", "done_on")
    return [[row.get(key, "") for key in keys] for row in done.plans["ROS"].rows["milestones"]]


APRIL, AUGUST = date(2026, 4, 30), date(2026, 8, 31)


def test_rows_with_owner_date_and_status_are_milestones(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "plan.xlsx",
        HEAD,
        ["A1", "Care plans out of date", "Audit all care plans", "Jo Shah", APRIL, "Complete"],
        [None, None, "Rewrite the ten worst", "Al Fox", DAY, "In progress"],
        [None, None, "and file them", None, None, None],
        [None, None, "Check again", "Jo Shah", AUGUST, "Not started"],
        ["A2", "Call bells slow", "Rota changed", "Al Fox", DAY, "Not started"],
    )
    done = adopted(path)
    first, second = actions(done)
    text = "Audit all care plans\nRewrite the ten worst\nand file them\nCheck again"
    assert [first[key] for key in ("intended_change", "owner", "due", "status")] == [
        text,
        "Jo Shah",
        AUGUST,
        "In progress",
    ]
    assert [second[key] for key in ("intended_change", "owner", "due", "status")] == [
        "Rota changed",
        "Al Fox",
        DAY,
        "Not started",
    ]
    assert steps_of(done) == [
        ["M-001", "A1", "Audit all care plans", "Jo Shah", APRIL, ""],
        ["M-002", "A1", "Rewrite the ten worst\nand file them", "Al Fox", DAY, ""],
        ["M-003", "A1", "Check again", "Jo Shah", AUGUST, ""],
    ]
    assert over(done) == [
        "A1: Status of M-001: Complete",
        "A1: Status of M-002: In progress",
        "A1: Status of M-003: Not started",
    ]
    assert [line.where for line in done.plans["ROS"].carried_over] == ["Sheet!F2", "Sheet!F3", "Sheet!F5"]


@pytest.mark.parametrize(
    ("statuses", "action"),
    [
        (("Complete", "Complete"), ("Complete", AUGUST)), (("Complete", "Not started"), ("In progress", "")),
        (("Complete", None), ("In progress", "")), (("Not started", "Complete"), ("In progress", "")),
        (("Not started", "Not started"), ("Not started", APRIL)), (("Stuck", "Waiting"), ("Stuck", APRIL)),
    ],
)  # fmt: skip
def test_an_action_is_complete_if_all_its_steps_are(
    tmp_path: Path, statuses: tuple[str, str], action: tuple[str, object]
) -> None:
    path = book_of(
        tmp_path / "plan.xlsx",
        [*HEAD, "Date completed", "Notes"],
        ["A1", "Care plans out of date", "Audit", "Jo Shah", APRIL, statuses[0], APRIL, "ten found"],
        [None, None, "Rewrite", None, None, statuses[1], AUGUST, "five left"],
    )
    done = adopted(path)
    (row,) = actions(done)
    assert (row["status"], row.get("completed_on", "")) == action
    assert [step[-1] for step in steps_of(done)] == [APRIL, AUGUST]
    assert {"A1: Notes: ten found", "A1: Notes: five left"} <= set(over(done))


@pytest.mark.parametrize("rows", [1, 3])
def test_steps_without_room_are_on_carried_over(tmp_path: Path, rows: int) -> None:
    many = [[None, None, f"Step {number}", f"Owner {number}", DAY, "Not started"] for number in range(2, 250)]
    path = book_of(
        tmp_path / "plan.xlsx",
        HEAD,
        *[[f"A{n}", "Lift", "Step 1", "Jo Shah", DAY, "Complete"] for n in range(rows)],
        *many,
    )
    done = adopted(path)
    said = {str(value) for row in done.plans["ROS"].rows["milestones"] for value in row.values()}
    said |= {line.text for line in done.plans["ROS"].carried_over}
    assert {f"Step {number}" for number in range(1, 250)} | {f"Owner {number}" for number in range(2, 250)} <= said


def test_a_row_with_only_a_text_still_continues_the_text(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "plan.xlsx", HEAD, ["A1", "Lift", "Mend it", "Jo Shah", DAY, "Complete"], [None, None, "and test it"]
    )
    done = adopted(path)
    assert [actions(done)[0][key] for key in ("intended_change", "status")] == ["Mend it\nand test it", "Complete"]
    assert not done.plans["ROS"].rows.get("milestones")


def test_a_percentage_is_kept_as_it_shows(tmp_path: Path) -> None:
    head = ["Ref", "Issue identified", "Action required", "By whom", "By when", "Success measure"]
    path = book_of(tmp_path / "old.xlsx", head, ["1", "Call bells slow", "Rota changed", "Jo Shah", DAY, 1])
    book = openpyxl.load_workbook(path)
    book.active["F2"].number_format = "0%"
    figures = book.create_sheet("KPIs")
    figures.append(["Measure", "Target", "Jan 2026", "Feb 2026", "Mar 2026"])
    figures.append(["Training", 0.95, 0.88, "91%", 0.945])
    figures.append(["Falls", 5, 4, 6, 5])
    figures.append(["Complaints", datetime(2026, 4, 3), 1, 0, 2])
    figures.append(["Infections", 3, 1, 0, 2])
    for cell in ("B2", "C2", "E2"):
        figures[cell].number_format = "0.0%"
    book.save(path)
    done = adopted(path)
    rows = done.plans["ROS"].rows
    assert rows["actions"][0]["success_measure"] == "100%"
    assert [row.get("target") for row in rows["indicators"]] == [95, 5, "03/04/2026", 3]
    assert [row.get("unit_counted") for row in rows["indicators"]] == ["%", None, None, None]
    assert [row["numerator"] for row in rows["measurements"][:4]] == [88, 91, 94.5, 4]
    assert [line.split(":")[1] for line in over(done)] == [" Percentages without their counts"]


HINTS: list[list[object]] = [
    [
        "Enter a reference",
        "Describe what is wrong",
        "What will be done?",
        "Name the person",
        "Enter a date",
        "Select a word",
    ],
    ["e.g. A1", "e.g. Falls at night", "e.g. Train night staff", "e.g. Jo Shah", "e.g. 31/03/2026", "e.g. Complete"],
]
PLAN: list[list[object]] = [
    ["A1", "Care plans are out of date", "Review ten a week", "Jo Shah", DAY, "In progress"],
    ["A2", "Lounge is cold in the morning", "Provide a second heater", "Al Fox", DAY, "Complete"],
]


@pytest.mark.parametrize("hints", [HINTS[:1], HINTS])
def test_hints_below_the_headings_are_set_aside_and_are_no_values(tmp_path: Path, hints: list[list[object]]) -> None:
    path = book_of(tmp_path / "plan.xlsx", HEAD, *hints, *PLAN)
    done = adopted(path)
    assert [row["ref"] for row in actions(done)] == ["A1", "A2"]
    assert [row[1:3] for row in done.rows_set_aside] == [
        (number, "hints below the headings on what to enter") for number in range(2, 2 + len(hints))
    ]
    (table,) = propose_mapping([open_old_workbook(path)], find_template("core"), [ROS]).table
    assert not [text for line in table.column for text in line.samples if text.startswith(("e.g.", "Enter"))]


def test_actions_that_begin_like_hints_are_rows(tmp_path: Path) -> None:
    rows = [
        ["Identify the gaps", "List each key", "Assess the need", "Sam Cole"],
        ["Staff are not trained", "Name a person", "Provide a course", "Di Fox"],
    ]
    path = book_of(tmp_path / "plan.xlsx", ["Issue", "Action", "Next steps", "Owner"], *rows, rows[0], rows[0])
    done = adopted(path)
    assert len(actions(done)) == 4
    assert not done.rows_set_aside


@pytest.mark.parametrize(
    "signed",
    [
        [["Prepared by:", "Jo Shah", None, "Date:", DAY]],
        [["Prepared by: Jo Shah"], ["Approved by: Nina Patel"]],
        [["Prepared by:", None, "Reviewed by:"], ["Jo Shah", None, "Nina Patel"], ["Deputy", None, "Manager"]],
    ],
)
def test_who_signed_below_the_list_is_set_aside(tmp_path: Path, signed: list[list[object]]) -> None:
    done = adopted(book_of(tmp_path / "plan.xlsx", HEAD, *PLAN, *signed))
    assert [row["ref"] for row in actions(done)] == ["A1", "A2"]
    assert {row[2] for row in done.rows_set_aside} == {"who signed the list"}
    assert len(done.rows_set_aside) == len(signed)


def test_a_row_below_a_signature_that_is_full_is_a_row(tmp_path: Path) -> None:
    done = adopted(book_of(tmp_path / "plan.xlsx", HEAD, PLAN[0], ["Prepared by:", "Jo Shah"], PLAN[1]))
    assert {"A1", "A2"} <= {row["ref"] for row in actions(done)}


def test_rows_that_are_only_numbered_below_the_list_are_set_aside(tmp_path: Path) -> None:
    numbered = [[f"A{number}"] for number in range(3, 6)]
    copyright_of_form = [None, None, None, None, None, "© 2020 Elm Forms"]
    done = adopted(book_of(tmp_path / "plan.xlsx", HEAD, *PLAN, *numbered, copyright_of_form))
    assert [row["ref"] for row in actions(done)] == ["A1", "A2"]
    assert [row[2] for row in done.rows_set_aside] == ["a number in advance, and nothing else"] * 3 + [
        "a total, a note or a signature"
    ]


@pytest.mark.parametrize(
    "key",
    [
        [["RISK LEVEL SCALE"], ["1 - 5", "Low: look again"], ["6 - 10", "High: act at once"]],
        [["Scores", "7-8 very high", "4-6 high", "1-3 low"]],
    ],
)
def test_the_key_of_a_scale_below_the_list_is_set_aside(tmp_path: Path, key: list[list[object]]) -> None:
    done = adopted(book_of(tmp_path / "plan.xlsx", HEAD, *PLAN, [], *key))
    assert [row["issue"] for row in actions(done)] == [row[1] for row in PLAN]
    assert {row[2] for row in done.rows_set_aside} == {"the key of a scale"}


def test_actions_below_a_heading_that_names_a_matrix_are_rows(tmp_path: Path) -> None:
    rows = [
        PLAN[0],
        ["TRAINING MATRIX"],
        PLAN[1],
        ["A3", "The matrix has gaps", "Fill the gaps by June", "Jo Shah", DAY, "Open"],
    ]
    done = adopted(book_of(tmp_path / "plan.xlsx", HEAD, *rows))
    assert [row["ref"] for row in actions(done)] == ["A1", "A2", "A3"]


def test_a_first_action_without_an_issue_is_a_row(tmp_path: Path) -> None:
    head = ["Ref", "Issue", "Action", "Owner", None]
    rows = [[None, None, "Train all night staff in the new form", "Jo Shah", "see minutes"]]
    rows += [[f"A{number}", "Falls at night are not reviewed", "Review each fall", "Al Fox"] for number in (1, 2)]
    assert len(actions(adopted(book_of(tmp_path / "plan.xlsx", head, *rows)))) == 3


def test_marks_below_merged_headings_are_no_record(tmp_path: Path) -> None:
    head = ["Ref", "Risk", "Likelihood", None, None, "Action", "Owner"]
    marks = [None, None, 3, 2, 1]
    rows = [["R1", "A fall at night", 3, None, None, "Train night staff", "Jo Shah"]]
    rows += [["R2", "A lost key", None, 2, None, "Keep keys in the safe", "Al Fox"]]
    done = adopted(book_of(tmp_path / "plan.xlsx", head, marks, *rows))
    assert len(actions(done)) == 2


def test_rows_into_which_headings_are_merged_are_headings(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Area", "Finding", "Action", "Safe steps", None, "Owner"])
    sheet.append([None, None, None, "By day", "By night", None])
    sheet.append(["Hall", "Lamp is loose", "Screw the lamp down", "Tape", "None", "Jo Shah"])
    sheet.append(["Hall", "Rug slides", "Fix the rug to the floor", "Sign", "Sign", "Al Fox"])
    for cells in ("A1:A2", "B1:B2", "C1:C2", "D1:E1", "F1:F2"):
        sheet.merge_cells(cells)
    book.save(tmp_path / "plan.xlsx")
    done = adopted(tmp_path / "plan.xlsx")
    assert [row["issue"] for row in actions(done)] == ["Lamp is loose", "Rug slides"]
    assert "A-001: Safe steps By night: None" in over(done)


def test_a_row_of_three_headings_is_no_record(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Area", "Finding", "Action", "Owner", "Results", None, None])
    sheet.append([None, None, None, None, "New L", "New C", "Measures", None])
    sheet.append([None, None, None, None, None, None, "Day", "Night"])
    sheet.append(["Hall", "Lamp is loose", "Screw the lamp down", "Jo Shah", 1, 2, "Tape", "Tape"])
    sheet.append(["Hall", "Rug slides", "Fix the rug to the floor", "Al Fox", 1, 2, "Sign", "Sign"])
    for cells in ("A1:A3", "B1:B3", "C1:C3", "D1:D3", "E1:G1"):
        sheet.merge_cells(cells)
    book.save(tmp_path / "plan.xlsx")
    assert [row["issue"] for row in actions(adopted(tmp_path / "plan.xlsx"))] == ["Lamp is loose", "Rug slides"]


def test_words_above_dates_and_figures_are_a_further_row_of_headings(tmp_path: Path) -> None:
    head = ["Ref", "Issue", "Action", "Likelihood", "Due date", "Owner"]
    further = ["text", "text", "text", "figure", "day", "person"]
    rows = [["A1", "Falls at night", "Train night staff in the form", 3, DAY, "Jo Shah"]]
    rows += [["A2", "Keys are lost", "Keep the keys in the safe", 2, DAY, "Al Fox"]]
    rows += [["A3", "Lounge is cold", "Buy a second heater", 2, DAY, "Jo Shah"]]
    done = adopted(book_of(tmp_path / "plan.xlsx", head, further, *rows))
    assert [row["issue"] for row in actions(done)] == ["Falls at night", "Keys are lost", "Lounge is cold"]
    assert [row[2] for row in done.rows_set_aside] == ["a further row of headings"]


def test_a_row_without_the_text_of_the_others_is_set_aside(tmp_path: Path) -> None:
    odd = [[None, None, None, "All", DAY, None], ["Form of the council", None, None, None, None, "Open"]]
    more = [[f"A{number}", *PLAN[0][1:]] for number in range(3, 9)]
    head = ["Ref", "Topic", "Action", "Owner", "Due date", "Status"]
    done = adopted(book_of(tmp_path / "plan.xlsx", head, *PLAN, *more, *odd))
    assert [row["ref"] for row in actions(done)] == [f"A{number}" for number in range(1, 9)]
    assert {row[2] for row in done.rows_set_aside} == {"a row that says neither what is wrong nor what to do"}


def test_a_row_with_its_reference_and_facts_is_a_row_without_text_too(tmp_path: Path) -> None:
    done = adopted(book_of(tmp_path / "plan.xlsx", HEAD, *PLAN, ["A3", None, None, "Jo Shah", DAY, "Open"]))
    assert [row["ref"] for row in actions(done)] == ["A1", "A2", "A3"]


@pytest.mark.parametrize("place", ["Blue room, first floor", "Rosewood Court"])
def test_the_place_of_a_meeting_is_no_service(tmp_path: Path, place: str) -> None:
    done = adopted(book_of(tmp_path / "minutes.xlsx", ["Location:", place], [], HEAD, *PLAN))
    assert [row["ref"] for row in actions(done)] == ["A1", "A2"]


def test_the_services_of_a_supplier_are_no_services_of_the_list(tmp_path: Path) -> None:
    rows = [[*row, name] for row, name in zip(PLAN, ("Laundry by post", "Payroll"), strict=True)]
    done = adopted(book_of(tmp_path / "plan.xlsx", [*HEAD, "Service"], *rows))
    assert [row["ref"] for row in actions(done)] == ["A1", "A2"]


def test_numbered_rows_of_noughts_below_the_list_are_set_aside(tmp_path: Path) -> None:
    head = ["Ref", "Risk", "Likelihood", "Impact", "Score", "Action"]
    rows: list[list[object]] = [
        ["R1", "A fall at night", 3, 4, 12, "Train night staff"],
        ["R2", "A lost key", 2, 2, 4, "Keep keys in the safe"],
    ]
    noughts: list[list[object]] = [[f"R{number}", None, None, None, 0] for number in range(3, 6)]
    done = adopted(book_of(tmp_path / "plan.xlsx", head, *rows, *noughts))
    assert [row["issue"] for row in actions(done)] == ["A fall at night", "A lost key"]
    assert [row[2] for row in done.rows_set_aside] == ["a number in advance, and nothing else"] * 3


def test_a_second_column_with_the_same_heading_is_no_more_of_the_first(tmp_path: Path) -> None:
    head = ["Ref", "Hazard", "Likelihood", "Impact", "Action", "Likelihood", "Impact"]
    rows: list[list[object]] = [
        ["R1", "A fall at night", "Likely", "Major", "Train night staff", "Rare", "Minor"],
        ["R2", "A lost key", "Possible", "Minor", "Keep keys in the safe", "Rare", "Minor"],
    ]
    done = adopted(book_of(tmp_path / "plan.xlsx", head, *rows))
    assert [(row["likelihood_start"], row["consequence_start"]) for row in actions(done)] == [(4, 4), (3, 2)]
    assert "A-001: Likelihood: Rare" in over(done)


@pytest.mark.parametrize(
    ("titles", "themes"),
    [
        (("Safe", "Caring"), ["Safe", "Caring"]),
        (("Safe", "Sheet2"), [None, None]),
        (("Action plan", "Closed actions"), [None, None]),
    ],
)
def test_a_tab_that_nobody_named_is_no_theme(tmp_path: Path, titles: tuple[str, str], themes: list[str | None]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, row in zip(titles, PLAN, strict=True):
        sheet = book.create_sheet(title)
        sheet.append(HEAD)
        sheet.append(row)
    book.save(tmp_path / "plan.xlsx")
    assert [row.get("theme") for row in actions(adopted(tmp_path / "plan.xlsx"))] == themes


def test_an_example_below_the_headings_is_no_row(tmp_path: Path) -> None:
    example = ["Example", "Cables trail", "Move the desk so that no cable trails", "Manager", DAY, "Open"]
    done = adopted(book_of(tmp_path / "plan.xlsx", HEAD, example, *PLAN))
    assert len(actions(done)) == len(PLAN)
    assert [reason for *_, reason, _ in done.rows_set_aside] == ["an example of how the list is filled in"]


def test_notes_and_sources_below_the_list_are_no_rows(tmp_path: Path) -> None:
    below: list[list[object]] = [
        ["(*)", "Costs were guessed"],
        ["#", "References:"],
        [1, "Shah, J. (2024). Falls."],
        [None, "Lee, A."],
    ]
    done = adopted(book_of(tmp_path / "plan.xlsx", HEAD, *PLAN, *below))
    assert len(actions(done)) == len(PLAN)
    assert len(done.rows_set_aside) == len(below)


def test_a_subtotal_between_rows_does_not_end_the_list(tmp_path: Path) -> None:
    head = ["Issue", "Action required"]
    first, last = ["Keys are in an open drawer", "Buy a key safe"], ["The gate does not lock", "Fit a new lock to it"]
    done = adopted(book_of(tmp_path / "plan.xlsx", head, first, ["Total", 1], first, ["Notes:"], last))
    assert [row["issue"] for row in actions(done)] == [first[0], first[0], last[0]]


def test_a_name_and_a_description_are_the_issue_together(tmp_path: Path) -> None:
    head = ["Ref", "Issue title", "Issue description", "Action", "Owner", "Due date"]
    row = ["A1", "Keys", "Keys are in an open drawer", "Buy a key safe", "Sam Cole", DAY]
    (action,) = actions(adopted(book_of(tmp_path / "plan.xlsx", head, row)))
    assert action["issue"] == "Keys\nKeys are in an open drawer"


def test_a_row_whose_fields_are_all_merged_with_those_above_is_no_action_of_its_own(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "plan.xlsx",
        [*HEAD, "Colour"],
        ["A1", "Keys are in an open drawer", "Buy a key safe", "Sam Cole", DAY, "Open", "red"],
        [None, None, None, None, None, None, "blue"],
        ["A9", "The gate does not lock", "Fit a new lock", "Di Fox", DAY, "Open", "green"],
    )
    book = openpyxl.load_workbook(path)
    for column in "ABCDEF":
        book.active.merge_cells(f"{column}2:{column}3")
    book.save(path)
    done = adopted(path)
    assert [row["issue"] for row in actions(done)] == ["Keys are in an open drawer", "The gate does not lock"]
    assert [line for line in over(done) if "Colour" in line] == [
        "A1: Colour: red",
        "A1: Colour: blue",
        "A9: Colour: green",
    ]


def test_lines_of_a_catalogue_without_a_finding_are_no_part_of_the_action_above(tmp_path: Path) -> None:
    head = ["Family", "Control name", "Baseline", "Finding", "Recommendation", "Owner", "Due date"]
    found = ["Access", "Keys", "High", "Keys are in an open drawer", "Buy a key safe for the office", "Sam Cole", DAY]
    without = [["Access", f"Control {number}", "Low", None, None, None, None] for number in range(4)]
    done = adopted(book_of(tmp_path / "plan.xlsx", head, found, *without))
    assert [row["issue"] for row in actions(done)] == ["Keys are in an open drawer"]
    assert len(done.rows_set_aside) == len(without)


def test_a_cell_that_nobody_sees_is_empty(tmp_path: Path) -> None:
    rows = [["A1", "Keys are in an open drawer", "\u200b", "Sam Cole", DAY, "Open"], *PLAN]
    done = adopted(book_of(tmp_path / "plan.xlsx", HEAD, *rows))
    assert "intended_change" not in actions(done)[0]


def test_a_tab_of_examples_in_the_layout_of_the_plan_is_no_part_of_it(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, row in zip(("Plan", "Worked example"), PLAN, strict=True):
        sheet = book.create_sheet(title)
        sheet.append(HEAD)
        sheet.append(row)
    book.save(tmp_path / "plan.xlsx")
    done = adopted(tmp_path / "plan.xlsx")
    assert [row["ref"] for row in actions(done)] == ["A1"]
    assert {cell.reason for cell in done.not_carried if cell.tab == "Worked example"} >= {
        "an example of how the list is filled in"
    }
