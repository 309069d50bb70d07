"""The year of one action of one service, month by month: what the service enters, and what head office records before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from playing import Month, Player, Typist

from qipxl import Period, Service
from qipxl.provider.register_schema import Line, VerificationLine

ELM = Service(code="ELM", name="Elm House", region="North", manager="Jo Shah")
JANUARY = Period(2025, 1)
REF, INDICATOR = "A-001", "I-01"
OWNER, REVIEWER = "Ann Lee", "Cy Fox"
TEMPLATE = """\
[template]
key = "one-action"
title = "Quality improvement plan"
version = "1.1"
about = "The core template, with rows for one action."
extends = "core"
"""
ROWS = {"actions": 4, "milestones": 8, "extensions": 4, "evidence": 10, "challenge": 8, "reviews": 8, "indicators": 4,
        "measurements": 30, "head_office": 6, "finished": 4}  # fmt: skip
"""With fewer rows a tracker is written, edited and worked out in a tenth of the time; the rules are those of core."""
BEFORE = (11, 12, 10, 12, 13, 11, 10, 12, 11, 13, 11, 10)
"""Charts with a gap among 60 checked, from January to December of the year before."""
CHECKED = 60


def day(month: int, number: int, year: int = 2025) -> date:
    return date(year, month, number)


STEP, STEP_DONE = day(2, 10), day(3, 12)
ORIGINAL, REVISED, DELIVERED, PLANNED_REVIEW = day(3, 20), day(4, 30), day(4, 24), day(7, 15)
FIRST_REVIEW, EMBEDDING_REVIEW, NEXT_REVIEW = day(5, 22), day(7, 14), day(9, 15)
REOPENED, NEW_DATE, AGAIN = day(10, 6), day(11, 28), day(11, 20)
SECOND_REVIEW, THIRD_REVIEW, LAST_PLANNED = day(10, 2), day(12, 11), day(3, 16, 2026)
ACTION = {
    "Theme": "Medicines", "Must or should": "Should do", "Source": "CQC should-do", "Source reference": "Report, page 9",
    "Issue or risk": "Medicine charts have gaps",
    "Intended change": "Two staff check every chart at handover", "Success measure": "Fewer than 10 in 100 charts have a gap",
    "Outcome indicator": INDICATOR, "Owner": OWNER, "Accountable lead": "Di Roe", "Due date": ORIGINAL, "Start date": day(1, 6),
    "Original due date": ORIGINAL, "Status": "In progress", "Cycle": 1, "Embedding review": PLANNED_REVIEW, "Last update": day(1, 30),
}  # fmt: skip
MEASURE = {
    "Indicator": "Charts with a gap", "Unit counted": "chart", "Numerator": "charts with a gap", "Denominator": "charts checked",
    "Rate per": 100, "Which way is better": "Lower is better",
}  # fmt: skip


def review(held: date, effective: str, embedded: str, measure: str, **more: object) -> dict[str, object]:
    judged = {"Effective?": effective, "Embedded?": embedded, "Success measure result": measure}
    return {"Action": REF, "Date": held, "Reviewed by": REVIEWER, "Method": "Record sample", **judged, **more}


def evidence(on: date, category: str, what: str) -> dict[str, object]:
    kept = {
        "What it is": what,
        "Where it is kept": "Quality folder",
        "Anonymised?": "Yes",
        "Activity or impact": "Impact",
    }
    judged = {"Submitted by": REVIEWER, "Judgement": "Accepted", "Judged by": "Di Roe", "Date": on}
    return {"Action": REF, "CQC evidence category": category, **kept, **judged}


def january(sheet: Typist) -> None:
    sheet.type("Actions", REF, ACTION)
    first = {"Milestone": "All staff shown the check", "Evidence required": "Sign-off sheet", "Due date": STEP}
    last = {
        "Milestone": "The check is done at every handover",
        "Evidence required": "Chart audit",
        "Due date": ORIGINAL,
    }
    sheet.type("Milestones", "M-001", {"Action": REF} | first)
    sheet.type("Milestones", "M-002", {"Action": REF} | last)
    sheet.type("Indicators", INDICATOR, MEASURE)
    for number, gaps in enumerate(BEFORE):
        sheet.figure(INDICATOR, JANUARY.plus(number - 12), gaps, CHECKED)


def february(sheet: Typist) -> None:
    sheet.type("Milestones", "M-001", {"Slippage reason": "Capacity"})
    sheet.type("Actions", REF, {"Last update": day(2, 26)})


def march(sheet: Typist) -> None:
    sheet.type("Evidence", "E-001", evidence(STEP_DONE, "Processes", "Sign-off sheet"))
    sheet.type(
        "Milestones",
        "M-001",
        {"Done on": STEP_DONE, "Evidence reference": "E-001", "Response to slippage": "Time reallocated"},
    )
    moved = {"Action": REF, "From": ORIGINAL, "To": REVISED, "Kind of reason": "Capacity", "Asked on": STEP_DONE}
    agreed = {"Reason": "The night team needs more time", "Approved by": "Di Roe"}
    sheet.add("Extensions", moved | agreed)
    sheet.add("Extensions", moved | agreed | {"Milestone": "M-002"})
    sheet.type("Milestones", "M-002", {"Revised due date": REVISED})
    sheet.type("Actions", REF, {"Last update": day(3, 27), "Due date": REVISED})


def april(sheet: Typist) -> None:
    sheet.type("Evidence", "E-002", evidence(DELIVERED, "Outcomes", "Audit of 60 charts"))
    sheet.type("Milestones", "M-002", {"Done on": DELIVERED, "Evidence reference": "E-002"})
    sheet.type("Actions", REF, {"Last update": day(4, 28), "Status": "Complete", "Completed on": DELIVERED})


def may(sheet: Typist) -> None:
    sheet.type(
        "Reviews",
        "R-001",
        review(FIRST_REVIEW, "Effective", "Not yet", "Met", Finding="Day and night staff do the check"),
    )
    sheet.type("Evidence", "E-003", evidence(day(5, 20), "Observation", "Six handovers watched"))
    sheet.type("Actions", REF, {"Last update": day(5, 28)})


def june(sheet: Typist) -> None:
    sheet.type("Evidence", "E-004", evidence(day(6, 12), "People's experience", "Talks with nine people"))
    sheet.type("Actions", REF, {"Last update": day(6, 26), "Verified by": "Di Roe", "Verified on": day(6, 20)})


def july(sheet: Typist) -> None:
    held = review(EMBEDDING_REVIEW, "Effective", "Yes", "Met", Finding="The check is routine on every shift")
    sheet.type("Reviews", "R-002", held | {"Next review": NEXT_REVIEW})
    sheet.type("Actions", REF, {"Last update": day(7, 28)})


def nothing(sheet: Typist) -> None:
    """Only the month's figure."""


