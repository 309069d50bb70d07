"""Two months of a home with three plans, one of which comes back late, from `init` to the packs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from factories import run
from playing import Cells, Typist
from walking import action, day, rows_of, texts_of

from qipxl import Period, consolidate_month
from qipxl.archive.store import open_archive
from qipxl.provider import ProviderFolder, open_folder
from qipxl.provider.month_stage import record_of
from qipxl.provider.next_step import keep_record, template_digests
from qipxl.summary.finding_records import Findings
from qipxl.summary.summary import ProviderSummary
from qipxl.summary.workbook import write_with_findings
from qipxl.workbook.layout import HEADING_ROW

MARCH, APRIL = Period(2026, 3), Period(2026, 4)
LIST = """code,name,region,manager,plan
ELM,Elm House,North,Ann Khan,
ELM,Elm House,North,Ann Khan,Safeguarding
ELM,Elm House,North,Ann Khan,Restrictive practice
OAK,Oak Lodge,North,Bea Lund,
"""
GENERAL, SAFEGUARDING, RESTRICTIVE, OAK = "ELM", "ELM / Safeguarding", "ELM / Restrictive practice", "OAK"
FILES = {
    GENERAL: "ELM Elm House 2026-{}.xlsx", SAFEGUARDING: "ELM Elm House Safeguarding 2026-{}.xlsx",
    RESTRICTIVE: "ELM Elm House Restrictive practice 2026-{}.xlsx", OAK: "OAK Oak Lodge 2026-{}.xlsx",
}  # fmt: skip
TEMPLATES = {"Safeguarding": "safeguarding", "Restrictive practice": "restrictive-practice"}
ISSUES = {
    GENERAL: "Call bells wait", SAFEGUARDING: "Concerns are reported late", RESTRICTIVE: "Bed rails without a review",
    OAK: "Supervision is late",
}  # fmt: skip
"""The issue of the action A-001 of each plan."""


def type_into_register(folder: ProviderFolder, sheet: str, *lines: Sequence[object]) -> None:
    """Type lines below the headings of a sheet of the register."""
    book = openpyxl.load_workbook(folder.register)
    tab = book[sheet]
    row = next(row for row in range(HEADING_ROW + 1, tab.max_row + 2) if tab.cell(row, 1).value is None)
    for number, line in enumerate(lines, row):
        for column, value in enumerate(line, 1):
            tab.cell(number, column).value = value
    book.save(folder.register)


def choose_templates(folder: ProviderFolder) -> None:
    """Enter the template of each plan on the sheet Services."""
    book = openpyxl.load_workbook(folder.register)
    tab = book["Services"]
    columns = {cell.value: cell.column for cell in tab[HEADING_ROW]}
    for row in range(HEADING_ROW + 1, tab.max_row + 1):
        tab.cell(row, columns["Template"]).value = TEMPLATES.get(tab.cell(row, columns["Plan"]).value)
    book.save(folder.register)


def send(folder: ProviderFolder, code: str, period: Period, cells: Cells, file: str = "", submission: int = 1) -> Path:
    """Fill in the action A-001 of a plan's tracker, sign it and send it back."""
    name = FILES[code].format(f"{period.month:02d}")
    typed = Typist(folder.issued(period) / name)
    typed.type("Actions", "A-001", cells)
    typed.cover("Your name", "Jo Shah")
    typed.cover("Submission number", submission)
    sent = folder.home / "returns" / str(period) / (file or name)
    sent.parent.mkdir(parents=True, exist_ok=True)
    typed.book.save(sent)
    return sent


def first_cells(code: str, due_month: int) -> Cells:
    return action(
        ISSUES[code], "It is done as agreed", "Nine of ten in an audit", "Dee Tan", day(2, 2), day(due_month, 28)
    )


def succeeded(*arguments: object) -> str:
    """What a command prints; it must not fail."""
    done = run(*arguments)
    assert done.exit_code in (0, 1), done.output
    return " ".join(done.output.split())


def brought_together(
    folder: ProviderFolder, period: Period
) -> tuple[ProviderSummary, Findings, Mapping[str, list[list[object]]]]:
    """Consolidate a month as the command does; its summary, its findings and the sheets of its workbook."""
    month = folder.month(period)
    run_record, templates = record_of(month).begin(), template_digests(month)
    with consolidate_month(month, keep=True) as result:
        summary = result.summary(whole=True)
        assert summary.reconciles
        written, findings = write_with_findings(summary, month.summary)
        keep_record(run_record, month, result, findings, templates, [written])
        return summary, findings, texts_of(written)[1]


