"""A return compared with its issued rows: blank trackers, nil returns over a wiped plan, and refs of other rows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from factories import ACTION, ELM, MARCH, SIGNED

from qipxl import read_returns, write_tracker
from qipxl.returns.returns import Returns
from qipxl.template import Template

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
FIGURES: Rows = {
    "indicators": [{"ref": "I-1", "indicator": "Falls", "unit_counted": "Falls", "direction": "Lower is better"}],
    "measurements": [{"ref": "I-1 2026-03", "indicator": "I-1", "month": date(2026, 3, 1)}],
}
PLAN: list[dict[str, Any]] = [
    {**ACTION, "ref": "A-001", "issue": "Call bells wait", "owner": "Ann Lee", "start": date(2026, 1, 5)},
    {**ACTION, "ref": "A-002", "issue": "Falls at night", "owner": "Ben Ode", "start": date(2026, 1, 5)},
    {**ACTION, "ref": "A-003", "issue": "Late medicines", "owner": "Ben Ode", "start": date(2026, 2, 2)},
    {**ACTION, "ref": "A-004", "issue": "No supervision", "owner": "Cat Roy", "start": date(2026, 2, 9)},
]
"""Two owners and starts that several actions share."""
OTHERS_ROW = {
    **ACTION, "ref": "A-004", "issue": "Doors", "intended_change": "z", "owner": "Lyn Poe", "start": date(2026, 3, 3),
    "original_due": date(2026, 8, 8),
}  # fmt: skip


def back(core: Template, path: Path, issued: Rows, rows: Rows, cover: Mapping[str, object] = SIGNED) -> Returns:
    """A tracker issued with some rows that comes back with others."""
    return read_returns(write_tracker(core, ELM, MARCH, path / "elm.xlsx", rows=rows, issued=issued, cover=cover))


def with_first(rows: Rows, key: str, **cells: object) -> Rows:
    return {**rows, key: [{**rows[key][0], **cells}, *rows[key][1:]]}


@pytest.mark.parametrize(
    "rows",
    [
        with_first(FIGURES, "measurements", numerator=4),
        with_first(FIGURES, "measurements", context="Two nights without a waking nurse."),
        {**FIGURES, "reviews": [{"ref": "R-001", "finding": "Staff answer within a minute."}]},
    ],
    ids=["figure", "context", "review"],
)
def test_a_return_without_actions_is_used_if_filled(rows: Rows, core: Template, tmp_path: Path) -> None:
    returns = back(core, tmp_path, FIGURES, rows)
    assert list(returns.receipts["status"]) == ["accepted"]
    assert "nothing-entered" not in set(returns.problems["code"])


@pytest.mark.parametrize("issued", [FIGURES, {}], ids=["months laid out", "nothing issued"])
def test_a_signature_alone_leaves_a_tracker_blank(issued: Rows, core: Template, tmp_path: Path) -> None:
    returns = back(core, tmp_path, issued, issued, {**SIGNED, "submitted_on": date(2026, 4, 2), "submission": 2})
    assert list(returns.receipts["status"]) == ["set aside"]
    assert "a blank tracker" in returns.receipts["reason"][0]
    assert "nothing-entered" in set(returns.problems["code"])


def test_nothing_to_report_over_a_wiped_plan_is_not_nil(core: Template, tmp_path: Path) -> None:
    returns = back(core, tmp_path, {"actions": PLAN}, {"actions": []}, {**SIGNED, "nil": "Yes"})
    (line,) = returns.receipts.to_dict("records")
    assert (line["status"], line["nil"]) == ("accepted", False)
    assert "4 issued rows of Actions are missing: not a nil return" in line["reason"]
    assert list(returns.problems["code"]) == ["nil-without-plan"] + ["issued-row-missing"] * 4


def test_nothing_to_report_without_a_plan_is_nil(core: Template, tmp_path: Path) -> None:
    returns = back(core, tmp_path, FIGURES, FIGURES, {**SIGNED, "nil": "Yes"})
    assert list(returns.receipts["nil"]) == [True]


def renumbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "ref": f"A-{number:03d}"} for number, row in enumerate(rows, 1)]


def swapped() -> list[dict[str, Any]]:
    return [PLAN[0], {**PLAN[1], "ref": "A-003"}, {**PLAN[2], "ref": "A-002"}, PLAN[3]]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        (lambda: renumbered(PLAN[1:]), ["A-001 A-002", "A-002 A-003", "A-003 A-004"]),
        (lambda: renumbered([{**ACTION, "issue": "New"}, *PLAN])[1:], ["A-002 A-001", "A-003 A-002", "A-004 A-003", "A-005 A-004"]),
        (swapped, ["A-003 A-002", "A-002 A-003"]),
        (lambda: [*PLAN[:3], {**PLAN[3], "ref": "QIP/4"}], ["QIP/4 A-004"]),
        (lambda: [*PLAN[:3], OTHERS_ROW], ["A-004 "]),
    ],
    ids=["row deleted", "row inserted", "two swapped", "own scheme", "another plan's row"],
)  # fmt: skip
def test_a_ref_of_another_row_sets_the_return_aside(
    changed: Callable[[], list[dict[str, Any]]], found: list[str], core: Template, tmp_path: Path
) -> None:
    returns = back(core, tmp_path, {"actions": PLAN}, {"actions": changed()})
    assert list(returns.receipts["status"]) == ["set aside"]
    moved = returns.problems[returns.problems["code"].isin(["ref-moved", "ref-reused"])]
    rights = moved["message"].str.extract(r"issued as ([\w-]+)\.")[0].fillna("")
    assert list(moved["value"] + " " + rights) == found


@pytest.mark.parametrize(
    "changed",
    [
        [*PLAN[:3], {**PLAN[3], "issue": "No supervision since May", "owner": "Ben Ode"}],
        [PLAN[3], PLAN[1], PLAN[0], PLAN[2]],
        [*PLAN[1:], {**PLAN[0], "ref": "A-005", "issue": "Call bells are broken"}],
        [*PLAN, {**PLAN[0], "ref": "A-005", "owner": "Cat Roy"}],
        [{**PLAN[0], "owner": "Ben Ode"}, {**PLAN[1], "owner": "Ann Lee"}, *PLAN[2:]],
        [{**row, "ref": row["ref"].lower() + " "} for row in PLAN],
    ],
    ids=[
        "reworded, new owner",
        "sorted",
        "replaced by a new action",
        "split in two",
        "owners swapped",
        "small letters",
    ],
)
def test_rows_that_kept_their_refs_are_used(changed: list[dict[str, Any]], core: Template, tmp_path: Path) -> None:
    returns = back(core, tmp_path, {"actions": PLAN}, {"actions": changed})
    assert list(returns.receipts["status"]) == ["accepted"]
    assert not set(returns.problems["code"]) & {"ref-moved", "ref-reused", "column-shuffled"}


@pytest.mark.parametrize("refs", [("A-003", None), ("A-003", 4)], ids=["blank", "number"])
def test_a_ref_that_no_history_follows_is_only_named(refs: Any, core: Template, tmp_path: Path) -> None:
    changed = [*PLAN[:2], *({**row, "ref": ref} for row, ref in zip(PLAN[2:], refs, strict=True))]
    returns = back(core, tmp_path, {"actions": PLAN}, {"actions": changed})
    assert list(returns.receipts["status"]) == ["accepted"]
    moved = returns.problems[returns.problems["code"] == "ref-moved"]
    assert moved["cell"].tolist() == ["A8"]
    assert "issued as A-004" in moved["message"].iloc[0]
