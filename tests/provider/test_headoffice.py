"""The provider's folder and the register: what head office writes is read back, and every mistake is named by its cell."""

import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from grids import grid
from office import Office
from validator import validate

from qipxl import Period, Service, check, rate, summarise
from qipxl.archive.keep import keep_returns
from qipxl.archive.store import open_archive
from qipxl.errors import QipxlError, RequestError, SourceError
from qipxl.provider import (
    ProviderFolder,
    ProviderMonth,
    Register,
    init_folder,
    open_folder,
    read_register,
    status_of,
)  # fmt: skip
from qipxl.provider.register_schema import (
    LINES,
    AuditLine,
    ClosedActionLine,
    CommissionerLine,
    DecisionLine,
    ExpectedLine,
    ExtensionLine,
    FrameworkLine,
    JudgementLine,
    Line,
    MailLine,
    OwnStandardLine,
    ProviderActionLine,
    ProviderMilestoneLine,
    QuestionLine,
    RemovedLine,
    RiskLine,
    ServiceLine,
    SettingLine,
    UseLine,
    VerificationLine,
    WordsLine,
)  # fmt: skip
from qipxl.provider.register_workbook import write_register
from qipxl.summary.rule_book import rule_book

TODAY, MARCH = date(2026, 4, 20), Period(2026, 3)
ELM = Service(code="ELM", name="Elm House", region="North", manager="Jo Shah")
OAK = Service(code="OAK", name="Oak Lodge", region="South", manager="Al Fox")
EVERYTHING = {
    MailLine: [MailLine(mail="Tracker", subject="{service}: {month}", text="Dear {manager},\n\nhere it is.\n{provider}")],
    ServiceLine: [
        ServiceLine(
            code="ELM", name="Elm House", region="North", type="Care home", manager="Jo Shah", email="jo@our.care",
            opened=date(2020, 1, 6), closed=date(2026, 5, 31), template="safeguarding",
        ),
        ServiceLine(code="007", name="Oak Lodge", former="7; 3-4"),
    ],
    ExpectedLine: [ExpectedLine(period="2026-03", service="ELM", expected="No", reason="Closed for works.")],
    CommissionerLine: [CommissionerLine(commissioner="North County", service="007")],
    RiskLine: [RiskLine(ref="R1", risk="Falls", likelihood=3, consequence=4, reviewed_on=date(2026, 2, 1))],
    AuditLine: [AuditLine(ref="AU1", audit="Medicines", service="ELM", held_on=date(2026, 1, 9), finding="Gaps")],
    DecisionLine: [
        DecisionLine(
            service="ELM", action="A-001", decided_on=date(2026, 3, 9), level=3, decision="More time",
            decided_by="Quality committee 12",
        )
    ],
    ExtensionLine: [
        ExtensionLine(
            service="ELM", action="A-001", new_date=date(2026, 5, 1), approved_by="Di Low", approved_on=date(2026, 3, 1)
        )
    ],
    VerificationLine: [
        VerificationLine(service="007", action="1.10", verified_by="Cy Fox", verified_on=date(2026, 3, 2))
    ],
    JudgementLine: [
        JudgementLine(
            service="ELM", action="A-001", ref="E-003", judgement="Not accepted", judged_by="Panel 4", judged_on=date(2026, 3, 4)
        )
    ],
    QuestionLine: [QuestionLine(service="007", question="Who covers nights?", asked_on=date(2026, 3, 3))],
    UseLine: [UseLine(period="2026-03", file="second.xlsx", decided_by="Di Low", reason="It is the later one.")],
    SettingLine: [
        SettingLine(setting="red_after", tier="T2", value=7, template="core", since="2026-02", decided_by="Board", reason="A warning.")
    ],
    WordsLine: [WordsLine(place="actions.field.owner.prompt", words="One person.", decided_by="Board", reason="Shorter.")],
    ClosedActionLine: [
        ClosedActionLine(service="ELM", action="1.10", taken_by="007", decided_by="Board", decided_on=date(2026, 6, 2)),
        ClosedActionLine(service="ELM", action="1.11", reason="Sold", decided_by="Board", decided_on=date(2026, 6, 2)),
    ],
    FrameworkLine: [
        FrameworkLine(framework="cqc-2026-draft-questions", since="2026-05", decided_by="Quality committee 12"),
        FrameworkLine(framework="North County standards", since="2026-07", decided_by="Quality committee 14"),
    ],
    OwnStandardLine: [
        OwnStandardLine(
            framework="North County standards", group="Safe", statement="Safe from harm", same_as="Safe: Safeguarding", note="2026"
        ),
        OwnStandardLine(framework="North County standards", statement="Value for money"),
    ],
    RemovedLine: [
        RemovedLine(service="ELM", ref="A-009", reason="Twice.", decided_by="Di Low", decided_on=date(2026, 3, 4))
    ],
    ProviderActionLine: [
        ProviderActionLine(
            ref="P-01", title="Two-person check", issue="Errors at night", intended_change="Two people check", success_measure="No error",
            owner="Nia Price", due=date(2026, 8, 31), must_should="Must do", source="Internal audit", services="ELM; 007",
            since="2026-03", decided_by="Board",
        )
    ],
    ProviderMilestoneLine: [
        ProviderMilestoneLine(
            provider_action="P-01", ref="1.10", milestone="Rota", due=date(2026, 4, 15), evidence_required="Rota of a month"
        )
    ],
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> ProviderFolder:
    return init_folder(tmp_path / "our", "Our Care", TODAY, [ELM, OAK])


def changed(folder: ProviderFolder, change: Callable[[Any], None]) -> ProviderFolder:
    """The register changed as somebody would in a spreadsheet."""
    book = openpyxl.load_workbook(folder.register)
    change(book)
    book.save(folder.register)
    return folder


def put(sheet: str, **cells: object) -> Callable[[Any], None]:
    """Type into cells of a sheet."""

    def change(book: Any) -> None:
        for place, value in cells.items():
            book[sheet][place] = value

    return change


PROVIDER_ACTION: dict[str, object] = {
    "A5": "P-01", "B5": "Check", "C5": "Errors", "D5": "Two people", "E5": "None", "F5": "Nia", "G5": datetime(2026, 8, 31), "H5": "Must do",
    "I5": "Internal audit", "L5": "2026-03", "M5": "Board",
}  # fmt: skip


def test_a_new_register_lists_the_services_and_is_sound(folder: ProviderFolder) -> None:
    assert validate(folder.register) == []
    register = open_folder(folder.home).read()
    assert (register.name, register.template, register.due(MARCH)) == ("Our Care", "core", date(2026, 4, 7))
    assert [(each.code, each.name, each.region, each.manager) for each in register.of(ServiceLine)] == [
        ("ELM", "Elm House", "North", "Jo Shah"), ("OAK", "Oak Lodge", "South", "Al Fox"),
    ]  # fmt: skip
    assert {each.name for each in folder.home.iterdir()} == {
        "register.xlsx",
        "issued",
        "returns",
        "summaries",
        "archive",
    }


def test_every_kind_of_line_is_read_as_it_was_written(tmp_path: Path) -> None:
    register = read_register(write_register(tmp_path / "register.xlsx", "Our Care", TODAY, EVERYTHING))
    for kind in LINES:
        read = [line.model_dump(exclude={"row"}) for line in register.of(kind)]
        assert read == [line.model_dump(exclude={"row"}) for line in EVERYTHING[kind]], kind.sheet


def test_codes_of_services_and_refs_of_actions_have_drop_downs(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_register(tmp_path / "register.xlsx", "Our Care", TODAY, EVERYTHING))
    found = {str(each.sqref): each for each in book["Decisions"].data_validations.dataValidation}
    assert found["A5:A404"].formula1 == "services_listed"
    assert found["B5:B404"].formula1.startswith('"A-001,A-002,')
    assert not found["B5:B404"].showErrorMessage, "a Ref of another form may be typed"
    links = [cell.hyperlink.location for (cell,) in book["What to fill in when"].iter_rows(max_col=1) if cell.hyperlink]
    assert links[:2] == ["'Provider'!A1", "'Services'!A1"]
    assert {link.split("'")[1] for link in links} == set(book.sheetnames) - {"What to fill in when", "Services listed"}
    assert book["Services listed"].sheet_state == "hidden"


def test_the_drop_down_of_services_offers_each_plan(tmp_path: Path, office: Office) -> None:
    """The cells of the drop-down as they are worked out after a third plan was typed on Services, and how many it offers."""
    elm = ServiceLine(code="ELM", name="Elm House")
    lines = {ServiceLine: [elm, elm.model_copy(update={"plan": "Safeguarding"})]}
    path = write_register(tmp_path / "register.xlsx", "Our Care", TODAY, lines)
    values = openpyxl.load_workbook(path, data_only=True)["Services listed"]
    assert [values.cell(row, 1).value or "" for row in (1, 2, 3)] == ["ELM", "ELM / Safeguarding", ""]
    cells = {"A7": "OAK", "B7": "Oak Lodge", "J7": "Falls", "M7": "=ROWS(services_listed)"}
    office.type_into(path, tmp_path / "typed.xlsx", {"Services": cells})
    found = office.values(tmp_path / "typed.xlsx", {"Services listed": "A1:A4", "Services": "M7:M7"})
    assert [row[0] for row in found["Services listed"]] == ["ELM", "ELM / Safeguarding", "OAK / Falls", ""]
    assert found["Services"] == [[3]]


def test_the_same_register_is_the_same_file(tmp_path: Path) -> None:
    one = write_register(tmp_path / "one.xlsx", "Our Care", TODAY, EVERYTHING).read_bytes()
    assert one == write_register(tmp_path / "two.xlsx", "Our Care", TODAY, EVERYTHING).read_bytes()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("Services", A5=None), 'Services!A5 Code is empty. A short code of its own, such as ELM.'),
        (put("Services", G5="soon"), 'Services!G5 Opened says "soon", which is not a date. Type one such as 31/03/2026.'),
        (put("Services", A6="elm"), "Services, row 6: Code is already in row 5. Keep one line."),
        (put("Services", B5="x" * 121), "Services!B5 Name says"),
        (put("Services", A4="Something else", B4="More", C4="and", D4="so", E4="on", F4="too"), "The sheet Services, or its row of headings"),
        (put("Provider", B5=None), "Provider does not say the Provider's name."),
        (put("Provider", B7="31"), "says 31. Write a day from 1 to 28."),
        (put("Expected returns", A5="March", B5="ELM", C5="No", D5="Works"), 'Expected returns!A5 Month says "March", which is not a month.'),
        (put("Expected returns", A5="2026-03", B5="ASH", C5="No", D5="Works"), "Expected returns, row 5: there is no service with the code ASH"),
        (put("Decisions", A5="ELM", B5="A-001", C5=datetime(2026, 3, 1), D5=7), 'Decisions!D5 Level held says "7". Choose one of: 0, 1'),
        (put("Risks", A5="R1", B5="Falls", D5=9), 'Risks!D5 Likelihood says "9". 1 to 5.'),
        (put("Risks", A5="R1", B5="Falls", D5="high"), 'Risks!D5 Likelihood says "high". 1 to 5.'),
        (put("Verifications", A5="ELM"), "Verifications!B5 Action is empty."),
        (put("Provider milestones", A5="P-9", B5="M1", C5="Rota", D5=TODAY, E5="Rota"), "Provider milestones, row 5: there is no P-9 on"),
        (put("Provider actions", **PROVIDER_ACTION, J5="ELM; ASH"), "Provider actions, row 5: there is no service with the code ASH"),
        (put("Provider actions", **PROVIDER_ACTION, K5="workforce"), "Provider actions, row 5: no service has the template workforce."),
        (put("Risks", A5="R1", B5="Falls", D4=None, D5=4), "Risks!D4 has no heading, but values below it."),
        (lambda book: setattr(book["Judgements"], "title", "Judgments"), "The sheet Judgments was not read. If it is Judgements, give it this"),
        (lambda book: book.remove(book["Audits"]), "The sheet Audits, or its row of headings, is missing"),
        (lambda book: book["Services"].delete_rows(5, 2), "Services lists no service."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_its_cell(folder: ProviderFolder, change: Callable[[Any], None], words: str) -> None:
    with pytest.raises(RequestError, match=re.escape(words)):
        changed(folder, change).read()


def test_an_earlier_register_needs_no_sheet_of_removed_rows(folder: ProviderFolder) -> None:
    changed(folder, lambda book: book.remove(book["Removed rows"]))
    assert open_folder(folder.home).read().of(RemovedLine) == []


def test_an_earlier_register_needs_no_sheet_of_judgements(folder: ProviderFolder) -> None:
    changed(folder, lambda book: book.remove(book["Judgements"]))
    assert open_folder(folder.home).read().of(JudgementLine) == []


def test_a_month_that_excel_turned_into_a_date_is_that_month(folder: ProviderFolder) -> None:
    excused = put("Expected returns", A5=datetime(2026, 3, 1), B5="ELM", C5="No", D5="Works")
    (line,) = [line for line in changed(folder, excused).read().of(ExpectedLine) if line.reason == "Works"]
    assert line.period == "2026-03"


def test_all_mistakes_are_listed_at_once(folder: ProviderFolder) -> None:
    with pytest.raises(RequestError, match=r"register\.xlsx has 2 mistakes:\n- Services!B5 .*\n- Services!H6 "):
        changed(folder, put("Services", B5=None, H6="never")).read()


def test_a_register_changed_as_people_do_is_read_all_the_same(folder: ProviderFolder) -> None:
    def change(book: Any) -> None:
        sheet = book["Services"]
        sheet.insert_rows(1, 2)
        sheet.move_range("C6:C8", cols=20)
        sheet["A9"], sheet["B9"], sheet["G9"] = 12, "The Willows", "1 April 2021"

    services = changed(folder, change).read().of(ServiceLine)
    assert [(each.code, each.region, each.opened) for each in services] == [
        ("ELM", "North", None), ("OAK", "South", None), ("12", "", date(2021, 4, 1)),
    ]  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"not a workbook", b"PK\x03\x04"])
