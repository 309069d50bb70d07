"""The verdicts on an improvement, with the sentences that people read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from qipxl.periods import Period


class VerdictState(StrEnum):
    """The possible verdicts."""

    SUSTAINED = "Sustained"
    NOT_CURRENT = "Not current"
    NO_VERDICT = "No verdict"
    NO_BASELINE = "No baseline"
    TOO_EARLY = "Too early"
    WORSE = "Worse"
    IMPROVED_BEFORE = "Improved before"
    TOO_FEW_EVENTS = "Too few events"
    NOT_HELD = "Improved, not held"
    EARLY_SIGN = "Early sign"
    AT_BEST = "Already at best"
    NO_EVIDENCE = "No evidence of change"


RUN = 7
"""The number of points in a row on the better side that make a shift, as in the charts."""
NOT_SHOWN = "This does not show practice, what staff know or what people experience."
"""Printed with every verdict."""


@dataclass(frozen=True)
class Verdict:
    """What one series shows about one action, compared with a frozen baseline on a date of judgement.

    `n_b` is the number of points before the action; those in `left_out` (far on the wrong side) are not in the mean. `n_p` is
    the number of points after the month of completion, `better` how many of these are on the better side. `run` is the
    number of points in a row up to the latest that are better, `run_began` its first month; `run_mean`, `change` and
    `change_percent` are given for a run of 7 or more. `p` is the exact chance for counts. `provisional` is true if the
    baseline has only 8 to 11 points.
    """

    state: VerdictState
    direction: str
    n_b: int
    n_p: int
    better: int
    baseline_mean: float | None
    run_mean: float | None
    change: float | None
    change_percent: float | None
    run: int
    run_began: Period | None
    reached_back: int
    """The number of points of the run in or before the month in which the action began (without a start: was completed)."""
    under_way: int
    """The number of points of the run from after that month up to the month of completion: it worked before it was finished."""
    warning: bool
    """True if it is too early for a verdict, but a point after completion is a signal the wrong way; or if an improvement has not
    held, and the latest three points are on average no better than the baseline."""
    begun_earlier: bool
    """True if the action began, as far as is known, in an earlier month than the one in which it was completed."""
    p: float | None
    event_free_needed: int | None
    """The number of further months without an event that would make the fall certain enough."""
    earliest_verdict: Period | None
    provisional: bool
    left_out: tuple[Period, ...] = ()
    missing: tuple[Period, ...] = ()
    """Months without a value among the latest seven."""
    unit: str = "months"

    @property
    def words(self) -> str:
        """The verdict, what is still needed, and notes, in one sentence or a few."""
        return " ".join(part for part in (finding(self), self.needs, notes(self)) if part)

    @property
    def shown(self) -> str:
        """The verdict and notes, without what an improvement still needs: for figures that need not improve."""
        return " ".join(part for part in (finding(self), notes(self)) if part)

    @property
    def needs(self) -> str:
        """What is still needed for the verdict “sustained”; empty if waiting cannot bring it."""
        seven = f"Needed: the latest seven {self.unit} all better than the baseline"
        sentences = {
            VerdictState.NOT_CURRENT: "Needed: a value for the latest two periods.",
            VerdictState.NO_VERDICT: "Needed: a completion date that is not before the start.",
            VerdictState.NO_BASELINE: f"Needed: at least 12 {self.unit} from before the action.",
            VerdictState.TOO_EARLY: f"{seven}, over six months or more.",
            VerdictState.WORSE: f"{seven}, without a warning signal.",
            VerdictState.TOO_FEW_EVENTS: needed_events(self),
            VerdictState.NOT_HELD: f"{seven}, without a warning signal since they began.",
            VerdictState.EARLY_SIGN: "A baseline of 12 points would be needed for more."
            if self.provisional
            else f"{seven}.",
            VerdictState.NO_EVIDENCE: f"{seven}.",
        }
        text = sentences.get(self.state, "")
        return f"{text} Earliest verdict: {self.earliest_verdict.words}." if self.earliest_verdict else text


def finding(verdict: Verdict) -> str:
    """The sentence for the verdict."""
    v, unit = verdict, verdict.unit
    after = f"{v.better} of {v.n_p} {unit} since completion are better than the baseline"
    sentences = {
        VerdictState.SUSTAINED: f"The latest {v.run} {unit} are all better than the baseline: {mean_change(v)}.",
        VerdictState.NOT_CURRENT: "There is no recent value to judge by.",
        VerdictState.NO_VERDICT: "The action is not completed, or its dates contradict each other.",
        VerdictState.NO_BASELINE: f"Only {v.n_b} {unit} before the action: too few to compare with.",
        VerdictState.TOO_EARLY: f"{v.n_p} of 7 {unit} since completion, {v.better} better."
        if v.n_p < RUN
        else f"{v.run} {unit} in a row are better so far.",
        VerdictState.WORSE: f"The latest seven {unit} include a warning signal against the baseline.",
        VerdictState.IMPROVED_BEFORE: f"Better for {v.run} {unit}, but {v.reached_back} of them are in or before {first_month(v)}.",
        VerdictState.TOO_FEW_EVENTS: f"The latest {v.run} {unit} are better, but there are too few events to exclude chance.",
        VerdictState.NOT_HELD: f"Seven {unit} in a row were better after completion, but that has not held.",
        VerdictState.EARLY_SIGN: f"There is a first sign of improvement: {after}.",
        VerdictState.AT_BEST: "The baseline was already at its best.",
        VerdictState.NO_EVIDENCE: f"No change beyond chance is seen: {after}.",
    }
    return sentences[v.state]


def needed_events(verdict: Verdict) -> str:
    """What is still needed if the number of events may be due to chance."""
    if verdict.event_free_needed is None:
        return f"Needed: more {verdict.unit} like these."
    unit = verdict.unit.removesuffix("s") if verdict.event_free_needed == 1 else verdict.unit
    return f"Needed: about {verdict.event_free_needed} more {unit} without an event."


def notes(verdict: Verdict) -> str:
    """Notes on the verdict: points left out, missing months, a provisional baseline."""
    v = verdict
    sentences = []
    if v.state is VerdictState.SUSTAINED and v.under_way:
        sentences.append(
            f"It worked before it was finished: {counted(v.under_way)} from after the start and not after the month of completion."
        )
    if v.state is VerdictState.SUSTAINED and v.reached_back:
        sentences.append(f"{counted(v.reached_back)} in or before {first_month(v)}, which is often due to chance.")
    if v.state is VerdictState.NOT_HELD and v.warning:
        sentences.append("The latest three are on average no better than the baseline.")
    if v.left_out:
        sentences.append(f"Left out of the baseline as extreme values: {month_names(v.left_out)}.")
    if v.missing:
        sentences.append(f"No value for {month_names(v.missing)}: a run starts again after a gap.")
    if v.provisional:
        sentences.append(f"The baseline of {v.n_b} points is provisional.")
    return " ".join(sentences)


def counted(points: int) -> str:
    return f"{points} of them {'is' if points == 1 else 'are'}"


def first_month(verdict: Verdict) -> str:
    """The month from which a run counts, in words."""
    return "the month in which the action began" if verdict.begun_earlier else "the month of completion"


def month_names(months: tuple[Period, ...]) -> str:
    """Months in words."""
    return ", ".join(month.words for month in months)


def mean_change(verdict: Verdict) -> str:
    """The change from the baseline's mean to the run's mean, in words."""
    v = verdict
    way = "lower" if (v.change or 0.0) < 0 else "higher"
    share = "" if v.change_percent is None else f", {abs(v.change_percent):.0f}% {way}"
    return f"mean {v.baseline_mean or 0.0:.3g} to {v.run_mean or 0.0:.3g}{share}"
