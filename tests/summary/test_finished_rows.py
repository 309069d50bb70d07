"""Actions that left the plan keep their timeline, evidence, reviews, learning, panel support and next review, in summary and packs."""

import dataclasses
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from factories import ACTION, MARCH, SIGNED, shortened

from qipxl import Service, consolidate_month, write_tracker
from qipxl.periods import Period
from qipxl.provider import ProviderFolder
from qipxl.provider.register_schema import ServiceLine
from qipxl.provider.register_workbook import write_register
from qipxl.summary.evidence_items import evidence_of
from qipxl.summary.packs import pack_for, write_pack
from qipxl.summary.readiness import readiness
from qipxl.summary.summary import ProviderSummary
from qipxl.summary.workbook import write_summary
from qipxl.template import find_template

APRIL, MAY = Period(2026, 4), Period(2026, 5)
SERVICES = [
    Service(code="ELM", name="Elm House", region="North"),
    Service(code="OAK", name="Oak Lodge", region="South"),
]
WITHDRAWN = {"status": "Withdrawn", "withdrawal_reason": "Joined with A-002", "withdrawal_approved_by": "Bo Ek"}
LOST = {
    "evidence": {"ref": "E-001", "action": "A-001", "category": "Observation", "description": "Spot check at night", "submitted_by": "Al Orr",
        "submitted_on": date(2026, 3, 3), "judgement": "Accepted", "judged_by": "Di Hay"},
    "milestones": {"ref": "M-001", "action": "a-001 ", "milestone": "Rota agreed", "due": date(2026, 3, 9), "done_on": date(2026, 3, 8)},
    "reviews": {"ref": "R-001", "action": "A-001", "held_on": date(2026, 3, 20), "effective": "Partly effective", "reviewed_by": "Di Hay",
        "learning": "Nights need a lead of their own", "next_review": date(2026, 5, 9)},
    "challenge": {"ref": "C-001", "action": "A-001", "meeting": "Board", "raised_on": date(2026, 3, 2), "challenge": "Who covers nights?"},
}  # fmt: skip
"""A row of each table about the action that leaves the plan."""


def returned(
    folder: ProviderFolder, period: Period, actions: list[dict[str, Any]], **more: list[dict[str, Any]]
) -> None:
    """The returns of both services for a month; OAK has an action of the same Ref that stays."""
    core, place = shortened(find_template("core"), 24), folder.home / "returns" / str(period)
    for service, rows in zip(SERVICES, ({"actions": actions, **more}, {"actions": [ACTION]}), strict=True):
        write_tracker(core, service, period, place / f"{service.code}.xlsx", rows=rows, cover=SIGNED)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ProviderFolder:
    """March with an action that is withdrawn, kept; April without it."""
    home = tmp_path_factory.mktemp("provider")
    lines = [ServiceLine(code=each.code, name=each.name, region=each.region) for each in SERVICES]
    write_register(home / "register.xlsx", "Our Care", MARCH.first, {ServiceLine: lines})
    folder, other = ProviderFolder(home), {**ACTION, "ref": "A-002"}
    returned(folder, MARCH, [{**ACTION, **WITHDRAWN}, other], **{key: [row] for key, row in LOST.items()})
    with consolidate_month(folder.month(MARCH), keep=True):
        pass
    returned(folder, APRIL, [other], evidence=[{**LOST["evidence"], "ref": "E-002", "action": "A-002"}])
    return folder


@pytest.fixture(scope="module")
def april(folder: ProviderFolder) -> Any:
    with consolidate_month(folder.month(APRIL)) as result:
        yield result.summary(whole=True)


def test_every_table_keeps_the_rows_of_an_action_that_left(april: ProviderSummary) -> None:
    for key, row in LOST.items():
        for frame in (april.records[key], pd.concat(april.records.parts(key))):
            (line,) = frame[frame["period"] == str(MARCH)].to_dict("records")
            assert (line["ref"], line["action"], line["service"], line["region"]) == (
                row["ref"],
                row["action"].strip(),
                "ELM",
                "North",
            )
            assert line["file"] == "ELM.xlsx"
    (action,) = april.actions[april.actions["period"] == str(MARCH)].to_dict("records")
    assert action["return"] == april.records["reviews"].iloc[-1]["return"] < -1
    assert list(april.records["evidence"]["ref"]) == ["E-002", "E-001"]
    assert not len(april.of_services({"OAK"}).records["evidence"])


