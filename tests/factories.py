"""Data of several tests: a smaller demo cut out of the whole one, which costs no tracker, and templates with fewer rows."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from qipxl import Period, Service, find_template
from qipxl.app.cli.main import main
from qipxl.app.demo import Demo
from qipxl.app.demo.make import PERIOD
from qipxl.app.demo.register import demo_register
from qipxl.archive.store import open_archive
from qipxl.provider import ProviderFolder
from qipxl.returns.export import as_json
from qipxl.returns.provenance import traced
from qipxl.returns.rate import Rated
from qipxl.returns.returns import Returns
from qipxl.template import Template
from qipxl.tracker.issue import Order
from qipxl.tracker.layout import TableLayout, tracker_layout
from qipxl.workbook.layout import cell_address

LONG = os.environ.get("QIPXL_LONG") == "1"
"""Whether the tests run in their long form."""
MONTHS, SEED = 6, 1


def on_start_here(order: Order) -> list[str]:
    """What Start here of a tracker asks and says."""
    return [*order.queries, *(line.text for line in order.news)]


def first_only(values: Iterable[Any], count: int = 1) -> list[Any]:
    """Values for a parametrised test, a tuple for each if it takes several; the short form tries only the first ones."""
    listed = [value if isinstance(value, tuple) else (value,) for value in values]
    return [
        pytest.param(*each, marks=[pytest.mark.long] if number >= count else []) for number, each in enumerate(listed)
    ]


def first_services(demo: Demo, home: Path, count: int) -> Demo:
    """The folder that `make_demo(home, count)` makes, from the trackers of the whole demo (test_demo compares the two)."""
    services, others = demo.services[:count], tuple(each.code for each in demo.services[count:])
    shutil.copytree(demo.folder.home, home, ignore=lambda _, names: [name for name in names if name.startswith(others)])
    folder = ProviderFolder(home)
    folder.register.unlink()
    demo_register(folder, services, PERIOD, MONTHS, SEED)
    return replace(demo, folder=folder, services=services)


@cache
def core_layouts() -> Mapping[str, TableLayout]:
    return tracker_layout(find_template("core"))


def cell_of(field: str, row: int, table: str = "actions") -> str:
    """The address of a cell in a tracker of the core template, such as G5, from the key of its column."""
    return cell_address(core_layouts()[table].index(field), row)


def shortened(template: Template, rows: int) -> Template:
    """The template with at most this number of rows in each table; its trackers are read as those of the whole template are."""
    tables = {key: line.model_copy(update={"rows": min(line.rows, rows)}) for key, line in template.tables.items()}
    return template.model_copy(update={"tables": tables})


def json_of(rated: Rated) -> str:
    """Rated returns that are in memory, as `qipxl check --format json` prints them."""
    return as_json(rated.returns, rated.as_at, partial(traced, rated))


ELM = Service(code="ELM", name="Elm House", region="North", manager="Jo Shah")
MARCH = Period(2026, 3)
ACTION = {
    "ref": "A-001", "issue": "x", "intended_change": "y", "owner": "Ann Lee", "due": date(2026, 6, 30), "original_due": date(2026, 6, 30),
    "status": "In progress", "source": "Complaint", "must_should": "Should do", "embedding_review": date(2026, 9, 30),
}  # fmt: skip
SIGNED = {"submitted_by": "Jo Shah"}
ROWS: dict[str, list[dict[str, Any]]] = {
    "actions": [ACTION, {**ACTION, "ref": "A-002"}],
    "evidence": [{"ref": "E-001", "action": "A-001", "category": "Observation", "judgement": "Accepted"}],
}
ODD_ROWS = [
    {**ACTION, "due": "31/06/2026", "original_due": None},
    {**ACTION, "ref": "A-002", "issue": "Mrs Jane Example fell", "start": "03/04/2026", "likelihood_start": "four"},
    {**ACTION, "ref": 7, "status": "Nearly"},
]
"""Cells that cannot be read, are in doubt, hold personal data, and a reference that is a number."""


def assert_same_returns(one: Returns, other: Returns) -> None:
    """Everything that was read, compared; raises AssertionError at the first difference."""
    pd.testing.assert_frame_equal(one.receipts, other.receipts)
    pd.testing.assert_frame_equal(one.problems, other.problems)
    assert one.tables.keys() == other.tables.keys()
    for key in one.tables:
        pd.testing.assert_frame_equal(one.tables[key], other.tables[key])
        columns = {"check_like": True, "check_column_type": False}
        pd.testing.assert_frame_equal(one.unreadable[key], other.unreadable[key], **columns)
    for name in ("placements", "originals", "as_typed", "stamps"):
        assert getattr(one, name) == getattr(other, name), name


def lines_in(archive: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Everything that an archive holds, file by file, whatever deposits it lies in."""
    kept = open_archive(archive)
    names = sorted({path.stem for path in archive.glob("[0-9]*/*/*.parquet")})
    for name in names:
        frame = kept.table(name)
        order = [
            column
            for column in ("service", "period", "version", "table", "row", "field", "code", "ref")
            if column in frame
        ]
        yield name, frame.sort_values(order, kind="stable", ignore_index=True).drop(columns="deposit", errors="ignore")


def new_provider(place: Path) -> Path:
    """A provider's folder whose register lists the three, and one more."""
    listed = place / "services.csv"
    listed.write_text(
        "code,name,region\nS001,Elm House,North\nS002,Rosewood Lodge,Midlands\nS003,Beech Court,South\nS004,Yew,South\n"
    )
    home = place / "our"
    assert run("init", home, "--name", "Our Care", "--services", listed).exit_code == 0
    return home


def run(*arguments: object, typed: str = "") -> Result:
    environment = {"COLUMNS": "80", "NO_COLOR": "1"}
    return CliRunner().invoke(main, [str(each) for each in arguments], env=environment, input=typed)


def send(demo: Path, provider: Path) -> None:
    """The returns come in."""
    shutil.copytree(demo, provider / "returns" / "2026-03", dirs_exist_ok=True)


def followed(book: Any, cell: Any) -> list[dict[str, Any]]:
    """The rows of a list that a figure's link selects."""
    found = re.fullmatch(r"'(.+)'!A(\d+):A(\d+)", cell.hyperlink.location)
    assert found is not None
    sheet, first, last = found.groups()
    headings = [each.value for each in book[sheet][5]]
    rows = book[sheet].iter_rows(min_row=int(first), max_row=int(last), values_only=True)
    return [dict(zip(headings, row, strict=True)) for row in rows]
