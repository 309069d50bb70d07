"""Carrying forward: next month's tracker holds everything of the last return, and comes back with it, in every template."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from factories import first_only, on_start_here
from grids import grid
from validator import validate

from qipxl import Period, Rated, Returns, Service, read_returns, summarise, write_tracker
from qipxl.app.demo.scenarios import SCENARIOS, joined_plans, make_plan
from qipxl.archive.keep import keep_returns
from qipxl.archive.store import open_archive
from qipxl.privacy import PERSONAL_DATA
from qipxl.provider import ProviderFolder, ProviderMonth, read_register
from qipxl.provider.carry_forward import add_months
from qipxl.provider.last_returns import last_returns
from qipxl.provider.register_schema import DecisionLine, Line, QuestionLine, ServiceLine
from qipxl.provider.register_workbook import write_register
from qipxl.returns import problems
from qipxl.returns.problems import Problem
from qipxl.returns.returns import problem_frame
from qipxl.template import Template, find_template, shipped_templates
from qipxl.tracker import NewsLine
from qipxl.tracker.first_rows import initial_rows
from qipxl.tracker.issue import issue_trackers
from qipxl.tracker.send_back import given_answers

ELM = Service(code="ELM", name="Elm House", region="North", manager="Jo Shah")
MARCH, APRIL = Period(2026, 3), Period(2026, 4)


def provider(home: Path, *lines: Line, template: str = "core") -> ProviderFolder:
    """A provider of one service, whose register holds these lines."""
    of: dict[type[Line], list[Line]] = {ServiceLine: [ServiceLine(code="ELM", name="Elm House", template=template)]}
    for line in lines:
        of.setdefault(type(line), []).append(line)
    write_register(home / "register.xlsx", "Our Care", date(2026, 4, 1), of)
    return ProviderFolder(home)


def month(folder: ProviderFolder, period: Period) -> ProviderMonth:
    return ProviderMonth(folder, read_register(folder.register), period)


def kept(folder: ProviderFolder, returns: Returns, period: Period = MARCH) -> Rated:
    """A month's returns, rated and kept."""
    rated = month(folder, period).rated(returns, period.last)
    keep_returns(rated, folder.archive)
    return rated


def carried_over(folder: ProviderFolder, period: Period = APRIL) -> Path:
    """The tracker of the next month."""
    (path,) = issue_trackers(month(folder, period).to_issue(), period, folder.issued(period))
    return path


@pytest.mark.parametrize("name", first_only(shipped_templates()))
def test_a_carried_tracker_sent_back_unchanged_is_complete(name: str, tmp_path: Path) -> None:
    template, folder = find_template(name), provider(tmp_path, template=name)
    rows: dict[str, Any] = joined_plans(
        make_plan(number, MARCH.last, 4, 1, "Jo Shah") for number in range(len(SCENARIOS))
    )
    rows = {key: rows[key] for key in rows if key in template.tables and key != "head_office"}
    for key, first_rows in initial_rows(template, MARCH).items():
        rows[key] = [*first_rows]
    for number, row in enumerate(rows.get("measurements", ())):
        row |= {"numerator": float(number % 7), "denominator": 100.0 + number, "note": f"counted {number}"}
    sent = write_tracker(template, ELM, MARCH, folder.returns(MARCH) / "elm.xlsx", rows=rows)
    rated = kept(folder, read_returns(sent))
    first = rated.returns
    assert first.receipts["rows_accepted"][0] == sum(map(len, rows.values())) > 60

    path = carried_over(folder)
    assert validate(path) == []
    again = read_returns(path, templates=month(folder, APRIL).templates)
    assert again.receipts["status"][0] == "accepted"
    assert set(again.problems["code"]) <= {"unchanged-since-issue", "not-signed"}
    over = rated.ratings["actions"]["finished"].astype(bool)
    moved = {*first.tables["actions"].loc[over, "ref"]}
    assert {*again.tables["finished"]["ref"]} == moved
    assert len(moved) == 1
    for key in template.tables:
        if key in ("head_office", "finished"):
            continue
        was, now = stays(first.tables[key], moved), again.tables[key]
        fields = [field.key for field in template.tables[key].field]
        new = len(now) - len(was)
        assert new == (len(template.indicator) if key == "measurements" else 0)
        if new:
            assert set(now["month"].head(new)) == {pd.Timestamp(APRIL.first)}
        now = now.tail(len(was)).reset_index(drop=True)
        for name in reversed(template.tables[key].sort):
            was = was.sort_values(name.removeprefix("-"), ascending=name[0] != "-", kind="stable", na_position="first")
        pd.testing.assert_frame_equal(now[fields], was[fields].reset_index(drop=True))


