"""The services' figures: every indicator in words, the services outside the limits, and the indicators that get a chart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.archive.store import folded_texts
from qipxl.indicators import NOT_SHOWN, Verdict
from qipxl.indicators.action_verdicts import BALANCING, OUTCOME, ActionKey, before_and_after, day_or_none
from qipxl.indicators.arrays import Floats
from qipxl.indicators.chart_words import NO_FIGURE, TOO_FEW
from qipxl.indicators.definitions import DIRECTIONS
from qipxl.indicators.impact import FIELD_OF_PART
from qipxl.indicators.judge_series import JudgedSeries, limits_around
from qipxl.indicators.outliers import CHALLENGE, LOOK
from qipxl.indicators.series import DECLARED, PARTS, WHOLE
from qipxl.summary.milestone_days import READ_FOR_CHARTS
from qipxl.summary.sheet_spec import ColumnSpec, SheetSpec, TableColumns, columns_of
from qipxl.summary.summary import ProviderSummary
from qipxl.text import figure_text, folded, number_text, plural, spelled
from qipxl.workbook.styles import BRAND, GREY, PALE, RED

INDICATORS, OUTLIERS, FIGURES = "Indicators", "Outliers", "Indicator figures"
BY_CHANCE = 0.02
"""The share of stable series whose latest point has a signal by chance: see docs/indicators.md."""
MOST_CHARTS = 24
INDICATOR_COLUMNS = (
    *columns_of(
        ("Service", "name", 22), ("Indicator", "indicator", 36),
    ),
    ColumnSpec("Variation", "variation", 18, bold=True),
    *columns_of(
        ("Signal", "cause", 22), ("Trend", "trend", 20), ("Figure", "figure", 9), ("Target met", "target_met", 22),
        ("Verdict for actions", "verdict", 50), ("Latest month", "latest_month", 12), ("Target", "target", 9), ("Of", "latest_of", 8),
        ("Mean", "middle", 9), ("Lower limit", "low", 9), ("Upper limit", "high", 9), ("Services", "services", 9), ("Months", "points", 8),
        ("What may be said", "words", 70), ("Context", "context", 50), ("Learning", "learning", 50), ("File", "file", 24), ("Cell", "cell", 14),
    ),
)  # fmt: skip
OUTLIER_COLUMNS = (
    *columns_of(("Service", "name", 24), ("Region", "region", 16), ("Indicator", "indicator", 34)),
    ColumnSpec("Flag", "flag", 12, bold=True),
    *columns_of(
        ("Side", "side", 8), ("What it means", "words", 44), ("Figure", "figure", 10), ("All services", "group", 10),
        ("Lower 95%", "low95", 10), ("Upper 95%", "high95", 10), ("Lower 99.8%", "low998", 10), ("Upper 99.8%", "high998", 10),
        ("Numerator", "numerator", 11), ("Denominator", "denominator", 12), ("Latest month", "month", 14), ("Months added up", "months", 10),
        ("Limits widened", "adjusted", 10),
    ),
)  # fmt: skip
LIMITS = ["low95", "high95", "low998", "high998"]
"""The columns of an outlier's limits."""
NARRATIVE = ("context", "learning")
"""What a service writes next to a figure."""
COLUMNS_READ: TableColumns = {
    "actions": (*FIELD_OF_PART.values(), "start", "completed_on"),
    "indicators": DECLARED,
    "measurements": ("indicator", "month", *PARTS, *NARRATIVE),
    "milestones": READ_FOR_CHARTS,
}
"""What `qipxl.indicators.impact` reads for the summary."""


def has_signal(judged: JudgedSeries) -> NDArray[np.bool_]:
    """Which series have a signal at their latest point."""
    return np.asarray(judged.lines["cause"].fillna("") != "")


