"""Before and after each action that links a figure: one sentence, its figures, and one picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qipxl.indicators import NOT_SHOWN, VerdictState
from qipxl.indicators.action_verdicts import OUTCOME
from qipxl.indicators.change_sentence import Levels, change_sentence, levels_of_many
from qipxl.indicators.judge_series import JudgedSeries
from qipxl.indicators.series import Series
from qipxl.summary.action_lists import row_of
from qipxl.summary.indicator_lists import LinkedAction, linked_actions, per_words
from qipxl.summary.sheet_spec import ColumnSpec, SheetSpec, columns_of
from qipxl.summary.summary import ProviderSummary
from qipxl.text import folded, plural, spelled

BEFORE_AFTER, BEFORE_AFTER_CHARTS = "Before and after", "Before and after charts"
ORDER = (
    VerdictState.WORSE, VerdictState.NOT_HELD, VerdictState.SUSTAINED, VerdictState.TOO_FEW_EVENTS, VerdictState.EARLY_SIGN,
    VerdictState.NO_EVIDENCE, VerdictState.IMPROVED_BEFORE, VerdictState.AT_BEST, VerdictState.TOO_EARLY, VerdictState.NO_BASELINE,
    VerdictState.NOT_CURRENT, VerdictState.NO_VERDICT,
)  # fmt: skip
"""The verdicts in the order of the list: worse ones first, then what worked, then what cannot be judged yet."""
CHART_ROWS, FIRST_CHART, MOST_CHARTED = 20, 4, 24
"""The rows that a chart takes, the row of the first chart of a sheet, and the most charts of actions."""
WITHHELD = "[c]"
"""What is shown for a figure that a reader outside the provider must not see."""
COLUMNS = (
    *columns_of(("Service", "name", 18)), ColumnSpec("Action", "called", 17, link_to="address"),
    *columns_of(("Issue or risk", "issue", 30)), ColumnSpec("Before and after", "sentence", 52, bold=True),
    *columns_of(
        ("Verdict", "verdict", 16), ("Mean before", "before", 9), ("Mean after", "after", 9), ("Limits before", "limits_before", 13),
        ("Limits after", "limits_after", 13), ("Started", "start", 12), ("Milestones done", "milestones", 12), ("Completed", "completed", 12),
        ("Months before", "months_before", 8), ("Months after", "months_after", 8),
    ),
    ColumnSpec("Chart", "chart", 10, link_to="picture"),
)  # fmt: skip
ABOUT = (
    "Each action that links a figure. Before: the mean of at most 24 months before it started, without extreme ones on the worse side. "
    "After: the mean of all months after the month of completion. The verdict says what may be claimed: a fall or rise is named only if "
    "it is sustained. "
)


@dataclass(frozen=True)
class Change:
    """One figure of one action: the row among the judged series, the action, its levels, and the sentence about both."""

    row: int
    action: LinkedAction
    levels: Levels
    sentence: str
    withheld: bool = False


Hides = Callable[[Series, int], bool]
"""Whether the figures of a series, by its row, must not be shown."""


def shows_all(series: Series, row: int) -> bool:
    """Nothing is hidden from readers within the provider."""
    return False


def changes_of_actions(summary: ProviderSummary, hides: Hides = shows_all, most: int | None = None) -> list[Change]:
    """What changed after each action that links a figure: by ORDER, then the outcome first; with `most`, only those that get a chart."""
    judged = summary.impact.judged
    pairs = [(row, action) for row, actions in linked_actions(summary).items() for action in actions]
    pairs.sort(key=lambda pair: (place(state_of(pair[1])), pair[1].part != OUTCOME))
    if most is not None:
        pairs = [pair for pair in pairs if not np.isnan(judged.series.values[pair[0]]).all()][:most]
    return changes_of(judged, pairs, hides)


def state_of(action: LinkedAction) -> VerdictState | None:
    """The state of the verdict on an action's figure; None without one."""
    return None if action.verdict is None else action.verdict.state


def place(state: VerdictState | None) -> int:
    """The place of a verdict in ORDER; without one, the last."""
    return len(ORDER) if state is None else ORDER.index(state)


def change_of(judged: JudgedSeries, row: int, action: LinkedAction) -> Change:
    """What changed in one figure after one action."""
    return changes_of(judged, [(row, action)])[0]


def changes_of(
    judged: JudgedSeries, pairs: Sequence[tuple[int, LinkedAction]], hides: Hides = shows_all
) -> list[Change]:
    """What changed in each figure after each action."""
    rows, actions = [row for row, _ in pairs], [action for _, action in pairs]
    dates = [(action.start, action.completed) for action in actions]
    every = levels_of_many(judged, rows, dates, [action.verdict for action in actions])
    changes = []
    for (row, action), levels in zip(pairs, every, strict=True):
        line, withheld = judged.lines.iloc[row], hides(judged.series, row)
        shown, sign = Levels() if withheld else levels, "%" if line["per"] == 100 else ""
        sentence = change_sentence(measured(line), action.verdict, action.completed, shown, sign)
        changes.append(Change(row, action, shown, sentence, withheld))
    return changes