def stays(frame: pd.DataFrame, moved: set[str]) -> pd.DataFrame:
    """The rows that are not about actions which left the plan."""
    name = "action" if "action" in frame.columns else "ref"
    return frame[~frame[name].isin(moved)].reset_index(drop=True)


@pytest.mark.long
def test_what_is_over_leaves_the_plan_and_is_counted_on(tmp_path: Path) -> None:
    folder = provider(tmp_path)
    plan = """
        Actions
        | Ref | Issue or risk | Owner | Status      | Due date   | Withdrawal reason | Withdrawal approved by |
        | A-1 | Falls         | Al    | Withdrawn   | 30/06/2026 | Joined with A-2   | Jo                     |
        | A-2 | Medicines     | Bo    | In progress | 30/06/2026 |                   |                        |
        Milestones
        | Ref | Action | Milestone |
        | M-1 | A-1    | One       |
        | M-2 | A-2    | Two       |
    """
    kept(folder, returned(plan))
    orders = month(folder, APRIL).to_issue()
    assert [each.service.code for each in orders[:1]] == [each.service.code for each in orders]
    (order,) = orders
    assert order.rows is not None
    assert [row["ref"] for row in order.rows["actions"]] == ["A-2"]
    assert [row["ref"] for row in order.rows["milestones"]] == ["M-2"]
    (line,) = order.rows["finished"]
    assert (line["ref"], line["outcome"], line["since"]) == ("A-1", "X Withdrawn / Not yet measurable", MARCH.first)
    assert line["issue"] == "Falls"
    left = "has left the plan: withdrawn. Head office keeps its milestones, evidence and reviews."
    assert [line for line in order.news if line.ref == "A-1"] == [NewsLine(left, "A-1")]

    april = returned("Actions\n| Ref | Owner | Status |\n| A-2 | Bo | In progress |")
    april.receipts["period"] = str(APRIL)
    rated = kept(folder, april, APRIL)
    summary = month(folder, APRIL).with_history(summarise(rated))
    assert list(summary.actions["ref"]) == ["A-2", "A-1"]
    assert list(summary.actions["period"]) == [str(APRIL), str(MARCH)]
    assert list(summary.current["ref"]) == ["A-2"]
    assert summary.overview["actions"].iloc[0] == 2
    (order,) = month(folder, APRIL.plus(1)).to_issue()
    assert [row["ref"] for row in (order.rows or {})["finished"]] == ["A-1"], "it stands there in every later month"
    assert not [line for line in order.news if line.ref == "A-1"]

    back = returned("Actions\n| Ref | Owner | Status | Cycle |\n| A-1 | Al | In progress | 2 |")
    back.receipts["period"] = str(APRIL.plus(1))
    reopened = month(folder, APRIL.plus(1)).with_history(summarise(kept(folder, back, APRIL.plus(1))))
    assert list(reopened.actions["ref"]) == ["A-1"], "what stands in a return again is not counted twice"


@pytest.mark.long
def test_progress_of_three_returns_is_carried_newest_first(tmp_path: Path) -> None:
    folder = provider(tmp_path)
    for number, text in enumerate(["None yet", "Two rooms done", "", "Six of eight rooms done", "Mrs Jones is safe"]):
        now = APRIL.plus(number)
        plan = f"Actions\n| Ref | Status | Progress |\n| A-1 | In progress | {text} |\n| A-2 | In progress | |"
        returns = returned(plan, period=str(now))
        if "Mrs" in text:
            found = Problem(PERSONAL_DATA, "actions", "Actions", 5, "progress", "C5", "Progress")
            returns = replace(returns, problems=problem_frame([problems.line(0, "grid.xlsx", found)]))
        kept(folder, returns, now)
    (order,) = month(folder, APRIL.plus(5)).to_issue()
    first, other = (order.rows or {})["actions"]
    assert (first["progress"], other["progress"], other["earlier_progress"]) == (None, None, None)
    assert first["earlier_progress"] == (
        "August 2026: withheld: see the return, Actions!C5\nJuly 2026: Six of eight rooms done"
    )
    (order,) = month(folder, APRIL.plus(3)).to_issue()
    assert (order.rows or {})["actions"][0]["earlier_progress"] == "May 2026: Two rooms done\nApril 2026: None yet"


