"""What plans, provider actions, judgements, meetings, readiness and packs say of a service when they come together in one month."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import empty_workings
from factories import SIGNED, run, shortened
from playing import Cells, Typist

from qipxl import Period, Service, find_template, write_summary, write_tracker
from qipxl.indicators.series import WHOLE
from qipxl.provider import ProviderFolder
from qipxl.provider.figures_of_plans import CODE
from qipxl.provider.meetings.book import HEADING_ROW, MATTERS, MEETING
from qipxl.provider.meetings.hold import prepare_meeting
from qipxl.provider.meetings.matters import MatterLine
from qipxl.provider.monthly_run import consolidate_month
from qipxl.provider.packs import pack_orders
from qipxl.provider.register_schema import (
    ClosedActionLine,
    CommissionerLine,
    JudgementLine,
    Line,
    ProviderActionLine,
    RiskLine,
    ServiceLine,
)
from qipxl.provider.register_workbook import write_register
from qipxl.summary.packs import pack_for
from qipxl.summary.readiness import GO_AND_SEE, READINESS, readiness
from qipxl.summary.summary import ProviderSummary
from qipxl.tracker.issue import file_names, issue_trackers

pytestmark = pytest.mark.long
MARCH, APRIL = Period(2026, 3), Period(2026, 4)
ELM = ServiceLine(code="ELM", name="Elm House", region="North")
SAFE = ELM.model_copy(update={"plan": "Safeguarding"})
OTHERS = [
    ServiceLine(code=code, name=f"{code.title()} Lodge", region="South") for code in ("OAK", "FIR", "ASH", "YEW", "BAY")
]
FIRST = [ELM, SAFE, *OTHERS]
GENERAL, SAFEGUARDING = "ELM", "ELM / Safeguarding"
STATEMENT = "Safe: Safeguarding"
IN_MARCH, IN_APRIL = date(2026, 3, 20), date(2026, 4, 14)
P_01 = ProviderActionLine(
    ref="P-01", title="Two-person check", issue="Doses are missed at night", intended_change="Two people check each night dose",
    success_measure="No dose is missed", owner="Kay Nash", due=date(2026, 9, 30), must_should="Should do", source="Internal audit",
    since="2026-03", decided_by="Board",
)  # fmt: skip
ACTION: dict[str, Any] = {
    "ref": "A-001", "intended_change": "Two people check each round", "success_measure": "No gap in ten records", "owner": "Ann Lee",
    "start": date(2025, 6, 2), "due": date(2026, 9, 30), "original_due": date(2026, 9, 30), "status": "In progress", "source": "Internal audit",
    "must_should": "Own improvement", "embedding_review": date(2026, 12, 1), "last_update": IN_MARCH, "cqc_statement": STATEMENT,
}  # fmt: skip
AUDIT = {
    "ref": "E-001", "action": "A-001", "category": "Observation", "description": "Night audit", "submitted_on": date(2026, 1, 10),
    "kept_at": "Office, folder 3", "submitted_by": "Bo Ek", "judgement": "Accepted", "judged_by": "Di Hay",
}  # fmt: skip


def falls(number: float) -> dict[str, list[dict[str, Any]]]:
    """The indicator Falls with its figure of March."""
    declared = {
        "ref": "I-01",
        "indicator": "Falls",
        "unit_counted": "fall",
        "per": 1000,
        "direction": "Lower is better",
    }
    figure = {
        "ref": "I-01 2026-03",
        "indicator": "I-01",
        "month": MARCH.first,
        "numerator": number,
        "denominator": 1000,
    }
    return {"indicators": [declared], "measurements": [figure]}


PLANS: Mapping[str, Mapping[str, list[dict[str, Any]]]] = {
    GENERAL: {
        "actions": [{**ACTION, "issue": "Records of medicines have gaps"}],
        "milestones": [
            {"ref": "M-001", "action": "A-001", "milestone": "Ten records sampled", "due": date(2026, 3, 10), "evidence_required": "Notes"},
        ],
        "evidence": [AUDIT], **falls(60),
    },
    SAFEGUARDING: {
        "actions": [{
            **ACTION, "issue": "Alerts are raised late", "status": "Complete", "due": date(2026, 1, 31), "original_due": date(2026, 1, 31),
            "completed_on": date(2026, 1, 30), "embedding_review": date(2026, 3, 2), "indicator": "I-01",
        }],
        "evidence": [AUDIT],
        "reviews": [{
            "ref": "R-001", "action": "A-001", "held_on": date(2026, 3, 2), "reviewed_by": "Gil Moss", "finding": "As late as before",
            "effective": "Not effective", "embedded": "No", "measure_result": "No change",
        }],
        **falls(45),
    },
    **{line.code: {"actions": [{**ACTION, "issue": f"Rota of {line.name}"}], **falls(9)} for line in OTHERS},
}  # fmt: skip


def register_of(home: Path, *lines: Line) -> ProviderFolder:
    """A provider's folder with these lines in its register."""
    home.mkdir(exist_ok=True)
    of: dict[type[Line], list[Line]] = {}
    for line in lines:
        of.setdefault(type(line), []).append(line)
    write_register(home / "register.xlsx", "Our Care", date(2026, 1, 1), of)
    return ProviderFolder(home)


