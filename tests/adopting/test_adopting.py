"""Old workbooks brought over: twelve and more layouts, each by a mapping kept beside it, every cell of the outcome in sight."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from factories import first_only
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from old_plans import PLANS, rosewood
from word_plans import rosewood_word

from qipxl import Period, Service, check, find_template, rate, read_returns, summarise
from qipxl.adopting import (
    Adopted,
    adopt_workbooks,
    mapping_text,
    open_old_workbook,
    propose_mapping,
    read_mapping,
)  # fmt: skip
from qipxl.adopting.account import full_text
from qipxl.adopting.adopt import taken_over
from qipxl.adopting.mapping import MIN_CONFIDENCE
from qipxl.app.cli.main import main
from qipxl.errors import RequestError, SourceError
from qipxl.reading.file.limits import Limits
from qipxl.template import Template
from qipxl.workbook.layout import CARRIED

MAPPINGS = Path(__file__).parent / "mappings"
MARCH = Period(2026, 3)
OAK = Service(code="OAK", name="Oak Lodge", region="North", manager="Mary Khan")
ELM = Service(code="ELM", name="Elm House", region="North", manager="Lee Brown")
SEVERAL = {"council", "tabs_of_services", "care_home", "qcs_like", "titled"}
"""Plans that say themselves whose they are; the others are taken for those of the only service listed."""


def services_for(name: str) -> list[Service]:
    return [OAK, ELM] if name in SEVERAL else [OAK]


def adopt(folder: Path, name: str, *more: str) -> Result:
    """The command, as it is typed, in a folder that holds the old plan and the list of services."""
    lines = [f"{each.code},{each.name},{each.region},{each.manager}" for each in services_for(name)]
    (folder / "services.csv").write_text("\n".join(["code,name,region,manager", *lines]) + "\n", "utf-8")
    old = PLANS[name](folder)
    asked = ["adopt", str(old), "--period", "2026-03", "--services", str(folder / "services.csv")]
    return CliRunner().invoke(main, [*asked, "--out", str(folder / "adopted"), *more], catch_exceptions=False)


def said(cell: object) -> str:
    return (
        f"{cell:%d/%m/%Y}"
        if isinstance(cell, date)
        else ""
        if cell is None
        else f"{cell:g}"
        if isinstance(cell, float | int)
        else str(cell)
    )


def grid_of(path: Path, template: Template) -> Iterator[str]:
    """Every cell that somebody could have filled in, as lines: the table, then a row a line, headings of filled columns first."""
    book = openpyxl.load_workbook(path)
    for line in template.tables.values():
        if line.filled_by != "service":
            continue
        sheet = book[line.sheet]
        columns = {str(cell.value): cell.column for cell in sheet[4] if cell.value}
        rows = [
            [said(sheet.cell(row, columns[field.heading]).value) for field in line.field]
            for row in range(5, 5 + line.rows)
        ]
        rows = [row for row in rows if any(row)]
        used = [place for place in range(len(line.field)) if any(row[place] for row in rows)]
        if rows:
            yield f"{line.sheet}: " + " | ".join(line.field[place].heading for place in used)
            yield from (" | ".join(row[place].replace("\n", " / ") for place in used) for row in rows)
    if CARRIED in book.sheetnames:
        yield f"{CARRIED}:"
        for row in book[CARRIED].iter_rows(min_row=5, values_only=True):
            yield " | ".join(said(cell) for cell in row)


GRIDS = {
    "titled": """
        == OAK Oak Lodge 2026-03
        Actions: Ref | Issue or risk | Intended change | Owner | Due date | Status | Completed on
        1 | Medicines counted wrongly | Weekly stock check by a senior | Jo Shah | 31/03/2026 | In progress |
        2 | Care plans out of date | Review all plans | Ann Lee | 28/02/2026 | Complete | 20/02/2026
        3 | No fire drill since May | Hold a drill | Jo Shah | 30/04/2026 | Not started |
        Carried over:
        1 |  | RAG | Amber | Action Plan!H7
        2 |  | RAG | Green | Action Plan!H8
        3 |  | RAG | Red | Action Plan!H9
    """,
    "by_question": """
        == OAK Oak Lodge 2026-03
        Actions: Ref | Theme | Issue or risk | Intended change | Owner | Due date | Status
        1 | Safe | MAR charts have gaps | Audit daily | Kit Ward | 01/03/2026 | Complete
        2 | Safe | Fridge not checked | Log twice a day | Nia Iqbal | 01/04/2026 | In progress
        3 | Safe | Agency use is high | Recruit | Mary Khan | 01/06/2026 | Not started
        A-001 | Well-led | Audits are not followed up | Action log at each meeting | Mary Khan | 15/03/2026 | In progress
        Carried over:
        1 |  | (heading above) | MEDICINES | Safe!A4
        2 |  | (heading above) | MEDICINES | Safe!A4
        3 |  | (heading above) | STAFFING | Safe!A7
        A-001 | 1 | Ref | 1 | Well-led!4:4
    """,
    "colours": """
        == OAK Oak Lodge 2026-03
        Actions: Ref | Theme | Issue or risk | Intended change | Owner | Due date | Status
        A-001 | Kitchen | Temperatures not logged | New log | Sam Cole | 01/02/2026 | Complete
        A-002 | Lounge | Carpet lifts | Replace it | Sam Cole | 20/03/2026 | In progress
        A-003 | Garden | Gate does not lock | Fit a lock | Di Fox | 01/03/2026 | Not started
    """,
    "struck": """
        == OAK Oak Lodge 2026-03
        Actions: Ref | Issue or risk | Intended change | Owner | Due date | Status
        OL-1 | Call bells slow | Review rota | Jo Shah | 31/01/2026 | Complete
        OL-2 | Weights missed | Weigh monthly | Ann Lee | 30/04/2026 | In progress
        OL-3 | Bins overflow | New contract | Di Fox | 31/05/2026 | Not started
        Carried over:
        OL-1 |  | Comments | rota changed | Actions!G2
        OL-1 |  | (struck through) | The row is struck through. Its Status said DONE. | Actions!2:2
        OL-2 |  | Owner (comment) | Ann is on leave until May | Actions!D3
        OL-2 |  | Comments | half done | Actions!G3
    """,
    "text_dates": """
        == OAK Oak Lodge 2026-03
        Actions: Ref | Issue or risk | Intended change | Owner | Due date | Status
        1 | Falls not reviewed | Falls meeting | Jo Shah | 31/03/2026 | In progress
        2 | Pressure care | Train staff | Jo Shah | 30/04/2026 | In progress
        3 | Fluid charts | Spot checks | Ann Lee | 15/05/2026 | Complete
        4 | Handover poor | New form |  | 1.6.26 | In progress
        5 | Lift breaks down | Call engineer | Di Fox | ASAP | In progress
        6 | Supervision late | Plan dates | Di Fox | 04/05/2026 | Not started
        Carried over:
        2 |  | Owner | Jo Shah / Ann Lee | Sheet1!D3
        4 |  | Owner | Ann & Jo | Sheet1!D5
    """,
    "continued": """
        == OAK Oak Lodge 2026-03
        Actions: Ref | Issue or risk | Intended change | Owner | Due date
        1 | Infection control | Deep clean / Order new mops / Audit hand washing | Jo Shah | 01/03/2026
        2 | Training | Book moving and handling | Ann Lee | 01/05/2026
        3 | Signage | Dementia friendly signs | Di Fox | 01/06/2026
        4 | Signage | Large print menus | Di Fox | 30/06/2026
        Carried over:
        1 |  | Update | started | Plan!G3
        1 |  | Update | ordered 3/1 | Plan!G4
    """,
    "monthly": """
        == OAK Oak Lodge 2026-03
        Actions: Ref | Issue or risk | Intended change | Success measure | Owner | Due date
        A1 | Falls are rising | Falls champion | Fewer than 4 falls a month | Jo Shah | 30/06/2026
        Indicators: Ref | Indicator | Target
        I-01 | Falls | 4
        I-02 | Medicine errors | 0
        Figures: Ref | Indicator | Month | Numerator
        I-01 2026-03 | I-01 | 01/03/2026 | 4
        I-02 2026-03 | I-02 | 01/03/2026 | 1
        I-01 2026-02 | I-01 | 01/02/2026 | 5
        I-02 2026-02 | I-02 | 01/02/2026 | 1
        I-01 2026-01 | I-01 | 01/01/2026 | 6
        I-02 2026-01 | I-02 | 01/01/2026 | 3
        I-01 2025-12 | I-01 | 01/12/2025 | 8
        I-01 2025-11 | I-01 | 01/11/2025 | 6
        I-02 2025-11 | I-02 | 01/11/2025 | 1
        I-01 2025-10 | I-01 | 01/10/2025 | 7
        I-02 2025-10 | I-02 | 01/10/2025 | 2
        Carried over:
        I-02 |  | Dec 2025 | n/a | Dashboard!E4
    """,
    "long_figures": """
        == OAK Oak Lodge 2026-03
        Actions: Ref | Issue or risk | Intended change | Owner | Due date
        F1 | Complaints late | Weekly log | Jo Shah | 01/04/2026
        F2 | Few activities | Activities planner | Di Fox | 01/05/2026
        Indicators: Ref | Indicator
        I-01 | Complaints
        I-02 | Outings
        Figures: Ref | Indicator | Month | Numerator
        I-01 2026-03 | I-01 | 01/03/2026 | 4
        I-02 2026-03 | I-02 | 01/03/2026 | 5
        I-01 2026-02 | I-01 | 01/02/2026 | 2
        I-01 2026-01 | I-01 | 01/01/2026 | 3
    """,
    "qcs_like": """
        == OAK Oak Lodge 2026-03
        Actions: Ref | Issue or risk | Intended change | Owner | Due date | Status
        A-001 | Wardrobes are not fixed | Fix every wardrobe | Sam Cole | 15/02/2026 | Complete
        A-002 | DBS renewals late | Renew and log | Mary Khan | 15/03/2026 | In progress
        Evidence: Ref | Action | What it is
        E-001 | A-001 | Maintenance log p. 4
    """,
    "council": """
        == ELM Elm House 2026-03
        Actions: Ref | Source reference | Issue or risk | Intended change | Owner | Due date
        A-001 | R2 | Complaints not logged | Start a log | Di Fox | 01/04/2026
        == OAK Oak Lodge 2026-03
        Actions: Ref | Source reference | Issue or risk | Intended change | Owner | Due date | Verified by
        A-001 | R1 | Records are not secure | Lock the office | Jo Shah | 01/03/2026 | P Green
        A-002 | R3 | No dignity champion | Name one | Ann Lee | 01/04/2026 |
        Evidence: Ref | Action | What it is
        E-001 | A-001 | Photo of the lock
        Carried over:
        A-001 |  | Council comments | seen 2/3 | Contract monitoring!H4
        A-002 |  | Council comments | will visit | Contract monitoring!H6
    """,
    "risks": """
        == OAK Oak Lodge 2026-03
        Actions: Ref | Likelihood at start | Consequence at start | Likelihood now | Consequence now | Issue or risk \
            | Intended change | Owner | Due date | Target risk score
        RR7 | 4 | 4 | 3 | 4 | Boiler may fail in winter | Replace the boiler | Sam Cole | 30/09/2026 | 6
        RR9 | 5 | 4 | 4 | 4 | Night staffing is thin | Recruit two | Mary Khan | 31/05/2026 | 8
        Carried over:
        RR7 |  | Initial risk Score | 16 | Risk register!E3
        RR7 |  | Controls in place | Service contract | Risk register!F3
        RR7 |  | Current risk Score | 12 | Risk register!I3
        RR9 |  | Initial risk Score | 20 | Risk register!E4
        RR9 |  | Controls in place | Bank staff | Risk register!F4
        RR9 |  | Current risk Score | 16 | Risk register!I4
    """,
    "care_home": """
        == ELM Elm House 2026-03
        Actions: Ref | Issue or risk | Intended change | Owner | Due date | Verified by
        A-001 | People were not always safe | New risk assessments for all | Lee Brown | 31/03/2026 |
        A-002 | Consent was not recorded | Train seniors in the MCA | Pat Young | 28/02/2026 | Lee Brown
        Carried over:
        A-001 |  | Regulation and key question | 12; SAFE and WELL LED? | CQC Action Plan!B7
        A-001 |  | Progress | six of ten done | CQC Action Plan!F7
        A-002 |  | Regulation and key question | 11; EFFECTIVE | CQC Action Plan!B8
        A-002 |  | Progress | complete | CQC Action Plan!F8
    """,
    "tabs_of_services": """
        == ELM Elm House 2026-03
        Actions: Ref | Issue or risk | Intended change | Owner | Due date | Status
        T1 | Old hoists | Replace two | Di Fox | 01/06/2026 | In progress
        T2 | Post not opened | Daily check | Lee Brown | 10/03/2026 | Complete
        == OAK Oak Lodge 2026-03
        Actions: Ref | Issue or risk | Intended change | Owner | Due date | Status
        T1 | Rota gaps | Fill shifts | Jo Shah | 01/03/2026 | In progress
    """,
}
"""For each plan its trackers: the filled cells of every table, then the lines of Carried over."""


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.strip().splitlines()]


def test_there_are_twelve_layouts_and_more() -> None:
    assert len(PLANS) >= 12
    assert {path.stem for path in MAPPINGS.glob("*.toml")} == set(PLANS) == set(GRIDS)


@pytest.fixture(scope="module", params=first_only(PLANS, 4))
def adopted_plan(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Each old plan adopted by the mapping kept beside it: its name, and the folder that holds it and what was written."""
    folder = tmp_path_factory.mktemp(request.param)
    done = adopt(folder, request.param, "--mapping", str(MAPPINGS / f"{request.param}.toml"))
    assert done.exit_code == 0, done.output
    return request.param, folder


