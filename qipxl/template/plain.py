"""Plain words: how summaries put a state or a band, with the names of an action's values in braces.

`{due}` is the value of a column or setting, `{days_overdue:day}` a number with its noun, as in “1 day” and “24 days”. A part in round
brackets is left out if a value in it is empty or 0. In a state, the names are those of the table's other ratings, each for its plain words.
A band may also name `{why}`, the reason for the colour of the action's headline, `{why:impact}`, the reason for one rating, and
`{decided_by}`, the date and the meeting of the last decision about the action.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from qipxl.template.model import BandLine, Declaration, RatingLine, StateLine, TableLine
from qipxl.text import did_you_mean

NAME = re.compile(r"\{([a-z][a-z0-9_]*)(?::([^{}:]+))?\}")
"""A name in braces, with its noun if it has one."""
WHY, DECIDED_BY = "why", "decided_by"
"""Names that a summary knows besides the columns of the table and the settings."""


def names_in(plain: str) -> list[tuple[str, str]]:
    """The names in braces, each with its noun.

    >>> names_in("{days_overdue:day} overdue (limit {red_after})")
    [('days_overdue', 'day'), ('red_after', '')]
    """
    return NAME.findall(plain)


def plain_mistakes(declared: Declaration, where: str, table: TableLine, rating: RatingLine) -> Iterator[str]:
    """Braces without a name, and names that do not exist, in the plain words of a rating."""
    ratings = [line.key for line in table.rating]
    columns = [*(line.key for line in table.field), *(line.key for line in table.calculated), *ratings]
    for state in rating.states:
        yield from mistakes_in(f"{where}, {state.word}, plain", state, [key for key in ratings if key != rating.key])
    for band in rating.bands:
        at = f"{where}, band {band.code}, plain"
        yield from mistakes_in(at, band, [*columns, *declared.setting, WHY, DECIDED_BY])
        for name, noun in names_in(band.plain):
            if name == WHY and noun and noun not in ratings:
                yield f"{at}: there is no rating {noun}.{did_you_mean(noun, ratings)}"


def mistakes_in(where: str, line: StateLine | BandLine, known: Collection[str]) -> Iterator[str]:
    """Braces without a name, and names that are not `known`."""
    if set(NAME.sub("", line.plain)) & {"{", "}"}:
        yield f"{where}: braces hold one name, as in {{due}} or {{days_overdue:day}}. Correct them, or take them out."
    for name, _ in names_in(line.plain):
        if name not in known:
            yield f"{where}: there is no {name}.{did_you_mean(name, known)}"
