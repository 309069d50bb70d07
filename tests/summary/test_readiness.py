"""Readiness by statement: two services, four statements, evidence that two actions share, old and soon too old, and an action that
nobody has looked at."""

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from factories import SIGNED, shortened

from qipxl import (
    Period,
    ProviderSummary,
    Service,
    check,
    find_template,
    rate,
    read_returns,
    summarise,
    write_summary,
    write_tracker,
)
from qipxl.summary.packs import pack_for, write_pack
from qipxl.summary.page.page import page_of
from qipxl.summary.readiness import ALL_SERVICES, GO_AND_SEE, READINESS, readiness
from qipxl.summary.sheet_spec import SheetSpec

MARCH, DAY = Period(2026, 3), date(2026, 3, 31)
ELM = Service(code="ELM", name="Elm House", region="North")
OAK = Service(code="OAK", name="Oak Lodge", region="South")
LEARNING, SAFEGUARDING = "Safe: Learning culture", "Safe: Safeguarding"
CONSENT, EQUITY = "Effective: Consent to care and treatment", "Responsive: Equity in access"
ACTION: dict[str, Any] = {
    "issue": "x", "intended_change": "y", "owner": "Ann Lee", "due": date(2026, 6, 30), "original_due": date(2026, 6, 30),
    "status": "In progress", "source": "Complaint", "must_should": "Should do", "embedding_review": date(2026, 9, 30), "start": date(2025, 6, 2),
}  # fmt: skip


def action(ref: str, statement: str = "", **more: Any) -> dict[str, Any]:
    return {**ACTION, "ref": ref, "cqc_statement": statement, "last_update": date(2026, 3, 20), **more}


def evidence(
    ref: str, about: str, category: str, what: str, day: date, kept_at: str = "", judged: str = "Accepted"
) -> dict[str, Any]:
    row = {
        "ref": ref,
        "action": about,
        "category": category,
        "description": what,
        "submitted_on": day,
        "kept_at": kept_at,
    }
    return {**row, "submitted_by": "Al Orr", "judgement": judged, "judged_by": "Di Hay"}


FOLDER, WITHDRAWN = (
    "Office, folder 3",
    {"status": "Withdrawn", "withdrawal_reason": "Joined", "withdrawal_approved_by": "Bo Ek"},
)
OF_ELM: dict[str, list[dict[str, Any]]] = {
    "actions": [
        action("A-001", SAFEGUARDING),
        action("A-002", f"{LEARNING}; {SAFEGUARDING}"),
        action("A-003", CONSENT, last_update=date(2025, 9, 4)),
        action("A-004"),
    ],
    "milestones": [
        {"ref": "M-001", "action": "A-001", "milestone": "Talks held", "due": date(2026, 3, 9), "done_on": date(2026, 3, 8),
         "evidence_required": "Notes", "evidence_ref": "E-003"},
    ],
    "evidence": [
        # The same audit, logged for two actions; 30 days old.
        evidence("E-001", "A-001", "Observation", "Night audit", date(2026, 3, 1), FOLDER),
        evidence("E-002", "A-002", "Observation", "Night  audit", date(2026, 3, 1), FOLDER),
        # Named by a milestone of A-001 too; fresh until 15 April.
        evidence("E-003", "A-002", "Feedback from partners", "Talk with the council", date(2026, 1, 15), FOLDER),
        evidence("E-004", "A-004", "Processes", "Rota", date(2026, 3, 10), judged="Weak"),
    ],
}  # fmt: skip
OF_OAK: dict[str, list[dict[str, Any]]] = {
    "actions": [action("A-001", SAFEGUARDING), action("A-002", EQUITY, **WITHDRAWN)],
    # 121 days old.
    "evidence": [evidence("E-001", "A-001", "Outcomes", "Survey", date(2025, 11, 30), "Shared drive")],
}


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> ProviderSummary:
    core, home = shortened(find_template("core"), 12), tmp_path_factory.mktemp("returns")
    paths = [
        write_tracker(core, service, MARCH, home / f"{service.code}.xlsx", rows=rows, cover=SIGNED)
        for service, rows in ((ELM, OF_ELM), (OAK, OF_OAK))
    ]
    return summarise(rate(check(read_returns(paths)), DAY), [ELM, OAK])


