"""The provider's summary workbook: overview, what needs attention, problems, all actions, and every source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from xlsxwriter.format import Format

from qipxl.consolidation import NIL_RETURN, ProviderSummary
from qipxl.returns import TEXTS
from qipxl.rules.expressions import EPOCH
from qipxl.rules.rulebook import Rating, State
from qipxl.tracker.paper import LINE, FilledColumn, Paper, PlainWorksheet, new_workbook

HEADING = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#12436D", "border": 1, "text_wrap": True}
FIRST = 4
"""The row of headings on every sheet, counted from 0: title, sentence and two lines of particulars stand above."""
LETTER_WORDS = {
    "R": "Red", "?": "Not rated", "A": "Amber", "X": "Withdrawn", "N": "Too early to tell", "D": "Delivered only",
    "G": "Green", "B": "Blue (embedded)",
}  # fmt: skip
"""What the letters of the headline are called where a whole column of them is counted."""


@dataclass(frozen=True)
class Shown:
    """One column of a sheet: its heading, where its value comes from, its width.

    `look` gives the format for what stands in the column `by`, None for the plain one.
    """

    heading: str
    source: str
    width: float = 14
    wrap: bool = True
    by: str = ""
    look: Callable[[object], Format | None] | None = None


@pd.option_context(*TEXTS)
def write_summary(summary: ProviderSummary, path: Path | str) -> Path:
    """Write the summary workbook and give its path; raises OutputError where it cannot be written."""
    target = Path(path)
    with new_workbook(target, f"Quality improvement summary, as at {summary.as_at:%d %B %Y}", summary.as_at) as paper:
        write_overview(paper, summary)
        watch = "Actions that are red, not rated, or of high risk and still open; the worst first."
        write_actions(paper, summary, "High-risk and off-track", watch, summary.watch, FEW)
        write_movement(paper, summary)
        above = "Actions of which somebody beyond the service must decide; the highest level first, then the latest."
        write_actions(paper, summary, "Escalations", above, summary.escalated, ESCALATED)
        hollow = "Done, but the review, the figures or a long silence say that it has not worked: activity without improvement."
        write_actions(paper, summary, "Delivered but not effective", hollow, summary.ineffective, FEW)
        write_problems(paper, summary)
        everything = "Every action of every return that was used, with the file and cell it stands in."
        write_actions(paper, summary, "All actions", everything, summary.actions, MANY)
        write_sources(paper, summary)
    return target


def write_movement(paper: Paper, summary: ProviderSummary) -> None:
    """Movement: counts now, a month before and three months before; only where there is an archive."""
    if summary.movement is None:
        return
    about = "How many actions had each colour at the end of each month, as they were judged then, and the change in a month."
    sheet = start(paper, summary, "Movement", about, "A blank cell: the archive holds no return of that month.")
    states = {state.letter: state_format(paper, state) for state in summary.headline.states}
    words = summary.movement["letter"].map(lambda letter: f"{letter} {LETTER_WORDS.get(letter, '')}".strip())
    columns = [
        Shown("Region", "region", 24), Shown("Headline", "words", 26, by="letter", look=lambda letter: states.get(str(letter))),
        Shown("This month", "now", 12), Shown("A month before", "month_before", 12),
        Shown("Three months before", "three_before", 12), Shown("Change in a month", "change", 22),
    ]  # fmt: skip
    frame = summary.movement.assign(words=words.mask(words == "", "Services with a return"))
    write_table(paper, sheet, "tblMovement", columns, frame, "No return was found.")


def start(paper: Paper, summary: ProviderSummary, name: str, about: str, line: str) -> PlainWorksheet:
    """A sheet with its title, what it shows, and the date of judgement."""
    sheet = paper.sheet(name, name, about)
    sheet.write_string(2, 0, f"As at {summary.as_at:%d %B %Y}. {line}", paper.format(italic=True, font_color="#404040"))
    return sheet


def write_table(
    paper: Paper, sheet: PlainWorksheet, name: str, columns: Sequence[Shown], frame: pd.DataFrame, nothing: str
) -> None:
    """A table from a frame; where there is no row it says so in words."""
    lines = max(len(frame), 1)
    for index, column in enumerate(columns):
        sheet.set_column(index, index, column.width, paper.format(text_wrap=column.wrap))
    headings = [{"header": column.heading} for column in columns]
    look = {"name": name, "style": "Table Style Light 1", "columns": headings, "autofilter": len(frame) > 0}
    sheet.add_table(FIRST, 0, FIRST + lines, len(columns) - 1, look)
    for index, column in enumerate(columns):
        sheet.write_string(FIRST, index, column.heading, paper.format(**HEADING))
    sheet.fill(FIRST + 1, [filled(paper, column, frame) for column in columns], heights(columns, frame))
    if not len(frame):
        sheet.write_string(FIRST + 1, 0, nothing, paper.format())
    sheet.set_row(FIRST, 33)
    sheet.freeze_panes(FIRST + 1, 0)
    sheet.repeat_rows(FIRST)
    sheet.print_area(0, 0, FIRST + lines, len(columns) - 1)


def heights(columns: Sequence[Shown], frame: pd.DataFrame) -> list[float]:
    """The height of every row: as many lines as its longest text needs in its column."""
    lines = np.ones(len(frame))
    for column in columns:
        if column.wrap and pd.api.types.is_string_dtype(frame[column.source]):
            length = frame[column.source].str.len().fillna(0).to_numpy(float)
            lines = np.maximum(lines, np.ceil(length * 1.1 / column.width))
    return list(LINE * np.minimum(lines, 26))


def filled(paper: Paper, column: Shown, frame: pd.DataFrame) -> FilledColumn:
    """A column's values, dates as day numbers, and the format of each."""
    values = frame[column.source]
    plain = paper.format(**looks(values, column.wrap))
    formats = [plain] * len(values)
    if column.look is not None:
        formats = [column.look(each) or plain for each in frame[column.by or column.source].tolist()]
    if pd.api.types.is_datetime64_any_dtype(values):
        values = (values - pd.Timestamp(EPOCH)) / pd.Timedelta(days=1)
    return FilledColumn(values.tolist(), formats)


