"""The summary as one self-contained web page: complete without its script, which only adds a search.

Every text is escaped by Jinja. A content security policy allows nothing but the page's own style and script, by their
digests. The page draws the findings (`qipxl.summary.findings`) and works out no figure of its own.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from qipxl.files import write_text
from qipxl.indicators.series import WHOLE
from qipxl.returns.returns import TEXTS
from qipxl.rules.rulebook import State
from qipxl.services import plan_of
from qipxl.summary import action_counts, action_lists, rating_groups
from qipxl.summary.action_lists import REVIEWS_DUE
from qipxl.summary.answers import answers
from qipxl.summary.before_after import before_and_after
from qipxl.summary.changes import promises
from qipxl.summary.counts import is_partly_in
from qipxl.summary.finding_records import Findings, Target, Trend
from qipxl.summary.findings import findings_of
from qipxl.summary.full_tables import own_sheets, table_lists
from qipxl.summary.indicator_lists import indicators, outliers
from qipxl.summary.logs import challenges, learning
from qipxl.summary.meetings import open_matters
from qipxl.summary.page.charts import months_drawing, red_drawing, trend_drawing
from qipxl.summary.page.svg import svg
from qipxl.summary.plain_words import rating_words
from qipxl.summary.provider_actions import provider_action_list
from qipxl.summary.readiness import statement_lists
from qipxl.summary.risks import risks
from qipxl.summary.sheet_spec import OVERVIEW, ColumnSpec, SheetSpec, by_letter, states_of
from qipxl.summary.sources import problems
from qipxl.summary.summary import ProviderSummary
from qipxl.summary.trends import change_trends, trends
from qipxl.text import plural
from qipxl.workbook import styles

MOST_LINES, MOST_CHARTS = 40, 8
"""The most lines of a list, and the most indicators with a chart; the summary workbook has the others."""
LONG = 40
"""A text with more characters than this has a wide column."""
SECTIONS = {
    action_counts.ESCALATIONS: "decisions", action_counts.ATTENTION: "matrix", action_counts.INDICATORS: "trend", OVERVIEW: "heat",
}  # fmt: skip
"""The section of the page to which a tile leads, by its sheet in the summary workbook; others lead to the services."""


@pd.option_context(*TEXTS)
def write_page(summary: ProviderSummary, path: Path | str) -> Path:
    """Write the page and return its path; raises OutputError if it cannot be written."""
    return write_text(Path(path), page_of(summary))


def page_of(summary: ProviderSummary) -> str:
    """The whole page as HTML."""
    source = PackageLoader("qipxl.summary.page", ".")
    environment = Environment(
        loader=source, autoescape=select_autoescape(default=True, default_for_string=True), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    board = findings_of(summary)
    style = palette(summary, board) + source.get_source(environment, "page.css")[0]
    script = source.get_source(environment, "page.js")[0]
    return environment.get_template("page.html").render(
        title=summary.title, board=board, as_at=f"{board.as_at.day} {board.as_at:%B %Y}",
        style=style, script=script, style_digest=digest(style), script_digest=digest(script),
        months=svg(months_drawing(board.months)), months_table=months_table(board),
        reds={line.code: svg(red_drawing(board.services, line.red)) for line in board.services.lines},
        trends=[(trend, svg(trend_drawing(trend)), trend_table(trend)) for trend in trends(summary, MOST_CHARTS)],
        changes=[(each, svg(trend_drawing(each)), trend_table(each)) for each in change_trends(summary, MOST_CHARTS)],
        section=section, edge=edge, delivery_tints=rating_groups.TINT_OF, impact_tints=rating_groups.TINT_OF_IMPACT,
        matrix_tint=rating_groups.matrix_tint, regions=list(regions(summary)), lists=[table_of(spec) for spec in lists(summary)],
        counts=list(counts(summary)), key=rating_key(summary),
        anchors=anchors(summary),
    )  # fmt: skip


def anchors(summary: ProviderSummary) -> dict[str, str]:
    """The name of the place of each service on the page, by its code and by those of its plans."""
    places = {str(code): f"service-{number}" for number, code in enumerate(summary.overview["service"], 1)}
    return places | {code: places[own] for code, own in summary.services.items() if own in places}


def digest(text: str) -> str:
    """The digest of a style or a script for the content security policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def section(target: Target) -> str:
    """The section of the page to which a figure leads."""
    return SECTIONS.get(target.sheet, "heat")