def test_what_nobody_could_tell_apart_later_stays_in_the_plan(tmp_path: Path) -> None:
    folder = provider(tmp_path)
    plan = """
        Actions
        | Ref | Issue or risk | Owner | Status      | Due date   | Withdrawal reason | Withdrawal approved by |
        |     | Falls         | Al    | Withdrawn   | 30/06/2026 | Joined with A-2   | Jo                     |
        |     | Medicines     | Bo    | In progress | 30/06/2026 |                   |                        |
        | A-3 | Consent       | Bo    | Withdrawn   | 30/06/2026 | Joined with A-2   | Jo                     |
        | a-3 | Complaints    | Bo    | In progress | 30/06/2026 |                   |                        |
    """
    kept(folder, returned(plan))
    (order,) = month(folder, APRIL).to_issue()
    assert order.rows is not None
    assert [row["issue"] for row in order.rows["actions"]] == ["Falls", "Medicines", "Consent", "Complaints"]
    assert order.rows["finished"] == []


def returned(text: str, **facts: str) -> Returns:
    returns = grid(text, **facts)
    returns.receipts["digest"] = f"{text} {facts}"
    return returns


def test_what_could_not_be_read_stands_as_it_was_typed(tmp_path: Path) -> None:
    folder = provider(tmp_path)
    kept(
        folder,
        returned(
            "Actions\n| Ref | Status | Due date |\n| A-1 | Compleated | end of June |\n| A-2 | Complete | 31/03/2026 |"
        ),
    )
    sheet = openpyxl.load_workbook(carried_over(folder))["Actions"]
    headings = [cell.value for cell in sheet[4]]
    due, status = headings.index("Due date"), headings.index("Status")
    assert [(row[status].value, str(row[due].value)[:11]) for row in sheet["A5:AZ6"]] == [
        ("Compleated", "end of June"), ("Complete", "2026-03-31 "),
    ]  # fmt: skip


PLAN = """
    Actions
    | Ref   | Owner   | Status      | Due date   | Original due date | Room for notes |
    | A-001 | Ann Lee | In progress | 31/10/2025 | 31/10/2025        | Ask Jo         |
    From head office
    | Action | Verdict on linked indicator |
    | A-001  | Worse                       |
"""


def test_head_office_speaks_on_start_here_and_in_its_own_table(tmp_path: Path) -> None:
    folder = provider(
        tmp_path,
        QuestionLine(service="elm", action="A-001", question="Who covers nights?", asked_on=date(2026, 4, 2)),
        QuestionLine(service="ELM", question="Answered?", asked_on=date(2026, 3, 2), answered_on=date(2026, 3, 9)),
        QuestionLine(service="ELM", question="For May?", asked_on=date(2026, 5, 2)),
        DecisionLine(
            service="ELM",
            action="A-001",
            decided_on=date(2026, 4, 3),
            level=3,
            decision="More staff",
            decided_by="Board",
        ),
    )
    kept(folder, returned(PLAN))
    book = openpyxl.load_workbook(carried_over(folder))
    said = " | ".join(str(cell) for row in book["Start here"].iter_rows(values_only=True) for cell in row if cell)
    assert "Head office asks about A-001: Who covers nights?" in said
    assert "is escalated to the board: " in said
    assert "Decided on 3 April: More staff (Board)" in said
    assert 'Not carried over: Actions!F4 the column "Room for notes"' in said
    assert "Answered?" not in said
    assert "For May?" not in said
    rows = [row[:10] for row in book["From head office"].iter_rows(min_row=5, values_only=True) if row[0]]
    assert rows == [
        ("A-001", None, 3, None, None, None, None, "Outcome", None, "Worse"),
        ("A-001", "Who covers nights?", None, None, None, None, None, None, None, None),
    ]