@pytest.fixture(scope="module")
def sheets(summary: ProviderSummary) -> dict[str, SheetSpec]:
    return {spec.name: spec for spec in readiness(summary)}


def line(spec: SheetSpec, statement: str, service: str) -> dict[str, Any]:
    frame = spec.frame
    (found,) = frame[(frame["statement"] == statement) & (frame["name"] == service)].to_dict("records")
    return found


def test_the_title_names_the_statement_with_the_most_services_without_fresh_evidence(
    sheets: dict[str, SheetSpec],
) -> None:
    spec = sheets[READINESS]
    assert spec.title == (
        "Safe: Safeguarding – 1 of 2 services has no accepted evidence newer than 90 days; 1 more statement has such services"
    )


def test_each_statement_has_a_line_for_all_services_and_one_for_each(sheets: dict[str, SheetSpec]) -> None:
    spec = sheets[READINESS]
    shown = spec.frame.head(len(spec.frame) - spec.folded)
    assert list(zip(shown["statement"], shown["name"], strict=True)) == [
        (LEARNING, ALL_SERVICES), (LEARNING, "Elm House"),
        (SAFEGUARDING, ALL_SERVICES), (SAFEGUARDING, "Elm House"), (SAFEGUARDING, "Oak Lodge"),
        (CONSENT, ALL_SERVICES), (CONSENT, "Elm House"),
        ("(none given)", ALL_SERVICES), ("(none given)", "Elm House"),
    ]  # fmt: skip
    unnamed = spec.frame.tail(spec.folded)
    assert len(unnamed) == 34 - 3
    assert EQUITY in set(unnamed["statement"])  # its only action is withdrawn
    assert set(unnamed["finding"]) == {"No action names it."}


def test_a_line_says_what_an_inspector_would_ask(sheets: dict[str, SheetSpec]) -> None:
    spec = sheets[READINESS]
    every = line(spec, SAFEGUARDING, ALL_SERVICES)
    assert every["finding"] == (
        "1 of 2 services has no accepted evidence newer than 90 days. 1 item of evidence will be too old next month."
    )
    assert (every["open"], every["sustained"], every["unseen"], every["soon"]) == (3, 0, 0, 1)
    elm, oak = line(spec, SAFEGUARDING, "Elm House"), line(spec, SAFEGUARDING, "Oak Lodge")
    assert elm["finding"] == "Newest accepted evidence: 30 days old. Too old next month: E-003."
    assert oak["finding"] == "No accepted evidence newer than 90 days."
    assert elm["places"] == ("Office, folder 3: E-001 Observation, 30 days; E-003 Feedback from partners, 75 days")
    assert oak["places"] == "Shared drive: E-001 Outcomes, 121 days"


def test_ages_by_category_say_whether_they_still_count(sheets: dict[str, SheetSpec]) -> None:
    shown = {
        service: line(sheets[READINESS], SAFEGUARDING, service)["ages"]
        for service in (ALL_SERVICES, "Elm House", "Oak Lodge")
    }
    assert shown == {
        ALL_SERVICES: "Observation: 30 days\nFeedback from partners: 75 days\nOutcomes: 121 days, too old\nOther 3 categories: none",
        "Elm House": "Observation: 30 days\nFeedback from partners: 75 days\nOther 4 categories: none",
        "Oak Lodge": "Outcomes: 121 days, too old\nOther 5 categories: none",
    }
    assert line(sheets[READINESS], CONSENT, "Elm House")["ages"] == "None"


def test_an_action_that_nobody_has_looked_at_is_named_with_its_day(sheets: dict[str, SheetSpec]) -> None:
    spec = sheets[READINESS]
    assert line(spec, CONSENT, "Elm House")["finding"] == (
        "No accepted evidence newer than 90 days. Nobody has looked at A-003 since 4 September 2025."
    )
    assert line(spec, CONSENT, ALL_SERVICES)["finding"] == (
        "The one service with actions has no accepted evidence newer than 90 days. Nobody has looked at 1 open action for 6 months."
    )


