"""Risk registers: risks for the provider's register, in risks.xlsx, and actions that name them."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from qipxl import Period, Service, find_template, read_returns
from qipxl.adopting import Adopted, adopt_workbooks, open_old_workbook, propose_mapping, read_mapping
from qipxl.adopting.mapping import AdoptMapping
from qipxl.adopting.old_risks import is_risk_register
from qipxl.app.cli.main import main
from qipxl.errors import RequestError
from qipxl.provider.folder import init_folder, open_folder
from qipxl.provider.register_schema import RiskLine

ELM = Service(code="ELM", name="Elm House", region="North", manager="Lee Brown")
OAK = Service(code="OAK", name="Oak Lodge", region="North", manager="Mary Khan")

NHS = """
    Risk ID | Risk description | Initial risk L | Initial risk C | Initial risk score | Controls in place | Current risk L | Current risk C \
        | Current score | Target score | Action to reduce the risk | Risk owner | Due date | Last reviewed
    RR7 | Boiler may fail in winter | 4 | 4 | 16 | Service contract | 3 | 4 | 12 | 6 | Replace the boiler | Sam Cole | 30/09/2026 | 02/02/2026
    RR9 | Night staffing is thin | 5 | 4 | 20 | Bank staff | 4 | 4 | 16 | 8 | Recruit two seniors | Mary Khan | 31/05/2026 | 02/02/2026
    RR12 | Lift is thirty years old | 2 | 3 | 6 | Yearly test | 2 | 2 | 4 | 4 | | Sam Cole | | 05/01/2026
"""
"""Scores from 1 to 5 at the start, now and as a target; the last risk has no action."""
SIMPLE = """
    No | Risk | Likelihood | Impact | Mitigation | Owner | Status
    1 | Visitors are not signed in | 3 | 3 | Book at the door | Ann Lee | Open
    2 | Medicines left on the trolley | 2 | 5 | Lock it at lunch | Jo Shah | Closed
"""
TWO_ACTIONS = """
    Ref | Risk | Likelihood | Impact | Target score | Action | Owner | Due date | Status
    R1 | Falls on the stairs | 4 | 3 | 4 | Second rail on the stairs | Sam Cole | 31/03/2026 | Open
    | | | | | Lamps on each landing | Di Fox | 30/04/2026 | Completed
    R2 | Water is too hot | 3 | 4 | 4 | Valves on all taps | Sam Cole | 31/05/2026 | Open
    R2 | | | | | Monthly test of each tap | Ann Lee | 30/06/2026 | Open
    R3 | Files are lost in a fire | 1 | 4 | 2 | | | |
"""
"""Two actions for a risk: with the reference repeated, and without."""
DATE = "%d/%m/%Y"


def typed(text: str) -> object:
    text = text.strip()
    if len(text) == 10 and text[2] == text[5] == "/":
        return datetime.strptime(text, DATE)
    return int(text) if text.isdecimal() else text or None


def register(path: Path, *texts: str) -> Path:
    """An old risk register with a tab for each text."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, text in enumerate(texts, 1):
        sheet = book.create_sheet(f"Tab {number}")
        for line in text.strip().splitlines():
            sheet.append([typed(cell) for cell in line.split("|")])
    book.save(path)
    return path


def proposed(path: Path) -> AdoptMapping:
    return propose_mapping([open_old_workbook(path)], find_template("core"), [ELM])


def adopted(path: Path, mapping: AdoptMapping | None = None) -> Adopted:
    core = find_template("core")
    (done,) = adopt_workbooks([open_old_workbook(path)], mapping or proposed(path), core, [ELM], Period(2026, 3))
    assert done.reconciles
    return done


def risks(done: Adopted) -> list[tuple[object, ...]]:
    return [
        (risk.ref, risk.risk, risk.likelihood, risk.consequence, " ".join(risk.actions))
        for risk in done.plans["ELM"].risks
    ]


def actions(done: Adopted, *names: str) -> list[tuple[object, ...]]:
    return [tuple(row.get(name) for name in names) for row in done.plans["ELM"].rows["actions"]]


