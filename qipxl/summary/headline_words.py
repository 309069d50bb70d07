"""The sentences at the top of every output, from counts alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qipxl.text import names_text, spelled


@dataclass(frozen=True)
class Counts:
    """The counts that the sentences are about.

    `returned` is the number of services with a usable return. `actions`, `red`, `decide` (for the highest level), `hollow`
    (finished, did not work), `work` (shown to work), `embedded` and `slipping` count actions of this month.
    `earlier` has the red actions of each earlier month, the oldest first, and `months` the months' names; both count the services
    that have a return in every one of these months, `same` the red actions that they have now. `left_out` are the other services' names.
    `gap` is true if there are months in between that have no returns.
    """

    returned: int
    actions: int
    red: int
    decide: int = 0
    level: str = "the board"
    hollow: int = 0
    work: int = 0
    embedded: int = 0
    slipping: int = 0
    same: int = 0
    earlier: Sequence[int] = ()
    months: Sequence[str] = ()
    left_out: Sequence[str] = ()
    gap: bool = False


MOST_NAMED = 3
"""The most services left out that the sentence names."""


def headline(counts: Counts) -> str:
    """The first sentence: how many actions are red, and whether that is more or less than before.

    >>> headline(Counts(11, 43, 9, same=9, earlier=(3, 4, 4, 3, 3), months=("October", "November", "December", "January", "February")))
    '9 of 43 actions are red. In each of the five months before it was 3 or 4.'
    """
    if not counts.returned:
        return "No service has sent a return that can be used."
    if not counts.actions:
        return "The returns contain no actions."
    return f"{red_words(counts.red, counts.actions)}{compared(counts)}."


def red_words(red: int, actions: int) -> str:
    """How many actions are red, without a full stop."""
    if actions == 1:
        return "The only action is red" if red else "The only action is not red"
    if red == 0:
        return "Neither of the two actions is red" if actions == 2 else f"None of the {actions} actions is red"
    if red == actions:
        return "Both actions are red" if actions == 2 else f"All {actions} actions are red"
    return f"{red} of {actions} actions {is_are(red)} red"


def compared(counts: Counts) -> str:
    """How the red actions compare with each earlier month: the rest of the first sentence, or a second one; empty without any."""
    earlier, now = counts.earlier, counts.same
    if not earlier:
        return ""
    number, low, high = len(earlier), min(earlier), max(earlier)
    before = the_months(counts)
    if now != counts.red:
        return f". In the services with a return in every month it is {now}, after {usual(low, high)} in {before}"
    if low == high == now:
        return f", as in {before}"
    if counts.actions > 1 and now < low:
        months = f"the {spelled(number + 1)} months with returns" if counts.gap else f"{spelled(number + 1)} months"
        return f", the fewest in {months}" if number > 1 else f", after {low} in {before}"
    if counts.actions > 1 and now < earlier[-1]:
        as_few = [month for month, red in zip(counts.months, earlier, strict=True) if red <= now]
        return f", the fewest since {as_few[-1]}"
    return f". In {before} {'there was none' if high == 0 else f'it was {usual(low, high)}'}"


def usual(low: int, high: int) -> str:
    """A range of counts.

    >>> usual(3, 3), usual(3, 4), usual(3, 6), usual(0, 0)
    ('3', '3 or 4', '3 to 6', 'none')
    """
    if low == high:
        return str(low) if low else "none"
    return f"{low} or {high}" if high == low + 1 else f"{low} to {high}"


def the_months(counts: Counts) -> str:
    """The earlier months, as in “each of the five months before” and “February”."""
    number = len(counts.months)
    if number == 1:
        return counts.months[0]
    return (
        f"the {spelled(number)} earlier months with returns"
        if counts.gap
        else f"each of the {spelled(number)} months before"
    )


def second_sentence(counts: Counts) -> str:
    """What needs a decision, what did not work and what does; a clause with 0 is left out.

    >>> second_sentence(Counts(11, 43, 9, decide=3, hollow=3, work=13, embedded=2))
    'Three need the board to decide. Three were finished but did not work. 13 are shown to work, two of them embedded.'
    """
    if not counts.returned:
        return ""
    clauses = [
        (counts.decide, f"{'needs' if counts.decide == 1 else 'need'} {counts.level} to decide"),
        (counts.hollow, f"{was(counts.hollow)} finished but did not work"),
        (counts.slipping, f"{was(counts.slipping)} embedded and {is_are(counts.slipping)} slipping"),
        (counts.work, f"{is_are(counts.work)} shown to work{embedded_words(counts.work, counts.embedded)}"),
    ]
    one = "It" if counts.actions == 1 else "One"
    sentences = [
        f"{one if number == 1 else spelled(number, first=True)} {words}." for number, words in clauses if number
    ]
    if counts.earlier and counts.left_out:
        sentences.append(f"The comparison leaves out {left_out_words(counts.left_out)}.")
    return " ".join(sentences)


def embedded_words(work: int, embedded: int) -> str:
    """How many of the actions that work are embedded: the end of a clause."""
    if not embedded:
        return ""
    if embedded < work:
        return f", {spelled(embedded)} of them embedded"
    return " and embedded" if work == 1 else f", {'both' if work == 2 else 'all'} of them embedded"


def left_out_words(names: Sequence[str]) -> str:
    """The names of the services left out, or their number, with the reason: one sent no return, or was not there yet, in some month."""
    listed = f"{spelled(len(names))} services" if len(names) > MOST_NAMED else names_text(list(names))
    return f"{listed}, without a return in every month"


def was(number: int) -> str:
    return "was" if number == 1 else "were"


def is_are(number: int) -> str:
    return "is" if number == 1 else "are"
