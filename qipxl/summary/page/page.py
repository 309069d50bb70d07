"""The summary as one self-contained web page: complete without its script, which only adds a search.

Every text is escaped by Jinja. A content security policy allows nothing but the page's own style and script, by their
digests, and the pictures that are part of it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
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
from qipxl.summary import action_lists
from qipxl.summary.answers import answers
from qipxl.summary.board_page import Block, Cell, board_page
from qipxl.summary.changes import most_important
from qipxl.summary.charts import BY_MONTH, by_month, by_reason, left_out_words, worst_of_services
from qipxl.summary.full_tables import own_sheets, table_lists
from qipxl.summary.indicator_lists import (
    CHART_PARTS,
    chart_data,
    chart_description,
    chart_title,
    charted_rows,
    indicators,
    outliers,
)
from qipxl.summary.logs import challenges, learning
from qipxl.summary.page.charts import bars, over_time, stacked
from qipxl.summary.risk_links import links
from qipxl.summary.rule_book import rule_book
from qipxl.summary.sheet_spec import ColumnSpec, SheetSpec, by_letter, letter_words, states_of
from qipxl.summary.sources import problems
from qipxl.summary.summary import ProviderSummary
from qipxl.summary.timeline import milestone_timeline

FULL = (
    "High-risk and off-track",
    "Escalations",
    "Delivered but not effective",
    "Closed without evidence",
    "Reviews due",
)
"""The lists that the page has in full; it counts the others, whose rows are in the summary workbook."""
MOST_CHANGES = 200
"""The most changes of states and texts that the page lists; it has every changed promise."""
LONG = 40
"""A text with more characters than this has a wide column."""


@dataclass(frozen=True)
class Square:
    """A cell of a table: its text, the CSS class of its colours, and whether it is a number."""

    text: str
    style: str = ""
    number: bool = False

    @property
    def classes(self) -> str:
        """The CSS classes of the cell: its colours, a number, a long text."""
        marks = {f"s {self.style}": self.style, "n": self.number, "t": len(self.text) > LONG}
        return " ".join(mark for mark, has in marks.items() if has)


@dataclass(frozen=True)
class Table:
    """A table with its caption; `searchable`: the search looks at it, `regions` say to which region each of its lines belongs."""

    title: str
    about: str
    headings: Sequence[str]
    lines: Sequence[Sequence[Square]]
    searchable: bool = False
    regions: Sequence[str] = ()

    @property
    def key(self) -> str:
        """Its name in links."""
        return "-".join(self.title.lower().replace("/", " ").split())


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
    style = source.get_source(environment, "page.css")[0] + colours(summary)
    script = source.get_source(environment, "page.js")[0]
    return environment.get_template("page.html").render(
        title=summary.title, as_at=f"{summary.as_at:%d %B %Y}",
        style=style, script=script, style_digest=digest(style), script_digest=digest(script),
        board=[block_table(block) for block in board_page(summary)], figures=list(figures(summary)),
        lists=[table_of(spec) for spec in full_lists(summary)], counts=list(counts(summary)), regions=list(regions(summary)),
        indicators=list(impact_tables(summary)), charts=list(indicator_charts(summary)),
        timeline=[table_of(spec) for spec in short_timeline(summary)], rules=table_of(rule_book(summary)),
    )  # fmt: skip


def digest(text: str) -> str:
    """The digest of a style or a script for the content security policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def style_of(state: State) -> str:
    """The CSS class of a state's colours."""
    return f"c{state.fill}"


def colours(summary: ProviderSummary) -> str:
    """A CSS class for each pair of colours in use."""
    ratings = [rating for template in summary.in_use for each in template.rules.ratings.values() for rating in each]
    inks = {state.fill: state.ink for rating in ratings for state in rating.states}
    lines = (f".c{fill}{{background:#{fill};color:#{ink};font-weight:600}}\n" for fill, ink in sorted(inks.items()))
    return "".join(lines)