def test_each_old_plan_becomes_what_it_said(adopted_plan: tuple[str, Path], core: Template) -> None:
    name, folder = adopted_plan
    found: list[str] = []
    for path in sorted((folder / "adopted" / "trackers").iterdir()):
        found += [f"== {path.stem}", *(" ".join(line.split()) for line in grid_of(path, core))]
    assert found == lines(GRIDS[name])


def test_a_dry_run_writes_mapping_and_report_alone(tmp_path: Path) -> None:
    done = adopt(tmp_path, "titled", "--dry-run")
    assert done.exit_code == 0
    assert "No tracker was written" in done.output
    assert sorted(path.name for path in (tmp_path / "adopted").iterdir()) == [
        "adopt.toml",
        "mapping.xlsx",
        "titled report.xlsx",
    ]


def test_every_cell_is_carried_or_in_the_report(adopted_plan: tuple[str, Path]) -> None:
    name, folder = adopted_plan
    old = openpyxl.load_workbook(folder / f"{name}.xlsx", data_only=True)
    filled = {
        f"{sheet.title}!{cell.coordinate}" for sheet in old for row in sheet for cell in row if cell.value is not None
    }
    book = openpyxl.load_workbook(folder / "adopted" / f"{name} report.xlsx")
    front = {row[0]: row[1] for row in book["Report"].iter_rows(min_row=4, values_only=True)}
    listed = [
        f"{row[0]}!{row[1]}" for row in book["Cells not carried"].iter_rows(min_row=5, values_only=True) if row[1]
    ]
    assert front["Cells that hold something"] == len(filled)
    assert front["The two add up"] == "Yes"
    assert front["Hidden rows, read like all others"] == (name == "struck")
    assert front["carried into a tracker"] + len(listed) == len(filled)
    assert set(listed) <= filled
    assert len(set(listed)) == len(listed)