def over(done: Adopted) -> list[tuple[str, str, str, str]]:
    return [(line.ref, line.old_ref, line.heading, line.text) for line in done.plans["ELM"].carried_over]


def test_scores_at_the_start_now_and_as_a_target(tmp_path: Path) -> None:
    done = adopted(register(tmp_path / "old.xlsx", NHS))
    assert risks(done) == [
        ("RR7", "Boiler may fail in winter", 3, 4, "A-001"),
        ("RR9", "Night staffing is thin", 4, 4, "A-002"),
        ("RR12", "Lift is thirty years old", 2, 2, ""),
    ]
    assert [risk.reviewed_on for risk in done.plans["ELM"].risks] == [
        date(2026, 2, 2), date(2026, 2, 2), date(2026, 1, 5),
    ]  # fmt: skip
    scores = ("likelihood_start", "consequence_start", "likelihood_now", "consequence_now", "risk_target")
    assert actions(done, "ref", "risk_ref", "issue", "intended_change", *scores) == [
        ("A-001", "RR7", "Boiler may fail in winter", "Replace the boiler", 4, 4, 3, 4, 6),
        ("A-002", "RR9", "Night staffing is thin", "Recruit two seniors", 5, 4, 4, 4, 8),
    ]
    assert [line for line in over(done) if line[1] == "RR12"] == [
        ("", "RR12", "Initial risk score", "6"),
        ("", "RR12", "Current score", "4"),
        ("", "RR12", "Likelihood at start", "2"),
        ("", "RR12", "Consequence at start", "3"),
        ("", "RR12", "Control until then", "Yearly test"),
        ("", "RR12", "Target risk score", "4"),
        ("", "RR12", "Owner", "Sam Cole"),
    ]
    assert ("A-001", "RR7", "Current score", "12") in over(done)


def test_likelihood_and_impact_alone(tmp_path: Path) -> None:
    done = adopted(register(tmp_path / "old.xlsx", SIMPLE))
    assert risks(done) == [
        ("1", "Visitors are not signed in", 3, 3, "A-001"),
        ("2", "Medicines left on the trolley", 2, 5, "A-002"),
    ]
    assert actions(done, "risk_ref", "intended_change", "likelihood_start", "likelihood_now", "owner", "status") == [
        ("1", "Book at the door", 3, None, "Ann Lee", "Open"),
        ("2", "Lock it at lunch", 2, None, "Jo Shah", "Complete"),
    ]


def test_actions_below_a_row_about_the_risk_alone(tmp_path: Path) -> None:
    done = adopted(
        register(
            tmp_path / "old.xlsx",
            """
            Ref | Risk | Initial L | Initial C | Current L | Current C | Target score | Controls | Action | Owner | Due date
            R1 | Falls on the stairs | 4 | 4 | 3 | 3 | 4 | One rail | | Mary Khan |
            | | | | | | | | Second rail on the stairs | Sam Cole | 31/03/2026
            | | | | | | | | Lamps on each landing | Di Fox | 30/04/2026
            """,
        )
    )
    assert risks(done) == [("R1", "Falls on the stairs", 3, 3, "A-001 A-002")]
    assert actions(done, "intended_change", "owner", "likelihood_start", "likelihood_now", "risk_target") == [
        ("Second rail on the stairs", "Sam Cole", 4, 3, 4),
        ("Lamps on each landing", "Di Fox", 4, 3, 4),
    ]
    assert over(done) == [("", "R1", "Controls", "One rail"), ("", "R1", "Owner", "Mary Khan")]


def test_actions_with_references_of_their_own_keep_them(tmp_path: Path) -> None:
    done = adopted(
        register(
            tmp_path / "old.xlsx",
            """
            Action ID | Risk ID | Risk | Likelihood | Impact | Action | Owner
            M1 | R1 | Falls on the stairs | 4 | 3 | Second rail on the stairs | Sam Cole
            M2 | R1 | Falls on the stairs | 4 | 3 | Lamps on each landing | Di Fox
            """,
        )
    )
    assert risks(done) == [("R1", "Falls on the stairs", 4, 3, "M1 M2")]
    assert actions(done, "ref", "risk_ref") == [("M1", "R1"), ("M2", "R1")]