def style_of(state: State) -> str:
    """The CSS class of a state's colours."""
    return f"c{state.fill}"


def edge(colour: str) -> str:
    """The CSS class of a level's edge."""
    return f"e{colour.removeprefix('#')}"


def palette(summary: ProviderSummary, board: Findings) -> str:
    """The colours as CSS: variables, a class for each pair of colours in use, each tint, and each edge."""
    names = ("BRAND", "INK", "GREY", "RULE", "PAPER", "HEAD", "RED", "AMBER", "GREEN")
    lines = [f":root{{{';'.join(f'--{name.lower()}:{getattr(styles, name)}' for name in names)}}}"]
    ratings = [rating for template in summary.in_use for each in template.rules.ratings.values() for rating in each]
    inks = {state.fill: state.ink for rating in ratings for state in rating.states}
    lines += [f".c{fill}{{background:#{fill};color:#{ink}}}" for fill, ink in sorted(inks.items())]
    lines += [
        f".{name}{number}{{background:{tint}}}"
        for name, tints in styles.TINTS.items()
        for number, tint in enumerate(tints, 1)
    ]
    lines += [f".level.{edge(level.colour)}{{border-color:{level.colour}}}" for level in board.decisions.levels]
    return "\n".join([*dict.fromkeys(lines), ""])


@dataclass(frozen=True)
class Square:
    """A cell of a table: its text, the CSS class of its colours, whether it is a number, and whether it has several Refs."""

    text: str
    style: str = ""
    number: bool = False
    refs: bool = False

    @property
    def classes(self) -> str:
        """The CSS classes of the cell: its colours, a number, a long text, Refs that each have a line of their own."""
        marks = {f"s {self.style}": self.style, "n": self.number, "t": len(self.text) > LONG, "w": self.refs}
        return " ".join(mark for mark, has in marks.items() if has)


@dataclass(frozen=True)
class Table:
    """A table with its caption; `searchable`: the search looks at it, `regions` say to which region each of its lines belongs.

    `heading` is what the table shows, in a sentence.
    """

    title: str
    about: str
    headings: Sequence[str]
    lines: Sequence[Sequence[Square]]
    searchable: bool = False
    regions: Sequence[str] = ()
    heading: str = ""

    @property
    def key(self) -> str:
        """Its name in links."""
        return "-".join(self.title.lower().replace("/", " ").split())


def months_table(board: Findings) -> Table:
    """The figures of the chart by month."""
    chart = board.months
    lines = [
        [Square(month), *map(count_square, counts)] for month, counts in zip(chart.months, chart.counts, strict=True)
    ]
    return Table("Actions by month", board.months.note, ["Month", *chart.words], lines)


def count_square(count: int) -> Square:
    return Square(f"{count:,}", number=True)


def trend_table(trend: Trend) -> Table:
    """The figures of an indicator's chart; a column for the kinds of points, if there is one with a signal."""
    frame = trend.frame.round(1)
    lines = [
        [Square(str(month)), *(Square(shown(value), number=True) for value in line)]
        for month, *line in frame.itertuples()
    ]
    return Table(trend.title, trend.axis, ["Month", *map(str, frame.columns)], lines)


