"""The screen of a month: at most 22 lines of 80 columns, whatever the number of services, files and decisions."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from qipxl.app.month_screen import NextSteps, decision_lines, show_demo, show_month
from qipxl.summary.finding_records import Decision, Decisions, Findings, Level, Matrix, MonthsChart, ServicesMap
from qipxl.summary.intake import Intake, Missing, UnusedFile

MONTHS = MonthsChart(
    "Red 3 to 9", ["Feb 2026", "Mar 2026"], list("R?ANDGB"), [[3, 0, 6, 27, 2, 4, 0], [9, 1, 5, 10, 4, 11, 2]],
    ["R red", "? not rated", "A amber", "N too early to tell", "D delivered only", "G green: works", "B blue: embedded"],
    ["#B3261E", "#FFFFFF", "#F2B233", "#D9DFE5", "#9FB6CC", "#257A55", "#12436D"], "",
    ["#FFFFFF", "#1D2733", "#1D2733", "#1D2733", "#1D2733", "#FFFFFF", "#FFFFFF"],
)  # fmt: skip
PDF = "This is a PDF, not a workbook. Ask for the Excel file itself. (Its name ends like a workbook's.)"
INTAKE = Intake(
    11, 12, [Missing("The Willows", "no return", "January 2026")], 11, 1, 0, {"refused": 1},
    [UnusedFile("Scan of tracker.xlsx", "refused", PDF)], 8, 4, 16,
)  # fmt: skip


def level(word: str, *names: str, number: int = 0) -> Level:
    """A level of escalation with actions such as “Mill Lane A-002”."""
    parts = [name.rpartition(" ") for name in names]
    decisions = [Decision(service, "S001", ref, "", "", "", 0) for service, _, ref in parts]
    return Level(word, "", "#B3261E", number or len(names), decisions)


LEVELS = [
    level("Board", "Harbour View A-001", "Rosewood Lodge A-001", "Oak Tree Lodge A-003"),
    level("Executive lead", "Beech Court A-001", "Rosewood Lodge A-005", "Orchard Close A-006"),
    level("Director", "Mill Lane A-002", "Priory Gardens A-002"),
]
FINDINGS = Findings(
    "Made-up Care", "March 2026", date(2026, 3, 31),
    "9 of 43 actions are red. In each of the five months before it was 3 or 4.",
    "Three need the board to decide. Three were finished but did not work. 13 are shown to work, two of them embedded.",
    [], MONTHS, Decisions("", LEVELS, 0), ServicesMap("", [], [], [], [], "", ""), Matrix("", [], [], [], []), None, [], [], INTAKE,
)  # fmt: skip
STEPS = NextSteps(
    "qipxl check demo --period 2026-03 --queries back --fresh", Path("demo/summaries/2026-03 summary.xlsx"),
    "qipxl page demo --period 2026-03 --pdf", "a web page and a PDF",
)  # fmt: skip


def printed(findings: Findings, steps: NextSteps = STEPS, *, colours: bool = False) -> str:
    """What a terminal of 80 columns, or a file, gets."""
    out = io.StringIO()
    show_month(
        Console(file=out, width=80, force_terminal=colours, color_system="truecolor" if colours else None),
        findings,
        steps,
    )
    return out.getvalue()


def test_a_month_without_colours() -> None:
    assert (
        printed(FINDINGS).replace(" \n", "\n")
        == """\
Made-up Care, March 2026    as at 31 March 2026
9 of 43 actions are red. In each of the five months before it was 3 or 4.
Three need the board to decide. Three were finished but did not work. 13 are
shown to work, two of them embedded.

Mar 2026   R 9    ? 1    A 5    N 10   D 4    G 11   B 2
Feb 2026   R 3           A 6    N 27   D 2    G 4

Returns   11 of 12 in. Missing: The Willows (last: January 2026)
Files     11 used, 1 copy passed over, 1 refused:
          Scan of tracker.xlsx: This is a PDF, not a workbook. Ask for the Excel
          file itself.
To fix    8 cells in 4 services, 16 to look at. Write the queries:
          qipxl check demo --period 2026-03 --queries back --fresh

For the board       the executive lead  the director
Harbour View A-001  Beech Court A-001   Mill Lane A-002
and 2 more          and 2 more          Priory Gardens A-002

Summary   demo/summaries/2026-03 summary.xlsx
Next      qipxl page demo --period 2026-03 --pdf    a web page and a PDF
          --services lists every service, --files every file