def indicators(summary: ProviderSummary) -> SheetSpec:
    """Every indicator: those with a signal first, then those that actions link, the provider's, the services'."""
    judged = summary.impact.judged
    frame = rounded_lines(judged).assign(verdict=verdict_words(summary), trend="", **narratives(summary))
    order = np.lexsort((np.arange(len(frame)), frame["name"] != WHOLE, frame["verdict"] == "", ~has_signal(judged)))
    signals, number = int(has_signal(judged).sum()), len(frame)
    of_charts = f"of {plural(number, 'chart')} {'have' if signals > 1 else 'has'} a signal this month"
    line = f"{signals} {of_charts}."
    about = (
        f"The services' own monthly figures, judged as NHS England's Making Data Count teaches (rules {judged.rules}). If nothing had changed, "
        f"{expected_by_chance(number)} of {number} would have a signal by chance. {NOT_SHOWN}"
    )
    shown = frame.iloc[order].assign(row=order)
    title = f"{INDICATORS}: {spelled(signals)} {of_charts}"
    nothing = "No indicator has a figure."
    return SheetSpec(INDICATORS, about, line, INDICATOR_COLUMNS, shown, nothing, link_cell=True, title=title)


def narratives(summary: ProviderSummary) -> dict[str, list[str]]:
    """What the services wrote next to the latest figure of each indicator; empty for sums of services."""
    lines = summary.impact.judged.lines
    months = pd.to_datetime(lines["latest_month"]).to_numpy().astype("datetime64[M]")
    keys = [*zip(folded_texts(lines["service"]), folded_texts(lines["ref"]), months.tolist(), strict=True)]
    latest = set(keys)
    texts: dict[tuple[str, str, str], Mapping[str, str]] = {}
    for rows in summary.records.only(("indicator", "month", *NARRATIVE)).parts("measurements"):
        if set(NARRATIVE) <= set(rows.columns):
            month = pd.to_datetime(rows["month"]).to_numpy().astype("datetime64[M]")
            written = (rows["context"].fillna("") != "") | (rows["learning"].fillna("") != "")
            chosen = (written & np.isin(month, months)).to_numpy(bool)
            for row, at in zip(rows[chosen].to_dict("records"), month[chosen].tolist(), strict=True):
                key = folded(row["service"]), folded(row["indicator"]), at
                if key in latest:
                    texts[key] = {name: str(row[name]) for name in NARRATIVE}
    return {name: [texts.get(key, {}).get(name, "") for key in keys] for name in NARRATIVE}


def expected_by_chance(number: int) -> str:
    """How many of `number` stable series have a signal by chance, in words."""
    return "fewer than one" if BY_CHANCE * number < 1 else f"about {BY_CHANCE * number:.0f}"


def rounded_lines(judged: JudgedSeries) -> pd.DataFrame:
    """The lines of indicators with rounded figures; limits outside the possible values are blank."""
    lines = judged.lines
    floor = lines["lower"].where(lines["lower"] >= 0)
    ceiling = lines["upper"].mask((lines["per"] == 100) & (lines["upper"] > 100))
    shown = {"figure": lines["latest"], "middle": lines["mean"], "low": floor, "high": ceiling}
    months = pd.to_datetime(lines["latest_month"])
    return lines.assign(**{name: values.astype(float).round(1) for name, values in shown.items()}, latest_month=months)


@dataclass(frozen=True)
class LinkedAction:
    """An action that links an indicator: its Ref, its folded service code and Ref, the part, its start and its completion."""

    ref: str
    key: ActionKey
    part: str
    start: date | None
    completed: date | None
    verdict: Verdict | None = None
    milestones: Sequence[date] = ()
    """The days on which its milestones were done."""

    @property
    def called(self) -> str:
        """Its Ref, with the part if that is not the outcome, such as “A-003 (balancing)”."""
        return self.ref if self.part == OUTCOME else f"{self.ref} ({self.part.lower()})"

    @property
    def words(self) -> str:
        """The action with its dates, such as “Linked action A-003: started 4 June 2025.”"""
        days = [
            f"{word} {day.day} {day:%B %Y}"
            for word, day in (("started", self.start), ("completed", self.completed))
            if day is not None
        ]
        if self.milestones:
            days.append(f"{plural(len(self.milestones), 'milestone')} done")
        return f"Linked action {self.called}{': ' if days else ''}{', '.join(days)}."