def test_a_row_without_a_risk_stays_an_action(tmp_path: Path) -> None:
    more = SIMPLE.rstrip() + "\n    3 | | | | Paint the hall | Jo Shah | Open\n"
    done = adopted(register(tmp_path / "old.xlsx", more))
    assert [risk[0] for risk in risks(done)] == ["1", "2"]
    assert actions(done, "ref", "risk_ref", "intended_change")[2] == ("3", None, "Paint the hall")


@pytest.mark.parametrize("rows", ["join", "own"])
def test_one_risk_has_several_actions(tmp_path: Path, rows: str) -> None:
    path = register(tmp_path / "old.xlsx", TWO_ACTIONS)
    (table,) = proposed(path).table
    mapping = proposed(path).model_copy(update={"table": (table.model_copy(update={"rows": rows}),)})
    done = adopted(path, mapping)
    assert risks(done) == [
        ("R1", "Falls on the stairs", 4, 3, "A-001 A-002"),
        ("R2", "Water is too hot", 3, 4, "A-003 A-004"),
        ("R3", "Files are lost in a fire", 1, 4, ""),
    ]
    assert actions(done, "ref", "risk_ref", "issue", "intended_change", "owner", "likelihood_start", "risk_target") == [
        ("A-001", "R1", "Falls on the stairs", "Second rail on the stairs", "Sam Cole", 4, 4),
        ("A-002", "R1", "Falls on the stairs", "Lamps on each landing", "Di Fox", 4, 4),
        ("A-003", "R2", "Water is too hot", "Valves on all taps", "Sam Cole", 3, 4),
        ("A-004", "R2", "Water is too hot", "Monthly test of each tap", "Ann Lee", 3, 4),
    ]
    assert over(done) == [("", "R3", "Target risk score", "2")]
    assert not done.plans["ELM"].rows["milestones"]


def test_a_register_without_actions_makes_a_tracker_without_actions(folder: Path) -> None:
    mere = "\n".join(line.rsplit("|", 3)[0] for line in SIMPLE.strip().splitlines())
    register(folder / "Elm House.xlsx", mere)
    done = command(folder, folder / "Elm House.xlsx")
    assert done.exit_code == 0, done.output
    returns = read_returns([folder / "out" / "trackers"])
    assert str(returns.receipts.at[0, "reason"]).startswith("Nothing is entered")  # as in any tracker without actions


def test_merged_cells_of_a_risk_count_for_each_of_its_actions(tmp_path: Path) -> None:
    path = register(tmp_path / "old.xlsx", TWO_ACTIONS)
    book = openpyxl.load_workbook(path)
    for column in "ABCDE":
        book.active.merge_cells(f"{column}2:{column}3")
    book.save(path)
    done = adopted(path)
    assert risks(done)[0] == ("R1", "Falls on the stairs", 4, 3, "A-001 A-002")
    assert over(done) == [("", "R3", "Target risk score", "2")]


def test_a_row_that_only_says_more_is_no_action(tmp_path: Path) -> None:
    more = SIMPLE.rstrip() + "\n    | | | | and check it at noon | |\n"
    assert actions(adopted(register(tmp_path / "old.xlsx", more)), "intended_change") == [
        ("Book at the door",), ("Lock it at lunch\nand check it at noon",),
    ]  # fmt: skip