def test_what_is_no_register_is_said(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "register.xlsx").write_bytes(data)
    with pytest.raises(SourceError, match="The register "):
        open_folder(tmp_path).read()


def test_a_folder_is_made_once_and_found_only_where_it_is(folder: ProviderFolder, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="exists already"):
        init_folder(folder.home, "Our Care", TODAY)
    with pytest.raises(SourceError, match="is not a provider's folder"):
        open_folder(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(QipxlError, match="cannot be made"):
        init_folder(tmp_path / "file", "Our Care", TODAY)


def of_month(register: Register, period: Period = MARCH) -> ProviderMonth:
    return ProviderMonth(ProviderFolder(register.path.parent), register, period)


def test_openings_closings_and_exceptions_set_who_is_expected(tmp_path: Path) -> None:
    lines = {
        ServiceLine: [
            ServiceLine(code="ELM", name="Elm"),
            ServiceLine(code="OAK", name="Oak", opened=date(2026, 3, 31)),
            ServiceLine(code="ASH", name="Ash", closed=date(2026, 3, 1), template="workforce"),
            ServiceLine(code="FIR", name="Fir", opened=date(2026, 4, 1)),
            ServiceLine(code="YEW", name="Yew", closed=date(2026, 2, 28)),
            ServiceLine(code="BOX", name="Box"),
        ],
        ExpectedLine: [ExpectedLine(period="2026-03", service="box", expected="No", reason="Works.")],
    }
    month = of_month(read_register(write_register(tmp_path / "register.xlsx", "Our Care", TODAY, lines)))
    assert [each.code for each in month.expected] == ["ELM", "OAK", "ASH"]
    assert [(order.template.key, order.service.code) for order in month.to_issue()] == [
        ("core", "ELM"), ("core", "OAK"), ("workforce", "ASH"),
    ]  # fmt: skip
    assert {order.template.key for order in month.to_issue("safeguarding")} == {"safeguarding"}


def standing(folder: ProviderFolder, returns: Any = None, today: date = TODAY) -> pd.DataFrame:
    return status_of(folder.read(), MARCH, returns, open_archive(folder.archive), today).set_index("service")


def test_where_a_month_stands(folder: ProviderFolder) -> None:
    changed(folder, put("Expected returns", A5="2026-03", B5="OAK", C5="No", D5="Closed for works."))
    rated = rate(check(grid("Actions\n| Ref | Status |\n| A-1 | Complete |", code="ELM"), MARCH.last), MARCH.last)
    before = standing(folder, None, date(2026, 4, 7))
    assert list(before["state"]) == ["not yet in", "not expected"]
    assert standing(folder)["state"]["ELM"] == "late"
    keep_returns(rated, folder.archive)
    after = standing(folder, rated.returns)
    assert (after["state"]["ELM"], after["kept"]["ELM"]) == ("in", 1)
    assert after["reason"]["OAK"] == "Closed for works."


def test_a_return_of_another_month_is_not_in(folder: ProviderFolder) -> None:
    other = grid("Actions\n| Ref | Status |\n| A-1 | Complete |", code="ELM", period="2026-02")
    assert standing(folder, other)["state"]["ELM"] == "late"


def test_a_refused_return_says_why(folder: ProviderFolder) -> None:
    returns = grid("Actions\n| Ref | Status |\n| A-1 | Complete |", code="ELM")
    returns.receipts["status"], returns.receipts["reason"] = "set aside", "Two differ."
    line = standing(folder, returns).loc["ELM"]
    assert (line["state"], line["reason"]) == ("set aside", "Two differ.")


def test_one_mistake_of_a_service_is_said_once(folder: ProviderFolder) -> None:
    wrong = changed(folder, put("Services", G6="soon"))
    changed(wrong, put("Commissioners", A5="North County", B5="OAK"))
    with pytest.raises(RequestError) as caught:
        wrong.read()
    assert "Services!G6" in str(caught.value)
    assert "there is no service with the code OAK" not in str(caught.value)


def own(**more: Any) -> SettingLine:
    return SettingLine(**{"setting": "red_after", "value": 40, "decided_by": "Board 3", "reason": "Agreed.", **more})


def month(tmp_path: Path, lines: list[Line], period: Period = MARCH) -> ProviderMonth:
    """A month of a provider whose register holds these lines beside one service."""
    folder = init_folder(tmp_path / "our", "Our Care", TODAY, [ELM])
    of: dict[type[Line], list[Line]] = {ServiceLine: [ServiceLine(code="ELM", name="Elm House")]}
    for line in lines:
        of.setdefault(type(line), []).append(line)
    write_register(folder.register, "Our Care", TODAY, of)
    return ProviderMonth(folder, folder.read(), period)


OVERDUE = """
    Actions
    | Ref   | Issue or risk | Owner   | Status      | Due date   | Original due date | Source         | Must or should  | Last update |
    | A-001 | Falls         | Ann Lee | In progress | 01/03/2026 | 01/03/2026        | Internal audit | Own improvement | 30/03/2026  |
"""


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ([], "At risk"),
        ([own(tier="T3", value=29)], "Off track"),
        ([own(setting="Days overdue that stay amber", value=29)], "Off track"),
        ([own(setting="qip_red_after_T3", value=29)], "Off track"),
        ([own(value=29, since="2026-04")], "At risk"),
        ([own(value=29, template="safeguarding")], "At risk"),
        ([own(value=29, since="2026-02"), own(value=60, since="2026-03")], "At risk"),
        ([own(value=60, since="2026-03"), own(value=29, since="2026-02")], "At risk"),
    ],
)
def test_a_limit_of_the_providers_own_decides_from_its_month_on(tmp_path: Path, lines: list[Line], word: str) -> None:
    core = {template.key: template for template in month(tmp_path, lines).templates}["core"]
    assert list(rate(grid(OVERDUE, core), MARCH.last).ratings["actions"]["delivery"]) == [word]