def october(sheet: Typist) -> None:
    found = review(SECOND_REVIEW, "Not effective", "No", "Worse", Finding="New night staff were not shown the check")
    sheet.type("Reviews", "R-003", found | {"Next review": day(12, 12)})
    again = {
        "Due date": NEW_DATE,
        "Cycle": 2,
        "Reopened on": REOPENED,
        "Embedding review": LAST_PLANNED,
        "Last update": day(10, 28),
    }
    sheet.type("Actions", REF, ACTION | again)
    moved = {
        "Action": REF,
        "From": REVISED,
        "To": NEW_DATE,
        "Kind of reason": "Skill or competence",
        "Asked on": REOPENED,
    }
    sheet.add("Extensions", moved | {"Reason": "Reopened: new night staff", "Approved by": "Di Roe"})
    last = {
        "Action": REF,
        "Milestone": "Every new starter shown the check",
        "Evidence required": "Induction sheet",
        "Due date": NEW_DATE,
    }
    sheet.type("Milestones", "M-003", last)


def november(sheet: Typist) -> None:
    sheet.type("Milestones", "M-003", {"Done on": AGAIN, "Evidence reference": "E-005"})
    sheet.type("Evidence", "E-005", evidence(AGAIN, "Observation", "Four night handovers watched"))
    sheet.type("Actions", REF, {"Last update": day(11, 26), "Status": "Complete", "Completed on": AGAIN})


def december(sheet: Typist) -> None:
    held = review(THIRD_REVIEW, "Effective", "Not yet", "Improving", Finding="New and old staff do the check")
    sheet.type("Reviews", "R-004", held | {"Next review": LAST_PLANNED})
    sheet.type("Actions", REF, {"Last update": day(12, 17)})


@dataclass(frozen=True)
class Step:
    """What happens in a month."""

    event: str
    entered: str
    """What the service enters, in a few words."""
    gaps: int
    """The month's figure: charts with a gap among those checked."""
    typing: Callable[[Typist], None]


STORY: Sequence[Step] = (
    Step("Issued", "The action, due on 20 March, its two milestones, and last year's figures.", 12, january),
    Step("Slipped", "The first milestone, due on 10 February, is not done.", 13, february),
    Step("Extended", "The milestone is done. New due date, 30 April, with the reason and who agreed.", 11, march),
    Step("Delivered", "Complete on 24 April, with an audit as evidence.", 7, april),
    Step("Reviewed", "Review by another person: it works.", 6, may),
    Step("Checked", "More evidence. A second person verified it.", 5, june),
    Step("Embedded", "Embedding review: it is routine. Next review 15 September.", 5, july),
    Step("Holding", "Only the month's figure.", 4, nothing),
    Step("Slipping", "Only the month's figure, 18 of 60. The planned review was not held.", 18, nothing),
    Step("Reopened", "Review: it no longer works. Reopened, new date 28 November.", 14, october),
    Step("Delivered again", "Complete on 20 November, with new evidence.", 8, november),
    Step("Reviewed again", "Review by another person: it works again.", 5, december),
)  # fmt: skip


@dataclass(frozen=True)
class Played:
    """A month as it was played."""

    step: Step
    period: Period
    returned: Path
    """The tracker that the service sent back."""
    month: Month

    @property
    def action(self) -> dict[str, Any]:
        """The action's line in the summary."""
        (line,) = self.month.summary.actions.to_dict("records")
        return {str(key): value for key, value in line.items()}


def play_year(home: Path) -> list[Played]:
    """Issue, type, send back and consolidate each month; the provider's folder is `home`."""
    home.mkdir()
    rows = "".join(f"\n[{table}]\nrows = {count}\n" for table, count in ROWS.items())
    (home / "one-action.toml").write_text(TEMPLATE + rows, "utf-8")
    player = Player(home, "one-action.toml", [ELM])
    played = []
    for number, step in enumerate(STORY):
        period = JANUARY.plus(number)
        if period == JANUARY.plus(6):
            player.lines.append(checked())
        player.issue(period)
        with player.typing("ELM", period) as sheet:
            sheet.figure(INDICATOR, period, step.gaps, CHECKED, context=f"{step.gaps} of {CHECKED} charts")
            step.typing(sheet)
        returned = Path(str(player.folder.returns(period))) / "ELM.xlsx"
        played.append(Played(step, period, returned, player.consolidate(period)))
    return played


def checked() -> Line:
    """What head office records in the register before July's tracker is issued."""
    return VerificationLine(service="ELM", action=REF, verified_on=day(6, 20), verified_by="Di Roe")
