"""The six tiles of the board page: a figure each, with what it was before and where it leads."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from qipxl.indicators.action_verdicts import BALANCING, OUTCOME
from qipxl.indicators.verdict import VerdictState
from qipxl.periods import Period
from qipxl.summary.action_counts import ATTENTION, ESCALATIONS, INDICATORS, SHOWN_MONTHS, Counted
from qipxl.summary.counts import NO_RETURN, is_in, is_partly_in
from qipxl.summary.finding_records import (
    Target,
    Tile,
)
from qipxl.summary.intake import Intake
from qipxl.summary.sheet_spec import OVERVIEW
from qipxl.text import names_text, plural


def tiles(counted: Counted, intake: Intake) -> Iterator[Tile]:
    """The six tiles."""
    summary, counts = counted.summary, counted.counts
    before = f"; {counts.earlier[-1]} in {counts.months[-1]}" if counts.earlier and counts.same == counts.red else ""
    red = counted.target(counted.of_letters(counted.red_letters))
    yield Tile("Red", str(counts.red), f"of {plural(counts.actions, 'action')}{before}", "red", red)
    escalated = summary.escalated["escalation"].value_counts()
    others = [
        f"{int(escalated[state.word])} more for the {state.word.lower()}"
        for state in counted.levels[1:2]
        if escalated.get(state.word, 0)
    ]
    label = f"For {counts.level} to decide" if counts.level else "To decide"
    yield Tile(
        label,
        str(counts.decide),
        names_text(others) if others else "none for the level below",
        "brand",
        Target(sheet=ESCALATIONS),
    )
    yield Tile(
        "Finished, did not work",
        str(counts.hollow),
        "by a review or figures, or never tested" if counts.hollow else "no review or figure says so",
        "red",
        Target(sheet=ATTENTION),
    )
    works = counted.in_months("GB")[-SHOWN_MONTHS:]
    earlier = f"{works[-2]} in {counts.months[-1]}; " if len(works) > 1 and works[-1] == counts.work else ""
    yield Tile(
        "Shown to work",
        str(counts.work),
        f"{earlier}{counts.embedded} embedded",
        "green",
        counted.target(counted.of_letters("GB")),
    )
    figures = chain.from_iterable(summary.impact.verdicts.values())
    states = [(figure.part, figure.verdict.state) for figure in figures if figure.verdict is not None]
    lasting = states.count((OUTCOME, VerdictState.SUSTAINED))
    worse = sum(states.count((part, VerdictState.WORSE)) for part in (OUTCOME, BALANCING))
    tested = plural(len(summary.impact.judged.series), "chart")
    yield Tile(
        "Improvements that last", str(lasting), f"{worse} got worse; {tested} tested", "green", Target(sheet=INDICATORS)
    )
    yield returns_tile(counted, intake)


def returns_tile(counted: Counted, intake: Intake) -> Tile:
    """How many of the expected services sent a return, and who did not, or what waits for a decision."""
    overview = counted.summary.overview
    expected = overview[overview["expected"]] if overview["expected"].any() else overview
    there = is_in(expected)
    names = sorted(expected.loc[~there, "name"].astype(str))
    codes = [str(code) for code in expected.loc[~there, "service"]]
    last, differing = [counted.last_return.get(code) for code in codes], counted.summary.differing
    if not names and intake.corrections:
        context = f"all are in; {plural(intake.corrections, 'correction waits', 'corrections wait')}"
    elif not names:
        context = "all returns are in"
    elif len(names) == 1 and is_partly_in(expected).any():
        context = f"missing: {names_text([service.name for service in intake.missing], 2)}"
    elif len(names) == 1 and codes[0] in differing:
        context = f"{differing[codes[0]]} returns of {names[0]} differ"
    elif differing.keys() >= set(codes):
        context = f"returns differ: {names_text(names, 2)}"
    elif expected.loc[~there, "state"].ne(NO_RETURN).all() and not is_partly_in(expected).any():
        context = f"file not used: {names_text(names, 2)}"
    elif len(names) == 1:
        context = f"{names[0]}: {f'none since {Period.read(last[0]).first:%B}' if last[0] else 'no return'}"
    else:
        context = f"missing: {names_text(names, 2)}"
    figure = f"{int(there.sum())} of {len(expected)}" if overview["expected"].any() else str(int(there.sum()))
    colour = "amber" if names or intake.to_choose else "green"
    return Tile("Returns in", figure, context, colour, Target(sheet=OVERVIEW))