def test_risks_without_a_reference_or_with_a_used_one_get_a_new_one(tmp_path: Path) -> None:
    closed = """
        No | Risk | Likelihood | Impact | Mitigation | Owner | Status
        1 | Gate does not lock | 2 | 2 | New lock | Sam Cole | Closed
        1 | Gate does not lock | 2 | 2 | New key | Sam Cole | Closed
        | Gate is broken | 2 | 3 | New gate | Sam Cole | Closed
        | Gate is broken | 2 | 3 | New hinge | Sam Cole | Open
    """
    done = adopted(register(tmp_path / "old.xlsx", SIMPLE, closed))
    assert [(ref, risk, made) for ref, risk, _, _, made in risks(done)][2:] == [
        ("RISK-001", "Gate does not lock", "A-003 A-004"),
        ("RISK-002", "Gate is broken", "A-005 A-006"),
    ]
    assert over(done) == [("A-003", "1", "Ref", "1"), ("A-004", "1", "Ref", "1")]


def test_other_scores_than_from_one_to_five_are_carried_over(tmp_path: Path) -> None:
    done = adopted(
        register(
            tmp_path / "old.xlsx",
            """
            No | Risk | Likelihood | Impact | Controls | Owner
            1 | Visitors are not signed in | 8 | 9 | Book at the door | Ann Lee
            2 | Medicines left on the trolley | 7 | 10 | Locked at lunch | Jo Shah
            """,
        )
    )
    assert risks(done) == [
        ("1", "Visitors are not signed in", None, None, ""),
        ("2", "Medicines left on the trolley", None, None, ""),
    ]
    assert [line for line in over(done) if line[1] == "1"] == [
        ("", "1", "Likelihood", "8"),
        ("", "1", "Impact", "9"),
        ("", "1", "Controls", "Book at the door"),
        ("", "1", "Owner", "Ann Lee"),
    ]


@pytest.mark.parametrize(
    ("headings", "title", "is_one"),
    [
        ({"Risk ID": "actions.ref", "Likelihood": "", "Impact": ""}, "Sheet1", True),
        ({"Hazard": "actions.issue", "L": "actions.likelihood_now", "C": "actions.consequence_now"}, "Sheet1", True),
        ({"Description": "actions.issue", "Probability": "", "Severity": ""}, "Risk log", True),
        ({"Description": "actions.issue", "Probability": "", "Severity": ""}, "RAID log", False),
        ({"Issue or risk": "actions.issue", "Likelihood": "", "Impact": ""}, "Action plan", False),
        ({"Risk": "actions.issue", "Score": ""}, "Risks", False),
    ],
)
def test_what_a_risk_register_is(headings: dict[str, str], title: str, is_one: bool) -> None:
    assert is_risk_register(headings, [title]) == is_one


