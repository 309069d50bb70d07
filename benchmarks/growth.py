"""What a month costs when the archive holds many months: `qipxl consolidate` of the 36th month next to the 2nd.

Makes a provider's folder with the returns of one month, archives them, and copies the archived month to the months before it.
Both runs read the same returns; only the archive differs: it has one earlier month, or 35. Each run is a process of its own and
reads every file again. Prints seconds, processor seconds, the most memory in MiB of all processes and of the first one alone,
and their ratios. The actions are the same in every month, so the figures show what the archive's length costs, not what longer
plans cost.

    python benchmarks/growth.py
    PYTHONPATH=/path/to/other/checkout python benchmarks/growth.py    # the same with other code
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pandas as pd
from performance import Taken, consolidate, make_provider, run
from standard import make_copies, write_distinct

from qipxl.app.demo.make import PERIOD

DISTINCT = 8
"""Returns that are written; the others are copies of them under other codes."""
EARLY = 2
"""The month with which the last one is compared."""


@dataclass
class Growth(Taken):
    """The same with the processor seconds of each round: other work on the machine changes them less."""

    processor: list[float] = field(default_factory=list)


def make_returns(folder: Path, services: int) -> Path:
    """A month's returns of this number of services."""
    folder.mkdir()
    with tempfile.TemporaryDirectory() as place, ProcessPoolExecutor() as pool:
        sources = list(pool.map(partial(write_distinct, Path(place)), range(DISTINCT)))
        owners = [range(number, services, DISTINCT) for number in range(DISTINCT)]
        list(pool.map(partial(make_copies, folder=folder), zip(sources, owners, strict=True)))
    return folder


def copy_month(month: Path, archive: Path, back: int) -> None:
    """Copy an archived month to an archive as an earlier one; the months of its figures are earlier too."""
    period = PERIOD.plus(-back)
    for path in month.glob("*/*.parquet"):
        frame = pd.read_parquet(path).assign(period=str(period))
        if path.stem == "measurements":
            frame["month"] = (frame["month"] - pd.DateOffset(months=back)).astype(frame["month"].dtype)
        target = archive / str(period) / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(target, index=False)


def make_home(home: Path, made: Path, services: int, first: Path | None, months: int) -> Path:
    """A provider's folder whose archive holds the months before the last of this number of months."""
    make_provider(home, services, made)
    if first:
        for back in range(1, months):
            copy_month(first, home / "archive", back)
    return home


def processor() -> float:
    """The processor seconds of all processes that this one has started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(home: Path, taken: Growth) -> None:
    """Consolidate the last month, as if for the first time."""
    for left in (str(PERIOD), "read"):
        shutil.rmtree(home / "archive" / left, ignore_errors=True)
    before = processor()
    run(consolidate(home), taken)
    taken.processor.append(processor() - before)
    print(f"  {home.name}: {taken.seconds[-1]:.1f} s, {taken.memory[-1]:.0f} MiB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=160, help="80 make one batch that is judged together.")
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="A folder to make everything in; it is used again if it is there.")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        top = chosen.keep or Path(place)
        homes = {months: top / f"month-{months}" for months in (EARLY, chosen.months)}
        if not all(home.is_dir() for home in homes.values()):
            made = make_returns(top / "made", chosen.services)
            first = make_home(top / "month-1", made, chosen.services, None, 1)
            run(consolidate(first), Taken())
            for months, home in homes.items():
                make_home(home, made, chosen.services, first / "archive" / str(PERIOD), months)
        taken = {months: Growth() for months in homes}
        for number in range(chosen.rounds):
            print(f"round {number + 1} of {chosen.rounds}", flush=True)
            for months, home in homes.items():
                timed(home, taken[months])
    early, late = taken[EARLY], taken[chosen.months]
    print(f"{chosen.services} services | month {EARLY} | month {chosen.months} | ratio")
    for name in ("seconds", "processor", "memory", "own"):
        before, after = min(getattr(early, name)), min(getattr(late, name))
        print(f"{name} | {before:.1f} | {after:.1f} | {after / before:.2f}")


if __name__ == "__main__":
    main()
