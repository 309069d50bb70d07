"""What the checks of a plan that was taken over from an old one ask in its later months: how many things, and when."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qipxl.periods import Period
from qipxl.returns.problems import Problem, line
from qipxl.returns.returns import Returns, problem_frame
from qipxl.rules.expression import Array
from qipxl.template import Template

ASKED_LATER = "asked-later"


def asked_when(period: Period, months: int) -> str:
    """When the rest is asked, seen from a month; `months` is the number of months until everything is asked.

    >>> asked_when(Period(2026, 3), 2), asked_when(Period(2026, 4), 1)
    ('from April on', 'in May')
    """
    following = period.plus(1).words.split()[0]
    return f"from {following} on" if months > 1 else f"in {following}"


def later_words(count: int, when: str) -> str:
    """How many more things are asked later, and when.

    >>> later_words(12, "from April on")
    '12 more things will be asked from April on.'
    """
    return f"{count} more {'thing' if count == 1 else 'things'} will be asked {when}."


def postponed_problems(returns: Returns, template: Template, postponed: Array) -> pd.DataFrame:
    """A problem for each return that has something to ask later; `postponed` has the number of a return for each such thing."""
    lines, plan_months = [], returns.plan_months
    for number, count in zip(*(array.tolist() for array in np.unique(postponed, return_counts=True)), strict=True):
        receipt = returns.receipts.loc[number]
        left = template.rules.last_asked - plan_months[number]
        words = later_words(count, asked_when(Period.read(str(receipt["period"])), left))
        lines.append(line(number, str(receipt["file"]), Problem(ASKED_LATER, "", "", more=words)))
    return problem_frame(lines)