def linked_actions(summary: ProviderSummary) -> dict[int, list[LinkedAction]]:
    """The actions that link each indicator, by its row among the judged series."""
    judged, links, verdicts = summary.impact.judged, summary.impact.links_with_names, summary.impact.verdicts
    rows = {pair: row for row, pair in enumerate(zip(judged.lines["service"], judged.lines["ref"], strict=True))}
    named = pd.Index(folded_texts(summary.actions["ref"]), dtype=object).isin(links["action"])
    actions = summary.actions.loc[named, ["service", "ref"]]
    keys = zip(*(folded_texts(column) for _, column in actions.items()), strict=True)
    refs = dict(zip(keys, actions["ref"].astype(str), strict=True))
    linked: dict[int, list[LinkedAction]] = {}
    for line in links.itertuples():
        key, row = (str(line.code), str(line.action)), rows.get((str(line.service), str(line.ref)))
        if row is not None:
            days = day_or_none(line.start), day_or_none(line.completed_on)
            found = {(figure.part, figure.ref): figure.verdict for figure in verdicts.get(key, ())}
            more = found.get((str(line.part), str(line.ref))), summary.milestone_days.get(key, ())
            linked.setdefault(row, []).append(LinkedAction(refs.get(key, key[1]), key, str(line.part), *days, *more))
    return linked


def verdict_words(summary: ProviderSummary) -> list[str]:
    """For each indicator the verdicts on the actions that link it."""
    judged = summary.impact.judged
    texts = [""] * len(judged.series)
    for row, actions in linked_actions(summary).items():
        line = judged.lines.iloc[row]
        for action in actions:
            verdict = action.verdict
            if verdict is not None:
                rare = line["chart"] == "rare"
                compared = before_and_after(judged.series, row, action.start, action.completed) if rare else ""
                shown = verdict.shown if action.part == BALANCING else verdict.words
                words = f"{action.called}: {verdict.state}. {shown}"
                texts[row] = " ".join(filter(None, (texts[row], words, compared)))
    return texts


def outliers(summary: ProviderSummary) -> SheetSpec:
    """Services compared with each other; a flag is a question, not a verdict."""
    every = summary.impact.outliers
    frame = every.iloc[np.argsort(every["flag"] == "", kind="stable")]
    counts = frame["flag"].value_counts()
    line = (
        f"{plural(len(frame), 'comparison')}; {counts.get(CHALLENGE, 0)} outside 99.8% (a challenge in the next tracker), "
        f"{counts.get(LOOK, 0)} outside 95% (worth a look; up to one of 20 similar services is by chance)."
    )
    inside = int((frame["flag"] == "").sum())
    about = (
        "A flag is a question, not a verdict: above 99.8% it is a challenge in the next tracker; of 20 similar services one is outside "
        "95% by chance."
    )
    number = len(frame) - inside
    title = f"{OUTLIERS}: {spelled(number)} of {plural(len(frame), 'comparison')} {'is' if number == 1 else 'are'} outside the limits of chance"
    nothing = "No indicator has a denominator and the same name in two services or more."
    return SheetSpec(
        OUTLIERS, about, line, OUTLIER_COLUMNS, rounded_outliers(frame), nothing, title=title, folded=inside
    )


def rounded_outliers(frame: pd.DataFrame) -> pd.DataFrame:
    """The figures and limits with one decimal, or with as many as show every figure beyond a limit beyond it."""
    figures = frame[["figure", "group", *LIMITS]].astype(float)
    for decimals in range(1, 7):
        rounded = figures.round(decimals)
        if np.array_equal(beyond(rounded), beyond(figures)):
            break
    return frame.assign(**rounded)


def beyond(figures: pd.DataFrame) -> NDArray[np.bool_]:
    """Which figures are below each lower limit and above each upper one, a column per limit."""
    low, high = (figures[LIMITS[side::2]].to_numpy() for side in (0, 1))
    figure = figures[["figure"]].to_numpy()
    return np.hstack([figure < low, figure > high])


def charted_rows(summary: ProviderSummary, most: int = MOST_CHARTS) -> tuple[list[int], int]:
    """The rows of the indicators that get a chart, and how many more qualify for one.

    Those that head office names come first, then those with a signal, those that an action links, the provider's.
    """
    judged = summary.impact.judged
    lines, named = judged.lines, {folded(name) for name in summary.charted}
    linked = np.array([text != "" for text in verdict_words(summary)], dtype=bool)
    chosen = lines["indicator"].map(folded).isin(named).to_numpy(bool)
    ranks = (chosen, has_signal(judged), linked, (lines["name"] == WHOLE).to_numpy(bool))
    rank = np.select(ranks, range(len(ranks)), len(ranks))
    drawable = np.asarray((~np.isnan(judged.series.values)).any(axis=1))
    rows = [int(row) for row in np.argsort(rank, kind="stable") if rank[row] < len(ranks) and drawable[row]]
    return rows[:most], max(0, len(rows) - most)