def test_an_adopted_tracker_is_checked_rated_and_consolidated(adopted_plan: tuple[str, Path]) -> None:
    _, folder = adopted_plan
    returns = check(read_returns(folder / "adopted" / "trackers"))
    assert set(returns.receipts["status"]) == {"accepted"}
    summary = summarise(rate(returns))
    assert len(summary.actions) == len(returns.tables["actions"]) > 0
    missing = returns.problems[returns.problems["code"] == "missing"]
    assert set(missing["field"]) <= {
        "owner",
        "due",
        "status",
        "success_measure",
    }  # the first month asks what rates an action
    later = returns.problems[returns.problems["code"] == "asked-later"]
    assert set(later["return"]) == set(returns.accepted.index)  # what the old plan never asked
    carried = returns.problems[returns.problems["sheet"] == CARRIED]
    assert set(carried["code"]) <= {
        "tab-extra"
    }  # named, for information: nobody is to think that the sheet is collected
    assert set(carried["severity"]) <= {"for information"}


PUBLISHED = {
    "a care home's plan for CQC": {
        "CQC requirement/recommendation": ("actions.issue", ["People were not safe", "Consent was not recorded"]),
        "Regulation and key question": ("actions.regulation", ["12; SAFE and WELL LED?", "11; EFFECTIVE"]),
        "Improvement and action plan (and evidence)": (
            "actions.intended_change",
            ["New risk assessments", "Train seniors"],
        ),
        "By whom": ("actions.owner", ["RM", "OM / HSO"]),
        "By when": ("actions.due", [date(2026, 3, 31), "end of May"]),
        "Progress": ("actions.progress", ["six of ten done", "started"]),
        "Signed off": ("actions.verified_by", ["L Brown", "KW"]),
    },
    "qcs.co.uk": {
        "Item to be rectified": ("actions.issue", ["Wardrobes loose", "DBS late"]),
        "Actions required": ("actions.intended_change", ["Fix them", "Renew"]),
        "Deadline": ("actions.due", [date(2026, 2, 1), date(2026, 3, 1)]),
        "Person responsible": ("actions.owner", ["Sam Cole", "Mary Khan"]),
        "RAG": ("", ["R", "A"]),
        "Key documents": ("evidence.description", ["Maintenance log", "DBS log"]),
    },
    "impact-guru.co.uk": {
        "Baseline issue": ("actions.issue", ["Falls are high", "Few outings"]),
        "Corrective action": ("actions.intended_change", ["Falls champion", "Planner"]),
        "Evidence source": ("evidence.description", ["Falls log", "Photos"]),
        "Owner": ("actions.owner", ["Jo Shah", "Di Fox"]),
        "Timescale": ("actions.due", ["4 weeks", date(2026, 4, 1)]),
        "Measurable improvement": ("actions.success_measure", ["Fewer than 4 a month", "Two a week"]),
    },
    "a care plan audit": {
        "Issue Identified": ("actions.issue", ["Plan out of date", "No consent form"]),
        "Action Required": ("actions.intended_change", ["Review it", "Obtain it"]),
        "Responsible Person": ("actions.owner", ["Ann Lee", "Jo Shah"]),
        "Target Date": ("actions.due", ["31/03/2026", "2026-04-30"]),
        "Status": ("actions.status", ["Open", "Closed"]),
    },
}
"""The columns of published layouts of plans: what each means here, and values made up for them."""


