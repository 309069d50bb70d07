"""Rules held against rows: each names its cell, what was found and what to do."""

from datetime import date

import pytest
from grids import grid

from qipxl import Period, check, rate
from qipxl.template import find_template
from qipxl.tracker.first_rows import initial_rows

AS_AT = date(2026, 3, 31)
WHOLE = {
    "Ref": "A-001", "Must or should": "Own improvement", "Source": "Complaint", "Source reference": "C12", "Issue or risk": "x",
    "Intended change": "Two people check", "Success measure": "y", "Owner": "Ann Lee", "Due date": "30/06/2026", "Start date": "01/05/2026",
    "Original due date": "30/06/2026", "Status": "In progress", "Embedding review": "30/09/2026", "Last update": "20/03/2026",
}  # fmt: skip


def row(**changed: str) -> str:
    cells = {**WHOLE, **{key.replace("_", " "): value for key, value in changed.items()}}
    return f"Actions\n| {' | '.join(cells)} |\n| {' | '.join(cells.values())} |"


def codes(text: str) -> list[str]:
    problems = check(grid(text), AS_AT).problems
    return list(problems["code"] + " " + problems["heading"])


def test_a_whole_action_has_no_problems() -> None:
    assert codes(row()) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"Owner": ""}, "missing Owner"),
        ({"Owner": "Night staff"}, "owner-is-a-team Owner"),
        ({"Owner": "Ann Stafford"}, ""),
        ({"Due_date": "30/04/2026", "Original_due_date": "30/04/2026"}, "due-before-start Due date"),
        ({"Due_date": "TBC"}, "not-a-date Due date"),
        ({"Due_date": "01/07/2026"}, "moved-without-extension Due date"),
        ({"Status": "Complete"}, "evidence-when-complete Status"),
        ({"Status": "Done"}, "not-in-list Status"),
        ({"Completed_on": "01/04/2026"}, "completed-before-start Completed on"),
        ({"Intended_change": "Training delivered."}, "only-a-task Intended change"),
        ({"Embedding_review": "30/06/2026"}, "review-before-due Embedding review"),
        ({"Verified_by": "ann  lee"}, "owner-verifies Verified by"),
        ({"Likelihood_now": "6"}, "out-of-range Likelihood now"),
        ({"Likelihood_now": "'high"}, "not-a-number Likelihood now"),
        ({"Status": "Withdrawn"}, "withdrawn-without-reason Status"),
        ({"Source_reference": ""}, "source-without-reference Source reference"),
        ({"Owner": "#REF!"}, "not-text Owner"),
    ],
)
def test_one_rule_broken(changed: dict[str, str], code: str) -> None:
    found = codes(row(**changed))
    assert (code in found) if code else found == []


def test_complete_without_evidence_names_cell_and_remedy() -> None:
    problems = check(grid(row(Status="Complete", Completed_on="01/03/2026", Start_date="01/01/2026")), AS_AT).problems
    line = problems[problems["code"] == "evidence-when-complete"].iloc[0]
    assert line["cell"] == "L5"
    assert line["message"] == (
        'Actions!L5 Status says "Complete". This action is marked Complete, but no accepted evidence is logged against it. '
        "Add it on the Evidence sheet."
    )


def test_a_repeated_ref_is_named_in_both_rows() -> None:
    cells = " | ".join(WHOLE.values())
    problems = check(grid(row() + f"\n| {cells} |"), AS_AT).problems
    assert list(problems["code"] + " " + problems["cell"]) == ["ref-repeated A5", "ref-repeated A6"]


def test_a_child_row_whose_action_does_not_exist() -> None:
    text = (
        row()
        + """
        Milestones
        | Ref   | Action | Milestone | Evidence required | Due date   |
        | M-001 | A-009  | x         | y                 | 30/05/2026 |
        """
    )
    assert codes(text) == ["action-unknown Action"]


def test_the_frame_given_is_not_changed() -> None:
    before = grid(row(Owner=""))
    problems = before.problems.copy()
    check(before, AS_AT)
    assert before.problems.equals(problems)


def test_rules_that_use_the_as_at_date_follow_it() -> None:
    text = row(Status="Complete", Completed_on="15/05/2026")
    assert "completed-in-future Completed on" in codes(text)
    later = check(grid(text), date(2026, 5, 15)).problems
    assert "completed-in-future" not in list(later["code"])


@pytest.mark.parametrize("name", ["safeguarding", "restrictive-practice", "workforce"])
def test_earlier_months_without_a_figure_are_never_must_fix(name: str) -> None:
    """A first tracker as it was issued, with this month's figures only, and again with one older figure."""
    template = find_template(name)
    rows = initial_rows(template, Period(2026, 3))
    assert len(rows["measurements"]) == 24 * len(template.indicator) <= template.tables["measurements"].rows
    for filled in ({"2026-03"}, {"2026-03", "2025-06"}):
        lines = ["Indicators", "| Ref | Indicator | Unit counted | Which way is better |"]
        lines += [f"| {line.ref} | {line.name} | {line.unit} | {line.direction} |" for line in template.indicator]
        lines += ["Figures", "| Ref | Indicator | Month | Numerator | Denominator |"]
        for row in rows["measurements"]:
            number = 4 if f"{row['month']:%Y-%m}" in filled else ""
            lines.append(
                f"| {row['ref']} | {row['indicator']} | {row['month']:%d/%m/%Y} | {number} | {number and 100} |"
            )
        returns = check(grid("\n".join(lines), template))
        problems = returns.problems[returns.problems["table"] == "measurements"]
        missing = problems[problems["severity"] == "must fix"]
        assert not len(missing)
        counts = rate(returns).ratings["indicators"]["months_to_fill"]
        assert set(counts) == {0.0 if len(filled) == 1 else 8.0}, "counted from the first figure on"
