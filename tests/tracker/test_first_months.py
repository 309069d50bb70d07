"""The first months of a plan that was taken over: few questions at first, more each month, the same on the sheet as from the engine."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from factories import core_layouts
from grids import grid
from office import Office

from qipxl import Period, Returns, Service, check, rate, read_returns, write_tracker
from qipxl.app.cli.main import main
from qipxl.archive.keep import keep_returns
from qipxl.errors import TemplateError
from qipxl.provider import ProviderFolder, ProviderMonth, read_register
from qipxl.provider.register_schema import ServiceLine
from qipxl.provider.register_workbook import write_register
from qipxl.template import Template, load_template
from qipxl.tracker.issue import issue_trackers
from qipxl.workbook.layout import FIRST_ROW, column_letters
from qipxl.workbook.stamp import TAKEN_OVER, Stamp, read_stamp

DOCS = Path(__file__).parents[2] / "docs"
ROSEWOOD = Service(code="ROS", name="Rosewood Court", region="North", manager="Nina Patel")
MARCH, APRIL, MAY = Period(2026, 3), Period(2026, 4), Period(2026, 5)
MOST_FOR_AN_ACTION = 5
TABLES_WITH_ACTION = {"milestones", "evidence", "reviews", "challenge", "extensions"}


def adopted(plan: str, folder: Path) -> Path:
    """The first tracker from one of the plans of docs/adopt.md, with the mapping that qipxl proposes."""
    services = folder / "services.csv"
    services.write_text("code,name,region,manager\nROS,Rosewood Court,North,Nina Patel\n", "utf-8")
    asked = ["adopt", str(DOCS / plan), "--period", "2026-03", "--services", str(services), "--out", str(folder)]
    done = CliRunner().invoke(main, asked, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    (path,) = (folder / "trackers").glob("*.xlsx")
    return path


def checked(path: Path, period: Period = MARCH) -> Returns:
    return check(read_returns(path), period.last)


def asked_at_cells(returns: Returns) -> list[tuple[str, str, str]]:
    """The rules that cells break: sheet, cell, severity."""
    problems = returns.problems[(returns.problems["cell"] != "") & (returns.problems["table"] != "")]
    return sorted(zip(problems["sheet"], problems["cell"], problems["severity"], strict=True))


def on_checks(office: Office, path: Path) -> list[tuple[str, str, str]]:
    """The lines of the sheet Checks as LibreOffice works them out: sheet, cell, severity."""
    lines = office.values(path, {"Checks": "A5:H120"})["Checks"]
    return sorted((str(line[3]), str(line[1]), str(line[2])) for line in lines if line[0])


def said_on_top(office: Office, path: Path) -> str:
    """The sentence below the title of Checks."""
    return str(office.values(path, {"Checks": "A3:A3"})["Checks"][0][0])


def later(returns: Returns) -> list[str]:
    """What is said about later months."""
    return list(returns.problems.loc[returns.problems["code"] == "asked-later", "message"])


def missing(returns: Returns) -> set[tuple[str, str]]:
    """The fields that are asked for, with their table."""
    lines = returns.problems[returns.problems["code"] == "missing"]
    return set(zip(lines["table"], lines["heading"], strict=True))


def lines_of_actions(returns: Returns) -> Counter[str]:
    """The number of cells to put right for each action, with those of its milestones, evidence and reviews."""
    counts: Counter[str] = Counter()
    for problem in returns.problems[returns.problems["cell"] != ""].itertuples():
        if problem.table in {"actions", *TABLES_WITH_ACTION}:
            rows = returns.tables[str(problem.table)]
            column = "ref" if problem.table == "actions" else "action"
            counts[str(rows.loc[rows["row"] == problem.row, column].iloc[0])] += 1
    return counts


def as_if_new(path: Path, target: Path, core: Template) -> Path:
    """A tracker with the same rows that was not taken over from an old plan."""
    returns = read_returns(path)
    rows = {
        key: [
            {name: value for name, value in row.items() if not pd.isna(value) and value != ""}
            for row in returns.tables[key][[field.key for field in line.field]].to_dict("records")
        ]
        for key, line in core.tables.items()
    }
    for (key, name, _, row), value in returns.as_typed.items():
        rows[key][int(row) - FIRST_ROW][name] = value
    return write_tracker(core, ROSEWOOD, MARCH, target, rows=rows)  # type: ignore[arg-type]


@pytest.mark.long
@pytest.mark.parametrize("plan", ["old-plan.xlsx", "old-plan.docx"])
def test_the_first_month_asks_for_what_rates_an_action(
    plan: str, core: Template, office: Office, tmp_path: Path
) -> None:
    path = adopted(plan, tmp_path)
    returns = checked(path)
    asked = asked_at_cells(returns)
    assert max(lines_of_actions(returns).values()) <= MOST_FOR_AN_ACTION
    headings = set(returns.problems.loc[returns.problems["table"] == "actions", "heading"]) - {""}
    assert headings <= {"Owner", "Due date", "Status", "Success measure", "Completed on"}
    assert "Success measure" in headings
    new = checked(as_if_new(path, tmp_path / "new.xlsx", core))
    postponed = len(asked_at_cells(new)) - len(asked)
    assert max(lines_of_actions(new).values()) > MOST_FOR_AN_ACTION
    assert postponed > 0
    assert later(returns) == [f"{postponed} more things will be asked from April on."]
    assert later(new) == []
    assert on_checks(office, path) == asked
    assert said_on_top(office, path).endswith(f" {later(returns)[0]}")
    assert list(rate(returns, MARCH.last).ratings["actions"]["headline"]) == list(
        rate(new, MARCH.last).ratings["actions"]["headline"]
    )


@pytest.mark.long
def test_each_month_asks_more_and_the_third_everything(core: Template, office: Office, tmp_path: Path) -> None:
    line = ServiceLine(code="ROS", name="Rosewood Court", template="core")
    write_register(tmp_path / "register.xlsx", "Our Care", date(2026, 3, 1), {ServiceLine: [line]})
    folder = ProviderFolder(tmp_path)
    path, numbers, sentences = adopted("old-plan.xlsx", tmp_path), [], []
    for period in (MARCH, APRIL, MAY):
        month = ProviderMonth(folder, read_register(folder.register), period)
        if period != MARCH:
            (path,) = issue_trackers(month.to_issue(), period, folder.issued(period))
        rated = month.rated(read_returns(path), period.last)
        keep_returns(rated, folder.archive)
        asked = [each for each in asked_at_cells(rated.returns) if each[0] != "Figures"]
        assert on_checks(office, path) == asked_at_cells(rated.returns)
        numbers.append(len(asked))
        sentences.append(later(rated.returns))
        assert rated.returns.stamps[0].facts[TAKEN_OVER] == "2026-03"
    assert numbers == sorted(set(numbers))
    assert [len(each) for each in sentences] == [1, 1, 0]
    assert sentences[1][0].endswith(" will be asked in May.")
    new = checked(as_if_new(path, tmp_path / "new.xlsx", core))
    assert missing(new) <= missing(rated.returns)


@pytest.mark.long
def test_the_number_of_things_asked_later_follows_what_is_typed(core: Template, office: Office, tmp_path: Path) -> None:
    path = adopted("old-plan.xlsx", tmp_path)
    (before,) = later(checked(path))
    layout = core_layouts()["actions"]
    source = f"{column_letters(layout.index('source'))}{FIRST_ROW}"
    office.type_into(path, tmp_path / "typed.xlsx", {"Actions": {source: "Complaint"}})
    (after,) = later(checked(tmp_path / "typed.xlsx"))
    assert int(before.split()[0]) == int(after.split()[0])  # Source is given, but not yet its reference
    assert said_on_top(office, tmp_path / "typed.xlsx").endswith(after)
    reference = f"{column_letters(layout.index('source_reference'))}{FIRST_ROW}"
    cells = {source: "Complaint", reference: "C-12"}
    office.type_into(path, tmp_path / "both.xlsx", {"Actions": cells})
    assert later(checked(tmp_path / "both.xlsx")) == [
        f"{int(before.split()[0]) - 1} more things will be asked from April on."
    ]
    assert said_on_top(office, tmp_path / "both.xlsx").endswith(later(checked(tmp_path / "both.xlsx"))[0])


def test_start_here_says_what_is_asked_later(tmp_path: Path) -> None:
    path = adopted("old-plan.xlsx", tmp_path)
    (sentence,) = later(checked(path))
    book = openpyxl.load_workbook(path, data_only=True)
    assert str(book["Start here"]["B4"].value).endswith(f" to fix. {sentence}")


def test_a_plan_that_was_not_taken_over_is_asked_everything(core: Template) -> None:
    plan = """
        Actions
        | Ref   | Issue or risk | Intended change       | Owner  | Due date   | Status      |
        | A-001 | Call bells    | Answered in a minute  | Jo Lee | 30/06/2026 | In progress |
    """
    asked = set(check(grid(plan), MARCH.last).problems["heading"])
    first = set(check(grid(plan, **{TAKEN_OVER: "2026-03"}), MARCH.last).problems["heading"])
    assert {"Must or should", "Source", "Original due date", "Embedding review", "Success measure"} <= asked
    assert "Success measure" in first
    assert not first & {"Must or should", "Source", "Original due date", "Embedding review"}


@pytest.mark.parametrize(("period", "month"), [("2026-03", 1), ("2026-05", 3), ("2027-02", 12)])
def test_the_month_of_a_plan_is_counted_from_its_first(period: str, month: int) -> None:
    facts = dict.fromkeys(("template", "version", "service", "code", "region", "manager"), "x") | {"period": period}
    assert Stamp(facts).plan_month is None
    taken = Stamp({**facts, TAKEN_OVER: "2026-03"})
    assert taken.plan_month == month
    assert read_stamp(list(taken.rows())) == taken
    assert read_stamp(list(Stamp({**facts, TAKEN_OVER: "soon"}).rows())) is None


def test_a_template_may_not_ask_after_a_year(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[template]\nkey = "own"\ntitle = "Own"\nversion = "1"\nabout = "Ours."\nextends = "core"\n'
        '[[actions.rule]]\ncode = "no-role"\nwhen = "blank(owner_role)"\nsay = "Name the role."\nat = "owner_role"\n'
        "ask_from = 13\n",
        "utf-8",
    )
    with pytest.raises(TemplateError, match="ask_from"):
        load_template(own)