def block_table(block: Block) -> Table:
    """A block of the board page."""

    def square(cell: Cell) -> Square:
        return Square(str(cell.value), style_of(cell.state) if cell.state else "", isinstance(cell.value, int))

    return Table(block.title, block.about, block.headings, [[*map(square, line)] for line in block.lines])


def full_lists(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """The lists of what needs attention."""
    yield action_lists.high_risk(summary)
    yield action_lists.escalations(summary)
    yield action_lists.ineffective(summary)
    yield from (spec for spec in action_lists.chosen_lists(summary) if spec.name in FULL)
    yield from most_important(summary, MOST_CHANGES)


def counts(summary: ProviderSummary) -> Iterator[tuple[str, int, str]]:
    """The sheets that the page does not list: name, number of lines in the summary workbook, and what each shows."""
    lists = (spec for spec in action_lists.chosen_lists(summary) if spec.name not in FULL)
    for spec in (
        *lists,
        *challenges(summary),
        *own_sheets(summary),
        *learning(summary),
        links(summary),
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
    return Table(spec.name, f"{spec.about} {spec.line}", list(kept), lines, True, regions_of)


def squares(column: ColumnSpec, frame: pd.DataFrame) -> list[Square]:
    """One column's cells."""
    values = frame[column.source]
    number, styles = pd.api.types.is_numeric_dtype(values), [""] * len(frame)
    if column.states:
        classes = {word: style_of(state) for word, state in column.states.items()}
        styles = [classes.get(word, "") for word in frame[column.by].astype(str)]
    return [Square(shown(value), style, number) for value, style in zip(values.tolist(), styles, strict=True)]


def shown(value: Any) -> str:
    """A value as text: dates as dd/mm/yyyy, whole numbers without a decimal point, missing values empty."""
    if pd.isna(value):
        return ""
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y}"
    return f"{value:g}" if isinstance(value, float) else str(value)


MOST_CHARTS = 8
"""The most indicators with a chart on the page."""


def impact_tables(summary: ProviderSummary) -> Iterator[Table]:
    """Indicators with a signal or a verdict, the provider's, and services outside the limits; the others are counted."""
    if not len(summary.impact.judged.series):
        return
    every, compared = indicators(summary), outliers(summary)
    frame = every.frame
    chosen = frame[(frame["cause"] != "") | (frame["verdict"] != "") | (frame["name"] == WHOLE)]
    columns = [column for column in every.columns if column.source not in ("trend", "points")]
    left = f" {len(frame) - len(chosen)} without either are in the workbook."
    yield table_of(replace(every, frame=chosen, columns=columns, line=every.line + left))
    yield table_of(replace(compared, frame=compared.frame[compared.frame["flag"] != ""]))


def indicator_charts(summary: ProviderSummary) -> Iterator[tuple[str, str, str]]:
    """The charts of indicators: title, picture, and a description."""
    judged = summary.impact.judged
    for row in charted_rows(summary, MOST_CHARTS)[0]:
        yield chart_title(judged, row), over_time(chart_data(judged, row), CHART_PARTS), chart_description(judged, row)


def short_timeline(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """The milestone timeline of the actions that are escalated."""
    escalated = summary.escalated
    chosen = set(zip(escalated["service"], escalated["ref"], strict=True))
    for spec in milestone_timeline(summary):
        frame = spec.frame
        own = [pair in chosen for pair in zip(frame["service"], frame["ref"], strict=True)]
        kept = frame[pd.Series(own, frame.index, dtype=bool)]
        columns = [column for column in spec.columns if column.source != "issue"]
        yield SheetSpec(spec.name, "Escalated actions. " + spec.about, f"{len(kept)} actions.", columns, kept)


@dataclass(frozen=True)
class ActionDetails:
    """A watched action: its headline, its Ref and issue, and facts by their headings."""

    headline: Square
    text: str
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class DrillDown:
    """A region or a service with its counts by letter; a service with its watched actions."""

    name: str
    counts: Sequence[Square]
    services: Sequence[DrillDown] = ()
    actions: Sequence[ActionDetails] = ()
    note: str = ""


FACTS = (
    ("Intended change", "intended_change"), ("Success measure", "success_measure"), ("Why", "why"), ("Evidence", "evidence_label"),
    ("Owner", "owner"), ("Accountable lead", "accountable_lead"), ("Due date", "due"), ("Days overdue", "days_overdue"),
    ("Escalation", "escalation_label"), ("Late milestones", "late_milestones"), ("Latest review", "reviewed_on"),
    ("Next for blue", "blue_needs"), ("Cell", "where"),
)  # fmt: skip
"""The facts shown for a watched action when it is opened."""
LEFT_OUT = (
    "Why", "Intended change", "To whom, and by when", "Tier", "Risk score now", "File", "Cell", "Success measure",
    "Accountable lead",
)  # fmt: skip
"""Columns that the lists leave out because each action or the rules show them: they would make the page of 500 services too large."""


def watched_actions(summary: ProviderSummary) -> dict[str, list[ActionDetails]]:
    """The watched actions by the code of their service."""
    states, watch = states_of(summary.headline), summary.watch
    where = watch["file"].astype(str) + ", " + watch["cell"].astype(str)
    lines = action_lists.with_explanations(summary, watch.assign(where=where), [source for _, source in FACTS])
    facts = [(heading, source) for heading, source in FACTS if source in lines.columns]
    by_service: dict[str, list[ActionDetails]] = {}
    for line in lines.to_dict("records"):
        state = states.get(line["headline"])
        square = Square(str(line["headline_label"]), style_of(state) if state is not None else "")
        texts = [(heading, shown(line[source])) for heading, source in facts]
        details = ActionDetails(
            square, ": ".join(filter(None, (str(line["ref"]), str(line["issue"])))), [fact for fact in texts if fact[1]]
        )
        by_service.setdefault(str(line["service"]), []).append(details)
    return by_service


NO_REGION = "(no region)"


def regions(summary: ProviderSummary) -> Iterator[DrillDown]:
    """Each region with its services, and each service with its watched actions."""
    states, watched = by_letter(summary.headline), watched_actions(summary)
    counted = summary.overview.fillna(dict.fromkeys(states, 0))
    lines = counted.sort_values(["region", "name"], kind="stable").to_dict("records")
    for region, group in groupby(lines, key=lambda line: str(line["region"])):
        services_of = list(group)
        services = []
        for line in services_of:
            name, actions = f"{line['name']} ({line['service']})", watched.get(str(line["service"]), ())
            services.append(DrillDown(name, letters(line, states), (), actions, str(line["state"])))
        sums = {letter: sum(int(line[letter]) for line in services_of) for letter in states}
        yield DrillDown(region or NO_REGION, letters(sums, states), services)


def letters(line: Any, states: dict[str, State]) -> list[Square]:
    """The counts of a line that are above 0, in letters and words."""
    there = ((letter, int(line[letter]), state) for letter, state in states.items())
    return [Square(f"{letter_words(letter)}: {count}", style_of(state)) for letter, count, state in there if count]


def figures(summary: ProviderSummary) -> Iterator[tuple[str, str, str]]:
    """Each chart: its title, its picture, and its figures in words."""
    fills = {letter: f"#{state.fill}" for letter, state in by_letter(summary.headline).items()}
    months, left_out = by_month(summary)
    if len(months):
        named = months.rename(columns=letter_words)
        counted = {month: [f"{name} {n}" for name, n in line.items() if n] for month, line in named.iterrows()}
        words = "; ".join(f"{month}: {', '.join(counts)}" for month, counts in counted.items())
        note = left_out_words(left_out)
        yield BY_MONTH, stacked(named, list(fills.values())), f"{note} {words}".strip()
    reasons = ("Late or moved actions by reason", by_reason(summary))
    for title, frame in (("Services by their worst headline", worst_of_services(summary)), reasons):
        if len(frame):
            column = frame[frame.columns[0]]
            yield title, bars(column), "; ".join(f"{name}: {count}" for name, count in column.items())