def old_book(path: Path, columns: dict[str, list[object]]) -> Path:
    book = openpyxl.Workbook()
    for place, (heading, values) in enumerate(columns.items(), 1):
        for row, value in enumerate([heading, *values], 1):
            book.active.cell(row, place, value)
    book.save(path)
    return path


def test_published_columns_are_mapped_right_without_help(tmp_path: Path, core: Template) -> None:
    right = wrong = having = 0
    for number, (name, columns) in enumerate(PUBLISHED.items()):
        path = old_book(tmp_path / f"{number}.xlsx", {heading: values for heading, (_, values) in columns.items()})
        (table,) = propose_mapping([open_old_workbook(path)], core).table
        for line in table.column:
            meant, _ = columns[line.heading]
            having += meant != ""
            right += meant != "" and line.field == meant
            wrong += line.field not in ("", meant)
            assert (line.confidence >= MIN_CONFIDENCE) == bool(line.field), (name, line)
    assert wrong == 0
    assert right / having >= 0.9, f"{right} of {having}"


HEADINGS = {
    "progress": (
        "Update",
        "Comments",
        "Progress",
        "Progress to date",
        "RAG commentary",
        "Latest position",
        "Progress (May)",
    ),
    "interim_control": ("Mitigation in place", "Interim control"),
    "root_cause": ("Root cause", "Root Causes"),
}


@pytest.mark.parametrize(("field", "heading"), [(field, each) for field, names in HEADINGS.items() for each in names])
def test_old_headings_of_progress_control_and_cause(field: str, heading: str, tmp_path: Path, core: Template) -> None:
    columns: dict[str, list[object]] = {
        "Issue": ["Falls at night", "Late medicines"], "Action": ["Fit sensors", "Two rounds"], heading: ["None fitted yet", "Six of eight"],
    }  # fmt: skip
    old = open_old_workbook(old_book(tmp_path / "Oak Lodge.xlsx", columns))
    (adopted,) = adopt_workbooks([old], propose_mapping([old], core), core, [OAK], MARCH)
    ((_, plan),) = adopted.plans.items()
    assert [row[field] for row in plan.rows["actions"]] == ["None fitted yet", "Six of eight"]
    assert not plan.carried_over


