"""Packs: each audience gets its tables, its services, no names where it stands outside, and a form that everybody can read."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from grids import grid
from validator import validate

from qipxl import Period, ProviderSummary, check, rate, read_returns, summarise
from qipxl.app.cli.main import main
from qipxl.app.demo import Demo
from qipxl.errors import OutputError
from qipxl.indicators.impact import impact_of
from qipxl.provider import ProviderMonth
from qipxl.returns.provenance import traced
from qipxl.summary.findings import findings_of
from qipxl.summary.packs import faults_in, pack_for, write_pack
from qipxl.summary.packs.events import events
from qipxl.summary.packs.monthly_figures import monthly_figures
from qipxl.summary.sheet_spec import LETTER_WORDS, letter_words
from qipxl.template import find_template

DAY = date(2026, 3, 31)


@pytest.fixture(scope="module")
def summary(demo: Demo) -> ProviderSummary:
    month = ProviderMonth(demo.folder, demo.folder.read(), Period(2026, 3))
    return month.with_history(summarise(month.rated(read_returns(demo.returns), demo.as_at), month.expected))


@pytest.fixture(scope="module")
def written(demo: Demo, summary: ProviderSummary, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The packs as the command writes them."""
    done = consolidate(demo, "--pack", "board", "--pack", "commissioner", "--pack", "inspector")
    assert done.exit_code == 0, done.output
    found = {path.stem.removeprefix("2026-03 pack for "): path for path in demo.summary.parent.glob("*pack for*")}
    assert set(found) == {"the board", "an inspector", "North County Council", "Mid Valley Integrated Care Board"}
    return found


def consolidate(demo: Demo, *options: str) -> Result:
    arguments = ["consolidate", str(demo.folder.home), "--period", "2026-03", *options]
    return CliRunner().invoke(main, arguments, env={"COLUMNS": "80", "NO_COLOR": "1"})


def tables(path: Path) -> dict[str, pd.DataFrame]:
    """Every table of a pack, by the name of its sheet without its number."""
    found = {}
    for sheet in openpyxl.load_workbook(path).worksheets[1:]:
        (table,) = sheet.tables.values()
        head, *rows = [[cell.value for cell in row] for row in sheet[table.ref]]
        found[sheet.title.partition(" ")[2]] = pd.DataFrame(rows, columns=head)
    return found


def everything(path: Path) -> str:
    book = openpyxl.load_workbook(path)
    return "\n".join(
        str(cell) for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) for cell in row if cell
    )


def names_of(summary: ProviderSummary) -> set[str]:
    """Everybody who is named in the returns, in a column or on the cover."""
    frames = {"actions": summary.actions, **summary.records}
    staff = {"owner", "accountable_lead", "submitted_by", "judged_by", "reviewed_by", "approved_by", "verified_by"}
    found = {name for frame in frames.values() for column in staff & set(frame.columns) for name in frame[column]}
    return {name for name in found | set(summary.sources["manager"]) if isinstance(name, str) and " " in name}


@pytest.mark.long
def test_every_pack_can_be_read_by_everybody_and_needs_no_repair(written: dict[str, Path]) -> None:
    assert validate(*written.values()) == []
    for path in written.values():
        assert faults_in(path) == []


@pytest.mark.long
def test_outside_readers_see_roles_and_the_board_sees_names(written: dict[str, Path], summary: ProviderSummary) -> None:
    names = names_of(summary)
    assert len(names) > 20
    for reader, path in written.items():
        text = everything(path)
        shown = {name for name in names if re.search(rf"\b{re.escape(name)}\b", text)}
        assert bool(shown) == (reader == "the board"), (reader, shown)
    assert "Registered manager" in everything(written["an inspector"])


def test_a_commissioner_sees_their_services_only(written: dict[str, Path], demo: Demo) -> None:
    theirs, others = demo.services[0::2], demo.services[1::2]
    text = everything(written["North County Council"])
    assert all(service.name in text for service in theirs)
    assert not any(service.name in text for service in others)
    lines = tables(written["North County Council"])["Services"]
    assert set(lines.loc[lines["Code"] != "[x]", "Service"]) == {service.name for service in theirs}


def test_counts_are_the_rows_of_the_table_of_actions(written: dict[str, Path]) -> None:
    for reader in ("an inspector", "North County Council"):
        found = tables(written[reader])
        counted = found["Services"].set_index("Service")
        headings = [heading for heading in map(letter_words, LETTER_WORDS) if heading in counted.columns]
        rows = found["Actions"].groupby("Service")["Headline"]
        for service, lines in rows:
            letters = lines.str[0].value_counts()
            shown = {column[0]: counted.at[service, column] for column in headings}
            assert {letter: count for letter, count in shown.items() if count} == letters.to_dict(), service
        assert counted.index[0] == "All together"
        assert counted.at["All together", "Actions"] == len(found["Actions"])


def test_promised_dates_stand_apart_from_the_providers_own(written: dict[str, Path]) -> None:
    found = tables(written["Mid Valley Integrated Care Board"])
    assert "Provider's own due date" in found["Actions"].columns
    assert "Date promised" not in found["Actions"].columns
    promised = found["Promised dates"]
    assert list(promised["Date promised"]) == sorted(promised["Date promised"])
    assert set(promised["Will it be kept?"]) <= {"Missed, or will be", "On course"}