"""
    )


def test_colours_add_nothing_but_colour() -> None:
    import re

    coloured = printed(FINDINGS, colours=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == printed(FINDINGS)


LONG = "Saint Bartholomew's House for Older People and their Families by the Sea"
MANY = Intake(
    240, 300, [Missing(f"House {number}", "no return", "January 2026") for number in range(60)], 240, 12, 3,
    {"set aside": 9, "refused": 31}, [UnusedFile(f"tracker {number}.xlsx", "refused", PDF) for number in range(10)], 810, 95, 1600,
)  # fmt: skip
CROWD = [
    level(word, *[f"{LONG} A-{number:03}" for number in range(3)], number=75)
    for word in ("Board", "Executive lead", "Director")
]
WAITS = "1 correction waits for a decision: Elm House."
COMPARED = "9 of 43 actions are red. In the services that can be compared it is 8, after 3 or 4 in each of the five months before."
LONGEST = (
    "Three need the board to decide. Three were finished but did not work. Two that were embedded are slipping. 13 are shown to work, two "
    "of them embedded. The months compare the same services, without Harbour View, Rosewood Lodge and Oak Tree Lodge."
)
LATE = [
    (
        f"The March 2026 returns of {', '.join(f'S{number:03}' for number in range(20))} came in late. Run:",
        "qipxl issue " * 30,
    )
]


@pytest.mark.parametrize(
    ("findings", "steps"),
    [
        (replace(FINDINGS, intake=MANY, decisions=Decisions("", CROWD, 216)), STEPS),
        (
            replace(FINDINGS, intake=MANY),
            replace(
                STEPS,
                late=LATE,
                archive="11 returns added.",
                packs="2026-03 pack for the board.xlsx and 7 more, beside it. Before you send one: --files says what to check.",
            ),
        ),
        (
            replace(FINDINGS, headline=COMPARED, second=LONGEST, intake=MANY),
            replace(STEPS, late=LATE, archive="11 returns added."),
        ),
        (replace(FINDINGS, second="", decisions=Decisions("", [], 0)), STEPS),
        (
            replace(
                FINDINGS, headline=COMPARED, second=LONGEST, intake=replace(MANY, waiting=[WAITS] * 4, to_choose=9)
            ),
            replace(STEPS, late=LATE, archive="11 returns added."),
        ),
    ],
    ids=["300 services", "late returns", "a long headline", "nothing to decide", "corrections"],
)
def test_a_month_is_22_lines_of_80_columns(findings: Findings, steps: NextSteps) -> None:
    lines = printed(findings, steps).splitlines()
    assert len(lines) <= 22, "\n".join(lines)
    assert max(map(len, lines)) <= 80
    assert lines[-2].startswith("Next      qipxl page demo --period 2026-03 --pdf")


def test_long_lists_say_how_many_more_there_are() -> None:
    text = printed(replace(FINDINGS, intake=MANY, decisions=Decisions("", CROWD, 216)))
    assert "240 of 300 in. Missing:" in text
    assert "and 58 more: --services" in " ".join(text.split())
    assert "240 used, 15 copies or older files passed over, 9 set aside, 31 refused: --files" in " ".join(text.split())
    assert "and 73 more" in text
    assert "A-000" in text, "a name that is too long is cut, its Ref is not"


def test_late_returns_come_with_their_command() -> None:
    text = printed(
        FINDINGS,
        replace(STEPS, late=[("The March 2026 return of S003 came in late. Run:", "qipxl issue demo --only S003")]),
    )
    assert (
        "Late      The March 2026 return of S003 came in late. Run:\n          qipxl issue demo --only S003\n" in text
    )


def test_a_letter_is_explained_if_there_is_room() -> None:
    text = printed(replace(FINDINGS, decisions=Decisions("", [], 0)))
    assert "R red   ? not rated   A amber   N too early to tell   D delivered only" in text


@pytest.mark.parametrize(
    ("intake", "words"),
    [
        (replace(INTAKE, sent=12, missing=[]), "Returns   All 12 in."),
        (replace(INTAKE, missing=[Missing("Elm House", "refused", "")]), "Missing: Elm House (file refused)"),
        (replace(INTAKE, not_used={}, unused=[], copies=0), "Files     11 used."),
        (
            replace(INTAKE, missing=[Missing("Elm House", "2 returns differ", "", waits=True)]),
            "Returns   11 of 12 in.\n",
        ),
        (
            replace(INTAKE, waiting=[WAITS], to_choose=1),
            f"To choose {WAITS} How to choose: --files\n",
        ),
        (replace(INTAKE, to_choose=2), "Files     11 used, 1 copy passed over, 2 to choose from, 1 refused:"),
        (
            replace(INTAKE, waiting=[WAITS] * 9, to_choose=9),
            "To choose 9 files of returns that differ. How to choose: --files",
        ),
        (replace(INTAKE, to_fix=0, to_fix_services=0), "To fix    No cell must be fixed, 16 to look at."),
        (replace(INTAKE, to_fix=1, to_fix_services=1, to_look=0), "To fix    1 cell in 1 service. Write the queries"),
        (replace(INTAKE, to_fix=0, to_fix_services=0, to_look=0), "To fix    Nothing."),
    ],
)
def test_what_came_in_is_said_in_words(intake: Intake, words: str) -> None:
    assert words in printed(replace(FINDINGS, intake=intake))


def test_the_demo_ends_with_files_and_commands() -> None:
    out = io.StringIO()
    files = [
        ("What the board reads", Path("d/summaries/2026-03 summary.xlsx")),
        ("What head office keeps", Path("d/register.xlsx")),
    ]
    show_demo(
        Console(file=out, width=80),
        FINDINGS,
        ["Made-up Care: 12 services.", "69 returns."],
        files,
        [("qipxl status d", "who has sent what")],
    )
    assert out.getvalue().splitlines()[-6:] == [
        "Open these",
        "  What the board reads    d/summaries/2026-03 summary.xlsx",
        "  What head office keeps  d/register.xlsx",
        "",
        "Then try",
        "  qipxl status d   who has sent what",
    ]


def test_with_one_line_each_level_names_its_first_action() -> None:
    said = [line.plain for line in decision_lines(LEVELS, 1)]
    assert said[1].split("  ")[0] == "Harbour View A-001 +2"
    unlisted = [level("Board", number=4)]
    assert [line.plain for line in decision_lines(unlisted, 1)][1] == "4 actions"