def command(folder: Path, old: Path, *more: str) -> Result:
    asked = ["adopt", str(old), "--period", "2026-03", "--services", str(folder / "our"), "--out", str(folder / "out")]
    return CliRunner().invoke(main, [*asked, *more], catch_exceptions=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    init_folder(tmp_path / "our", "Ours", date(2026, 1, 1), [ELM, OAK])
    return tmp_path


def test_the_rows_of_risks_xlsx_fit_into_the_register(folder: Path) -> None:
    (folder / "old").mkdir()
    register(folder / "old" / "Elm House.xlsx", NHS)
    shutil.copy(folder / "old" / "Elm House.xlsx", folder / "old" / "Oak Lodge.xlsx")  # it numbers its risks alike
    done = command(folder, folder / "old")
    assert done.exit_code == 0, done.output
    assert f"Risks for your register: 6, in {folder / 'out' / 'risks.xlsx'}." in done.output
    assert "rows become actions, and risks for your register" in done.output
    made = openpyxl.load_workbook(folder / "out" / "risks.xlsx")
    assert made.sheetnames == ["Risks"]
    headings, *rows = (row for row in made["Risks"].iter_rows(min_row=4, values_only=True))
    assert list(headings) == [info.title for info in RiskLine.columns().values()]
    register_book = openpyxl.load_workbook(folder / "our" / "register.xlsx")
    for number, row in enumerate(rows, 5):
        for column, value in enumerate(row, 1):
            register_book["Risks"].cell(number, column, value)
    register_book.save(folder / "our" / "register.xlsx")
    read = open_folder(folder / "our").read().of(RiskLine)
    assert [(line.ref, line.service, line.likelihood, line.reviewed_on) for line in read] == [
        ("RR7", "ELM", 3, date(2026, 2, 2)),
        ("RR9", "ELM", 4, date(2026, 2, 2)),
        ("RR12", "ELM", 2, date(2026, 1, 5)),
        ("RR7", "OAK", 3, date(2026, 2, 2)),
        ("RR9", "OAK", 4, date(2026, 2, 2)),
        ("RR12", "OAK", 2, date(2026, 1, 5)),
    ]


def test_the_report_names_each_risk_and_its_actions(folder: Path) -> None:
    register(folder / "Elm House.xlsx", TWO_ACTIONS)
    assert command(folder, folder / "Elm House.xlsx").exit_code == 0
    report = openpyxl.load_workbook(folder / "out" / "Elm House report.xlsx")
    front = {row[0]: row[1] for row in report["Report"].iter_rows(min_row=4, values_only=True)}
    assert front["Cells that hold something"] == 41
    assert front["carried into a tracker or into risks.xlsx"] == 32  # all but the headings
    assert front["Risks of ELM"] == "3: in risks.xlsx, to be copied into the sheet Risks of your register"
    assert [row[:4] for row in report["Risks"].iter_rows(min_row=5, values_only=True)] == [
        ("R1", "ELM", "Falls on the stairs", "A-001 and A-002"),
        ("R2", "ELM", "Water is too hot", "A-003 and A-004"),
        ("R3", "ELM", "Files are lost in a fire", "none on the sheet Actions"),
    ]
    assert command(folder, folder / "Elm House.xlsx", "--replace").exit_code == 0  # it is still known as a report


def test_a_list_that_was_changed_is_not_overwritten(folder: Path) -> None:
    register(folder / "Elm House.xlsx", SIMPLE)
    dry = command(folder, folder / "Elm House.xlsx", "--dry-run")
    assert dry.exit_code == 0
    assert not (folder / "out" / "risks.xlsx").exists()
    for _ in range(2):
        assert command(folder, folder / "Elm House.xlsx", "--replace").exit_code == 0
    assert not (folder / "out" / "risks-2.xlsx").exists()
    (folder / "out" / "risks.xlsx").write_bytes(b"changed")
    assert "risks-2.xlsx. Copy" in command(folder, folder / "Elm House.xlsx", "--replace").output
    assert (folder / "out" / "risks.xlsx").read_bytes() == b"changed"


def test_a_person_decides_that_rows_are_no_risks(folder: Path) -> None:
    register(folder / "Elm House.xlsx", NHS)
    assert command(folder, folder / "Elm House.xlsx", "--dry-run").exit_code == 0
    path = folder / "out" / "mapping.xlsx"
    book = openpyxl.load_workbook(path)
    (line,) = [row for row in book["Settings"].iter_rows(min_row=5) if row[1].value == "Each row is a risk"]
    assert line[2].value == "Yes"
    line[2].value = "No"
    book.save(path)
    done = command(folder, folder / "Elm House.xlsx", "--mapping", str(path))
    assert done.exit_code == 0, done.output
    assert "Risks for your register" not in done.output
    assert not (folder / "out" / "risks.xlsx").exists()
    plan = adopted(folder / "Elm House.xlsx", read_mapping(path, find_template("core")))
    assert actions(plan, "ref", "risk_ref") == [("RR7", None), ("RR9", None), ("RR12", None)]


def test_only_actions_can_be_risks(folder: Path) -> None:
    register(folder / "Elm House.xlsx", SIMPLE)
    assert command(folder, folder / "Elm House.xlsx", "--dry-run").exit_code == 0
    path = folder / "out" / "adopt.toml"
    path.write_text(path.read_text("utf-8").replace('into = "actions"', 'into = "milestones"'), "utf-8")
    with pytest.raises(RequestError, match="risks = 'yes' is only for rows that become actions"):
        read_mapping(path, find_template("core"))
