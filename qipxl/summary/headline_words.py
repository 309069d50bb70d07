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
        return "No action is recorded: the returns have none."
    change = compared(counts)
    return (
        f"{red_words(counts.red, counts.actions)}{change if change.startswith(',') else f'. {change}' if change else ''}".rstrip(
            "."
        )
        + "."
    )


def red_words(red: int, actions: int) -> str:
    """How many actions are red, without a full stop."""
    if actions == 1:
        return "The only action is red" if red else "The only action is not red"
    if red == 0:
        return f"None of {actions} actions is red"
    if red == actions:
        return f"All {actions} actions are red"
    return f"{red} of {actions} actions {'is' if red == 1 else 'are'} red"


def compared(counts: Counts) -> str:
    """How the red actions compare with each earlier month: the end of the first sentence, or a second one; empty without any."""
    earlier, months, now = counts.earlier, counts.months, counts.same
    if not earlier:
        return ""
    same_services = now == counts.red
    number, low, high = len(earlier), min(earlier), max(earlier)
    if not same_services:
        return f"In the services that can be compared it is {now}, after {usual(low, high)} in {the_months(number, months)} before"
    if low == high == now:
        return f", as in {the_months(number, months)} before"
    if now < low:
        return f", the fewest in {spelled(number + 1)} months" if number > 1 else f", after {low} in {months[-1]}"
    if now < earlier[-1]:
        as_few = [month for month, count in zip(months, earlier, strict=True) if count <= now]
        return f", the fewest since {as_few[-1]}"
    if number == 1:
        return f"In {months[-1]} it was {low}"
    return f"In each of the {spelled(number)} months before it was {usual(low, high)}"


def usual(low: int, high: int) -> str:
    """A range of counts.

    >>> usual(3, 3), usual(3, 4), usual(3, 6)
    ('3', '3 or 4', '3 to 6')
    """
    return str(low) if low == high else f"{low} or {high}" if high == low + 1 else f"{low} to {high}"


def the_months(number: int, months: Sequence[str]) -> str:
    """The earlier months, as in “each of the five months”."""
    return "the month" if number == 1 else f"each of the {spelled(number)} months"


def second_sentence(counts: Counts) -> str:
    """What needs a decision, what did not work and what does; a clause with 0 is left out.

    >>> second_sentence(Counts(11, 43, 9, decide=3, hollow=3, work=13, embedded=2))
    'Three need the board to decide. Three were finished but did not work. 13 are shown to work, two of them embedded.'
    """
    clauses = []
    if counts.decide:
        needs = "needs" if counts.decide == 1 else "need"
        clauses.append(f"{spelled(counts.decide, first=True)} {needs} {counts.level} to decide.")
    if counts.hollow:
        clauses.append(f"{spelled(counts.hollow, first=True)} {was(counts.hollow)} finished but did not work.")
    if counts.slipping:
        clauses.append(
            f"{spelled(counts.slipping, first=True)} that {was(counts.slipping)} embedded {is_are(counts.slipping)} slipping."
        )
    if counts.work:
        embedded = ""
        if counts.embedded:
            all_of_them = (
                "embedded" if counts.embedded == counts.work else f"{spelled(counts.embedded)} of them embedded"
            )
            embedded = f", {all_of_them}"
        clauses.append(f"{spelled(counts.work, first=True)} {is_are(counts.work)} shown to work{embedded}.")
    if counts.earlier and counts.left_out:
        clauses.append(f"The months compare the same services, without {named(counts.left_out)}.")
    return " ".join(clauses)


def named(names: Sequence[str]) -> str:
    """The names of some services, or their number."""
    return names_text(list(names)) if len(names) <= MOST_NAMED else f"{spelled(len(names))} others"


def was(number: int) -> str:
    return "was" if number == 1 else "were"


def is_are(number: int) -> str:
    return "is" if number == 1 else "are"