def test_an_inspector_follows_each_action_day_by_day(written: dict[str, Path], summary: ProviderSummary) -> None:
    lines = tables(written["an inspector"])["Timeline of each action"]
    for _, own in lines.groupby(["Service", "Action"]):
        kinds = own["What happened"].tolist()
        assert (kinds[0], kinds.count("Issue or risk")) == ("Issue or risk", 1)
        days = own.loc[own["Date"] != "[x]", "Date"].tolist()
        assert days == sorted(days)
    counts = lines["What happened"].value_counts()
    kept = {key: frame[frame["return"].isin(summary.current["return"])] for key, frame in summary.records.items()}
    assert counts["Milestone done"] == kept["milestones"]["done_on"].notna().sum()
    assert counts["Evidence"] == kept["evidence"]["submitted_on"].notna().sum()
    assert counts["Review"] == kept["reviews"]["held_on"].notna().sum()
    assert counts["Challenge"] == kept["challenge"]["raised_on"].notna().sum()


FIGURES = """
    Actions
    | Ref   | Issue or risk | Status      | Due date   | Outcome indicator |
    | A-001 | Alerts        | In progress | 30/04/2026 | S-01             |
    Indicators
    | Ref  | Indicator     | Unit counted | Rate per | Which way is better |
    | S-01 | Alerts on time | alert        | 100      | Higher is better    |
    Figures
    | Ref       | Indicator | Month      | Numerator | Denominator |
    | S-01 2026-02 | S-01   | 01/02/2026 | {first}   | 40          |
    | S-01 2026-03 | S-01   | 01/03/2026 | 20        | 40          |
"""


def of_figures(first: int) -> ProviderSummary:
    rated = rate(check(grid(FIGURES.format(first=first), find_template("core")), DAY), DAY)
    return summarise(rated)


def test_the_timeline_has_linked_figures_but_no_small_ones(tmp_path: Path) -> None:
    summary = of_figures(3)
    found = tables(write_pack(pack_for("inspector", summary), summary, tmp_path / "pack.xlsx"))
    timeline = found["Timeline of each action"]
    figures = timeline[timeline["What happened"] == "Figures of the linked indicator"]
    assert list(figures["Details"]) == ["Alerts on time, per 100 (alert): Feb 2026 [c]; Mar 2026 50."]
    assert list(found["Indicator figures"]["Numerator"]) == ["[c]", "20"]
    assert list(monthly_figures(summary, external=False)["numerator"]) == ["3", "20"]


def test_rates_are_added_up_by_their_parts() -> None:
    rated = [
        rate(check(grid(FIGURES.format(first=first), code=code), DAY), DAY)
        for first, code in ((10, "ELM"), (30, "OAK"))
    ]
    both = {key: pd.concat([traced(each, key) for each in rated]) for key in ("indicators", "measurements")}
    one = summarise(rated[0])
    twice = replace(one, impact=impact_of(both, one.actions, None, Period(2026, 3), DAY))
    summed = monthly_figures(twice, external=False).query("total")
    assert summed[["name", "numerator", "denominator", "value"]].to_numpy().tolist() == [
        ["All services together", "40", "80", "50"], ["All services together", "40", "80", "50"],
    ]  # fmt: skip


def test_the_same_pack_has_the_same_bytes(summary: ProviderSummary, tmp_path: Path) -> None:
    one, two = (
        write_pack(pack_for("board", summary), summary, tmp_path / name).read_bytes() for name in ("a.xlsx", "b.xlsx")
    )
    assert one == two


@pytest.mark.long
def test_a_pack_may_be_about_one_service(demo: Demo) -> None:
    done = consolidate(demo, "--pack", "inspector", "--only", "s004")
    assert "pack for an inspector S004.xlsx" in done.output
    path = demo.summary.with_name("2026-03 pack for an inspector S004.xlsx")
    assert set(tables(path)["Actions"]["Service"]) == {demo.services[3].name}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--pack", "inspector", "--only", "S999"), "There is no service with the code S999 here."),
        (
            ("--pack", "commissioner", "--commissioner", "North Country Council"),
            "does not name North Country Council. Did you mean North County Council?",
        ),
    ],
)
def test_what_cannot_be_packed_is_one_sentence(demo: Demo, options: tuple[str, ...], words: str) -> None:
    done = consolidate(demo, *options)
    assert done.exit_code == 2
    assert words in " ".join(done.output.split())


@pytest.mark.long
def test_without_a_register_nobody_knows_who_commissions(demo: Demo, tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "summary.xlsx")]
    refused = CliRunner().invoke(main, ["consolidate", str(demo.returns), *out, "--pack", "commissioner"])
    assert "A provider's register says who commissions which service" in refused.output
    done = CliRunner().invoke(
        main, ["consolidate", str(demo.returns), *out, "--pack", "commissioner", "--only", "S001"]
    )
    assert done.exit_code == 0, done.output
    assert (tmp_path / "pack for a commissioner S001.xlsx").is_file()