def chart_title(judged: JudgedSeries, row: int) -> str:
    """What a chart is about: the indicator, the service, the kind of chart and the rules."""
    line = judged.lines.iloc[row]
    rules = f"rules {judged.rules}"
    kinds = {"xmr": f"XmR, {rules}", "p": f"p chart, {rules}", "rare": "rare events, no limits"}
    return f"{line['indicator']}, {line['name']} ({kinds.get(line['chart'], 'too few months for limits')})"


SHOWN = {
    "Common cause": "within its usual range", "Improving": "better than chance", "Concerning": "worse than chance",
    "Changing (higher)": "higher than chance", "Changing (lower)": "lower than chance", TOO_FEW: "too few months to judge",
    NO_FIGURE: "no figure since",
}  # fmt: skip
"""What each variation shows, in plain words; those with a better side without its direction."""
NEAR = 0.01
"""The share of a target within which a figure just misses it."""


def chart_finding(line: pd.Series) -> str:
    """The finding of a chart, from the indicator's line: what is measured, the latest figure with its unit, and what it shows.

    Such as “Medicines records without a gap: 94.9%, better than chance, just short of the 95% target”.
    """
    whose = str(line["indicator"]) if line["name"] == WHOLE else f"{line['indicator']}, {line['name']}"
    if pd.isna(line["latest"]):
        return f"{whose}: no figure"
    variation = str(line["variation"])
    month = f" in {line['latest_month']:%B %Y}" if variation == NO_FIGURE else ""
    shows = SHOWN.get(variation) or SHOWN.get(variation.partition(" (")[0], "")
    return f"{whose}: {', '.join(filter(None, (latest_words(line) + month, shows, target_words(line))))}"


def latest_words(line: pd.Series) -> str:
    """The latest figure with its unit, such as “94.9%” and “8.2 per 1,000 bed days”; with as many decimals as part it from the target."""
    latest, target = float(line["latest"]), float(line["target"])
    figure = number_text(round(latest, 3)) if round(latest, 1) == round(target, 1) else figure_text(latest)
    if line["per"] == 100:
        return f"{figure}%"
    return f"{figure} {per_words(line)}".strip()


def target_words(line: pd.Series) -> str:
    """Whether the latest figure meets the target; empty without a target or a better side."""
    target, way = float(line["target"]), DIRECTIONS.get(folded(line["direction"]))
    if np.isnan(target) or way is None:
        return ""
    missing = target - line["latest"] if way == "increase" else line["latest"] - target
    goal = f"the {figure_text(target)}{'%' if line['per'] == 100 else ''} target"
    if missing <= 0:
        return f"meets {goal}"
    just = "just " if missing <= NEAR * abs(target) else ""
    return f"{just}{'short of' if way == 'increase' else 'above'} {goal}"


def axis_words(line: pd.Series) -> str:
    """What a chart's axis counts, such as “% of records audited”, “falls per 1,000 bed days” and “falls”."""
    unit = word_of(line["unit_counted"])
    many = f"{unit[:-1]}ies" if re.search(r"[^aeiou]y$", unit) else f"{unit}s"
    units = many if unit and " " not in unit and not unit.endswith("s") else unit
    if line["per"] == 100:
        return f"% of {word_of(line['denominator_is']) or units}".removesuffix(" of ")
    return f"{units} {per_words(line)}".strip()


def per_words(line: pd.Series) -> str:
    """What a rate is per, such as “per 1,000 bed days”; empty for counts."""
    return "" if pd.isna(line["per"]) else f"per {line['per']:,.0f} {word_of(line['denominator_is'])}".strip()


def word_of(text: object) -> str:
    """What services wrote in a cell, as part of a sentence."""
    return str(text).strip() if isinstance(text, str) else ""


