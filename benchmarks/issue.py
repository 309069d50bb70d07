"""How much more than a bare XlsxWriter loop writing a tracker costs, measured in one run.

For each template a tracker is written as `qipxl issue` writes it. Then the same cells, formulas and kept values are
written by a plain loop over XlsxWriter's own worksheets, in one format, with nothing worked out and nothing looked up. Both are timed
in turn, round after round. Prints medians and ratios; the limit is 1.5. Absolute times belong to the machine.

Last, a first month is issued to many services, whose trackers are copies of one, and held against writing as many with the
bare loop; the limit is 0.10. The template is loaded before, the copies are written to the disk.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import openpyxl
import xlsxwriter

from qipxl import Period, Service, find_template, write_tracker
from qipxl.template import Template, shipped_templates
from qipxl.tracker.issue import Order, issue_trackers

ROUNDS = 5
LIMIT = 1.5
SERVICES, COPY_LIMIT = 1_000, 0.10
PERIOD = Period(2026, 3)
SERVICE = Service(code="ELM", name="Elm House", region="North", manager="Jo Shah")
Cell = tuple[int, int, object, object]


def cells_of(path: Path) -> dict[str, list[Cell]]:
    """Each cell of a workbook: row, column, what was written, the value kept beside a formula."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        written, kept = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    return {
        sheet.title: [
            (
                cell.row - 1,
                cell.column - 1,
                cell.value,
                kept[sheet.title].cell(cell.row, cell.column).value,
            )
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        ]
        for sheet in written.worksheets
    }


def bare(cells: dict[str, list[Cell]], path: Path) -> None:
    """The same cells by a plain loop."""
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False, "default_date_format": "dd/mm/yyyy"}) as book:
        looks = book.add_format({"text_wrap": True, "valign": "top"})
        for name, each in cells.items():
            sheet = book.add_worksheet(name)
            for row, column, value, kept in each:
                if isinstance(value, str) and value.startswith("="):
                    sheet.write_formula(row, column, value, looks, "" if kept is None else kept)
                else:
                    sheet.write(row, column, value, looks)


def seconds(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def main() -> None:
    print(f"Writing one tracker, medians of {ROUNDS} rounds")
    with tempfile.TemporaryDirectory() as folder:
        for name in sorted(shipped_templates()):
            template, path, plain = find_template(name), Path(folder, f"{name}.xlsx"), Path(folder, "bare.xlsx")
            write_tracker(template, SERVICE, PERIOD, path)
            cells = cells_of(path)
            pairs = [
                (
                    seconds(partial(write_tracker, template, SERVICE, PERIOD, path)),
                    seconds(partial(bare, cells, plain)),
                )
                for _ in range(ROUNDS)
            ]
            ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
            size = path.stat().st_size / 1000
            print(
                f"{name:22} {ours:5.2f} s, bare {theirs:5.2f} s, ratio {ours / theirs:4.2f} (limit {LIMIT}), {size:.0f} kB"
            )
            if name == "core":
                many(template, theirs, Path(folder, "issued"))


def many(template: Template, bare_seconds: float, folder: Path) -> None:
    """A first month for many services."""
    orders = [
        Order(template, Service(code=f"S{n:04d}", name=f"House {n}", region=f"Region {n}")) for n in range(SERVICES)
    ]
    took = seconds(lambda: issue_trackers(orders, PERIOD, folder))
    ratio = took / (SERVICES * bare_seconds)
    print(f"{SERVICES} first trackers    {took:5.2f} s, ratio to the bare loop {ratio:4.3f} (limit {COPY_LIMIT})")


if __name__ == "__main__":
    main()