def test_the_workbook_is_the_same_if_lists_take_their_columns_from_the_disk(
    folder: ProviderFolder, april: ProviderSummary, tmp_path: Path
) -> None:
    with consolidate_month(folder.month(APRIL)) as result:
        found = result.summary(for_workbook=True)
        assert april.shelved is None
        assert found.shelved is not None
        assert not {"progress", "cell"} & {*found.actions.columns}
        wanted = april.actions[["ref", "progress", "cell", "due"]]
        pd.testing.assert_frame_equal(
            found.actions_with([*wanted.columns])[[*wanted.columns]], wanted, check_dtype=False, check_column_type=False
        )
        last = found.actions.index[::-1]
        assert list(found.actions_with(["cell"], last)["cell"]) == list(wanted["cell"])[::-1]
        written = write_summary(found, tmp_path / "a" / "summary.xlsx")
    assert written.read_bytes() == write_summary(april, tmp_path / "b" / "summary.xlsx").read_bytes()


@pytest.mark.long
def test_a_row_that_the_return_still_has_is_not_shown_twice(folder: ProviderFolder) -> None:
    may = [{**ACTION, "ref": "A-002"}]
    returned(folder, MAY, may, challenge=[{**LOST["challenge"], "action": None, "follow_up": "Asked"}])
    with consolidate_month(folder.month(MAY)) as result:
        challenges = result.summary().records["challenge"]
    assert list(zip(challenges["ref"], challenges["period"], strict=True)) == [("C-001", str(MAY))]


def sheet(book: Any, name: str) -> list[dict[str, Any]]:
    """The rows of a sheet by their headings."""
    rows = list(book[name].iter_rows(values_only=True))
    start = next(index for index, row in enumerate(rows) if row[0] in ("Service", "Indicator"))
    return [dict(zip(rows[start], row, strict=True)) for row in rows[start + 1 :] if row[1]]


def test_summary_sheets_mark_the_month_of_what_they_bring_back(april: ProviderSummary, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_summary(april, tmp_path / "summary.xlsx"))
    (line,) = [row for row in sheet(book, "Milestone timeline") if row["Ref"] == "A-001"]
    assert (line["Service"], line["As in the return of"]) == ("Elm House", "2026-03")
    assert (line["Mar 26"], line["Apr 26"], line["Evidence accepted"]) == ("●", None, 1)
    (line,) = sheet(book, "Learning")
    assert (line["Learning"], line["As in the return of"]) == ("Nights need a lead of their own", "2026-03")
    (line,) = sheet(book, "Challenge log")
    assert (line["Challenge"], line["As in the return of"]) == ("Who covers nights?", "2026-03")


def test_an_inspectors_pack_keeps_what_was_written(april: ProviderSummary, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_pack(pack_for("inspector", april), april, tmp_path / "pack.xlsx"))
    texts = [
        str(cell) for name in book.sheetnames for row in book[name].iter_rows(values_only=True) for cell in row if cell
    ]
    for words in ("Spot check at night", "Nights need a lead of their own", "Who covers nights?", "M-001. Rota agreed"):
        assert any(words in text for text in texts), words
    assert not any("Di Hay" in text or "Al Orr" in text for text in texts)


def test_the_next_review_of_an_embedded_action_is_listed(april: ProviderSummary) -> None:
    from qipxl.summary.action_lists import chosen_lists

    def reviews_due(summary: ProviderSummary) -> list[tuple[str, str, float]]:
        frame = next(spec.frame for spec in chosen_lists(summary) if spec.name == "Reviews due")
        return list(zip(frame["ref"], frame["period"], frame["review_days_late"], strict=True))

    embedded = april.actions["return"] < 0
    planned = april.actions.assign(
        review_kept=embedded, review_listed=pd.Timestamp(2026, 4, 9), review_next=pd.Timestamp(2026, 5, 9)
    )
    summary = dataclasses.replace(april, actions=planned)
    assert ("A-001", "2026-03", 0) in reviews_due(summary)
    later = dataclasses.replace(summary, as_at=date(2026, 5, 12))
    assert ("A-001", "2026-03", 3) in reviews_due(later)
    assert "A-001" not in [
        ref
        for ref, period, _ in reviews_due(dataclasses.replace(summary, as_at=date(2026, 4, 8)))
        if period == "2026-03"
    ]


def test_evidence_of_an_action_that_left_keeps_its_place_and_its_last_day(april: ProviderSummary) -> None:
    evidence = evidence_of(april)
    assert evidence is not None
    rows = evidence.rows.join(evidence.uses.set_index("row")["action"].rename("label"))
    found = rows.assign(used_by=april.actions["ref"].reindex(rows["label"]).to_numpy())
    assert found[["ref", "used_by", "state", "until"]].sort_values("ref").to_records(index=False).tolist() == [
        ("E-001", "A-001", "Yes", datetime(2026, 6, 1)),
        ("E-002", "A-002", "Yes", datetime(2026, 6, 1)),
    ]


def test_services_read_one_after_another_have_the_evidence_of_actions_that_left(april: ProviderSummary) -> None:
    whole, apart = (
        [
            (spec.title, spec.frame[[column.source for column in spec.columns]].to_csv(index=False))
            for spec in readiness(april, services=most)
        ]
        for most in (100, 1)
    )
    assert whole == apart
    assert "E-002" in whole[1][1]
