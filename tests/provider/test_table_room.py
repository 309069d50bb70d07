"""Full tables: the oldest closed rows stay in the archive, no open row is left out, and no tracker is refused."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from factories import ACTION, ELM, MARCH, SIGNED, on_start_here, shortened

from qipxl import check, rate, read_returns, write_tracker
from qipxl.archive.keep import keep_returns
from qipxl.periods import Period
from qipxl.provider import ProviderFolder
from qipxl.provider.register_schema import ServiceLine
from qipxl.provider.register_workbook import write_register
from qipxl.provider.table_room import make_room
from qipxl.returns.rate import Rated
from qipxl.template import Template, find_template, shipped_templates
from qipxl.tracker.issue import Order, issue_trackers

Row = dict[str, Any]
APRIL, END = Period(2026, 4), MARCH.last


def sent(folder: ProviderFolder, template: Template, rows: dict[str, list[Row]]) -> Rated:
    """The return of March, read, rated and kept."""
    path = write_tracker(template, ELM, MARCH, folder.home / "elm.xlsx", rows=rows, cover=SIGNED)
    rated = rate(check(read_returns(path), END), END)
    assert rated.returns.receipts["rows_accepted"][0] == sum(map(len, rows.values()))
    keep_returns(rated, folder.archive)
    return rated


def issued_in_april(folder: ProviderFolder) -> tuple[Order, Rated]:
    """The order of the next tracker, and that tracker as it is read when it comes back at once."""
    (order,) = folder.month(APRIL).to_issue()
    (path,) = issue_trackers([order], APRIL, folder.issued(APRIL))
    return order, rate(check(read_returns(path), APRIL.last), APRIL.last)


def our_provider(home: Path, template: str) -> ProviderFolder:
    lines = [ServiceLine(code="ELM", name="Elm House", region="North", manager="Jo Shah", template=template)]
    write_register(home / "register.xlsx", "Our Care", date(2026, 4, 1), {ServiceLine: lines})
    return ProviderFolder(home)


def test_61_actions_and_121_packs_are_issued_and_read(tmp_path: Path) -> None:
    template, folder = find_template("safeguarding"), our_provider(tmp_path, "safeguarding")
    actions = [{**ACTION, "ref": f"A-{number:03}"} for number in range(61)]
    packs = [
        {
            "ref": f"P-{number:03}", "action": f"A-{number % 5:03}", "month": MARCH.plus(-1 - number // 5).first,
            "case_samples": 1, "strength": "Strong", "judged_by": "Bo", "submitted_by": "Al", "shows": "x", "anonymised": "Yes",
        }
        for number in range(120)
    ]  # fmt: skip
    packs.append({**packs[0], "ref": "P-999", "month": MARCH.first, "strength": None, "judged_by": None})
    before = sent(folder, template, {"actions": actions, "packs": packs})
    order, after = issued_in_april(folder)
    assert "Evidence packs: the oldest row is not here; head office keeps it." in on_start_here(order)
    tables = after.returns.tables
    assert len(tables["actions"]) == 61
    assert set(before.returns.tables["packs"]["ref"]) - set(tables["packs"]["ref"]) == {"P-115"}
    assert after.returns.receipts["rows_accepted"][0] > 180


@pytest.mark.long
def test_500_evidence_rows_leave_every_rating_as_it_was(tmp_path: Path) -> None:
    core, folder = find_template("core"), our_provider(tmp_path, "core")
    kinds = core.lists["evidence_category"].values
    rows = [
        {
            "ref": f"E-{number:03}", "action": f"A-{number % 4:03}", "category": kinds[number // 4 % len(kinds)], "description": "x",
            "submitted_by": ["Al", "Bo", "Ann Lee"][number % 3], "submitted_on": END - timedelta(days=number),
            "judgement": [*core.lists["evidence_judgement"].values, None][number % 7 % 4], "judged_by": "Di",
        }
        for number in range(500)
    ]  # fmt: skip
    milestone = {"ref": "M-1", "action": "A-000", "milestone": "x", "done_on": END, "evidence_ref": "E-499 and E-498"}
    before = sent(
        folder,
        core,
        {"actions": [{**ACTION, "ref": f"A-{n:03}"} for n in range(4)], "evidence": rows, "milestones": [milestone]},
    )
    order, after = issued_in_april(folder)
    left = set(after.returns.tables["evidence"]["ref"])
    assert any(text.startswith("Evidence: the oldest ") for text in on_start_here(order))
    assert 200 <= len(left) < 500
    assert {row["ref"] for row in rows if not row["judgement"]} <= left, "an item that waits for its judgement is open"
    assert {"E-499", "E-498"} <= left, "a milestone names them"
    same = rate(check(after.returns, END), END)
    for name in ("delivery", "evidence", "impact", "escalation"):
        assert list(same.ratings["actions"][name]) == list(before.ratings["actions"][name])


CHALLENGE = {
    "ref": "C-0",
    "challenge": "Why?",
    "raised_on": date(2025, 3, 1),
    "follow_up": "Asked",
    "closed_on": date(2025, 4, 1),
}
MILESTONE = {"ref": "M-0", "action": "A-1", "done_on": date(2025, 4, 1), "evidence_ref": "E-1"}
REVIEW = {"ref": "R-0", "action": "A-1", "held_on": date(2025, 4, 1), "effective": "Effective"}
PACK = {"ref": "P-0", "action": "A-1", "month": date(2025, 4, 1), "strength": "Strong"}
PANEL = {
    "ref": "RP-0",
    "met_on": date(2025, 4, 1),
    "explanation": "Two people",
    "support": "A lead",
    "support_done": date(2025, 5, 1),
}


@pytest.mark.parametrize(
    ("name", "key", "closed", "still_open"),
    [
        ("core", "challenge", CHALLENGE, {"closed_on": None}),
        ("core", "challenge", CHALLENGE, {"follow_up": " "}),
        ("core", "challenge", CHALLENGE, {"closed_on": "31/04/2025"}),
        ("core", "challenge", CHALLENGE, {"closed_on": date(2026, 5, 1)}),
        ("core", "milestones", MILESTONE, {"done_on": None}),
        ("core", "milestones", MILESTONE, {"evidence_ref": None}),
        ("core", "reviews", REVIEW, {"effective": None}),
        ("core", "reviews", REVIEW, {"audit_finding": "Gaps again"}),
        ("safeguarding", "packs", PACK, {"strength": None}),
        ("safeguarding", "packs", PACK, {"follow_up": "Sample again"}),
        ("restrictive-practice", "panel", PANEL, {"explanation": None}),
        ("restrictive-practice", "panel", PANEL, {"support_done": None}),
    ],
)  # fmt: skip
def test_only_closed_rows_go_the_oldest_first(name: str, key: str, closed: Row, still_open: Row) -> None:
    template = shortened(find_template(name), 4)
    day = next(field for field in ("closed_on", "done_on", "held_on", "month", "met_on") if field in closed)
    rows = [closed | {"ref": f"{n}", day: closed[day] + timedelta(days=40 * n)} for n in range(6)]
    tables = {key: [closed | still_open | {"ref": "open"}, *rows]}
    (sentence,) = make_room(template, tables, END)
    assert sentence == f"{template.tables[key].sheet}: the oldest 3 rows are not here; head office keeps them."
    assert [row["ref"] for row in tables[key]] == ["open", "3", "4", "5"]


def test_months_of_an_indicator_go_the_oldest_first() -> None:
    template = shortened(find_template("core"), 24)
    months = [MARCH.plus(-back).first for back in range(20)]
    rows: dict[str, list[Row]] = {
        "measurements": [{"ref": f"{i} {m:%Y-%m}", "indicator": i, "month": m} for m in months for i in ("I-1", "I-2")]
    }
    assert make_room(template, rows, END) == ["Figures: the oldest 16 rows are not here; head office keeps them."]
    assert min(row["month"] for row in rows["measurements"]) == MARCH.plus(-11).first
    assert make_room(template, rows, END) == []


@pytest.mark.parametrize("name", shipped_templates())
def test_a_tracker_has_rows_for_all_that_it_is_given(name: str, tmp_path: Path) -> None:
    template = shortened(find_template(name), 8)
    keys = [key for key, line in template.tables.items() if line.identity and key != "finished"]
    rows = {key: [{"ref": f"{key} {number}", "action": f"actions {number}"} for number in range(13)] for key in keys}
    for key in keys:
        texts = [field.key for field in template.tables[key].field if field.type == "text" and field.key != "ref"]
        rows[key] = [row | {texts[0]: "Filled in"} for row in rows[key]]
    path = write_tracker(template, ELM, MARCH, tmp_path / "elm.xlsx", rows=rows, cover=SIGNED)
    returns = read_returns(path, [find_template(name)])
    assert {key: len(returns.tables[key]) for key in keys} == dict.fromkeys(keys, 13)
