"""Six months of two services: in month five CQC's 24 draft questions replace the 34 statements, in month six a commissioner's list.

The counts of each month are counted by hand from the statements below.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playing import Month, Player
from walking import Recorder, action, day, rows_of, texts_of

from qipxl import Period, Service, read_returns, write_summary
from qipxl.provider.register_schema import FrameworkLine, OwnStandardLine
from qipxl.summary.readiness import ALL_SERVICES, READINESS
from qipxl.summary.statement_history import STATEMENTS_BY_MONTH
from qipxl.summary.statements import action_statements
from qipxl.summary.themes import IN_NO_LIST, NONE_GIVEN, STATEMENTS

pytestmark = pytest.mark.long

ELM, OAK = Service(code="ELM", name="Elm House"), Service(code="OAK", name="Oak Lodge")
FIRST, CHANGE, OWN = Period(2026, 1), Period(2026, 5), Period(2026, 6)
CULTURE_OLD, CULTURE = "Safe: Learning culture", "Safe: Safety culture"
PLACES, CLEAN = "Safe: Safe environments", "Safe: Infection prevention and control"
BOTH = "Safe: Safe environments and infection prevention and control"
NEEDS = "Caring: Responding to people's immediate needs"
KIND, PERSON = "Caring: Kindness, compassion and dignity", "Caring: Person-centred care"
GREEN = "Well-led: Environmental sustainability - sustainable development"
GOVERNANCE = "Well-led: Governance and management"
OLD_HEADING, HEADING, OWN_LIST = "CQC quality statement", "CQC question 2026 draft", "North County standards"
HARM = "Safe: People are safe from harm"

BY_STATEMENTS = {
    1: {CULTURE_OLD: 2, PLACES: 1, CLEAN: 1, NEEDS: 1, NONE_GIVEN: 1},
    2: {CULTURE_OLD: 2, PLACES: 1, CLEAN: 1, NEEDS: 1, NONE_GIVEN: 1},
    3: {CULTURE_OLD: 2, PLACES: 1, CLEAN: 1, NEEDS: 1, NONE_GIVEN: 1, IN_NO_LIST: 1, GREEN: 1},
    4: {CULTURE_OLD: 2, PLACES: 1, CLEAN: 1, NEEDS: 1, NONE_GIVEN: 1, IN_NO_LIST: 1, GREEN: 1},
}
"""Actions by month and statement as they were counted while the 34 statements were in force."""
BY_QUESTIONS = {
    1: {CULTURE: 2, BOTH: 1, KIND: 1, PERSON: 1, NONE_GIVEN: 1},
    2: {CULTURE: 2, BOTH: 1, KIND: 1, PERSON: 1, NONE_GIVEN: 1},
    3: {CULTURE: 2, BOTH: 1, KIND: 1, PERSON: 1, NONE_GIVEN: 1, IN_NO_LIST: 1, GOVERNANCE: 1},
    4: {CULTURE: 2, BOTH: 1, KIND: 1, PERSON: 1, NONE_GIVEN: 1, IN_NO_LIST: 1, GOVERNANCE: 1},
    5: {CULTURE: 2, BOTH: 1, KIND: 1, PERSON: 1, NONE_GIVEN: 1, IN_NO_LIST: 1, GOVERNANCE: 1},
}
"""The same, counted again in the 24 questions: two statements on places become one question, one on needs becomes two."""


def enter(code: str, typed: Recorder, month: int) -> None:
    """What the services type in a month."""

    def new(ref: str, **more: object) -> None:
        typed.type(
            "Actions",
            ref,
            action(f"Issue {ref}", f"Change {ref}", "9 of 10", "Bea Lund", day(1, 6), day(11, 30), **more),
        )

    if code == "ELM" and month == 1:
        new("A-001", **{OLD_HEADING: CULTURE_OLD})
        new("A-002", **{OLD_HEADING: f"{PLACES}; {CLEAN}"})
        new("A-003", **{OLD_HEADING: NEEDS.upper()})
    if code == "ELM" and month == 5:
        typed.type("Actions", "A-001", {HEADING: CULTURE})
    if code == "OAK" and month == 1:
        new("A-001", **{"CQC draft KLOE": CULTURE})
        new("A-003")
    if code == "OAK" and month == 3:
        new("A-002", **{OLD_HEADING: f"Safe food; {GREEN}"})


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Player:
    lines = [
        FrameworkLine(framework="cqc-2026-draft-questions", since=str(CHANGE), decided_by="Quality committee"),
        FrameworkLine(framework=OWN_LIST, since=str(OWN), decided_by="Quality committee"),
        OwnStandardLine(
            framework=OWN_LIST, group="Safe", statement="People are safe from harm", same_as=f"{CULTURE}; {CULTURE_OLD}; {BOTH}"
        ),
        OwnStandardLine(framework=OWN_LIST, statement="Value for money", note="Schedule 3 of the contract"),
    ]  # fmt: skip
    home = tmp_path_factory.mktemp("frameworks") / "our"
    return Player(home, "core", [ELM, OAK], list(lines), typist=Recorder)


@pytest.fixture(scope="module")
def months(player: Player) -> dict[int, Month]:
    return {number: played(player, number) for number in range(1, 7)}


def played(player: Player, number: int) -> Month:
    period = FIRST.plus(number - 1)
    player.issue(period)
    for service in player.services:
        with player.typing(service.code, period) as typed:
            assert isinstance(typed, Recorder)
            enter(service.code, typed, number)
    return player.consolidate(period)


def by_month(month: Month) -> dict[int, dict[str, int]]:
    history = month.summary.statement_history
    assert history is not None
    counts = history.groupby(["period", "statement"])["actions"].sum()
    found: dict[int, dict[str, int]] = {}
    for (period, statement), number in counts.items():
        found.setdefault(int(period[-2:]), {})[statement] = number
    return found


def now(month: Month) -> dict[str, int]:
    """The statements of a month as `action_statements` gives them to other sheets."""
    return dict(Counter(action_statements(month.summary)["statement"]))


def sheets_of(month: Month, folder: Path) -> dict[str, list[list[Any]]]:
    return texts_of(write_summary(month.summary, folder / "summary.xlsx"))[1]


def test_the_months_before_the_change_are_counted_by_statement(months: dict[int, Month]) -> None:
    for number in range(1, 5):
        assert by_month(months[number]) == {month: BY_STATEMENTS[month] for month in range(1, number + 1)}
        counted = {name: count for name, count in BY_STATEMENTS[number].items() if name not in (IN_NO_LIST, NONE_GIVEN)}
        assert {name: count for name, count in now(months[number]).items() if name} == counted
    lines = action_statements(months[3].summary).set_index(["service", "ref"])
    assert lines.loc[[("ELM", "A-003")]].iloc[0].to_dict() == {
        "statement": NEEDS, "as_written": NEEDS.upper(), "through_crosswalk": False,
    }  # fmt: skip
    assert lines.loc[[("OAK", "A-001")]].iloc[0].to_dict() == {
        "statement": CULTURE_OLD, "as_written": CULTURE, "through_crosswalk": True,
    }  # fmt: skip
    assert lines.loc[("OAK", "A-002"), ["statement", "as_written"]].to_numpy().tolist() == [
        ["", "Safe food"],
        [GREEN, GREEN],
    ]


def test_from_the_change_on_every_month_is_counted_by_question(months: dict[int, Month], tmp_path: Path) -> None:
    assert by_month(months[5]) == BY_QUESTIONS
    lines = action_statements(months[5].summary)
    assert dict(zip(lines["as_written"], lines["through_crosswalk"], strict=True)) == {
        CULTURE: False, PLACES: True, NEEDS.upper(): True, "Safe food": False, GREEN: True,
    }  # fmt: skip
    sheets = sheets_of(months[5], tmp_path)
    rows = {row[HEADING]: row for row in rows_of(sheets, STATEMENTS_BY_MONTH, HEADING)}
    assert len(rows) == 24 + 2
    for name, row in rows.items():
        shown = [row[month] for month in ("January 2026", "February 2026", "March 2026", "April 2026", "May 2026")]
        assert shown == [BY_QUESTIONS[number].get(name, 0) for number in range(1, 6)], name
    assert rows[GOVERNANCE]["Also counts, from earlier lists (weak: no real heir)"].endswith(f"{GREEN} (weak)")
    assert rows[BOTH]["Also counts, from earlier lists (weak: no real heir)"] == f"{PLACES}; {CLEAN}"
    assert rows[BOTH]["Wording checked against"] == "not verified"
    words = " ".join(str(cell) for line in sheets[STATEMENTS_BY_MONTH][:4] for cell in line if cell)
    assert (
        "CQC draft questions for adult social care (draft, wording not verified), in force from May 2026 on." in words
    )
    # month 1 and 2: 4 of 6 lines, OAK's question is one of the list; month 3 and 4: 5 of 8; month 5: 4 of 8
    assert "January 2026 to May 2026 were counted again." in words
    assert (
        "through a crosswalk from another list: 22 of 36 lines (qipxl's own judgement; CQC has published none)."
        in words
    )
    assert "qipxl's own judgement" in words


def test_readiness_counts_the_actions_by_the_list_of_the_month(months: dict[int, Month], tmp_path: Path) -> None:
    for number, heading, counts in ((4, OLD_HEADING, BY_STATEMENTS[4]), (5, HEADING, BY_QUESTIONS[5])):
        rows = list(rows_of(sheets_of(months[number], tmp_path), READINESS, heading))
        shown = {
            row[heading]: row["Open actions"] for row in rows if row["Service"] == ALL_SERVICES and row["Open actions"]
        }
        by_hand = {f"Safe food {IN_NO_LIST}" if name == IN_NO_LIST else name: count for name, count in counts.items()}
        assert shown == by_hand
        of_services = Counter(
            row[heading] for row in rows if row["Service"] != ALL_SERVICES for _ in range(row["Open actions"] or 0)
        )
        assert of_services == by_hand


def test_the_sheet_of_statements_names_its_list_and_each_text_that_is_in_none(
    months: dict[int, Month], tmp_path: Path
) -> None:
    sheets = sheets_of(months[5], tmp_path)
    own = [row for row in rows_of(sheets, STATEMENTS, "Counted by") if row["Counted by"] == HEADING]
    assert {row["Subject"]: row["Actions"] for row in own} == {
        CULTURE: 2, BOTH: 1, KIND: 1, PERSON: 1, GOVERNANCE: 1, f"Safe food {IN_NO_LIST}": 1, NONE_GIVEN: 1,
    }  # fmt: skip
    assert {row["Wording"] for row in own if "(" not in row["Subject"]} == {"not verified"}
    words = " ".join(str(cell) for line in sheets[STATEMENTS][:4] for cell in line if cell)
    assert "(draft, wording not verified)" in words
    assert "through a crosswalk from another list: 4 of 7 lines" in words


def test_the_tracker_of_the_change_offers_the_new_list_and_keeps_what_was_written(
    player: Player, months: dict[int, Month]
) -> None:
    assert months[5].receipts["status"].eq("accepted").all()
    book = openpyxl.load_workbook(player.folder.issued(CHANGE) / "ELM.xlsx")
    headings = {cell.value: cell.column for cell in book["Actions"][4]}
    column = headings[HEADING]
    assert OLD_HEADING not in headings
    assert [book["Actions"].cell(row, column).value for row in (5, 6, 7)] == [
        CULTURE_OLD,
        f"{PLACES}; {CLEAN}",
        NEEDS.upper(),
    ]
    listed = [cell.value for cell in next(iter(book["Lists"].iter_cols(min_row=3))) if cell.value]
    columns = [[cell.value for cell in cells if cell.value] for cells in book["Lists"].iter_cols(min_row=3)]
    (offered,) = [cells for cells in columns if cells and str(cells[0]).startswith("CQC draft questions")]
    assert listed
    assert offered[0] == "CQC draft questions for adult social care (draft, wording not verified)"
    assert len(offered) == 1 + 24
    prompts = [each for each in book["Actions"].data_validations.dataValidation if each.promptTitle == HEADING]
    assert [each.formula1 for each in prompts] == ["list_cqc_statement"]
    assert "wording not verified" in str(prompts[0].prompt)
    assert not prompts[0].showErrorMessage


def test_what_an_earlier_column_held_is_in_the_one_column_a_month_later(
    player: Player, months: dict[int, Month]
) -> None:
    assert months
    book = openpyxl.load_workbook(player.folder.issued(FIRST.plus(1)) / "OAK.xlsx")
    headings = {cell.value: cell.column for cell in book["Actions"][4]}
    assert book["Actions"].cell(5, headings[OLD_HEADING]).value == CULTURE
    assert book["Actions"].cell(5, headings["CQC draft KLOE"]).value is None


def test_a_statement_in_no_list_is_a_problem_with_its_cell(months: dict[int, Month]) -> None:
    problems = months[3].problems
    lines = problems[problems["code"] == "statement-not-listed"]
    (line,) = lines.to_dict("records")
    assert (line["sheet"], line["heading"], line["severity"]) == ("Actions", OLD_HEADING, "should look")
    assert (
        f'{line["cell"]} {OLD_HEADING} says "Safe food", and the list in use is CQC quality statements ('
        in line["message"]
    )
    other = months[5].problems
    told = other[other["code"] == "statement-of-other-list"]
    assert len(told) == 2
    assert set(told["severity"]) == {"for information"}


def test_a_list_of_the_providers_own(player: Player, months: dict[int, Month], tmp_path: Path) -> None:
    month = months[6]
    assert now(month) == {HARM: 3, "": 3}
    sheets = sheets_of(month, tmp_path)
    rows = {row[OWN_LIST]: row for row in rows_of(sheets, STATEMENTS_BY_MONTH, OWN_LIST)}
    assert list(rows) == [HARM, "Value for money", IN_NO_LIST, NONE_GIVEN]
    assert [rows[HARM][name] for name in ("January 2026", "June 2026")] == [3, 3]
    words = " ".join(str(cell) for line in sheets[STATEMENTS_BY_MONTH][:4] for cell in line if cell)
    assert "North County standards (the provider's own list), in force from June 2026 on." in words
    assert "the provider's own judgement" in words
    book = openpyxl.load_workbook(player.folder.issued(OWN) / "ELM.xlsx")
    assert OWN_LIST in [cell.value for cell in book["Actions"][4]]


def test_a_return_with_the_heading_of_an_own_list_is_read_without_the_register_too(
    player: Player, months: dict[int, Month]
) -> None:
    assert months
    returns = read_returns(Path(str(player.folder.returns(OWN))) / "ELM.xlsx")
    assert list(returns.receipts["status"]) == ["accepted"]
    assert list(returns.tables["actions"]["cqc_statement"]) == [CULTURE, f"{PLACES}; {CLEAN}", NEEDS.upper()]
