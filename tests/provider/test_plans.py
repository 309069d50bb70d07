"""A service with several plans: how lines of the register name them, who is expected, and what a taken action is called."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from factories import ACTION, SIGNED, run, shortened

from qipxl import Period, Service, consolidate_month, find_template, read_services, write_tracker
from qipxl.errors import RequestError
from qipxl.provider import ProviderFolder
from qipxl.provider.late_returns import is_tracker_of, only_code
from qipxl.provider.packs import commissioned, readers_of
from qipxl.provider.register import Register
from qipxl.provider.register_file import read_register
from qipxl.provider.register_links import register_links
from qipxl.provider.register_schema import (
    ClosedActionLine,
    CommissionerLine,
    DecisionLine,
    ExpectedLine,
    Line,
    QuestionLine,
    RiskLine,
    ServiceLine,
    VerificationLine,
)
from qipxl.provider.register_workbook import write_register
from qipxl.provider.status import by_service, status_of
from qipxl.summary.page.page import page_of
from qipxl.summary.summary import ProviderSummary
from qipxl.tracker.issue import file_names
from qipxl.workbook.layout import HEADING_ROW

MARCH, APRIL = Period(2026, 3), Period(2026, 4)
GENERAL = ServiceLine(code="ELM", name="Elm House", region="North")
SAFEGUARDING = ServiceLine(code="ELM", name="Elm House", region="North", plan="Safeguarding")
FALLS = ServiceLine(code="OAK", name="Oak Lodge", plan="Falls")
PLANS = [GENERAL, SAFEGUARDING, FALLS]
DAY = date(2026, 3, 20)


def our(home: Path, *lines: Line) -> ProviderFolder:
    """A provider with these lines in its register, as it is read from the workbook."""
    of: dict[type[Line], list[Line]] = {}
    for line in lines:
        of.setdefault(type(line), []).append(line)
    write_register(home / "register.xlsx", "Our Care", date(2026, 4, 1), of)
    return ProviderFolder(home)


def register_of(home: Path, *lines: Line) -> Register:
    return read_register(our(home, *lines).register)


def decision(service: str, level: int = 4, action: str = "A-001") -> DecisionLine:
    return DecisionLine(
        service=service, action=action, decided_on=DAY, level=level, decision="A lead goes there", decided_by="Board"
    )


def sent(folder: ProviderFolder, line: ServiceLine, period: Period, refs: Sequence[str] = ("A-001",)) -> None:
    """A return of a plan with these actions."""
    service = Service(code=line.code, name=line.name, region=line.region).of_plan(line.plan)
    (name,) = file_names([service], period)
    rows = {"actions": [{**ACTION, "ref": ref, "issue": f"{ref} of {service.code}"} for ref in refs]}
    place = folder.home / "returns" / str(period) / f"{name}.xlsx"
    write_tracker(shortened(find_template("core"), 24), service, period, place, rows=rows, issued={}, cover=SIGNED)


def kept(folder: ProviderFolder, period: Period) -> ProviderSummary:
    with consolidate_month(folder.month(period), keep=True) as result:
        return result.summary()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ELM", "ELM"), ("elm", "ELM"), ("ELM / General", "ELM"), ("ELM general", "ELM"), ("ELM / Safeguarding", "ELM / Safeguarding"),
        ("elm safeguarding", "ELM / Safeguarding"), ("ELM: Safeguarding", "ELM / Safeguarding"), ("OAK", "OAK / Falls"),
        ("OAK Falls", "OAK / Falls"),
    ],
)  # fmt: skip
def test_a_line_about_an_action_names_its_plan_as_people_write_it(tmp_path: Path, written: str, meant: str) -> None:
    (line,) = register_of(tmp_path, *PLANS, decision(written)).of(DecisionLine)
    assert line.service == meant


FAR = ServiceLine(code="FIR", name="Fir Court", plan="Safeguarding")
FIRE = ServiceLine(code="FIR", name="Fir Court", plan="Fire")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([*PLANS, decision("YEW")], "Decisions, row 5: there is no service with the code YEW on Services."),
        (
            [*PLANS, decision("ELM Safegarding")],
            "Decisions, row 5: ELM has no such plan on Services as ELM Safegarding. Write ELM / General or ELM / Safeguarding.",
        ),
        (
            [FAR, FIRE, decision("FIR")],
            "Decisions, row 5: FIR has several plans. Write FIR / Safeguarding or FIR / Fire.",
        ),
        ([GENERAL, GENERAL], "Services, row 6: Code is already in row 5. Keep one line."),
        ([SAFEGUARDING, SAFEGUARDING], "Services, row 6: Code and Plan are already in row 5. Keep one line."),
        (
            [GENERAL, SAFEGUARDING.model_copy(update={"name": "Elm Court"})],
            "Services, row 6: the Name of ELM is Elm Court, in row 5 it is Elm House. Lines of one service differ in their Plan, not in this.",
        ),
        (
            [SAFEGUARDING.model_copy(update={"plan": "Falls / rails"})],
            "Services, row 5: the plan Falls / rails has a “/”. Write a name without it.",
        ),
    ],
)  # fmt: skip
def test_what_is_unclear_about_plans_is_said(tmp_path: Path, lines: list[Line], sentence: str) -> None:
    with pytest.raises(RequestError) as error:
        register_of(tmp_path, *lines)
    assert sentence in str(error.value)


def test_a_line_about_a_service_is_about_all_its_plans(tmp_path: Path) -> None:
    register = register_of(
        tmp_path,
        *PLANS,
        ExpectedLine(period="2026-03", service="ELM", expected="No", reason="Refurbished"),
        ExpectedLine(period="2026-04", service="ELM Safeguarding", expected="No", reason="Not begun"),
        CommissionerLine(commissioner="County", service="ELM"),
        CommissionerLine(commissioner="City", service="ELM / General"),
        CommissionerLine(commissioner="Trust", service="OAK"),
    )
    assert register.excepted(MARCH) == {"elm": "Refurbished", "elm / safeguarding": "Refurbished"}
    assert register.excepted(APRIL) == {"elm / safeguarding": "Not begun"}
    assert commissioned(register, (), ()) == {
        "County": ("ELM", "ELM / Safeguarding"), "City": ("ELM",), "Trust": ("OAK / Falls",),
    }  # fmt: skip


def test_a_plan_that_gets_a_name_goes_on_with_its_former_code(tmp_path: Path) -> None:
    named = GENERAL.model_copy(update={"plan": "Improvement", "former": "ELM"})
    register = register_of(tmp_path, named, SAFEGUARDING)
    assert register.former_codes == {"elm": "ELM / Improvement"}


@pytest.mark.long
def test_equal_refs_of_two_plans_do_not_meet(tmp_path: Path) -> None:
    """A decision, a verification and a question reach the plan that they name; a risk of the service is answered by either."""
    folder = our(
        tmp_path,
        *PLANS,
        decision("ELM Safeguarding"),
        VerificationLine(service="ELM", action="A-001", verified_by="Nia Price", verified_on=DAY),
        QuestionLine(service="ELM / Safeguarding", action="A-001", question="Who was told?", asked_on=DAY),
        RiskLine(ref="R1", risk="Falls.", service="ELM", likelihood=5, consequence=5),
    )
    for line in PLANS:
        sent(folder, line, MARCH)
    summary = kept(folder, MARCH)
    actions = summary.actions.set_index("service")
    assert [code for code, level in actions["escalation"].items() if level == "Board"] == ["ELM / Safeguarding"]
    assert list(actions["name"]) == ["Elm House", "Elm House (Safeguarding)", "Oak Lodge (Falls)"]
    asked = {order.service.code: list(order.queries) for order in folder.month(APRIL).to_issue()}
    assert asked == {
        "ELM": [],
        "ELM / Safeguarding": ["Head office asks about A-001: Who was told?"],
        "OAK / Falls": [],
    }
    facts = {order.service.code: (order.rows or {}).get("head_office", ()) for order in folder.month(APRIL).to_issue()}
    assert [code for code, rows in facts.items() if any(row.get("verified_by") for row in rows)] == ["ELM"]
    assert [code for code, rows in facts.items() if any(row.get("escalation_level") for row in rows)] == [
        "ELM / Safeguarding"
    ]
    links = register_links(folder.read(), summary)
    assert list(links[["service", "name"]].itertuples(index=False, name=None)) == [("ELM", "Elm House")]
    assert dict(zip(summary.overview["service"], summary.overview["actions"], strict=True)) == {"OAK": 1, "ELM": 2}
    assert [tuple(reader.services) for reader in readers_of("board", summary, None, (), ("ELM",))] == [
        ("ELM", "ELM / Safeguarding")
    ]
    shown = page_of(summary)
    assert '<a href="#service-2">Elm House (Safeguarding) A-001</a>' in shown
    assert '<details class="service" id="service-2"><summary><strong>Elm House</strong> (ELM). 2 actions' in shown
    of_one = summary.of_services({"ELM / Safeguarding"})
    assert (list(of_one.overview["service"]), list(of_one.overview["actions"]), len(of_one.actions)) == (
        ["ELM"],
        [1],
        1,
    )


def test_a_plan_that_ends_gives_its_action_to_another_plan(tmp_path: Path) -> None:
    ended = SAFEGUARDING.model_copy(update={"closed": date(2026, 3, 31)})
    folder = our(
        tmp_path, GENERAL, ended,
        ClosedActionLine(service="ELM Safeguarding", action="A-001", taken_by="ELM", decided_by="Board", decided_on=date(2026, 4, 1)),
    )  # fmt: skip
    for line in (GENERAL, ended):
        sent(folder, line, MARCH)
    kept(folder, MARCH)
    (order,) = folder.month(APRIL).to_issue()
    assert [row["ref"] for row in (order.rows or {})["actions"]] == ["A-001", "ELM-Safeguarding-A-001"]
    assert [row["issue"] for row in (order.rows or {})["actions"]] == ["A-001 of ELM", "A-001 of ELM / Safeguarding"]


def test_the_status_counts_services(tmp_path: Path) -> None:
    folder = our(tmp_path, *PLANS)
    month = folder.month(MARCH)
    lines = status_of(month.register, MARCH, None, month.open_archive(), date(2026, 4, 20))
    assert list(by_service(lines)["state"]) == ["late", "late"]
    lines.loc[lines["service"] == "ELM", "state"] = "in"
    states = by_service(lines).set_index("name")
    assert states.loc["Elm House"].tolist() == ["in part", "Elm House: 1 of 2 plans in; Safeguarding is late"]
    assert states.loc["Oak Lodge", "state"] == "late"


def test_a_register_made_earlier_has_no_column_of_plans_until_it_is_added(tmp_path: Path) -> None:
    path = our(tmp_path, GENERAL).register
    book = openpyxl.load_workbook(path)
    tab = book["Services"]
    column = next(cell.column for cell in tab[HEADING_ROW] if cell.value == "Plan")
    tab.delete_cols(column)
    book.save(path)
    assert [line.plan_code for line in read_register(path).of(ServiceLine)] == ["ELM"]
    tab.cell(HEADING_ROW, column).value = "Plan"
    tab.append(["ELM", "Elm House", "North", *[None] * (column - 4), "Safeguarding"])
    book.save(path)
    assert [line.plan_code for line in read_register(path).of(ServiceLine)] == ["ELM", "ELM / Safeguarding"]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("ELM Elm House 2026-04.xlsx", "ELM"),
        ("ELM Elm House Safeguarding 2026-04.xlsx", "ELM / Safeguarding"),
        ("OAK Oak Lodge Falls 2026-04.xlsx", "OAK / Falls"),
    ],
)
def test_a_tracker_is_known_by_the_name_of_its_file(file: str, code: str) -> None:
    names = {"ELM": "Elm House", "ELM / Safeguarding": "Elm House (Safeguarding)", "OAK / Falls": "Oak Lodge (Falls)"}
    assert [each for each in names if is_tracker_of(file, each, names, APRIL)] == [code]
    assert [only_code(each, names) for each in names] == ['"ELM / General"', '"ELM / Safeguarding"', '"OAK / Falls"']


def test_a_list_of_services_may_have_plans(tmp_path: Path) -> None:
    listed = tmp_path / "services.csv"
    listed.write_text("Code;Name;Plan\nELM;Elm House;\nELM;Elm House;Safeguarding\n")
    assert [(each.code, each.name) for each in read_services(listed)] == [
        ("ELM", "Elm House"), ("ELM / Safeguarding", "Elm House (Safeguarding)"),
    ]  # fmt: skip
    done = run("issue", listed, "--period", "2026-03", "--out", tmp_path / "issued", "--only", "ELM safeguarding")
    assert done.exit_code == 0, done.output
    assert [path.name for path in (tmp_path / "issued").iterdir()] == ["ELM Elm House Safeguarding 2026-03.xlsx"]
    listed.write_text("code,name,plan\nELM,Elm House,Falls\nelm,Elm House,falls\n")
    with pytest.raises(RequestError, match="the code elm / falls is repeated"):
        read_services(listed)