def service_of(line: ServiceLine) -> Service:
    return Service(code=line.code, name=line.name, region=line.region).of_plan(line.plan)


def send(
    folder: ProviderFolder, line: ServiceLine, period: Period, rows: Mapping[str, Sequence[Mapping[str, Any]]]
) -> None:
    """A return of a plan, in a tracker that was written without the register."""
    (name,) = file_names([service_of(line)], period)
    path = folder.home / "returns" / str(period) / f"{name}.xlsx"
    with empty_workings():
        write_tracker(
            shortened(find_template("core"), 24), service_of(line), period, path, rows=rows, issued={}, cover=SIGNED
        )


def consolidated(folder: ProviderFolder, period: Period) -> ProviderSummary:
    with consolidate_month(folder.month(period), keep=True) as result:
        return result.summary(whole=True)


def fill(path: Path, held: date, rows: Mapping[str, Cells]) -> None:
    """Fill in a meeting book; R1 is its first spare row."""
    book = openpyxl.load_workbook(path)
    book[MEETING]["B4"] = datetime(held.year, held.month, held.day)
    sheet = book[MATTERS]
    columns = {str(cell.value): cell.column for cell in sheet[HEADING_ROW + 1]}
    places = {str(row[0].value): row[0].row for row in sheet.iter_rows(min_row=HEADING_ROW + 2) if row[0].value}
    for ref, cells in rows.items():
        for heading, value in cells.items():
            sheet.cell(places[ref], columns[heading]).value = value
    book.save(path)


LINES: Sequence[Line] = [
    *FIRST, P_01,
    JudgementLine(service="elm safeguarding", action="A-001", ref="E-001", judgement="Accepted", judged_by="Panel", judged_on=IN_MARCH),
    JudgementLine(service="ELM: Safeguarding", action="A-001", ref="E-777", judgement="Accepted", judged_by="Panel", judged_on=IN_MARCH),
    CommissionerLine(commissioner="City Trust", service="ELM Safeguarding"),
    CommissionerLine(commissioner="North County", service="ELM"),
    RiskLine(ref="R1", risk="Falls at night.", service="ELM", likelihood=2, consequence=2),
]  # fmt: skip


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> ProviderFolder:
    """The provider with the returns of March."""
    folder = register_of(tmp_path_factory.mktemp("combinations") / "our", *LINES)
    for line in FIRST:
        send(folder, line, MARCH, PLANS[line.plan_code])
    return folder


@pytest.fixture(scope="module")
def march(sent: ProviderFolder) -> ProviderSummary:
    return consolidated(sent, MARCH)


def test_a_figure_of_two_plans_counts_once_and_its_difference_is_named(march: ProviderSummary) -> None:
    outliers = march.impact.outliers
    elm = outliers[outliers["service"].str.startswith("ELM")]
    assert elm[["service", "numerator", "flag"]].to_numpy().tolist() == [[SAFEGUARDING, 60.0, "Challenge"]], (
        "the plan whose action links it, with the figure of the first plan"
    )
    assert len(outliers) == 6
    judged = march.impact.judged
    (whole,) = judged.series.numerators[(judged.lines["name"] == WHOLE).to_numpy()]
    assert whole[-1] == 60 + 5 * 9
    problems = march.problems[march.problems["code"] == CODE]
    (line,) = problems.to_dict("records")
    assert (line["file"], line["sheet"], line["value"]) == ("ELM Elm House Safeguarding 2026-03.xlsx", "Figures", "45")
    assert f"Figures!{line['cell']} Numerator says 45, but Elm House says 60 (March 2026, Figures!" in line["message"]
    assert "of ELM Elm House 2026-03.xlsx)" in line["message"]
    assert "settings-edited" not in set(march.problems["code"]), "a tracker without a register says 0 by design"