def looks(values: pd.Series, wrap: bool) -> dict[str, object]:
    """How a column's cells look: ruled below, dates as dates, numbers in the middle."""
    shape: dict[str, object] = {"text_wrap": wrap, "bottom": 1, "bottom_color": "#C8C8C8"}
    if pd.api.types.is_datetime64_any_dtype(values):
        return shape | {"num_format": "dd/mm/yyyy", "align": "left"}
    return shape | {"align": "center"} if pd.api.types.is_numeric_dtype(values) else shape


def colours(paper: Paper, rating: Rating) -> Callable[[object], Format | None]:
    """The format of each of a rating's words."""
    formats = {state.word: state_format(paper, state) for state in rating.states}
    return lambda word: formats.get(str(word))


def state_format(paper: Paper, state: State, **more: object) -> Format:
    """A rated cell in its state's colours; the word stands in it too."""
    return paper.format(
        bg_color=f"#{state.fill}",
        font_color=f"#{state.ink}",
        bold=True,
        text_wrap=True,
        border=1,
        border_color="#808080",
        **more,
    )


def write_overview(paper: Paper, summary: ProviderSummary) -> None:
    """Overview: returns that are missing or could not be used first, then each service, regions and the whole."""
    counts = summary.sources["status"].value_counts()
    missing = int((~summary.overview["state"].isin(["accepted", NIL_RETURN])).sum())
    line = f"{missing} services without a usable return; files: " + ", ".join(
        f"{n} {word}" for word, n in counts.items()
    )
    sheet = start(
        paper, summary, "Overview", "Each service's actions by the colour of their headline rating.", line + "."
    )
    states = {state.letter: state_format(paper, state, align="center") for state in summary.headline.states}
    total, absent = paper.format(bold=True, text_wrap=True), paper.format(bold=True, bg_color="#FFF2CC", border=1)
    columns = [
        Shown("Service", "name", 30, by="state", look=lambda state: total if state == "total" else None),
        Shown("Code", "service", 10),
        Shown("Region", "region", 16),
        Shown("Return", "state", 14, look=lambda state: None if state in ("accepted", "total") else absent),
        Shown("Actions", "actions", 9),
        *(counted(letter, states[letter]) for letter in summary.letters),
        Shown("Problems: must fix", "must_fix", 11),
        Shown("Problems: should look", "should_look", 11),
    ]
    frame = pd.concat([refused_lines(summary), summary.overview, total_names(summary)], ignore_index=True)
    write_table(paper, sheet, "tblOverview", columns, frame, "No return was found.")


def counted(letter: str, look: Format) -> Shown:
    """A column of figures, those above nought in the colour of their letter."""
    heading = f"{letter} {LETTER_WORDS.get(letter, '')}"
    return Shown(heading, letter, 11, look=lambda count: look if isinstance(count, int | float) and count > 0 else None)


def refused_lines(summary: ProviderSummary) -> pd.DataFrame:
    """A line for each file that could not be used."""
    refused = summary.sources[summary.sources["status"].isin(["refused", "set aside"])]
    return pd.DataFrame({"name": "File " + refused["file"], "state": refused["status"], "region": refused["region"]})


def total_names(summary: ProviderSummary) -> pd.DataFrame:
    names = ["All of " + region if region != "Whole provider" else region for region in summary.totals["region"]]
    return summary.totals.assign(name=names, region="", state="total", service="")