def chart_data(judged: JudgedSeries, row: int, actions: Sequence[LinkedAction] = ()) -> pd.DataFrame:
    """A chart's data from the first month with a figure: a line per month, columns as in CHART_PARTS.

    A limit outside the possible values is left out. Start, milestones done and completion of the `actions` are marked at the figure
    of their month.
    Mean and limits are those before and after the action that was completed last, if there are enough months (see `limits_around`).
    """
    values = judged.series.values[row]
    start = int(np.flatnonzero(~np.isnan(values))[0])
    points, line = judged.points[row], judged.lines.iloc[row]
    highest = 100.0 if line["per"] == 100 else np.inf
    mean, lower, upper = drawn_limits(judged, row, actions)
    columns = {
        "Figure": values,
        "Median": np.full_like(values, np.nanmedian(values) if line["chart"] == "early" else np.nan),
        "Mean": mean,
        "Lower limit": np.where(lower < 0, np.nan, lower),
        "Upper limit": np.where(upper > highest, np.nan, upper),
        "Target": np.full_like(values, float(line["target"])),
        "Improvement": np.where(points == 1, values, np.nan),
        "Concern": np.where(points == 2, values, np.nan),
        "Change": np.where(points > 2, values, np.nan),
        MILESTONES: marks(judged, row, [day for action in actions for day in action.milestones]),
        MARKS[0]: marks(judged, row, [action.start for action in actions]),
        MARKS[1]: marks(judged, row, [action.completed for action in actions]),
    }
    index = [f"{month.first:%b %Y}" for month in judged.series.months]
    frame = pd.DataFrame(columns, index=index).iloc[start:]
    return frame.loc[:, frame.notna().any()]


def drawn_limits(judged: JudgedSeries, row: int, actions: Sequence[LinkedAction]) -> tuple[Floats, Floats, Floats]:
    """The mean and the limits of a chart: before and after the action that was completed last if possible, else as judged."""
    last = last_completed(actions)
    if last is not None and last.completed is not None:
        left_out = last.verdict.left_out if last.verdict is not None else ()
        if (around := limits_around(judged, row, last.start, last.completed, left_out)) is not None:
            return around
    return judged.mean[row], judged.lower[row], judged.upper[row]


def last_completed(actions: Sequence[LinkedAction]) -> LinkedAction | None:
    """The action that was completed last; None if none is complete."""
    done = [action for action in actions if action.completed is not None]
    return max(done, key=lambda action: action.completed or date.min, default=None)


def marks(judged: JudgedSeries, row: int, days: Sequence[date | None]) -> Floats:
    """The figure of each month that has one of the days, or the nearest one before it or after it; NaN for the other months."""
    figures = pd.Series(judged.series.values[row]).ffill().bfill().to_numpy(float)
    months = [np.datetime64(day, "M") for day in days if day is not None]
    return np.where(np.isin(judged.series.first_days.astype("datetime64[M]"), months), figures, np.nan)


MARKS = ("Action started", "Action completed")
"""The columns of a chart's data with the start and the completion of the linked actions."""
MILESTONES = "Milestone done"
"""The column of a chart's data with the milestones of the linked actions."""
SIGNALS = ("Improvement", "Concern", "Change")
"""The columns of a chart's data with the months that have a signal."""
CHART_PARTS: Sequence[tuple[str, str, str]] = (
    ("Figure", GREY, "line"), ("Median", "#8FA0AE", "dashed"), ("Mean", "#8FA0AE", "solid"),
    ("Lower limit", PALE, "dashed"), ("Upper limit", PALE, "dashed"), ("Target", RED, "dashed"),
    ("Improvement", "#00B0F0", "dots"), ("Concern", "#E46C0A", "dots"), ("Change", "#490092", "dots"),
    (MILESTONES, BRAND, "small"), *((name, BRAND, "mark") for name in MARKS),
)  # fmt: skip
"""The parts of a chart, with the colours that Making Data Count uses for dots, and how each is drawn."""


def chart_description(judged: JudgedSeries, row: int, actions: Sequence[LinkedAction] = ()) -> str:
    """A chart in words, for readers who cannot see it."""
    line = judged.lines.iloc[row]
    figure = "none" if pd.isna(line["latest"]) else f"{line['latest']:.1f}"
    mean = "" if pd.isna(line["mean"]) else f" Mean of all months {line['mean']:.1f}."
    signal = f" {line['variation']}{': ' + line['cause'] if line['cause'] else ''}." if line["variation"] else ""
    linked = "".join(f" {action.words}" for action in actions)
    return f"Latest figure {figure}.{mean}{signal} {line['words']}{linked}"