def test_a_progress_column_of_status_words_is_the_status(tmp_path: Path, core: Template) -> None:
    columns: dict[str, list[object]] = {
        "Issue": ["Falls", "Fire"],
        "Action": ["Fit sensors", "Doors"],
        "Progress": ["Ongoing", "Complete"],
    }
    (table,) = propose_mapping([open_old_workbook(old_book(tmp_path / "plan.xlsx", columns))], core).table
    assert table.fields["progress"] == "actions.status"


def test_the_mapping_is_written_read_and_used_again(tmp_path: Path, core: Template) -> None:
    for name, build in PLANS.items():
        proposed = propose_mapping([open_old_workbook(build(tmp_path))], core, [OAK, ELM])
        path = tmp_path / f"{name}.toml"
        path.write_text(mapping_text(proposed, core), "utf-8")
        assert read_mapping(path, core).model_dump() == proposed.model_dump()


def test_a_mapping_with_mistakes_says_all_of_them(tmp_path: Path, core: Template) -> None:
    path = tmp_path / "adopt.toml"
    path.write_text(
        (MAPPINGS / "titled.toml")
        .read_text("utf-8")
        .replace("actions.owner", "actions.ownr")
        .replace('"Complete"', '"Finished"'),
        "utf-8",
    )
    with pytest.raises(RequestError) as caught:
        read_mapping(path, core)
    assert "actions.ownr is not a field" in str(caught.value)
    assert "'Completed' cannot become 'Finished'" in str(caught.value)
    path.write_text(
        (MAPPINGS / "long_figures.toml").read_text("utf-8").replace("measurements.month", "actions.due"), "utf-8"
    )
    with pytest.raises(RequestError, match=r"a row of measurements cannot fill actions\.due"):
        read_mapping(path, core)
    path.write_text("template = 'core'\ntabel = 3\n", "utf-8")
    with pytest.raises(RequestError, match="tabel: is not an entry of a mapping"):
        read_mapping(path, core)
    path.write_text("template = core", "utf-8")
    with pytest.raises(RequestError, match="is not valid TOML"):
        read_mapping(path, core)


def test_two_owners_are_asked_about(tmp_path: Path) -> None:
    done = adopt(tmp_path, "text_dates")
    assert "Who is this? Enter the name on the sheet Words, or under [people]: Jo Shah / Ann Lee, Ann & Jo" in " ".join(
        done.output.split()
    )
    assert '"Jo Shah / Ann Lee" = ""' in (tmp_path / "adopted" / "adopt.toml").read_text("utf-8")


def test_a_corrected_mapping_is_never_written_over(tmp_path: Path) -> None:
    adopt(tmp_path, "titled", "--dry-run")
    corrected = tmp_path / "adopted" / "adopt.toml"
    corrected.write_text(corrected.read_text("utf-8") + "# ours\n", "utf-8")
    adopt(tmp_path, "titled", "--dry-run")
    assert corrected.read_text("utf-8").endswith("# ours\n")
    assert (tmp_path / "adopted" / "adopt-2.toml").exists()


def test_trackers_are_not_written_over_unasked(tmp_path: Path) -> None:
    assert adopt(tmp_path, "titled").exit_code == 0
    again = adopt(tmp_path, "titled")
    assert again.exit_code == 2
    assert "--replace" in again.output
    assert adopt(tmp_path, "titled", "--replace").exit_code == 0


def test_start_here_says_what_was_taken_over(tmp_path: Path) -> None:
    assert adopt(tmp_path, "titled").exit_code == 0
    [path] = (tmp_path / "adopted" / "trackers").glob("*.xlsx")
    book = openpyxl.load_workbook(path)
    texts = [str(cell) for row in book["Start here"].iter_rows(values_only=True) for cell in row if cell]
    [taken] = [text for text in texts if text.startswith("Taken over from titled.xlsx: ")]
    actions = [row[0] for row in book["Actions"].iter_rows(min_row=5, max_col=1, values_only=True) if row[0]]
    assert f" cells ({len(actions)} actions); " in taken
    carried = [row for row in book["Carried over"].iter_rows(min_row=5, values_only=True) if any(row)]
    assert taken.endswith(f"; {len(carried)} things to decide: {len(carried)} on Carried over.")
    front = openpyxl.load_workbook(tmp_path / "adopted" / "titled report.xlsx")["Report"]
    figures = dict(row[:2] for row in front.iter_rows(values_only=True))
    assert f": {figures['carried into a tracker']} of {figures['Cells that hold something']} cells " in taken
    assert not [problem for problem in check(read_returns(path)).problems["code"] if problem == "text-outside"]


