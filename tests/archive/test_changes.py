"""What changed between two returns of a service: every field of every template, matched rows, promises that are explained."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from factories import ACTION, ELM, MARCH, SIGNED, shortened
from grids import grid

from qipxl import check, find_template, rate, read_returns, write_tracker
from qipxl.archive.changes import (
    PROMISE,
    STATE,
    WORDS,
    changes_since,
    last_returns_before,
    promise_problems,
    restore_archived_dates,
)
from qipxl.archive.keep import keep_returns
from qipxl.archive.store import open_archive
from qipxl.periods import Period
from qipxl.reading import Decisions
from qipxl.reading.issued_changes import FIXED
from qipxl.returns.rate import Rated
from qipxl.returns.returns import Returns
from qipxl.template import FieldLine, Template, shipped_templates

APRIL = Period(2026, 4)
Rows = dict[str, list[dict[str, Any]]]


def value(template: Template, key: str, field: FieldLine, version: int) -> object:
    """A readable value of a field; `version` 0 and 1 give different ones."""
    if field.key == template.tables[key].identity:
        return f"{key[:2].upper()}-1"
    if field.type == "choice":
        return template.options(field)[version]
    if field.type == "reference":
        return f"{field.to[:2].upper()}-{version + 1}"
    if field.type == "date":
        return date(2026, 1, 1) + timedelta(days=7 * template.tables[key].field.index(field) + version)
    if field.type == "number":
        return (field.minimum or 1) + version
    return ("Ann Lee", "Bo Ek")[version] if field.names_staff else f"{field.key} {('then', 'now')[version]}"


def full_row(template: Template, key: str, version: int) -> dict[str, Any]:
    """A row with a value in every field; the reference that names a row of a table without identity stays the same."""
    table = template.tables[key]
    named = table.identity or next(field.key for field in table.field if field.type == "reference")
    return {field.key: value(template, key, field, 0 if field.key == named else version) for field in table.field}


def sent(template: Template, rows: Rows, period: Period, folder: Path, issued: Rows | None = None) -> Returns:
    path = folder / f"{period}.xlsx"
    write_tracker(template, ELM, period, path, rows=rows, cover=SIGNED, issued=issued or {})
    return read_returns(
        path, [template], decisions=Decisions(accepted_files=[path.name])
    )  # with another plan's content


def kept(returns: Returns, archive: Path) -> Rated:
    rated = rate(check(returns))
    keep_returns(rated, archive)
    return rated


def compared(archive: Path, returns: Returns, period: Period = APRIL) -> pd.DataFrame:
    """The changes of a return since those in the archive."""
    earlier = last_returns_before(open_archive(archive), period)
    return changes_since(rate(check(restore_archived_dates(returns, earlier), period.last)), earlier)


@pytest.mark.parametrize("name", list(shipped_templates()))
def test_each_field_that_changed_is_on_the_list(name: str, tmp_path: Path) -> None:
    template = shortened(find_template(name), 4)
    tables = [key for key, table in template.tables.items() if table.filled_by == "service"]
    then, now = ({key: [full_row(template, key, version)] for key in tables} for version in (0, 1))
    kept(sent(template, then, MARCH, tmp_path), tmp_path / "archive")
    returns = sent(template, now, APRIL, tmp_path, then)
    changes = compared(tmp_path / "archive", returns)
    problems = promise_problems(changes, returns)
    assert set(zip(problems["table"], problems["field"], strict=True)) == {
        (key, field.key) for key in tables for field in template.tables[key].field if field.promise and not field.fixed
    }
    fields = changes[changes["field"].isin([field.key for key in tables for field in template.tables[key].field])]
    found = {(key, field): (kind, cell) for key, field, kind, cell in fields[["table", "field", "kind", "cell"]].values}
    wanted = {
        (key, field.key): PROMISE if field.promise else WORDS if field.type == "text" else STATE
        for key in tables
        for field in template.tables[key].field
        if then[key][0][field.key] != now[key][0][field.key]
    }
    assert {name: kind for name, (kind, _) in found.items()} == wanted
    assert len(fields) == len(wanted)
    assert all(cell.startswith(template.tables[key].sheet + "!") for (key, _), (_, cell) in found.items())
    assert changes["kind"].tolist() == sorted(changes["kind"], key=[PROMISE, STATE, WORDS].index)


def test_a_return_without_changes_gives_an_empty_list(core: Template, tmp_path: Path) -> None:
    rows = {key: [full_row(core, key, 0)] for key in core.tables if core.tables[key].filled_by == "service"}
    kept(sent(core, rows, MARCH, tmp_path), tmp_path / "archive")
    assert not len(compared(tmp_path / "archive", sent(core, rows, MARCH, tmp_path, rows), APRIL))


PLAN = """
    Actions
    | Ref   | Issue or risk | Owner   | Due date   | Original due date | Status      |
    | A-001 | Falls         | Ann Lee | 30/04/2026 | 30/04/2026        | In progress |
    Milestones
    | Ref   | Action | Milestone | Due date   |
    | M-001 | A-001  | Checked   | 31/03/2026 |
