"""How much more than bare reading the whole job costs, measured in one run.

Makes 200 realistic returns (unless --services says otherwise): six made-up plans in each, so about 22 actions, 50
milestones and 110 evidence items with six months of work behind them, and 72 monthly figures. Then times in turn, round after round: bare
python-calamine reading the same sheets of the same files, the same sheets written without formulas, and the whole job:
read, check, rate, summarise, write the summary workbook. Prints medians, ratios and peak memory. Absolute times belong
to the machine; the ratios are what counts.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook

import qipxl
from qipxl.demo.figures import figures_of
from qipxl.demo.plans import joined_plans, make_plan
from qipxl.demo.run import PERIOD
from qipxl.layout import START

SHEETS = (
    START, "From head office", "Actions", "Extensions", "Milestones", "Evidence", "Challenge", "Reviews", "Indicators",
    "Measurements",
)  # fmt: skip


def bare(folder: Path) -> int:
    """Every cell of the input sheets, and nothing done with them."""
    cells = 0
    for path in sorted(folder.glob("*.xlsx")):
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            if name in SHEETS:
                cells += len(book.get_sheet_by_name(name).to_python(skip_empty_area=False))
    return cells


def whole(folder: Path, out: Path) -> None:
    """The whole job."""
    rated = qipxl.rate(qipxl.check(qipxl.read_returns(folder)))
    qipxl.write_summary(qipxl.summarise(rated), out)


def without_formulas(folder: Path, target: Path) -> None:
    """The same inputs as plain sheets: no formulas, no workings, no formats."""
    target.mkdir()
    for path in sorted(folder.glob("*.xlsx")):
        book = CalamineWorkbook.from_path(path)
        with xlsxwriter.Workbook(str(target / path.name), {"default_date_format": "dd/mm/yyyy"}) as copy:
            for name in book.sheet_names:
                if name in SHEETS:
                    sheet = copy.add_worksheet(name)
                    for number, row in enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False)):
                        for index, cell in enumerate(row):
                            if cell != "":
                                sheet.write(number, index, cell)


def make_return(folder: Path, number: int) -> None:
    """One service's return, filled in."""
    plans = (make_plan(number + each, PERIOD.last, 6, number, "Jo Shah") for each in range(6))
    service = qipxl.Service(code=f"S{number:03d}", name=f"Service {number}", region=f"Region {number % 3}")
    path = folder / f"{service.code}.xlsx"
    rows = joined_plans(plans) | figures_of(number, PERIOD, number)
    issued = {"head_office": rows.get("head_office", [])}
    qipxl.write_tracker(qipxl.find_template("core"), service, PERIOD, path, rows=rows, issued=issued)


def timed(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def own_peak() -> float:
    """The most memory, in MiB, that this process had so far, as Linux tells it.

    `ru_maxrss` will not do: in a process just started it begins at what the process that started it had.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def peak(job: str, *arguments: object) -> float:
    """The most memory, in MiB, that a process of its own took for a job."""
    code = (
        f"import sys, pathlib; sys.path.insert(0, {str(Path(__file__).parent)!r}); import consolidate; "
        f"consolidate.{job}(*map(pathlib.Path, sys.argv[1:])); print(consolidate.own_peak())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        print(f"{chosen.services} returns are made ...", flush=True)
        returns = home / "returns"
        with ProcessPoolExecutor() as pool:
            list(pool.map(partial(make_return, returns), range(chosen.services)))
        without_formulas(returns, home / "plain")
        jobs = {
            "bare reading": lambda: bare(returns),
            "bare reading, no formulas in the files": lambda: bare(home / "plain"),
            "whole job": lambda: whole(returns, home / "summary.xlsx"),
        }
        times: dict[str, list[float]] = {name: [] for name in jobs}
        for _ in range(chosen.rounds):
            for name, job in jobs.items():
                times[name].append(timed(job))
        base = statistics.median(times["bare reading"])
        files = len(list(returns.glob("*.xlsx")))
        for name, taken in times.items():
            ratios = [a / b for a, b in zip(taken, times["bare reading"], strict=True)]
            median = statistics.median(taken)
            print(
                f"{name:40} {median:6.2f} s {1000 * median / files:6.1f} ms a file   ratio {statistics.median(ratios):.2f}"
            )
        plain = statistics.median(times["bare reading, no formulas in the files"])
        print(f"input sheets of an issued tracker ÷ the same inputs without formulas: {base / plain:.2f}")
        print(f"peak memory, bare reading: {peak('bare', returns):.0f} MiB")
        print(f"peak memory, whole job: {peak('whole', returns, home / 'summary.xlsx'):.0f} MiB")


if __name__ == "__main__":
    main()