def test_the_cells_of_each_service_are_counted(core: Template, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["Group action plan"],
        ["Home", "Ref", "Issue", "Action", "Owner", "Due date", "Status", "RAG"],
        [
            "Oak Lodge",
            "1",
            "Falls at night",
            "Sensor mats checked",
            "Jo Shah",
            date(2026, 4, 30),
            "In progress",
            "Amber",
        ],
        ["Oak Lodge", "2", "Fridge too warm", "Log twice a day", "Jo Shah", date(2026, 5, 31), "Sometime", "Red"],
        ["Elm House", "1", "Late reviews", "Reviews are booked", "Lee Brown", date(2026, 4, 30), "Not started", None],
    ):
        sheet.append(row)
    book.save(tmp_path / "group.xlsx")
    workbook = open_old_workbook(tmp_path / "group.xlsx")
    mapping = propose_mapping([workbook], core, [OAK, ELM])
    (plan,) = adopt_workbooks([workbook], mapping, core, [OAK, ELM], MARCH)
    said = {code: taken_over(plan, code, core) for code in plan.plans}
    assert said["OAK"].text == (
        "Taken over from group.xlsx: 16 of 16 cells (2 actions); 3 things to decide: 2 on Carried over and 1 on Checks."
    )
    assert said["OAK"].sheet == "Carried over"
    assert said["ELM"].text == "Taken over from group.xlsx: 7 of 7 cells (1 action); nothing to decide."


def test_a_folder_of_one_layout_in_one_run(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    for service in (OAK, ELM):
        PLANS["struck"](folder).rename(folder / f"{service.name} plan.xlsx")
    (folder / "Thumbs.db").write_bytes(b"left behind")
    (folder / "~$Oak Lodge plan.xlsx").write_bytes(b"lock")
    (tmp_path / "services.csv").write_text("code,name\nOAK,Oak Lodge\nELM,Elm House\n", "utf-8")
    asked = [
        "adopt",
        str(folder),
        "--period",
        "2026-03",
        "--services",
        str(tmp_path / "services.csv"),
        "--out",
        str(tmp_path / "out"),
    ]
    done = CliRunner().invoke(main, asked, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "out" / "trackers").iterdir()) == [
        "ELM Elm House 2026-03.xlsx",
        "OAK Oak Lodge 2026-03.xlsx",
    ]
    assert len(list((tmp_path / "out").glob("* report.xlsx"))) == 2


def test_a_service_that_is_not_listed_is_asked_about(tmp_path: Path) -> None:
    old = PLANS["council"](tmp_path)
    (tmp_path / "services.csv").write_text("code,name\nOAK,Oak Lodge\nX,Other\n", "utf-8")
    asked = [
        "adopt",
        str(old),
        "--period",
        "2026-03",
        "--services",
        str(tmp_path / "services.csv"),
        "--out",
        str(tmp_path / "out"),
    ]
    mapping = MAPPINGS / "council.toml"
    done = CliRunner().invoke(main, [*asked, "--mapping", str(mapping)], catch_exceptions=False)
    assert done.exit_code == 2
    assert "“Elm House” (1 row)" in done.output
    named = tmp_path / "known.toml"
    named.write_text(
        mapping.read_text("utf-8").replace("[service.known]", '[service.known]\n"Elm House" = "X"'), "utf-8"
    )
    assert CliRunner().invoke(main, [*asked, "--mapping", str(named)], catch_exceptions=False).exit_code == 0
    named.write_text(named.read_text("utf-8").replace('"Elm House" = "X"', '"Elm House" = "Y"'), "utf-8")
    done = CliRunner().invoke(main, [*asked, "--mapping", str(named)], catch_exceptions=False)
    assert "The mapping names a service Y, which is not in the list of services. Its codes: OAK, X." in done.output