def test_evidence_is_listed_once_with_all_actions_and_what_will_be_too_old_first(sheets: dict[str, SheetSpec]) -> None:
    spec = sheets[GO_AND_SEE]
    shown = spec.frame[["name", "ref", "actions", "statements", "state"]].to_records(index=False).tolist()
    both = f"{LEARNING}; {SAFEGUARDING}"
    assert shown == [
        ("Elm House", "E-003", "A-001, A-002", both, "Yes, too old next month"),
        ("Elm House", "E-001, E-002", "A-001, A-002", both, "Yes"),
        ("Oak Lodge", "E-001", "A-001", SAFEGUARDING, "No: too old"),
        ("Elm House", "E-004", "A-004", "(none given)", "No: judged weak"),
    ]
    assert spec.title == "What to go and see: 4 items of evidence; 1 will be too old next month"
    assert "2 items are used for several actions" in spec.about
    until = pd.to_datetime(spec.frame["until"])
    assert until.iloc[0] == pd.Timestamp(2026, 4, 15)


@pytest.mark.long
def test_services_read_one_after_another_give_the_same_sheets(
    summary: ProviderSummary, sheets: dict[str, SheetSpec]
) -> None:
    for spec in readiness(summary, services=1):
        whole, columns = sheets[spec.name], [column.source for column in spec.columns]
        assert (spec.title, spec.about, spec.line) == (whole.title, whole.about, whole.line)
        assert spec.frame[columns].to_csv(index=False) == whole.frame[columns].to_csv(index=False)


def test_items_without_room_are_counted_and_left_out(summary: ProviderSummary, sheets: dict[str, SheetSpec]) -> None:
    *_, spec = readiness(summary, most_rows=2, services=1)
    assert (len(spec.frame), spec.rows_omitted) == (0, len(sheets[GO_AND_SEE].frame))
    assert (spec.title, spec.about) == (sheets[GO_AND_SEE].title, sheets[GO_AND_SEE].about)


@pytest.mark.long
def test_sheets_page_and_pack_show_both(summary: ProviderSummary, sheets: dict[str, SheetSpec], tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_summary(summary, tmp_path / "summary.xlsx"))
    for name, spec in sheets.items():
        assert book[name]["A1"].value == spec.title
    cells = [row[headings_of(book[GO_AND_SEE]).index("Cell")] for row in book[GO_AND_SEE].iter_rows(min_row=6)]
    assert [cell.value for cell in cells][:2] == ["Evidence!A7", "Evidence!A5"]
    page = page_of(summary)
    assert f'<h2 id="readiness-by-statement-title">{sheets[READINESS].title}</h2>' in page
    assert "Safe: Safeguarding – 1 of 2 services has no accepted evidence newer than 90 days" in page
    assert "Office, folder 3" in page
    pack = openpyxl.load_workbook(write_pack(pack_for("inspector", summary), summary, tmp_path / "pack.xlsx"))
    of_pack = {sheet.title.partition(" ")[2]: sheet for sheet in pack.worksheets}
    text = "\n".join(str(cell) for row in of_pack[READINESS].iter_rows(values_only=True) for cell in row)
    assert "Too old next month: E-003" in text
    assert "31 more lines are in the summary workbook." in text
    assert "Ann Lee" not in text


def headings_of(sheet: Any) -> list[str]:
    return [cell.value for cell in sheet[5]]


def test_a_pack_of_the_safeguarding_plan_is_evidence_and_a_look(tmp_path: Path) -> None:
    plan = shortened(find_template("safeguarding"), 12)
    rows = {
        "actions": [action("A-001", SAFEGUARDING, last_update=date(2025, 8, 1))],
        "packs": [
            {"ref": "P-001", "action": "A-001", "month": date(2026, 2, 1), "case_samples": 6, "anonymised": "Yes", "kept_at": "Safe, shelf 2",
             "shows": "Referred in time", "submitted_by": "Al Orr", "strength": "Adequate", "judged_by": "Di Hay"},
        ],
    }  # fmt: skip
    path = write_tracker(plan, ELM, MARCH, tmp_path / "ELM.xlsx", rows=rows, cover=SIGNED)
    found = {spec.name: spec for spec in readiness(summarise(rate(check(read_returns(path)), DAY), [ELM]))}
    elm = line(found[READINESS], SAFEGUARDING, "Elm House")
    assert elm["finding"] == "Newest accepted evidence: 58 days old."
    assert (elm["places"], elm["ages"]) == (
        "Safe, shelf 2: P-001 Evidence pack, 58 days",
        "Evidence pack: 58 days\nOther 6 categories: none",
    )
    assert found[READINESS].title == (
        "Readiness by statement: each service has accepted evidence newer than 90 days under every statement that it names"
    )