"""


def changed_lines(
    tmp_path: Path, before: str, after: str, columns: Sequence[str] = ("kind", "heading", "was", "now")
) -> Any:
    kept(grid(before), tmp_path / "archive")
    changes = compared(tmp_path / "archive", grid(after, period="2026-04"))
    chosen = changes[~changes["field"].isin(["delivery", "evidence", "impact", "headline", "escalation", "progress"])]
    return [" | ".join(map(str, line)) for line in chosen[list(columns)].itertuples(index=False)]


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("Ann Lee", "Lee, Ann", []),
        ("Ann Lee", "ann  lee", []),
        ("Ann Lee", "Bo Ek", ["promise | Owner | Ann Lee | Bo Ek"]),
        ("Ann Lee", "", ["promise | Owner | Ann Lee | "]),
        ("Ann Lee |", "#REF! |", ["promise | Owner | Ann Lee | #REF!"]),
        ("In progress", "Complete", ["state | Status | In progress | Complete"]),
        ("In progress", "'Nearly", ["state | Status | In progress | Nearly"]),
        ("| 30/04/2026 | 30/04", "| 'next week | 30/04", ["promise | Due date | 30/04/2026 | next week"]),
        ("Falls", "Falls at night", ["promise | Issue or risk | Falls | Falls at night"]),
        ("Checked  ", "Tried out ", ["promise | Milestone | Checked | Tried out"]),
    ],
)
def test_a_change_is_shown_as_it_was_typed(old: str, new: str, lines: list[str], tmp_path: Path) -> None:
    assert changed_lines(tmp_path, PLAN, PLAN.replace(old, new, 1)) == lines


def test_an_entry_in_an_empty_cell_moves_no_promise(tmp_path: Path) -> None:
    before = PLAN.replace("Ann Lee", "TBC    ")
    assert changed_lines(tmp_path, before, PLAN) == ["words | Owner | TBC | Ann Lee"]


FIGURES = """
    Indicators
    | Ref  | Indicator |
    | I-01 | Falls     |
    Figures
    | Ref       | Indicator | Month      | Numerator |
    | I-01 2026 | I-01      | 01/03/2026 | {}        |
"""


def test_a_figure_of_a_past_month_is_a_promise(tmp_path: Path) -> None:
    lines = changed_lines(tmp_path, PLAN + FIGURES.format(9), PLAN + FIGURES.format(4))
    assert lines == ["promise | Numerator | 9 | 4"]


EXTENSION = """
    Extensions
    | Action | From       | To         | Reason    | Approved by |
    | A-001  | 30/04/2026 | 31/05/2026 | Sick      | Jo Shah     |
"""


def test_an_extension_explains_a_later_due_date(tmp_path: Path) -> None:
    later = PLAN.replace("| 30/04/2026 | 30/04", "| 31/05/2026 | 30/04")
    columns = ("heading", "was", "now", "explained")
    lines = changed_lines(tmp_path, PLAN, later + EXTENSION, columns)
    assert lines == ["Due date | 30/04/2026 | 31/05/2026 | True", "Extensions |  | new row: Sick | False"]


def test_due_dates_of_milestones_are_restored_from_the_archive(tmp_path: Path) -> None:
    later = PLAN.replace("31/03/2026", "31/05/2026")
    kept(grid(PLAN), tmp_path / "archive")
    earlier = last_returns_before(open_archive(tmp_path / "archive"), APRIL)
    restored = restore_archived_dates(grid(later, period="2026-04"), earlier)
    assert restored.tables["milestones"]["due"].tolist() == [pd.Timestamp(2026, 3, 31)]
    problem = restored.problems[restored.problems["code"] == FIXED]
    assert problem["message"].tolist() == [
        "Milestones!D5 Due date says 31/05/2026, but 31/03/2026 was agreed. The agreed date was used. Put it back."
    ]


def test_due_dates_of_milestones_are_restored_from_the_stamp(core: Template, tmp_path: Path) -> None:
    step = {"ref": "M-001", "action": "A-001", "milestone": "Checked", "due": date(2026, 3, 31)}
    moved = {"actions": [ACTION], "milestones": [step | {"due": date(2026, 5, 31)}]}
    returns = sent(core, moved, MARCH, tmp_path, {"actions": [ACTION], "milestones": [step]})
    assert returns.tables["milestones"]["due"].tolist() == [pd.Timestamp(2026, 3, 31)]
    assert returns.problems["code"].tolist().count(FIXED) == 1


def test_rows_without_identity_are_matched_whatever_is_deleted(tmp_path: Path) -> None:
    two = EXTENSION + "    | A-001  | 31/05/2026 | 30/06/2026 | Sick again | Jo Shah |\n"
    one = two.replace("    | A-001  | 30/04/2026 | 31/05/2026 | Sick      | Jo Shah     |\n", "")
    assert changed_lines(tmp_path, PLAN + two, PLAN + one) == ["state | Extensions | Sick | row is gone"]


def test_new_rows_and_gone_rows_are_lines(tmp_path: Path) -> None:
    other = PLAN.replace("| M-001 ", "| M-002 ")
    lines = changed_lines(tmp_path, PLAN, other, ("kind", "ref", "was", "now", "cell"))
    assert lines == ["state | M-002 |  | new row: Checked | Milestones!A5", "state | M-001 | Checked | row is gone | "]


def test_a_changed_rating_is_a_line(tmp_path: Path) -> None:
    kept(grid(PLAN), tmp_path / "archive")
    changes = compared(tmp_path / "archive", grid(PLAN.replace("Ann Lee", "       "), period="2026-04"))
    lines = changes.loc[changes["field"] == "delivery", ["kind", "heading", "now"]].values.tolist()
    assert lines == [[STATE, "Delivery", "Off track"]]