def test_old_months_and_rows_without_room_are_carried_over(tmp_path: Path, core: Template) -> None:
    book = openpyxl.Workbook()
    months = [date(2022 + number // 12, number % 12 + 1, 1) for number in range(51)]
    for column, value in enumerate(["Indicator", *months], 1):
        book.active.cell(1, column, value)
    for row in range(2, 8):
        for column, value in enumerate([f"Falls {row}", *range(51)], 1):
            book.active.cell(row, column, value)
    book.save(tmp_path / "figures.xlsx")
    old = open_old_workbook(tmp_path / "figures.xlsx")
    (adopted,) = adopt_workbooks([old], propose_mapping([old], core), core, [OAK], MARCH)
    plan = adopted.plans["OAK"]
    assert adopted.reconciles
    assert len(plan.rows["measurements"]) == core.tables["measurements"].rows
    assert min(str(row["month"]) for row in plan.rows["measurements"]) >= "2023-04-01"
    assert len(plan.rows["measurements"]) + len(plan.carried_over) == 6 * 51


def test_a_second_figure_and_an_unreadable_month_are_not_lost(tmp_path: Path, core: Template) -> None:
    columns = {
        "Measure": ["Falls", "Falls", "Falls"],
        "Month": [date(2026, 1, 1), date(2026, 1, 20), "spring"],
        "Value": [3, 4, 5],
        "Comments": ["wet floor", "two at night", "none"],
    }
    old = open_old_workbook(old_book(tmp_path / "long.xlsx", columns))
    (adopted,) = adopt_workbooks([old], propose_mapping([old], core), core, [OAK], MARCH)
    plan = adopted.plans["OAK"]
    assert [row["numerator"] for row in plan.rows["measurements"]] == [3]
    assert [line.text for line in plan.carried_over if "figure" in line.heading or "month" in line.heading] == [
        "20/01/2026, 4, two at night",
        "spring, 5, none",
    ]
    assert adopted.reconciles


def test_more_actions_than_a_tracker_has_room_for_are_not_lost(tmp_path: Path, core: Template) -> None:
    many = core.tables["actions"].rows + 5
    columns = {"Issue": [f"Issue {n}" for n in range(many)], "Action required": [f"Do task {n}" for n in range(many)]}
    old = open_old_workbook(old_book(tmp_path / "many.xlsx", columns))
    (adopted,) = adopt_workbooks([old], propose_mapping([old], core), core, [OAK], MARCH)
    plan = adopted.plans["OAK"]
    assert len(plan.rows["actions"]) == core.tables["actions"].rows
    assert {line.text for line in plan.carried_over} >= {f"Issue {n}" for n in range(many - 5, many)}
    assert len(adopted.rows_set_aside) == 5
    assert adopted.reconciles


NOT_PLANS = {
    "empty": b"",
    "a page": b"<html><body>plan</body></html>",
    "a pdf": b"%PDF-1.7 plan",
    "zeros": bytes(600),
    "half a zip": b"PK\x03\x04" + bytes(200),
}


@pytest.mark.parametrize("name", NOT_PLANS)
def test_what_is_no_workbook_ends_in_one_sentence(name: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_bytes(NOT_PLANS[name])
    (tmp_path / "services.csv").write_text("code,name\nOAK,Oak Lodge\n", "utf-8")
    asked = [
        "adopt",
        str(path),
        "--period",
        "2026-03",
        "--services",
        str(tmp_path / "services.csv"),
        "--out",
        str(tmp_path / "out"),
    ]
    done = CliRunner().invoke(main, asked, catch_exceptions=False)
    assert done.exit_code == 2
    assert re.fullmatch(r"Error: plan\.xlsx: [^\n]+\n", done.output)
    assert not (tmp_path / "out").exists()


def test_a_tracker_or_a_workbook_without_a_table_is_refused(tmp_path: Path) -> None:
    adopt(tmp_path, "titled")
    ours = next((tmp_path / "adopted" / "trackers").iterdir())
    with pytest.raises(SourceError, match=r"2026-03\.xlsx: This workbook comes from qipxl already"):
        open_old_workbook(ours)
    book = openpyxl.Workbook()
    book.active["A1"] = "Dear all"
    book.save(tmp_path / "letter.xlsx")
    asked = [
        "adopt",
        str(tmp_path / "letter.xlsx"),
        "--period",
        "2026-03",
        "--services",
        str(tmp_path / "services.csv"),
        "--out",
        str(tmp_path / "new"),
    ]
    done = CliRunner().invoke(main, asked, catch_exceptions=False)
    assert done.exit_code == 2
    assert "no table of actions" in done.output


def test_the_same_limits_hold_as_for_returns(tmp_path: Path) -> None:
    path = PLANS["titled"](tmp_path)
    for limits in (Limits(file_mb=0), Limits(members=2), Limits(cells=5), Limits(tabs=0), Limits(read_mb=0)):
        with pytest.raises(SourceError):
            open_old_workbook(path, limits)


HEADS = (
    "Ref", "Issue", "Action required", "Owner", "Due date", "Status", "Evidence", "Month", "Value", "Indicator", "RAG", "Update", "Due date",
    "Signed off", "Apr-25", "May-25", "Jun-25",
)  # fmt: skip
CELLS = st.one_of(
    st.sampled_from(
        ["", "x", "Done", "TBC", "Jo / Ann", "31/03/2026", "- see below", "Apr-25", "=1+1", "ref\nno", "SAFE", "Total"]
    ),
    st.sampled_from(
        [
            "Falls in the lounge",
            "Ask families",
            "A-001",
            "a-001",
            "Notes: none",
            "Owner",
            "Issue",
            "Oak Lodge",
            "_x000D_",
        ]
    ),
    st.integers(-5, 60),
    st.dates(date(1999, 1, 1), date(2101, 1, 1)),
    st.times(),
    st.booleans(),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    heads=st.lists(st.sampled_from(HEADS), min_size=2, max_size=8),
    top=st.integers(1, 3),
    cells=st.dictionaries(st.tuples(st.integers(1, 14), st.integers(1, 8)), CELLS, max_size=70),
    merges=st.lists(st.tuples(st.integers(1, 12), st.integers(1, 6), st.integers(0, 2), st.integers(0, 2)), max_size=3),
    rows=st.sampled_from(["join", "own"]),
    merged=st.sampled_from(["fill", "first"]),
)
def test_every_cell_of_any_workbook_is_accounted_for(
    heads: list[str],
    top: int,
    cells: dict[tuple[int, int], object],
    merges: list[tuple[int, int, int, int]],
    rows: str,
    merged: str,
    tmp_path: Path,
) -> None:
    core, book = find_template("core"), openpyxl.Workbook()
    for (row, column), value in cells.items():
        book.active.cell(row, column, value)
    for column, head in enumerate(heads, 1):
        book.active.cell(top, column, head)
    for row, column, down, right in merges:
        try:
            book.active.merge_cells(start_row=row, start_column=column, end_row=row + down, end_column=column + right)
        except ValueError:
            continue
    path = tmp_path / "any.xlsx"
    book.save(path)
    old = open_old_workbook(path)
    proposed = propose_mapping([old], core, [OAK])
    table = tuple(each.model_copy(update={"rows": rows, "merged": merged}) for each in proposed.table)
    refused = ""
    try:
        (adopted,) = adopt_workbooks([old], proposed.model_copy(update={"table": table}), core, [OAK], MARCH)
    except RequestError as error:
        refused = str(error)
    if refused:
        assert re.search("carries none of its tables|not in the list of services", refused)
        return
    assert adopted.reconciles
    for plan in adopted.plans.values():
        refs = [str(row["ref"]).lower() for row in plan.rows.get("actions", [])]
        assert len(set(refs)) == len(refs)
    come_out = "\n".join([*everything_said(adopted), OAK.name])  # whose it is stands on Start here
    meant = {old for lines in table for words in lines.words.values() for old, new in words.items() if new}
    for each in old.tabs[0].rows.values():
        for cell in each.values():
            text = full_text(cell.value)
            month = MONTHS_SAID.get(text) or (f"{cell.value:01/%m/%Y}" if isinstance(cell.value, date) else text)
            assert text in come_out or " ".join(text.split()) in come_out or text in meant or month in come_out, (
                cell,
                come_out,
            )


MONTHS_SAID = {"31/03/2026": "01/03/2026", "Apr-25": "01/04/2025"}
"""Of texts that are drawn, the first day of the month that each is in a column of months."""


def everything_said(adopted: Adopted) -> Iterator[str]:
    """Every text of the trackers to be, and of the report."""
    for plan in adopted.plans.values():
        for rows in plan.rows.values():
            yield from (full_text(value) for row in rows for value in row.values())
        yield from (line.text for line in plan.carried_over)
    yield from (left.text for left in adopted.not_carried)


DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_followed_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, core: Template) -> None:
    page = (DOCS / "adopt.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("old-plan.xlsx", "old-plan.docx"):
        (tmp_path / name).write_bytes((DOCS / name).read_bytes())
    blocks = [
        [line.strip() for line in block.splitlines()]
        for block in re.findall(r"((?:^(?: {7}| {4})[^\s].*\n)+)", page, re.MULTILINE)
    ]
    services, look, edits, write, judge, word_look, word_edits, word_write = blocks
    (tmp_path / "services.csv").write_text("\n".join(services) + "\n", "utf-8")

    def follow(command: str) -> Result:
        return CliRunner().invoke(main, command.split()[1:], catch_exceptions=False)

    first = follow(look[0])
    assert first.exit_code == 0
    assert "No tracker was written" in first.output
    assert "NP/TW" in first.output
    assert follow(word_look[0]).exit_code == 0
    for folder, decisions in (("adopted", edits), ("word", word_edits)):
        assert decide(tmp_path / folder / "mapping.xlsx", decisions) == len(decisions)
    second = follow(write[0])
    assert second.exit_code == 0, second.output
    tracker = tmp_path / re.search(r"`(adopted/trackers/[^`]+)`", page)[1]
    (finished,) = [line for line in grid_of(tracker, core) if line.startswith("2 | MEDICINES")]
    assert "Complete" in finished
    third = follow(judge[0])
    assert third.exit_code == 1
    assert "Success measure is empty" in " ".join(third.output.split())
    assert follow(word_write[0]).exit_code == 0
    (word,) = (tmp_path / "word" / "trackers").iterdir()
    found = [line for line in grid_of(word, core) if "Safe" in line or "Well-led" in line]
    assert "In progress" in found[0]
    assert "Tom Webb" in found[1]
    assert "Complete" in found[2]
    for folder in ("adopted", "word"):
        front = openpyxl.load_workbook(tmp_path / folder / "old-plan report.xlsx")["Report"]
        assert ("The two add up", "Yes") in [row[:2] for row in front.iter_rows(values_only=True)]


def decide(path: Path, decisions: list[str]) -> int:
    """Fill in the dark cells of a mapping, each given as “Words: OLD → NEW”; the number of dark cells that there were."""
    book = openpyxl.load_workbook(path)
    dark = [
        cell
        for sheet in book
        for row in sheet.iter_rows(min_row=5)
        for cell in row
        if cell.fill.fgColor.rgb == "FFFBE6BD"
    ]
    for decision in decisions:
        sheet, _, words = decision.partition(": ")
        old, _, new = words.partition(" → ")
        (cell,) = [
            cell
            for cell in dark
            if cell.parent.title == sheet and old in [each.value for each in cell.parent[cell.row]]
        ]
        cell.value = new
    book.save(path)
    return len(dark)


def test_the_page_has_the_old_plan_it_speaks_of(tmp_path: Path) -> None:
    kept, made = open_old_workbook(DOCS / "old-plan.xlsx"), open_old_workbook(rosewood(tmp_path))
    assert [(tab.title, tab.cells, tab.merged) for tab in kept.tabs] == [
        (tab.title, tab.cells, tab.merged) for tab in made.tabs
    ]


def test_the_page_has_the_word_plan_it_speaks_of(tmp_path: Path) -> None:
    assert (DOCS / "old-plan.docx").read_bytes() == rosewood_word(tmp_path).read_bytes()