FEW = (
    ("Service", "name", 22), ("Ref", "ref", 9), ("Headline", "headline", 26), ("Why", "why", 34), ("Issue or risk", "issue", 36),
    ("Owner", "owner", 18), ("Due date", "due", 12), ("Days overdue", "days_overdue", 10), ("Tier", "tier", 7),
    ("Risk score now", "risk_now", 10), ("Intended change", "intended_change", 34), ("File", "file", 26), ("Cell", "cell", 14),
)  # fmt: skip
ESCALATED = (
    ("Service", "name", 22), ("Ref", "ref", 9), ("Escalation", "escalation", 20), ("Why escalated", "why_escalated", 32),
    ("Headline", "headline", 26), ("Issue or risk", "issue", 34), ("Owner", "owner", 18), ("Due date", "due", 12),
    ("Days overdue", "days_overdue", 10), ("Slippage reason", "slippage_reason", 16),
    ("Response to slippage", "slippage_response", 16), ("Tier", "tier", 7), ("File", "file", 26), ("Cell", "cell", 14),
)  # fmt: skip
MANY = (
    ("Service", "name", 22), ("Region", "region", 14), ("Period", "period", 10), ("Ref", "ref", 9), ("Theme", "theme", 16),
    ("Issue or risk", "issue", 36), ("Intended change", "intended_change", 36), ("Owner", "owner", 18), ("Source", "source", 22),
    ("Must or should", "must_should", 14), ("Tier", "tier", 7), ("Risk score now", "risk_now", 10), ("Start date", "start", 12),
    ("Original due date", "original_due", 12), ("Due date", "due", 12), ("Days overdue", "days_overdue", 10), ("Status", "status", 13),
    ("Completed on", "completed_on", 12), ("Delivery", "delivery", 18), ("Evidence", "evidence", 14), ("Impact", "impact", 18),
    ("Headline", "headline", 26), ("Why", "why", 34), ("Escalation", "escalation", 18),
    ("Last update", "last_update", 12), ("File", "file", 26), ("Cell", "cell", 14),
)  # fmt: skip


def write_actions(
    paper: Paper,
    summary: ProviderSummary,
    name: str,
    about: str,
    frame: pd.DataFrame,
    chosen: Iterable[tuple[str, str, float]],
) -> None:
    """A sheet of actions: their ratings in letters, words and colours, and why."""
    sheet = start(paper, summary, name, about, f"{len(frame)} actions.")
    ratings = {rating.column.key: rating for rating in summary.ratings}
    columns = [
        Shown(heading, f"{source}_label", width, by=source, look=colours(paper, ratings[source]))
        if source in ratings
        else Shown(heading, source, width)
        for heading, source, width in chosen
    ]
    table = "tbl" + "".join(word.capitalize() for word in name.replace("-", " ").split())
    said = reasons(summary)
    pairs = zip(frame["delivery_rule"], frame["impact_rule"], strict=True)
    why = [f"Delivery: {said[delivery]}. Impact: {said[impact]}." for delivery, impact in pairs]
    escalated = [f"{said[code][:1].upper()}{said[code][1:]}." for code in frame["escalation_rule"]]
    write_table(paper, sheet, table, columns, frame.assign(why=why, why_escalated=escalated), "None.")


def reasons(summary: ProviderSummary) -> dict[str, str]:
    """Why each band of each rating decides as it does, by the band's code."""
    said: dict[str, str] = {}
    for rating in summary.ratings:
        said |= {band.code: band.say for band in rating.decides.bands}
        said[rating.decides.otherwise_code] = rating.decides.otherwise_say
    return said


def write_problems(paper: Paper, summary: ProviderSummary) -> None:
    """Problems: everything found wrong in the returns, where it stands and what to do."""
    about = "What is wrong in the returns, in order of file and place; each line names its cell and what to do."
    sheet = start(paper, summary, "Problems", about, f"{len(summary.problems)} problems.")
    services = summary.problems["return"].map(summary.sources["name"])
    columns = [
        Shown("Service", "service", 24), Shown("Severity", "severity", 14), Shown("Sheet", "sheet", 16),
        Shown("Cell", "cell", 9), Shown("Heading", "heading", 20), Shown("Found", "value", 24),
        Shown("What is wrong, and what to do", "message", 80), Shown("Code", "code", 24), Shown("File", "file", 28),
    ]  # fmt: skip
    write_table(paper, sheet, "tblProblems", columns, summary.problems.assign(service=services), "None.")


def write_sources(paper: Paper, summary: ProviderSummary) -> None:
    """Sources: every file, what became of it, its rows, and its digest."""
    found, used = int(summary.sources["rows_found"].sum()), int(summary.sources["rows_accepted"].sum())
    aside, twice = int(summary.sources["rows_set_aside"].sum()), int(summary.sources["rows_superseded"].sum())
    line = f"Rows found {found} = accepted {used} + set aside {aside} + superseded {twice}."
    sheet = start(paper, summary, "Sources", "Every file that was found, and what became of it.", line)
    columns = [
        Shown("File", "file", 34), Shown("What became of it", "status", 14), Shown("Why", "reason", 50), Shown("Service", "name", 26),
        Shown("Period", "period", 10), Shown("Submission", "submission", 11), Shown("Submitted by", "submitted_by", 18),
        Shown("Rows found", "rows_found", 9), Shown("Rows accepted", "rows_accepted", 10), Shown("Rows set aside", "rows_set_aside", 10),
        Shown("Rows superseded", "rows_superseded", 11),
        Shown("Template", "template", 12), Shown("Version", "version", 9), Shown("SHA-256", "digest", 68, wrap=False),
    ]  # fmt: skip
    write_table(paper, sheet, "tblSources", columns, summary.sources, "No file was found.")