def lists(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """The lists below the services, each with its first lines."""
    yield from map(shortened, open_matters(summary))
    yield from map(shortened, promises(summary))
    if len(summary.impact.judged.series):
        yield from (replace(shortened(spec), columns=[*spec.columns[:5]]) for spec in before_and_after(summary))
        yield from map(shortened, indicator_lists(summary))
    yield from (shortened(spec) for spec in action_lists.chosen_lists(summary) if spec.name == REVIEWS_DUE)
    yield from map(shortened, learning(summary))
    yield from map(shortened, statement_lists(summary))


def shortened(spec: SheetSpec) -> SheetSpec:
    """A list with at most MOST_LINES lines."""
    left = len(spec.frame) - MOST_LINES
    more = f" {plural(left, 'more line is', 'more lines are')} in the summary workbook." if left > 0 else ""
    return replace(spec, frame=spec.frame.head(MOST_LINES), line=spec.line + more)


def indicator_lists(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """Indicators with a signal or a verdict, the provider's, and services outside the limits; the others are counted."""
    every, compared = indicators(summary), outliers(summary)
    frame = every.frame
    chosen = frame[(frame["cause"] != "") | (frame["verdict"] != "") | (frame["name"] == WHOLE)]
    columns = [column for column in every.columns if column.source in INDICATOR_SOURCES]
    left = f" {len(frame) - len(chosen)} without either are in the workbook."
    yield replace(every, frame=chosen, columns=columns, line=every.line + left)
    columns = [column for column in compared.columns if column.source in OUTLIER_SOURCES]
    yield replace(compared, frame=compared.frame[compared.frame["flag"] != ""], columns=columns)


INDICATOR_SOURCES = ("name", "indicator", "figure", "middle", "variation", "cause", "target", "target_met", "verdict")
OUTLIER_SOURCES = ("name", "region", "indicator", "flag", "words", "figure", "group")
"""The columns of the workbook's lists that the page has too."""


def counts(summary: ProviderSummary) -> Iterator[tuple[str, int, str]]:
    """The sheets that the page does not list: name, number of lines in the summary workbook, and what each shows."""
    chosen = (spec for spec in action_lists.chosen_lists(summary) if spec.name != REVIEWS_DUE)
    for spec in (
        *chosen,
        *provider_action_list(summary.provider_actions),
        *challenges(summary),
        *own_sheets(summary),
        risks(summary),
        answers(summary),
        problems(summary),
    ):
        yield spec.name, len(spec.frame), spec.about
    everything = action_lists.all_actions(summary)
    yield everything.name, len(everything.frame), "Every action of every return."
    for spec in table_lists(summary):
        yield spec.name, len(spec.frame), spec.about


def table_of(spec: SheetSpec) -> Table:
    """A sheet's table as the page shows it."""
    frame = spec.frame
    cells = {column.heading: squares(column, frame) for column in spec.columns if column.heading not in LEFT_OUT}
    kept = {name: own for name, own in cells.items() if not len(frame) or any(cell.text for cell in own)}
    lines = list(map(list, zip(*kept.values(), strict=True))) if len(frame) else []
    regions_of = [str(region) or NO_REGION for region in frame["region"]] if "region" in frame.columns else []
    about = f"{spec.about} {spec.line}".strip()
    return Table(spec.name, about, list(kept), lines, True, regions_of, spec.title or spec.name)


LEFT_OUT = ("Region", "File", "Cell", "Intended change", "Success measure", "Accountable lead", "As in the return of")
"""Columns that the lists leave out; the summary workbook has them."""


SEVERAL = re.compile("[,;] ")
REFS = re.compile(rf"[\w-]+-\d+(({SEVERAL.pattern})[\w-]+-\d+)+")
"""What is between Refs, and a text of several Refs, which a narrow column would part at their hyphens."""


def squares(column: ColumnSpec, frame: pd.DataFrame) -> list[Square]:
    """One column's cells."""
    values = frame[column.source]
    number, classes = pd.api.types.is_numeric_dtype(values), [""] * len(frame)
    if column.states:
        known = {word: style_of(state) for word, state in column.states.items()}
        classes = [known.get(word, "") for word in frame[column.by].astype(str)]
    texts = list(map(shown, values.tolist()))
    several = [REFS.fullmatch(text) is not None for text in texts]
    return [
        Square(SEVERAL.sub(",\n", text) if refs else text, style, number, refs)
        for text, style, refs in zip(texts, classes, several, strict=True)
    ]


def shown(value: Any) -> str:
    """A value as text: dates as 1 Mar 2026, whole numbers without a decimal point, missing values empty."""
    if pd.isna(value):
        return ""
    if isinstance(value, datetime):
        return f"{value.day} {value:%b %Y}"
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Attention:
    """An action that needs attention: its Ref and cell, its rating as a letter in colours and in words, why, and who must act by when.

    `progress` is that of the month, `control` what keeps people safe meanwhile; both may be empty.
    """

    ref: str
    cell: str
    letter: Square
    rating: str
    why: str
    issue: str
    progress: str
    control: str
    late: str
    level: str
    owner: str
    due: str
    overdue: bool


@dataclass(frozen=True)
class ServiceEntry:
    """A service with its region, the state of its return, which of its plans came in if not all did, its actions counted by letter,
    and those that need attention."""

    code: str
    name: str
    state: str
    actions: int | None
    partly: str
    letters: Sequence[Square]
    attention: Sequence[Attention]


NO_REGION = "(no region)"


def regions(summary: ProviderSummary) -> Iterator[tuple[str, Sequence[ServiceEntry]]]:
    """Each region with its services."""
    states, chosen = by_letter(summary.headline), attention(summary)
    part = set(summary.overview.loc[is_partly_in(summary.overview), "service"])
    lines = summary.overview.sort_values(["region", "name"], kind="stable").to_dict("records")
    for region, group in groupby(lines, key=lambda line: str(line["region"])):
        entries = []
        for line in group:
            partly = str(line["state"]) if line["service"] in part else ""
            code, returned = str(line["service"]), not pd.isna(line["actions"])
            entries.append(
                ServiceEntry(
                    code, str(line["name"]), str(line["state"]), int(line["actions"]) if returned else None, partly,
                    letters(line, states) if returned else [], chosen.get(code, ()),
                )
            )  # fmt: skip
        yield region or NO_REGION, entries


def letters(line: Mapping[Any, Any], states: Mapping[str, State]) -> list[Square]:
    """The counts of a service that are above 0, each with its letter."""
    there = ((letter, int(line[letter]), state) for letter, state in states.items())
    return [Square(f"{letter} {count}", style_of(state)) for letter, count, state in there if count]


def attention(summary: ProviderSummary) -> dict[str, list[Attention]]:
    """The actions that need attention, by the code of their service: escalated first, then the latest."""
    current = summary.current
    bare = current.index[:0]
    if "closed_bare" in current.columns:
        bare = current.index[current["closed_bare"].fillna(False).astype(bool)]
    parts = (summary.escalated.index, summary.watched, summary.ineffective.index, summary.slipping.index, bare)
    rows = pd.Index(dict.fromkeys(row for part in parts for row in part))
    lines = action_lists.with_explanations(summary, summary.actions.loc[rows], ("why", "late_milestones"))
    states = states_of(summary.headline)
    by_service: dict[str, list[Attention]] = {}
    for line, words in zip(lines.to_dict("records"), rating_words(summary, lines), strict=True):
        state, overdue = states.get(line["headline"]), line.get("days_overdue")
        letter = Square(state.letter, style_of(state)) if state is not None else Square("")
        code, plan = str(line["service"]), plan_of(str(line["service"]), str(line["name"]))
        entry = Attention(
            f"{plan} {line['ref']}".strip(), str(line["cell"]), letter, words, str(line["why"]), str(line["issue"]),
            shown(line.get("progress")), shown(line.get("interim_control")), str(line["late_milestones"]),
            str(line["escalation"]) if line["escalated"] else "", shown(line.get("owner")), shown(line.get("due")),
            bool(overdue == overdue and overdue is not None and overdue > 0),
        )  # fmt: skip
        by_service.setdefault(summary.services.get(code, code), []).append(entry)
    return by_service


def rating_key(summary: ProviderSummary) -> list[tuple[str, Square, str, str]]:
    """What each word of each rating of actions means: the rating, the letter, the word, and the meaning; each once."""
    ratings = [rating for template in summary.in_use for rating in template.rules.ratings["actions"]]
    return list(
        dict.fromkeys(
            (rating.column.heading, Square(state.letter, style_of(state)), state.word, state.say)
            for rating in ratings
            for state in rating.states
        )
    )
