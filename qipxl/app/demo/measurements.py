"""The monthly figures of made-up services: three indicators over two years, with a pattern in a few of them."""

from __future__ import annotations

import random
from collections.abc import Mapping

from qipxl.periods import Period

MONTHS = 24
IMPROVED, WORSENED, OUTLYING, NEW = 7, 1, 8, 10
"""Services, by number within each twelve: one improves and stays improved, one gets worse, one is an outlier, one began to count late."""
BEGAN = Period(2025, 11)
"""The first month of the service that began late."""
LINKS: Mapping[int, tuple[str, Mapping[str, str]]] = {
    IMPROVED: ("A-004", {"indicator": "I-01", "process_indicator": "I-03", "balancing_indicator": "I-02"}),
    WORSENED: ("A-005", {"indicator": "I-02"}),
}
"""By service number within each twelve, the action that names indicators, and its cells with them."""
CHANGED = Period(2025, 6)
"""The month of the improvement and of the worsening."""
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


def link_figures(rows: Mapping[str, list[dict[str, object]]], number: int) -> None:
    """Enter the indicators of the action named in LINKS."""
    ref, cells = LINKS.get(number % 12, ("", {}))
    for action in rows["actions"]:
        if action["ref"] == ref:
            action.update(cells)


def figures_of(number: int, period: Period, seed: int) -> dict[str, list[dict[str, object]]]:
    """The rows of the tables indicators and measurements of service `number` up to a month: the same for the same seed."""
    months = [period.plus(back) for back in range(1 - MONTHS, 1)]
    counted = [month for month in months if month >= BEGAN] if number % 12 == NEW else months
    lines = [measured(number, str(indicator["ref"]), month, seed) for indicator in DECLARED for month in counted]
    return {"indicators": [dict(indicator) for indicator in DECLARED], "measurements": lines}


def measured(number: int, ref: str, month: Period, seed: int) -> dict[str, object]:
    """One month's figure; it does not depend on the other months."""
    rng = random.Random(f"{seed}/{number}/{ref}/{month}")
    count = {"I-01": audited_records, "I-02": falls, "I-03": answers}[ref]
    numerator, denominator = count(number % 12, month >= CHANGED, rng)
    line: dict[str, object] = {
        "ref": f"{ref} {month}", "indicator": ref, "month": month.first, "numerator": numerator, "denominator": denominator,
    }  # fmt: skip
    if ref == "I-01" and numerator < 0.95 * denominator:
        line["context"] = "Gaps on weekend rounds; the second check was not done."
    return line


def audited_records(habit: int, later: bool, rng: random.Random) -> tuple[int, int]:
    """Medicines records without a gap, and those audited."""
    audited = rng.randint(36, 44)
    share = 0.97 if habit == IMPROVED and later else 0.86 if habit == IMPROVED else 0.93
    return sum(rng.random() < share for _ in range(audited)), audited


def falls(habit: int, later: bool, rng: random.Random) -> tuple[int, int]:
    """Falls in a month, and bed days."""
    days = rng.randint(850, 1000)
    rate = 0.042 if habit == OUTLYING else 0.016 if habit == WORSENED and later else 0.008
    return sum(rng.random() < rate for _ in range(days)), days


def answers(habit: int, later: bool, rng: random.Random) -> tuple[int, int]:
    """Staff who feel confident, and those asked."""
    asked = rng.randint(10, 16)
    return sum(rng.random() < 0.6 for _ in range(asked)), asked