def test_a_provider_action_has_one_part_in_each_service(sent: ProviderFolder, march: ProviderSummary) -> None:
    assert march.provider_actions is not None
    codes = [line.plan_code for line in FIRST if line is not SAFE]
    assert sorted(march.provider_actions.parts["service"]) == sorted(codes)
    orders = {order.service.code: order for order in sent.month(APRIL).to_issue()}
    with_part = [
        code for code, order in orders.items() if "P-01" in [row["ref"] for row in (order.rows or {})["actions"]]
    ]
    assert sorted(with_part) == sorted(codes)


def test_a_judgement_is_about_the_item_of_its_plan(march: ProviderSummary) -> None:
    evidence = march.records["evidence"]
    assert dict(zip(evidence["service"], evidence["judged_outside"], strict=True)) == {
        GENERAL: "",
        SAFEGUARDING: "Accepted",
    }
    links = march.links[march.links["kind"] == "Judgement without its item"]
    assert links[["reference", "service", "name"]].to_numpy().tolist() == [
        ["E-777", SAFEGUARDING, "Elm House (Safeguarding)"]
    ]


def test_readiness_counts_a_service_once_and_names_refs_with_their_plan(march: ProviderSummary) -> None:
    sheets = {spec.name: spec.frame for spec in readiness(march)}
    frame = sheets[READINESS]
    (line,) = frame[(frame["statement"] == STATEMENT) & (frame["name"] == "Elm House")].to_dict("records")
    assert (line["open"], line["soon"]) == (2, 1)
    assert "Too old next month: E-001" in line["finding"]
    (item,) = sheets[GO_AND_SEE].to_dict("records")
    assert (item["name"], item["actions"], item["ref"]) == (
        "Elm House",
        "A-001, A-001 (Safeguarding)",
        "E-001, E-001 (Safeguarding)",
    )


def test_the_service_is_shown_once_in_the_map_and_on_its_own_sheet(march: ProviderSummary, tmp_path: Path) -> None:
    assert list(march.overview["name"]).count("Elm House") == 1
    book = openpyxl.load_workbook(write_summary(march, tmp_path / "summary.xlsx"), data_only=True)
    sheet = book["One service"]
    assert sheet["B4"].value == "Elm House"
    rows = [[cell.value for cell in row] for row in sheet["A9:D14"]]
    assert [str(cell) for cell in rows[0][:2]] == ["Ref", "Service"]
    assert [row[:2] for row in rows[1:4]] == [
        ["A-001", "Elm House"], ["A-001", "Elm House (Safeguarding)"], [None, None],
    ]  # fmt: skip
    offered = [row[0].value for row in sheet.iter_rows(min_row=10, max_row=20, min_col=12, max_col=12) if row[0].value]
    assert offered == sorted(["Elm House", *(line.name for line in OTHERS)])
    mapped = [str(cell) for row in book["Board page"].iter_rows(values_only=True) for cell in row if cell]
    assert sum(text in ("Elm House", "Elm House (2 plans)") for text in mapped) <= 1


@pytest.fixture
def held(sent: ProviderFolder, march: ProviderSummary, tmp_path: Path) -> ProviderFolder:
    """The provider after a QIP review in April that asked each plan about its A-001, and raised a matter about one of them."""
    folder = ProviderFolder(Path(shutil.copytree(sent.home, tmp_path / "our")))
    agenda, path = prepare_meeting(folder.month(MARCH), "qip-review")
    refs = {(matter.service, matter.reason): matter.ref for matter in agenda.matters}
    assert set(refs) == {(GENERAL, "milestones"), (SAFEGUARDING, "did-not-work")}
    assert {matter.name for matter in agenda.matters} == {"Elm House", "Elm House (Safeguarding)"}
    decided = {"Decided": "The board hears of it", "Level held": "4 Board"}
    fill(path, IN_APRIL, {
        refs[GENERAL, "milestones"]: {"Asked": "Who samples the records?"},
        refs[SAFEGUARDING, "did-not-work"]: {"Asked": "Why are alerts late?", "Verified by": "Di Roe", **decided},
        "QIP-2026-03-R1": {"Service": "elm: safeguarding", "Action": "A-001", "Matter": "Nights", "Asked": "Who is on call?"},
    })  # fmt: skip
    return folder