CHALLENGED = """
    Actions
    | Ref   | Issue or risk | Owner   | Status      | Due date |
    | A-001 | Falls         | Ann Lee | In progress | soon     |
    Challenge
    | Ref   | Action | Date       | Challenge        | Follow up      | Due date   | Closed on  |
    | C-001 | A-001  | 02/03/2026 | Who covers days? | Ask the agency | 09/04/2026 |            |
    | C-002 | A-001  | 02/03/2026 | Is it enough?    |                |            | 20/03/2026 |
    | C-003 | A-001  | 02/03/2026 | Since when?      |                |            |            |
    | C-004 |        | 02/03/2026 |                  |                |            |            |
    | C-005 |        | 02/03/2026 | Why              |                | 09/04/2026 |            |
"""


def test_open_challenges_and_what_was_wrong_stand_on_start_here(tmp_path: Path) -> None:
    folder = provider(tmp_path)
    kept(folder, returned(CHALLENGED))
    book = openpyxl.load_workbook(carried_over(folder))
    said = [str(cell) for row in book["Start here"].iter_rows(values_only=True) for cell in row if cell]
    assert "Challenge C-001 about A-001 is open: Who covers days? To follow, by 09/04/2026: Ask the agency" in said
    assert "Challenge C-003 about A-001 is open: Since when?" in said
    assert "Challenge C-004 is open." in said
    assert "Challenge C-005 is open: Why. It is to be answered by 09/04/2026." in said
    assert not [line for line in said if "C-002" in line]
    wrong = next(line for line in said if line.startswith("Your last return had to be put right in places: "))
    assert re.search(r"\d+ on Actions", wrong)