def test_local_limits_are_in_the_tracker_and_the_rules(tmp_path: Path) -> None:
    words = WordsLine(place="actions.field.owner.prompt", words="One person.", decided_by="Board 3", reason="Shorter.")
    at_work = month(tmp_path, [own(tier="T2", value=9), words])
    (order,) = at_work.to_issue()
    assert order.template.setting["red_after"].values == {"T1": 0, "T2": 9, "T3": 30}
    assert {field.key: field.prompt for field in order.template.tables["actions"].field}["owner"] == "One person."
    returns = grid(OVERDUE, order.template)
    summary = at_work.with_history(summarise(rate(check(returns, MARCH.last), MARCH.last)))
    said = [" | ".join(line) for line in summary.local_settings.itertuples(index=False)]
    assert said == [
        "every template | The provider's own: red_after T2 | 9 | Agreed. Decided by Board 3.",
        "every template | The provider's own: actions.field.owner.prompt | One person. | Shorter. Decided by Board 3.",
    ]
    assert list(rule_book(summary).frame["what"][:2]) == [line.split(" | ")[1] for line in said]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (own(setting="red_aftr"), "Settings, row 5: There is no setting red_aftr. Did you mean red_after?"),
        (own(tier="T4"), "Settings, row 5: red_after has values for T1, T2, T3, and none for T4."),
        (own(setting="high_risk", tier="T1"), "high_risk has one value for every tier. Leave the tier blank."),
        (own(setting="evidence_types", value=0), "evidence_types cannot be below 1."),
        (
            WordsLine(place="actions.rule.two-owner.say", words="x", decided_by="B", reason="r"),
            "Words, row 5: actions.rule.two-owner.say: there is no two-owner there. Did you mean two-owners?",
        ),
        (
            WordsLine(place="actions.field.owner.heading", words="Lead", decided_by="B", reason="r"),
            "actions.field.owner.heading ends with heading; what can be changed here is title, about, say",
        ),
    ],
)
def test_what_changes_nothing_is_named_with_its_row(tmp_path: Path, line: Line, sentence: str) -> None:
    with pytest.raises(RequestError, match="has settings or words that match nothing in the templates") as caught:
        list(month(tmp_path, [line]).templates)
    assert sentence in str(caught.value)


