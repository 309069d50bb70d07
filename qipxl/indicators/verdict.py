"""What can be found about an improvement, in the words that people read, and one plain sentence for each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from qipxl.periods import Period


class VerdictState(StrEnum):
    """What is found, from what is asked first to what is asked last."""

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
"""Points in a row on the better side: the shift of the charts."""
NOT_SHOWN = "This does not show practice, what staff know or what people experience."
"""To be printed with every verdict."""


@dataclass(frozen=True)
class Verdict:
    """What one series shows about one action, judged against a frozen baseline on a stated date.

    `n_b` points before the action, of which those in `left_out` (far on the wrong side) are not in the mean; `n_p` points in
    months after completion, `better` of them on the better side. `run` is how many points in a row up to the latest are
    better, since `run_began`; `run_mean`, `change` and `change_percent` stand only for a run of 7 or more. `p` is the exact
    chance for counts. `provisional`: the baseline has only 8 to 11 points.
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
    """How many points of the run lie in or before the month of completion."""
    p: float | None
    event_free_needed: int | None
    """How many more months without an event would make the fall certain enough."""
    earliest_verdict: Period | None
    provisional: bool
    left_out: tuple[Period, ...] = ()
    missing: tuple[Period, ...] = ()
    """Months without a value among the latest seven."""
    unit: str = "months"

    @property
    def words(self) -> str:
        """What is found and what is still needed, in one plain sentence or two."""
        return " ".join(part for part in (found(self), self.needs, notes(self)) if part)

    @property
    def needs(self) -> str:
        """What a verdict of sustained still needs; empty where nothing more can be done by waiting."""
        return needed(self)


def found(verdict: Verdict) -> str:
    """The sentence for what is found."""
    v, unit = verdict, verdict.unit
    after = f"{v.better} of {v.n_p} {unit} since completion are better than the baseline"
    sentences = {
        VerdictState.SUSTAINED: f"The latest {v.run} {unit} are all better than the baseline: {moved(v)}.",
        VerdictState.NOT_CURRENT: "There is no recent value to judge by.",
        VerdictState.NO_VERDICT: "The action is not completed, or its dates contradict each other.",
        VerdictState.NO_BASELINE: f"Only {v.n_b} {unit} lie before the action: too few to compare with.",
        VerdictState.TOO_EARLY: f"{v.n_p} of 7 {unit} since completion, {v.better} better."
        if v.n_p < RUN
        else f"{v.run} {unit} in a row are better so far.",
        VerdictState.WORSE: f"The latest seven {unit} hold a warning signal against the baseline.",
        VerdictState.IMPROVED_BEFORE: f"Better for {v.run} {unit}, but {v.reached_back} of them lie before completion was over.",
        VerdictState.TOO_FEW_EVENTS: f"The latest {v.run} {unit} are better, but so few events may be luck.",
        VerdictState.NOT_HELD: f"Seven {unit} in a row were better after completion, but that has not held.",
        VerdictState.EARLY_SIGN: f"There is a first sign of improvement: {after}.",
        VerdictState.AT_BEST: "The baseline was already at its best.",
        VerdictState.NO_EVIDENCE: f"No change beyond chance is seen: {after}.",
    }
    return sentences[v.state]


def needed(verdict: Verdict) -> str:
    """The sentence for what is still needed."""
    v, unit = verdict, verdict.unit
    seven = f"Needed: the latest seven {unit} all better than the baseline"
    sentences = {
        VerdictState.NOT_CURRENT: "Needed: a value for the latest two periods.",
        VerdictState.NO_VERDICT: "Needed: a completion date that is not before the start.",
        VerdictState.NO_BASELINE: f"Needed: at least 12 {unit} from before the action.",
        VerdictState.TOO_EARLY: f"{seven}, over six months or more.",
        VerdictState.WORSE: f"{seven}, without a warning signal.",
        VerdictState.TOO_FEW_EVENTS: few(v),
        VerdictState.NOT_HELD: f"{seven}, without a warning signal since they began.",
        VerdictState.EARLY_SIGN: "A baseline of 12 points would be needed for more." if v.provisional else f"{seven}.",
        VerdictState.NO_EVIDENCE: f"{seven}.",
    }
    text = sentences.get(v.state, "")
    return f"{text} Earliest verdict: {v.earliest_verdict.words}." if v.earliest_verdict else text


def few(verdict: Verdict) -> str:
    """What a count needs that may be luck."""
    if verdict.event_free_needed is None:
        return f"Needed: more {verdict.unit} like these."
    unit = verdict.unit.removesuffix("s") if verdict.event_free_needed == 1 else verdict.unit
    return f"Needed: about {verdict.event_free_needed} more {unit} without an event."


def notes(verdict: Verdict) -> str:
    """What must be said beside the finding: points left out, months missing, a provisional baseline."""
    v = verdict
    said = []
    if v.state is VerdictState.SUSTAINED and v.reached_back:
        said.append(
            f"{v.reached_back} of them lie in or before the month of completion, which chance alone often brings."
        )
    if v.left_out:
        said.append(f"Left out of the baseline as far out of the ordinary: {named(v.left_out)}.")
    if v.missing:
        said.append(f"No value for {named(v.missing)}: a run starts again after a gap.")
    if v.provisional:
        said.append(f"The baseline of {v.n_b} points is provisional.")
    return " ".join(said)


def named(months: tuple[Period, ...]) -> str:
    """Months in words."""
    return ", ".join(month.words for month in months)


def moved(verdict: Verdict) -> str:
    """From the baseline's mean to the run's, in words."""
    v = verdict
    way = "lower" if (v.change or 0.0) < 0 else "higher"
    share = "" if v.change_percent is None else f", {abs(v.change_percent):.0f}% {way}"
    return f"mean {v.baseline_mean or 0.0:.3g} to {v.run_mean or 0.0:.3g}{share}"
