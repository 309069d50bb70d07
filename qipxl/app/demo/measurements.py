"""The monthly figures that made-up services enter: three indicators over two years, with something to see in a few of them."""

from __future__ import annotations

import random
from collections.abc import Mapping

from qipxl.periods import Period

MONTHS = 24
IMPROVED, WORSENED, OUTLYING, NEW = 7, 1, 8, 10
"""Which of each dozen services improves and keeps it, gets worse, lies far outside the others, has counted for half a year only."""
BEGAN = Period(2025, 11)
"""The month since which the new one has counted."""
LINKS: Mapping[int, tuple[str, str]] = {IMPROVED: ("A-004", "I-01"), WORSENED: ("A-005", "I-02")}
"""The action that names an indicator, and which, of two of each dozen services."""
CHANGED = Period(2025, 6)
"""Since when the one that improves and the one that gets worse do so."""
DECLARED = (
    {
        "ref": "I-01", "indicator": "Medicines records without a gap", "unit_counted": "record audited", "numerator_is": "records with no gap",
        "denominator_is": "records audited", "per": 100, "direction": "Higher is better", "target": 95,
    },
    {
        "ref": "I-02", "indicator": "Falls", "unit_counted": "fall", "numerator_is": "falls in the month", "denominator_is": "bed days",
        "per": 1000, "direction": "Lower is better",
    },
    {
        "ref": "I-03", "indicator": "Staff who feel confident (4 or 5 of 5)", "unit_counted": "answer", "numerator_is": "answers of 4 or 5",
        "denominator_is": "answers", "per": 100, "direction": "Higher is better",
    },
)  # fmt: skip


def figures_of(number: int, period: Period, seed: int) -> dict[str, list[dict[str, object]]]:
    """The rows of the tables indicators and measurements of service `number`, up to a month; the same for the same seed."""
    months = [period.plus(back) for back in range(1 - MONTHS, 1)]
    kept = [month for month in months if month >= BEGAN] if number % 12 == NEW else months
    lines = [measured(number, str(each["ref"]), month, seed) for each in DECLARED for month in kept]
    return {"indicators": [dict(each) for each in DECLARED], "measurements": lines}


def measured(number: int, ref: str, month: Period, seed: int) -> dict[str, object]:
    """One month's figure; what it is does not depend on the other months."""
    chance = random.Random(f"{seed}/{number}/{ref}/{month}")
    above, below = {"I-01": records, "I-02": falls, "I-03": answers}[ref](number % 12, month >= CHANGED, chance)
    line: dict[str, object] = {
        "ref": f"{ref} {month}", "indicator": ref, "month": month.first, "numerator": above, "denominator": below,
    }  # fmt: skip
    if ref == "I-01" and above < 0.95 * below:
        line["context"] = "Gaps on weekend rounds; the second check was not done."
    return line


def records(habit: int, later: bool, chance: random.Random) -> tuple[int, int]:
    """Medicines records audited, and those without a gap."""
    audited = chance.randint(36, 44)
    share = 0.97 if habit == IMPROVED and later else 0.86 if habit == IMPROVED else 0.93
    return sum(chance.random() < share for _ in range(audited)), audited


def falls(habit: int, later: bool, chance: random.Random) -> tuple[int, int]:
    """Falls in a month, and bed days."""
    days = chance.randint(850, 1000)
    rate = 0.042 if habit == OUTLYING else 0.016 if habit == WORSENED and later else 0.008
    return sum(chance.random() < rate for _ in range(days)), days


def answers(habit: int, later: bool, chance: random.Random) -> tuple[int, int]:
    """Staff who were asked, and those who feel confident."""
    asked = chance.randint(10, 16)
    return sum(chance.random() < 0.6 for _ in range(asked)), asked