def test_a_question_is_in_the_tracker_of_its_plan_only(held: ProviderFolder) -> None:
    month = held.month(APRIL)
    assert month.meetings.problems == ()
    orders = {order.service.code: order for order in month.to_issue()}
    asked = {
        code: [row["challenge"] for row in (order.rows or {}).get("challenge", ())] for code, order in orders.items()
    }
    assert [text for text in asked[GENERAL] if "?" in text and "Falls" not in text] == ["Who samples the records?"]
    assert [text for text in asked[SAFEGUARDING] if "Falls" not in text] == ["Why are alerts late?", "Who is on call?"]
    assert any("Falls" in text for text in asked[SAFEGUARDING]), (
        "the outlier is asked about once, where an action links it"
    )
    assert not any("Falls" in text for text in asked[GENERAL])
    assert not any(asked[line.code] for line in OTHERS)
    facts = {code: (order.rows or {})["head_office"] for code, order in orders.items()}
    levels = [code for code, rows in facts.items() if any(row.get("escalation_level") for row in rows)]
    verified = [code for code, rows in facts.items() if any(row.get("verified_by") for row in rows)]
    assert (levels, verified) == ([SAFEGUARDING], [SAFEGUARDING])


def test_the_summary_and_each_pack_have_the_matters_of_their_plans(held: ProviderFolder, tmp_path: Path) -> None:
    month = held.month(MARCH)
    with consolidate_month(month, keep=True) as result:
        summary = result.summary(whole=True)
        assert sorted(set(summary.meetings["name"])) == ["Elm House", "Elm House (Safeguarding)"]
        orders = pack_orders(["commissioner"], summary, month, tmp_path / "summary.xlsx")
        packs = {
            order.reader.name: pack_for(
                "commissioner", summary, reader=order.reader.name, services=order.reader.services, people={}
            )
            for order in orders
        }
    texts = {name: " ".join(spec.frame.to_string() for spec in pack.sheets) for name, pack in packs.items()}
    assert "Why are alerts late?" in texts["City Trust"]
    assert "Who samples the records?" not in texts["City Trust"]
    assert "Records of medicines have gaps" not in texts["City Trust"]
    for words in (
        "Why are alerts late?",
        "Who samples the records?",
        "Records of medicines have gaps",
        "Alerts are raised late",
    ):
        assert words in texts["North County"]
    purged = run("archive", "purge", held.home, "--service", "ELM", "--yes").output
    assert "Deleted: 2 returns of 2 services, 2026-03, and 3 matters of meetings" in " ".join(purged.split())


def test_a_risk_of_a_service_whose_plans_all_have_names_is_in_its_pack(tmp_path: Path) -> None:
    plans = [ELM.model_copy(update={"plan": plan}) for plan in ("Falls", "Nights")]
    folder = register_of(
        tmp_path / "our", *plans, RiskLine(ref="R1", risk="Falls at night.", service="ELM", likelihood=2, consequence=2)
    )
    for line in plans:
        send(folder, line, MARCH, {"actions": [{**ACTION, "issue": "Rota"}]})
    summary = consolidated(folder, MARCH)
    assert len(summary.of_services([line.plan_code for line in plans]).risks) == 1
    assert len(summary.of_services([plans[0].plan_code]).risks) == 0