def test_a_file_that_is_no_pack_is_not_written_over(demo: Demo, tmp_path: Path) -> None:
    mine: Any = tmp_path / "pack for the board.xlsx"
    mine.write_text("mine")
    done = CliRunner().invoke(
        main, ["consolidate", str(demo.returns), "--out", str(tmp_path / "summary.xlsx"), "--pack", "board"]
    )
    assert done.exit_code == 2
    assert "is not a pack that qipxl wrote" in " ".join(done.output.split())
    assert mine.read_text() == "mine"
    assert not (tmp_path / "summary.xlsx").exists()


MILESTONES = """
    Actions
    | Ref   | Issue or risk | Status      | Due date   | Original due date |
    | A-001 | Alerts        | In progress | 30/04/2026 | 30/04/2026        |
    | A-002 | Falls         | In progress | 31/05/2026 | 30/04/2026        |
    Milestones
    | Ref   | Action | Milestone | Due date   | Done on    |
    | M-001 | A-001  | Train     | 01/02/2026 | 03/02/2026 |
    | M-002 | A-001  | Review    | 01/04/2026 |            |
"""


def test_no_date_is_on_two_lines_of_the_timeline() -> None:
    summary = summarise(rate(check(grid(MILESTONES), DAY), DAY))
    lines = events(summary, monthly_figures(summary, external=True))
    assert (lines["ref"] + " " + lines["what"] + ": " + lines["words"]).tolist() == [
        "A-001 Issue or risk: Alerts", "A-001 Milestone done: M-001. Train. Due 01 Feb 2026", "A-001 Milestone due: M-002. Review",
        "A-001 Due date now: ", "A-002 Issue or risk: Falls", "A-002 Original due date: ", "A-002 Due date now: ",
    ]  # fmt: skip


def test_the_cover_has_the_headline_and_links(summary: ProviderSummary, tmp_path: Path) -> None:
    cover = openpyxl.load_workbook(write_pack(pack_for("board", summary), summary, tmp_path / "pack.xlsx"))["Cover"]
    findings = findings_of(summary)
    texts = [cell.value for (cell,) in cover.iter_rows()]
    assert texts[1:4] == [
        findings.headline,
        findings.second,
        "For the board. Everything the board needs, one table per sheet.",
    ]
    assert findings.notes[-1] in texts
    links = {cell.value: cell.hyperlink.location for (cell,) in cover.iter_rows() if cell.hyperlink}
    assert links["1 Key figures"] == "'1 Key figures'!A1"
    assert list(links) == texts[texts.index("Contents") + 1 : texts.index("Notes")]
    escalations = next(text for text in links if "Escalations" in text)
    assert escalations.partition(" ")[2] == "Escalations: nine actions need a decision above the service"


def test_the_board_pack_begins_with_the_findings(written: dict[str, Path], summary: ProviderSummary) -> None:
    found, findings = tables(written["the board"]), findings_of(summary)
    assert list(found)[:6] == [
        "Key figures", "Actions by month", "Decisions", "Services", "Delivery and impact", "Questions to ask",
    ]  # fmt: skip
    titles = [str(sheet["A1"].value) for sheet in openpyxl.load_workbook(written["the board"]).worksheets[2:6]]
    assert titles == [each.title for each in (findings.months, findings.decisions, findings.services, findings.matrix)]
    assert found["Key figures"]["Figure"].tolist() == [tile.figure for tile in findings.tiles]
    assert found["Actions by month"].iloc[-1, 1:].tolist() == list(findings.months.counts[-1])
    red = found["Services"].set_index("Service")
    line = next(line for line in findings.services.lines if not line.note)
    assert red.loc[line.name].tolist()[len(findings.services.months) : -1] == [*line.delivery, *line.impact]


def test_a_number_has_a_gap_to_the_words_beside_it(written: dict[str, Path], summary: ProviderSummary) -> None:
    sheet = openpyxl.load_workbook(written["the board"])["2 Actions by month"]
    head, number = sheet["B3"].alignment, sheet["B4"].alignment
    assert (head.horizontal, head.indent) == (number.horizontal, number.indent) == ("right", 1)


def test_long_lists_for_looking_up_print_only_their_title(written: dict[str, Path]) -> None:
    book = openpyxl.load_workbook(written["an inspector"])
    printed = {sheet.title.partition(" ")[2]: sheet.print_area for sheet in book.worksheets}
    assert printed["Indicator figures"].endswith("!$A$1:$H$2")
    assert "only its title prints" in book.worksheets[-1]["A2"].value
    assert printed["Services"].endswith(f"${book['1 Services'].max_row}")


def test_a_pack_that_not_everybody_can_read_is_not_left_there(summary: ProviderSummary, tmp_path: Path) -> None:
    pack = replace(pack_for("board", summary), reader="the board¹")
    with pytest.raises(OutputError, match="A note is marked with a symbol instead of words"):
        write_pack(pack, summary, tmp_path / "pack.xlsx")
    assert not list(tmp_path.iterdir())
