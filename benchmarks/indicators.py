"""How long it takes to judge the indicators of a large provider, and how much more than a bare pass over the numbers.

5,000 services x 12 indicators x 36 months are judged with their charts, once more for whether an improvement has been
sustained, and as the summary says them in words; 12 funnels compare the services. Beside it stands a bare numpy pass over
the same array: means, moving ranges and comparisons with limits. Prints seconds, ratios and the peak of memory; asserts
nothing. Times belong to the machine.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl import Period
from qipxl.indicators import funnel, sustained_many, xmr_many
from qipxl.indicators.judge_series import judge_series
from qipxl.indicators.series import LINE, Series

SERVICES, INDICATORS, MONTHS = 5_000, 12, 36
DONE = 20
"""The month of completion, counted from the first."""
ROUNDS = 3


def bare(values: NDArray[np.float64]) -> int:
    """Means, average moving ranges and comparisons with limits, as plainly as numpy can."""
    mean = values.mean(axis=1, keepdims=True)
    reach = 2.66 * np.abs(np.diff(values, axis=1)).mean(axis=1, keepdims=True)
    return int((values > mean + reach).sum() + (values < mean - reach).sum() + (values > mean).sum())


def seconds(job: Callable[[], object]) -> float:
    """The best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        job()
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    random = np.random.default_rng(1)
    rows = SERVICES * INDICATORS
    values = random.normal(50, 5, (rows, MONTHS)).round(1)
    counts = random.poisson(3, (rows, MONTHS)).astype(float)
    days = random.integers(100, 2000, SERVICES).astype(float)
    events = random.poisson(days / 200).astype(float)
    jobs: dict[str, Callable[[], object]] = {
        "bare numpy pass": lambda: bare(values),
        "xmr_many, codes": lambda: xmr_many(values, direction="decrease", target=45),
        "xmr_many, with names": lambda: named(values),
        "sustained_many": lambda: followed(counts),
        "in words": lambda: judge_series(in_series(values, counts)),
        f"{INDICATORS} funnels": lambda: [funnel(events, days) for _ in range(INDICATORS)],
    }
    print(f"{SERVICES} services x {INDICATORS} indicators x {MONTHS} months, best of {ROUNDS} rounds")
    times = {name: seconds(job) for name, job in jobs.items()}
    for name, taken in times.items():
        print(f"{name:22} {taken:7.3f} s, {taken / times['bare numpy pass']:6.1f} times the bare pass")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def named(values: NDArray[np.float64]) -> object:
    """Charts with the name of every dot."""
    charts = xmr_many(values, direction="decrease", target=45)
    return charts.special_cause_type, charts.point_type, charts.variation_type


def followed(counts: NDArray[np.float64]) -> object:
    """Whether anything was sustained, with every action completed in the same month."""
    months = [Period(2023, 4).plus(number) for number in range(MONTHS)]
    found = sustained_many(
        counts,
        months=months,
        completed_on=[months[DONE].first] * len(counts),
        direction="decrease",
        as_at=months[-1].last,
        numerator=counts,
    )
    return found.states


def in_series(values: NDArray[np.float64], counts: NDArray[np.float64]) -> Series:
    """The same as a provider's summary has it: a third measures, a third counts, a third percentages of few."""
    rows = len(values)
    kind = np.arange(rows) % 3
    asked = np.where(kind == 2, 15.0, np.nan)[:, None] * np.ones(MONTHS)
    above = np.where((kind == 0)[:, None], values, counts)
    shown = np.where((kind == 2)[:, None], counts / 15 * 100, above)
    lines = pd.DataFrame(index=range(rows), columns=list(LINE)).assign(
        service=[f"S{row // INDICATORS}" for row in range(rows)], direction="Lower is better", per=np.where(kind == 2, 100.0, np.nan),
        target=45.0, change_reason="", changed_in="", explained=False, left_out="", services=1,
        **{day: pd.Series(pd.NaT, range(rows)) for day in ("baseline_from", "baseline_to", "rebased_on")},
    )  # fmt: skip
    months = tuple(Period(2023, 4).plus(number) for number in range(MONTHS))
    return Series(lines, months, above, asked, shown)


if __name__ == "__main__":
    main()