def test_a_judgement_follows_an_action_from_a_plan_that_ended(tmp_path: Path) -> None:
    ended = SAFE.model_copy(update={"closed": date(2026, 3, 31)})
    folder = register_of(
        tmp_path / "our", ELM, ended,
        JudgementLine(service="ELM Safeguarding", action="A-001", ref="E-001", judgement="Accepted", judged_by="Panel", judged_on=IN_MARCH),
        ClosedActionLine(service="ELM Safeguarding", action="A-001", taken_by="ELM", decided_by="Board", decided_on=date(2026, 4, 1)),
    )  # fmt: skip
    for line in (ELM, ended):
        send(folder, line, MARCH, {"actions": [{**ACTION, "issue": "Rota"}], "evidence": [AUDIT]})
    consolidated(folder, MARCH)
    (order,) = folder.month(APRIL).to_issue()
    rows = order.rows or {}
    judged = [(row["action"], row["judged_evidence"]) for row in rows["head_office"] if row.get("judged_evidence")]
    assert judged == [("ELM-Safeguarding-A-001", "ELM-Safeguarding-E-001")]
    assert ("ELM-Safeguarding-E-001", "ELM-Safeguarding-A-001") in [
        (row["ref"], row["action"]) for row in rows["evidence"]
    ]


DONE = date(2026, 2, 18)
OWN_JUDGEMENT: Mapping[str, list[dict[str, Any]]] = {
    "actions": [{
        **ACTION, "issue": "Late rounds", "must_should": "Must do", "source": "CQC must-do", "status": "Complete", "start": date(2025, 12, 1),
        "due": date(2026, 2, 20), "original_due": date(2026, 2, 20), "completed_on": DONE, "embedding_review": date(2026, 6, 20),
    }],
    "evidence": [
        {**AUDIT, "ref": f"E-00{number}", "category": category, "submitted_on": date(2026, 3, 9 + number), "description": f"{category} seen"}
        for number, category in enumerate(("Processes", "Observation", "Outcomes"), 1)
    ],
    "reviews": [{
        "ref": "R-001", "action": "A-001", "held_on": IN_MARCH, "reviewed_by": "Cy Fox", "finding": "No round is late", "effective": "Effective",
        "embedded": "Not yet", "measure_result": "Met",
    }],
}  # fmt: skip


@pytest.mark.parametrize(("accepted", "headline"), [("Yes", "Effective"), ("No", "Closed without evidence")])
def test_what_a_meeting_judges_makes_green_a_month_later(tmp_path: Path, accepted: str, headline: str) -> None:
    """From the book to the next tracker and its return: the agenda offers what waits, the book says Yes or No, April is rated by it."""
    folder = register_of(tmp_path / "our", ELM)
    send(folder, ELM, MARCH, OWN_JUDGEMENT)
    assert list(consolidated(folder, MARCH).actions["headline"]) == ["Not yet accepted"]
    agenda, path = prepare_meeting(folder.month(MARCH), "qip-review")
    (matter,) = agenda.matters
    assert (matter.reason, matter.action, matter.item) == ("to-be-judged", "A-001", "E-001; E-002; E-003; R-001")
    assert matter.finding == "4 items wait for a judgement from outside the service: Late rounds"
    assert matter.why.splitlines()[:4] == [
        "E-001: Processes seen", "E-002: Observation seen", "E-003: Outcomes seen", "R-001: No round is late",
    ]  # fmt: skip
    fill(path, IN_APRIL, {matter.ref: {"Accepted?": accepted, "Verified by": "Di Roe"}})
    assert list(consolidated(folder, MARCH).actions["headline"]) == ["Not yet accepted"], "the meeting was in April"
    month = folder.month(APRIL)
    (line,) = [line for line in month.register.of(MatterLine) if line.judgement]
    assert (line.item, line.judgement) == (
        "E-001; E-002; E-003; R-001",
        "Accepted" if accepted == "Yes" else "Not accepted",
    )
    with empty_workings():
        (tracker,) = issue_trackers(month.to_issue(), APRIL, folder.issued(APRIL))
    typed = Typist(tracker)
    typed.type("Actions", "A-001", {"Last update": date(2026, 4, 28)})
    typed.cover("Your name", "Jo Shah")
    (folder.home / "returns" / "2026-04").mkdir(exist_ok=True)
    typed.book.save(folder.home / "returns" / "2026-04" / tracker.name)
    april = consolidated(folder, APRIL)
    assert list(april.actions["headline"]) == [headline]
    assert set(april.records["evidence"]["judged_outside"]) == {line.judgement}
    assert not {"head-office-edited", "settings-edited"} & set(april.problems["code"])
    assert month.register.of(MatterLine)[0].verified_by == "Di Roe"
    later, _ = prepare_meeting(folder.month(APRIL), "qip-review")
    assert [each.reason for each in later.matters if each.ref != matter.ref] == []
