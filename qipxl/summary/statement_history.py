"""Actions by quality statement, month by month: earlier months are counted in the list in force now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from qipxl.archive.store import Archive
from qipxl.periods import Period
from qipxl.summary.history import MONTHS
from qipxl.summary.sheet_spec import ColumnSpec, SheetSpec, listing
from qipxl.summary.statements import STATEMENT_SOURCES, through_words
from qipxl.summary.summary import ProviderSummary
from qipxl.summary.themes import IN_NO_LIST, NONE_GIVEN
from qipxl.template.frameworks import Framework, FrameworkInForce
from qipxl.text import spelled

STATEMENTS_BY_MONTH = "Statements by month"
HISTORY_COLUMNS = ("period", "statement", "through_crosswalk", "actions")


def statement_history(
    actions: pd.DataFrame, archive: Archive, period: Period, framework: FrameworkInForce
) -> pd.DataFrame:
    """How many actions of the returns of each month name each statement, in this month and up to MONTHS before.

    actions: those of this month's returns.

    Columns: `period`, `statement` in the list in force now (IN_NO_LIST or NONE_GIVEN if there is none), `through_crosswalk`, `actions`.
    An action that names several statements is counted under each.
    """
    months = archive.versions["period"].between(str(period.plus(-MONTHS)), str(period.plus(-1)))
    recent = Archive(archive.folder, archive.versions[months])
    counts = [
        cells_counted(frame)
        for frame in (recent.table("actions", STATEMENT_SOURCES), actions.assign(period=str(period)))
    ]
    lines = []
    for month, *cells, number in pd.concat(counts, ignore_index=True).itertuples(index=False, name=None):
        named = framework.statements(*cells)
        lines += [(month, each.name or IN_NO_LIST, each.through_crosswalk, number) for each in named]
        lines += [] if named else [(month, NONE_GIVEN, False, number)]
    history = pd.DataFrame(lines, columns=list(HISTORY_COLUMNS))
    return history.groupby(list(HISTORY_COLUMNS[:3]))["actions"].sum().reset_index()


def cells_counted(actions: pd.DataFrame) -> pd.DataFrame:
    """How many actions of each month (`period`) have the same cells with statements."""
    cells = pd.DataFrame({"period": actions["period"].astype(str)})
    for name in STATEMENT_SOURCES:
        cells[name] = actions[name].astype(object).fillna("").astype(str) if name in actions.columns else ""
    return cells.value_counts().rename("actions").reset_index()


def statements_by_month(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """A line for each statement of the list in force with its number of actions in each month; nothing without an archive."""
    history = summary.statement_history
    if history is None:
        return
    framework = summary.framework.framework
    months = sorted(set(history["period"]))
    counts = history.groupby(["statement", "period"])["actions"].sum().unstack("period", fill_value=0)
    others = [name for name in (IN_NO_LIST, NONE_GIVEN) if name in counts.index]
    frame = counts.reindex(index=[*framework.names, *others], columns=months, fill_value=0).reset_index()
    frame = frame.rename(columns={frame.columns[0]: "statement"})
    frame = frame.assign(
        wording=[framework.wording.get(name, "") for name in frame["statement"]],
        heirs=[heirs_of(framework, name) for name in frame["statement"]],
    )
    columns = [ColumnSpec(framework.heading, "statement", 50), ColumnSpec("Wording checked against", "wording", 20)]
    columns += [ColumnSpec(Period.read(month).words, month, 10, tint="plain") for month in months]
    if frame["heirs"].any():
        columns.append(ColumnSpec("Also counts, from earlier lists (weak: no real heir)", "heirs", 70))
    spec = listing(STATEMENTS_BY_MONTH, about(summary, history), columns, frame)
    yield replace(spec, title=f"{STATEMENTS_BY_MONTH}: {found(frame[~frame['statement'].isin(others)], months)}")


def found(lines: pd.DataFrame, months: list[str]) -> str:
    """Which statement has the most actions now, and how many have none.

    >>> lines = pd.DataFrame({"statement": ["Safe: Safeguarding", "Safe: Staffing"], "2026-02": [4, 0], "2026-03": [6, 0]})
    >>> found(lines, ["2026-02", "2026-03"])
    'Safe: Safeguarding has most actions, 6, after 4 in February 2026; one of 2 statements has none'
    >>> found(lines, [])
    'no month has an action'
    """
    if not months:
        return "no month has an action"
    now = lines[months[-1]]
    none = int((now == 0).sum())
    without = f"{spelled(none)} of {len(lines)} statements {'has' if none == 1 else 'have'} none"
    if not now.max():
        return without
    most = lines.to_dict("records")[int(now.to_numpy().argmax())]
    before = f", after {most[months[0]]} in {Period.read(months[0]).words}" if len(months) > 1 else ""
    return f"{most['statement']} has most actions, {most[months[-1]]}{before}" + (f"; {without}" if none else "")


def about(summary: ProviderSummary, history: pd.DataFrame) -> str:
    """What the sheet counts, which list is in force, and how earlier months were counted again."""
    since, framework = summary.framework.since, summary.framework.framework
    chosen = f", in force from {Period.read(since).words} on" if since else ""
    sentences = [
        f"{framework.full_title}{chosen}.",
        "An action counts under each of its statements.",
    ]
    through = history[history["through_crosswalk"]]
    if len(through):
        total = int(history.loc[history["period"].isin(through["period"]), "actions"].sum())
        months = [Period.read(month).words for month in sorted(set(through["period"]))]
        span = f"{months[0]} was" if len(months) == 1 else f"{months[0]} to {months[-1]} were"
        again = through_words(int(through["actions"].sum()), total, summary.framework)
        sentences.append(f"{span} counted again. {again}")
    return " ".join(sentences)


def heirs_of(framework: Framework, name: str) -> str:
    """The statements of earlier lists, with other texts, that are counted under a statement of this one."""
    lines = [line for walk in framework.crosswalk for line in walk.lines if name in line.to and line.from_name != name]
    return "; ".join(f"{line.from_name} (weak)" if line.fit == "weak" else line.from_name for line in lines)