def line_of(frame: pd.DataFrame, code: str) -> Mapping[str, object]:
    (line,) = frame[frame["service"] == code].to_dict("records")
    return {str(name): value for name, value in line.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ProviderFolder:
    """The provider after `init`, with the templates of its plans in the register and the trackers of March issued."""
    home = tmp_path_factory.mktemp("plans")
    (home / "services.csv").write_text(LIST)
    succeeded("init", home / "our", "--name", "Our Care", "--services", home / "services.csv")
    made = open_folder(home / "our")
    choose_templates(made)
    succeeded("issue", made.home, "--period", MARCH)
    return made


@pytest.mark.long
def test_two_months_with_three_plans_one_of_them_late(folder: ProviderFolder) -> None:
    home = folder.home
    assert sorted(path.name for path in folder.issued(MARCH).glob("*.xlsx")) == sorted(
        name.format("03") for name in FILES.values()
    )
    tracker = openpyxl.load_workbook(folder.issued(MARCH) / FILES[SAFEGUARDING].format("03"))
    assert "Elm House (Safeguarding)" in [cell.value for cell in tracker["Start here"][1]]
    assert "waiting for 4 returns of 2 services" in succeeded("month", home, "--period", MARCH)

    for code in (GENERAL, RESTRICTIVE, OAK):
        send(folder, code, MARCH, first_cells(code, 2 if code == RESTRICTIVE else 6))
    summary, findings, sheets = brought_together(folder, MARCH)
    assert list(summary.overview["service"]) == ["ELM", "OAK"]
    elm = line_of(summary.overview, "ELM")
    assert (elm["name"], elm["state"], elm["actions"]) == ("Elm House", "2 of 3 plans in; Safeguarding is missing", 2)
    assert (findings.intake.sent, findings.intake.expected) == (1, 2)
    assert [service.name for service in findings.intake.missing] == ["Elm House (Safeguarding)"]
    assert findings.returns.figure == "1 of 2"
    assert findings.returns.context == "missing: Elm House (Safeguarding)"
    assert [line.name for line in findings.services.lines] == ["Elm House (2 of 3 plans in)", "Oak Lodge"]
    assert findings.services.title == "One of 2 services has a red action"
    plans = {line["Plan"]: line["Return"] for line in rows_of(sheets, "Plans", "Plan")}
    assert plans == {"General": "accepted", "Restrictive practice": "accepted", "Safeguarding": "no return"}
    assert "1 of 2 in; missing: Elm House (Safeguarding)" in succeeded("month", home, "--period", MARCH)
    shown = succeeded("status", home, "--period", MARCH, "--all")
    assert "2 services: 1 in part, 1 in. Elm House: 2 of 3 plans in; Safeguarding is late." in shown

    succeeded("issue", home, "--period", APRIL)
    send(folder, SAFEGUARDING, MARCH, first_cells(SAFEGUARDING, 6))  # after April's trackers were written
    said = succeeded("consolidate", home, "--period", MARCH, "--files")
    assert "The March 2026 return of ELM / Safeguarding came in after the tracker for April 2026 was issued" in said
    assert '--period 2026-04 --only "ELM / Safeguarding" --replace' in said
    summary, findings, _ = brought_together(folder, MARCH)
    elm = line_of(summary.overview, "ELM")
    assert (elm["state"], elm["actions"]) == ("accepted", 3)
    assert (findings.intake.sent, findings.returns.figure) == (2, "2 of 2")
    succeeded("issue", home, "--period", APRIL, "--only", "elm safeguarding", "--replace")
    for code in (GENERAL, SAFEGUARDING, RESTRICTIVE, OAK):
        carried = Typist(folder.issued(APRIL) / FILES[code].format("04"))
        assert (carried.refs("Actions"), carried.said("Actions", "A-001", "Issue or risk")) == (["A-001"], ISSUES[code])

    level = [day(4, 10), 4, "The board hears of it each month", "Board"]
    type_into_register(folder, "Decisions", ["ELM Safeguarding", "A-001", *level])
    type_into_register(folder, "Verifications", ["elm / general", "A-001", "Nia Price", day(4, 12)])
    type_into_register(folder, "Commissioners", ["North County", "ELM"], ["City Trust", "ELM: Safeguarding"])
    for code in (GENERAL, SAFEGUARDING, RESTRICTIVE, OAK):
        send(folder, code, APRIL, {"Progress": f"Said of {code}"})
    corrected = {"Progress": "Said again of the rails"}
    send(folder, RESTRICTIVE, APRIL, corrected, "Elm rails again.xlsx", submission=2)
    summary, findings, sheets = brought_together(folder, APRIL)
    receipts = summary.returns.receipts
    assert sorted(zip(receipts["service"], receipts["status"], strict=True)) == [
        (GENERAL, "accepted"), (RESTRICTIVE, "accepted"), (RESTRICTIVE, "superseded"), (SAFEGUARDING, "accepted"), (OAK, "accepted"),
    ]  # fmt: skip
    progress = dict(zip(summary.actions["service"], summary.actions["progress"], strict=True))
    assert progress == {code: f"Said of {code}" for code in (GENERAL, SAFEGUARDING, OAK)} | {
        RESTRICTIVE: "Said again of the rails"
    }
    levels = dict(zip(summary.actions["service"], summary.actions["escalation"], strict=True))
    assert [code for code, level in levels.items() if level == "Board"] == [SAFEGUARDING]
    assert summary.escalated.set_index("service").loc[SAFEGUARDING, "decided"].endswith("(level 4)")
    assert list(summary.overview["service"]) == ["ELM", "OAK"]
    assert int(summary.totals["actions"].iloc[-1]) == len(summary.actions) == 4
    assert [(line.name, line.red[-1]) for line in findings.services.lines] == [("Elm House", 1), ("Oak Lodge", 0)]
    named = [(line["Service"], line["Ref"]) for line in rows_of(sheets, "All actions", "Ref")]
    assert sorted(named) == [
        ("Elm House", "A-001"), ("Elm House (Restrictive practice)", "A-001"), ("Elm House (Safeguarding)", "A-001"), ("Oak Lodge", "A-001"),
    ]  # fmt: skip

    succeeded("consolidate", home, "--period", APRIL, "--pack", "commissioner")
    books = {
        path.stem.rpartition(" for ")[2]: texts_of(path) for path in folder.summary(APRIL).parent.glob("*pack*.xlsx")
    }
    assert sorted(books) == ["City Trust", "North County"]
    packs = {name: text for name, (text, _) in books.items()}
    for name, actions in (("North County", 3), ("City Trust", 1)):
        services = {row["Service"]: row["Actions"] for row in rows_of(books[name][1], "1 Services", "Code")}
        assert services["All together"] == services["Elm House"] == actions
        assert not [service for service in services if service.startswith("Elm House (")]
    assert [ISSUES[code].lower() in packs["City Trust"].lower() for code in FILES] == [False, True, False, False]
    assert [ISSUES[code].lower() in packs["North County"].lower() for code in FILES] == [True, True, True, False]


@pytest.mark.long
def test_a_second_plan_is_added_and_the_first_goes_on(tmp_path: Path) -> None:
    services = tmp_path / "services.csv"
    services.write_text("code,name\nELM,Elm House\n")
    succeeded("init", tmp_path / "our", "--name", "Our Care", "--services", services)
    folder = open_folder(tmp_path / "our")
    succeeded("issue", folder.home, "--period", MARCH)
    send(folder, GENERAL, MARCH, first_cells(GENERAL, 6))
    brought_together(folder, MARCH)
    type_into_register(folder, "Services", ["ELM", "Elm House", *[None] * 7, "Safeguarding"])
    succeeded("issue", folder.home, "--period", APRIL)
    kept = Typist(folder.issued(APRIL) / FILES[GENERAL].format("04"))
    new = Typist(folder.issued(APRIL) / FILES[SAFEGUARDING].format("04"))
    assert (kept.refs("Actions"), new.refs("Actions")) == (["A-001"], [])
    send(folder, GENERAL, APRIL, {"Progress": "Two shifts"})
    send(folder, SAFEGUARDING, APRIL, first_cells(SAFEGUARDING, 6))
    summary, findings, _ = brought_together(folder, APRIL)
    assert summary.history is not None
    counted = summary.history[summary.history["letter"] == ""]
    assert sorted(zip(counted["service"], counted["period"], strict=True)) == [
        (GENERAL, "2026-03"), (GENERAL, "2026-04"), (SAFEGUARDING, "2026-04"),
    ]  # fmt: skip
    (line,) = findings.services.lines
    assert (line.name, line.red[-2:]) == ("Elm House", [0, 0])
    versions = open_archive(folder.archive).versions
    assert sorted(zip(versions["service"], versions["period"], strict=True)) == [
        (GENERAL, "2026-03"), (GENERAL, "2026-04"), (SAFEGUARDING, "2026-04"),
    ]  # fmt: skip