def test_a_limit_that_only_another_template_has_is_no_mistake(tmp_path: Path) -> None:
    templates = {each.key: each for each in month(tmp_path, [own(setting="pack_months", value=3)]).templates}
    assert templates["safeguarding"].setting["pack_months"].value == 3


def test_lists_of_statements_that_cannot_be_used_are_named_by_their_row(folder: ProviderFolder) -> None:
    def spoil(book: Any) -> None:
        book["Frameworks"]["A5"], book["Frameworks"]["C5"] = "cqc-2026-draft-question", "Board"
        for row, cells in enumerate(
            (
                ("cqc-2023-statements", "Safe", "Twice"),
                ("Ours (new)", "Safe", "Own"),
                ("Ours", "Safe", "One; two"),
                ("Ours", "Safe", "Same", "Safe: No such"),
            ),
            5,
        ):
            for column, cell in enumerate(cells, 1):
                book["Own standards"].cell(row, column).value = cell

    with pytest.raises(RequestError) as caught:
        changed(folder, spoil).read()
    for text in (
        "Frameworks, row 5: there is no list cqc-2026-draft-question. Did you mean cqc-2026-draft-questions?",
        "Own standards, row 5: cqc-2023-statements comes with qipxl. Give your list a name of its own.",
        "Own standards, row 6: the name of a list may hold letters, figures, spaces, ? and % only.",
        "Own standards, row 7: a statement or group may not hold ;",
        "Own standards, row 8: Same as: Safe: No such is in no list that comes with qipxl.",
    ):
        assert text in str(caught.value)
