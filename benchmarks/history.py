"""What the summary of a large provider with a long archive costs: 500 services, 24 months.

Makes 50 realistic returns (six made-up plans in each, about 22 actions, 50 milestones, 110 evidence items), reads them, and
multiplies them in memory to 500 services, so that making the files does not take hours. Each earlier month is the same plans judged
at that month's end and kept in the archive. Then a process of its own opens the archive, works out the last month's summary and
writes the workbook; another one the page. Prints seconds, peak memory and sizes. Reading the returns is not in it: see
benchmarks/performance.py.
"""

from __future__ import annotations

import argparse
import pickle
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

import qipxl
from qipxl.app.demo.make import PERIOD
from qipxl.app.demo.measurements import figures_of
from qipxl.app.demo.scenarios import joined_plans, make_plan
from qipxl.provider import ProviderFolder, ProviderMonth
from qipxl.provider.register_schema import ServiceLine
from qipxl.provider.register_workbook import write_register
from qipxl.returns.returns import Returns
from qipxl.returns.rule_inputs import RuleBooks

MADE = 50


def make_return(folder: Path, number: int) -> None:
    """One service's return, filled in."""
    plans = (make_plan(number + each, PERIOD.last, 6, number, "Jo Shah") for each in range(6))
    service = qipxl.Service(code=f"S{number:03d}", name=f"Service {number}", region=f"Region {number % 3}")
    path = folder / f"{service.code}.xlsx"
    rows = joined_plans(plans) | figures_of(number, PERIOD, number)
    issued = {"head_office": rows.get("head_office", [])}
    qipxl.write_tracker(qipxl.find_template("core"), service, PERIOD, path, rows=rows, issued=issued)


def own_peak() -> float:
    """The most memory, in MiB, that this process had so far, as Linux tells it.

    `ru_maxrss` will not do: in a process just started it begins at what the process that started it had.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def multiplied(returns: Returns, times: int) -> Returns:
    """So many copies of every return, each a service of its own."""

    def copies(frame: pd.DataFrame) -> pd.DataFrame:
        parts = [frame.assign(**{"return": frame["return"] + MADE * each}) for each in range(times)]
        return pd.concat(parts, ignore_index=True)

    receipts = pd.concat([named(returns.receipts, each) for each in range(times)], ignore_index=True)
    unreadable = {key: pd.concat([frame] * times, ignore_index=True) for key, frame in returns.unreadable.items()}
    places = {
        (number + MADE * each, key): place
        for (number, key), place in returns.placements.items()
        for each in range(times)
    }
    return replace(
        returns,
        receipts=receipts,
        tables={key: copies(frame) for key, frame in returns.tables.items()},
        unreadable=unreadable,
        placements=places,
        problems=copies(returns.problems),
        stamps={number + MADE * each: stamp for number, stamp in returns.stamps.items() for each in range(times)},
        books=RuleBooks(),
    )


def named(receipts: pd.DataFrame, each: int) -> pd.DataFrame:
    """Receipts of services with other codes and names."""
    numbers = receipts.index + MADE * each
    codes = [f"S{number:03d}" for number in numbers]
    names = [f"Service {number}" for number in numbers]
    digests = receipts["digest"] + str(each)
    files = [f"{code}.xlsx" for code in codes]
    return receipts.assign(
        service=codes, name=names, file=files, digest=digests, region=[f"Region {n % 6}" for n in numbers]
    )


def in_month(returns: Returns, period: qipxl.Period) -> Returns:
    """The same returns as those of another month."""
    receipts = returns.receipts.assign(period=str(period), digest=returns.receipts["digest"] + str(period))
    return replace(returns, receipts=receipts, books=RuleBooks())


def prepare(home: Path, services: int, months: int) -> None:
    """A provider's folder with its archive, and the last month's rated returns beside it."""
    with ProcessPoolExecutor() as pool:
        list(pool.map(partial(make_return, home / "files"), range(MADE)))
    returns = multiplied(qipxl.check(qipxl.read_returns(home / "files")), services // MADE)
    folder = ProviderFolder(home)
    lines = [
        ServiceLine(code=str(code), name=str(name), region=str(region))
        for code, name, region in returns.receipts[["service", "name", "region"]].itertuples(index=False)
    ]
    write_register(folder.register, "Large Care", PERIOD.last, {ServiceLine: lines})
    for back in reversed(range(months)):
        period = PERIOD.plus(-back)
        rated = qipxl.rate(in_month(returns, period), period.last)
        qipxl.keep_returns(rated, folder.archive)
        print(".", end="", flush=True)
    with (home / "rated.pickle").open("wb") as file:
        pickle.dump(replace(rated, returns=replace(rated.returns, templates={}, books=RuleBooks())), file)
    print()


def job(home: Path, what: str) -> None:
    """Open the archive, work out the summary, write it; prints seconds, peak memory and size."""
    with (home / "rated.pickle").open("rb") as file:
        rated = pickle.load(file)
    core = qipxl.find_template("core")
    rated = replace(rated, returns=replace(rated.returns, templates={"core": core}))
    folder = ProviderFolder(home)
    start = time.perf_counter()
    month = ProviderMonth(folder, folder.read(), PERIOD)
    summary = month.with_history(qipxl.summarise(rated, month.expected))
    worked = time.perf_counter()
    if what == "summary":
        written = qipxl.write_summary(summary, home / "summary.xlsx")
    else:
        from qipxl.summary.page import write_page

        written = write_page(summary, home / "summary.html")
    took = time.perf_counter() - start
    size = written.stat().st_size / 1e6
    print(
        f"{what}: {took:.1f} s (of it {worked - start:.1f} s to work it out), {own_peak():.0f} MiB at most, file {size:.1f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=500)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--keep", type=Path, help="A folder to make everything in, and to leave it there.")
    parser.add_argument("--job", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.job:
        return job(Path(chosen.job[0]), chosen.job[1])
    with tempfile.TemporaryDirectory() as place:
        home = chosen.keep or Path(place)
        print(f"{chosen.services} services, {chosen.months} months are made ...", flush=True)
        prepare(home, chosen.services, chosen.months)
        size = sum(path.stat().st_size for path in (home / "archive").rglob("*.parquet")) / 1e6
        print(f"archive: {size:.0f} MB")
        for what in ("summary", "page"):
            subprocess.run([sys.executable, __file__, "--job", str(home), what], check=True)
    return None


if __name__ == "__main__":
    main()
