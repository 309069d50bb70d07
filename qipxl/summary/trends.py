"""An indicator over time as a finding: its title, its chart, and what changed after an action was completed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qipxl.indicators.chart_words import left_out_words
from qipxl.indicators.judge_series import JudgedSeries
from qipxl.summary.before_after import Hides, change_of, changes_of_actions, shows_all
from qipxl.summary.finding_records import Trend
from qipxl.summary.indicator_lists import (
    SIGNALS,
    LinkedAction,
    axis_words,
    chart_data,
    chart_description,
    chart_finding,
    chart_title,
    charted_rows,
    has_signal,
    last_completed,
    linked_actions,
)
from qipxl.summary.summary import ProviderSummary


def trend(summary: ProviderSummary) -> Trend | None:
    """The one indicator for the board page: with a signal first, then one that misses its target, then the provider's."""
    judged = summary.impact.judged
    rows = charted_rows(summary)[0] if len(judged.series) else []
    if not rows:
        return None
    signal = has_signal(judged)
    row = next((row for row in rows if signal[row]), rows[0])
    return trend_of(judged, row, linked_actions(summary).get(row, ()))


def trends(summary: ProviderSummary, most: int) -> list[Trend]:
    """The indicators that get a chart, `most` at most; the one of the board page first."""
    judged, first = summary.impact.judged, trend(summary)
    if first is None:
        return []
    links = linked_actions(summary)
    every = [trend_of(judged, row, links.get(row, ())) for row in charted_rows(summary, most)[0]]
    return [first, *(each for each in every if each.title != first.title)][:most]


def trend_of(judged: JudgedSeries, row: int, actions: Sequence[LinkedAction]) -> Trend:
    """An indicator over time, with the actions that link it."""
    line = judged.lines.iloc[row]
    left_out, last = left_out_words(str(line["left_out"])), last_completed(actions)
    change = "" if last is None else change_of(judged, row, last).sentence
    about = [f"{chart_title(judged, row)}.", *(action.words for action in actions), *filter(None, [left_out])]
    return Trend(
        chart_finding(line),
        chart_data(judged, row, actions),
        " ".join(filter(None, (f"{change}." if change else "", chart_description(judged, row, actions)))),
        bool(line["per"] == 100),
        axis_words(line),
        " ".join(about + ([f"{change}."] if change else [])),
        change,
    )


def change_trends(summary: ProviderSummary, most: int, hides: Hides = shows_all) -> list[Trend]:
    """A chart for each figure of each action, `most` at most, with the sentence about before and after as its title.

    A figure that the reader must not see has none. A chart has no coloured dots, because these are judged on all months together: the
    verdict judges what is before and after.
    """
    judged, found = summary.impact.judged, []
    for change in changes_of_actions(summary, hides, most):
        if change.withheld:
            continue
        row, action = change.row, change.action
        own, whose = trend_of(judged, row, [action]), f"{judged.lines['name'].iloc[row]} {action.called}"
        words, about = chart_description(judged, row, [action]), f"{chart_title(judged, row)}. {action.words}"
        frame = own.frame.drop(columns=[name for name in SIGNALS if name in own.frame.columns])
        title = f"{whose}: {change.sentence}"
        found.append(replace(own, title=title, frame=frame, description=words, about=about, change="", whose=whose))
    return found