def test_a_service_without_a_return_gets_an_empty_tracker(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(carried_over(provider(tmp_path)))
    assert book["Actions"]["A5"].value is None


def test_a_later_month_is_never_carried_back(tmp_path: Path) -> None:
    folder = provider(tmp_path)
    kept(folder, returned("Actions\n| Ref | Status |\n| A-9 | Complete |"))
    assert openpyxl.load_workbook(carried_over(folder, MARCH))["Actions"]["A5"].value is None


def test_months_that_a_service_removed_are_not_added_again(tmp_path: Path) -> None:
    template, folder = find_template("safeguarding"), provider(tmp_path, template="safeguarding")
    rows: dict[str, list[dict[str, object]]] = {"indicators": [{"ref": "S-01"}], "measurements": []}
    last = last_returns(open_archive(folder.archive), read_register(folder.register), APRIL, [template])
    add_months(last, template, rows)
    months = pd.Series([row["indicator"] for row in rows["measurements"]]).value_counts().to_dict()
    assert months == {"S-01": 1, **{f"S-0{number}": 24 for number in range(2, 8)}}


def test_a_rating_that_head_office_changes_is_said_at_its_action(tmp_path: Path) -> None:
    decision = DecisionLine(
        service="ELM", action="A-2", decided_on=date(2026, 3, 3), level=4, decision="Watch it", decided_by="Board"
    )
    plan = """
        Actions
        | Ref | Owner | Status    | Due date   | Last update |
        | A-1 | Al    | Withdrawn | 30/06/2026 | 30/03/2026  |
        | A-2 | Bo    | Withdrawn | 30/06/2026 | 30/03/2026  |
    """
    rated = kept(provider(tmp_path, decision), returned(plan))
    said = rated.returns.problems[rated.returns.problems["code"] == "rating-refreshed"]
    assert list(said["cell"]) == ["A6"]
    assert said["message"].iloc[0].endswith("A-2: with what head office knows, Escalation changes from Owner to Board.")
    assert set(said["severity"]) == {"for information"}


def test_what_start_here_has_no_room_for_is_counted(tmp_path: Path) -> None:
    asked = [QuestionLine(service="ELM", question=f"Question {n}?", asked_on=date(2026, 4, 2)) for n in range(50)]
    folder = provider(tmp_path, *asked)
    (order,) = month(folder, APRIL).to_issue()
    assert len(order.queries) == 40
    assert order.queries[-1] == "And 11 more: please ask head office for the whole list."


def test_another_template_than_before_is_said(tmp_path: Path) -> None:
    folder = provider(tmp_path, template="workforce")
    kept(folder, returned("Actions\n| Ref | Status |\n| A-1 | Complete |"))
    (order,) = month(folder, APRIL).to_issue()
    moved = "Your last plan was made from the template core: what workforce has no place for is not here."
    assert moved in on_start_here(order)


OWN = """
    Actions
    | Ref   | Issue or risk | Owner   | Status      | Due date   |
    | A-001 | Falls         | Ann Lee | In progress | 31/10/2026 |
    Indicators
    | Ref | Indicator | Unit counted | Which way is better |
    | X-1 | Falls     | fall         | Lower is better     |
    Figures
    | Ref         | Indicator | Month      | Numerator |
    | X-1 2026-03 | X-1       | 01/03/2026 | 4         |
"""


def test_an_indicator_of_the_services_own_gets_its_new_month(tmp_path: Path) -> None:
    folder = provider(tmp_path)
    kept(folder, returned(OWN))
    book = openpyxl.load_workbook(carried_over(folder))
    headings, *rows = book["Figures"].iter_rows(min_row=4, values_only=True)
    columns = [headings.index(heading) for heading in ("Ref", "Month", "Numerator")]
    entered = [[row[column] for column in columns] for row in rows if row[0]]
    assert [(ref, f"{month:%d/%m/%Y}", numerator) for ref, month, numerator in entered] == [
        ("X-1 2026-04", "01/04/2026", None), ("X-1 2026-03", "01/03/2026", 4),
    ]  # fmt: skip


def test_a_code_in_other_letters_is_the_same_service(tmp_path: Path) -> None:
    folder = provider(tmp_path)
    kept(folder, returned(OWN, code="elm", period="2026-02"), Period(2026, 2))
    kept(folder, returned(OWN))
    book = openpyxl.load_workbook(carried_over(folder))
    assert [row[0] for row in book["Actions"].iter_rows(min_row=5, values_only=True) if row[0]] == ["A-001"]


def test_an_answer_returns_until_head_office_closes_it(tmp_path: Path, core: Template) -> None:
    asked = QuestionLine(service="ELM", question="What will people notice?", asked_on=date(2026, 3, 1))
    folder = provider(tmp_path, asked)
    plan: dict[str, Any] = {"actions": [{"ref": "A-1", "issue": "Falls", "status": "In progress"}]}
    question = "Head office asks: What will people notice?"
    sent = write_tracker(core, ELM, MARCH, folder.returns(MARCH) / "elm.xlsx", rows=plan, queries=[question])
    book = openpyxl.load_workbook(sent)
    row = next(cell.row for cell in book["Start here"]["I"] if cell.value == question)
    book["Start here"].cell(row + 1, 9, "Meals when they like.")
    book.save(sent)
    kept(folder, read_returns(sent))

    next_tracker = carried_over(folder)
    sheet = openpyxl.load_workbook(next_tracker)["Start here"]
    shown = {cell.value: sheet.cell(cell.row + 1, 9).value for cell in sheet["I"]}
    assert shown[question] == "Meals when they like."
    again = read_returns(next_tracker).problems
    assert list(again.loc[again["code"] == "answer-given", "value"]) == ["Meals when they like."]

    closed = provider(tmp_path, asked.model_copy(update={"answered_on": date(2026, 4, 2)}))
    next_tracker.unlink()
    sheet = openpyxl.load_workbook(carried_over(closed))["Start here"]
    assert question not in [cell.value for cell in sheet["I"]]


def test_a_question_about_the_whole_plan_is_no_row_that_a_service_has_to_put_back(tmp_path: Path) -> None:
    folder = provider(
        tmp_path, QuestionLine(service="ELM", question="What will people notice?", asked_on=date(2026, 3, 1))
    )
    kept(folder, returned(OWN))
    again = read_returns(carried_over(folder))
    assert set(again.problems["code"]).isdisjoint({"issued-row-missing", "row-not-read", "head-office-edited"})
    assert list(again.tables["head_office"]["question"]) == ["What will people notice?"]


def test_a_month_without_any_problem_has_no_answers(tmp_path: Path) -> None:
    """The archive then has no table of problems."""
    assert given_answers(open_archive(tmp_path).table("problems")) == {}