def measured(line: pd.Series) -> str:
    """What an indicator measures, such as “Restraints per 1,000 bed days”."""
    name, per = str(line["indicator"]), per_words(line)
    return name if line["per"] == 100 or not per or " per " in name else f"{name} {per}"


def before_and_after(summary: ProviderSummary, hides: Hides = shows_all) -> Iterator[SheetSpec]:
    """The list of all actions that link a figure; no sheet if there is none."""
    changes = changes_of_actions(summary, hides)
    if not changes:
        return
    frame = pd.DataFrame(lines_of(summary, changes))
    counts = [(sum(state_of(each.action) is state for each in changes), words) for state, words in TITLE.items()]
    found = "; ".join(f"{spelled(number)} {words}" for number, words in counts if number)
    line = f"{plural(len(changes), 'figure')} of actions."
    title = f"{BEFORE_AFTER}: {found or 'nothing to compare yet'}"
    yield SheetSpec(BEFORE_AFTER, ABOUT + NOT_SHOWN, line, COLUMNS, frame, title=title)


TITLE = {
    VerdictState.WORSE: "worse", VerdictState.NOT_HELD: "improved, not held", VerdictState.SUSTAINED: "improved and held",
    VerdictState.EARLY_SIGN: "with a first sign", VerdictState.NO_EVIDENCE: "without a change beyond chance",
    VerdictState.TOO_EARLY: "too early to tell",
}  # fmt: skip
"""The verdicts that the title of the list counts, with its words."""


def lines_of(summary: ProviderSummary, changes: Sequence[Change]) -> Iterator[dict[str, object]]:
    """The lines of the list."""
    judged, actions = summary.impact.judged, summary.actions
    keys = zip(map(folded, actions["service"]), map(folded, actions["ref"]), strict=True)
    rows = {key: number for number, key in enumerate(keys)}
    places = np.argsort(summary.sort_order)
    targets = pictures(judged, changes)
    for number, change in enumerate(changes):
        action, line, verdict = change.action, judged.lines.iloc[change.row], change.action.verdict
        row = rows.get(action.key)
        levels, days, most = change.levels, (action.start, action.completed), 100.0 if line["per"] == 100 else np.inf
        yield {
            "service": line["service"], "name": line["name"], "region": line["region"], "ref": action.ref, "called": action.called,
            "issue": "" if row is None else str(actions["issue"].iloc[row]), "sentence": f"{change.sentence}.",
            "verdict": "" if verdict is None else str(verdict.state),
            "before": figure(levels.before, change), "after": figure(levels.after, change),
            "limits_before": limits(levels.limits_before, most), "limits_after": limits(levels.limits_after, most),
            **{name: pd.NaT if day is None else pd.Timestamp(day) for name, day in zip(("start", "completed"), days, strict=True)},
            "milestones": len(action.milestones), "months_before": 0 if verdict is None else verdict.n_b,
            "months_after": 0 if verdict is None else verdict.n_p,
            "address": "" if row is None else row_of(int(places[row])), "chart": "See chart" if number in targets else "",
            "picture": targets.get(number, ""),
        }  # fmt: skip


def charted_changes(judged: JudgedSeries, changes: Sequence[Change], most: int) -> list[Change]:
    """Those that get a chart: the first that have a figure."""
    return [each for each in changes if not np.isnan(judged.series.values[each.row]).all()][:most]


def pictures(judged: JudgedSeries, changes: Sequence[Change]) -> dict[int, str]:
    """The link target of the chart of each change that has one, by the change's place in the list."""
    charted, top, targets = charted_changes(judged, changes, MOST_CHARTED), FIRST_CHART, dict[int, str]()
    for number, change in enumerate(changes):
        if any(change is each for each in charted):
            targets[number] = f"'{BEFORE_AFTER_CHARTS}'!A{top + 1}"
            there = ~np.isnan(judged.series.values[change.row])
            top += CHART_ROWS + 4 + len(there) - int(there.argmax())
    return targets


def figure(value: float | None, change: Change) -> float | str:
    """A mean as its cell shows it."""
    if value is None:
        return WITHHELD if change.withheld else float("nan")
    return round(value, 1) if abs(value) >= 1 else round(value, 3)


def limits(pair: tuple[float, float] | None, most: float) -> str:
    """A pair of limits, such as “12.1 to 30.4”; never below 0 or above `most`."""
    return "" if pair is None else f"{max(0.0, pair[0]):.1f} to {min(most, pair[1]):.1f}"
