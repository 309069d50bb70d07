"""The promise of each template: the rating a manager sees in the sheet is the rating that head office computes.

Every table of a tracker is filled with rows that come back from life: good plans with single cells spoilt, and rows that
are odd throughout. LibreOffice works the workbook out; every column of workings, every rating and check is compared with
Python, row by row. `QIPXL_LONG=1` runs more than 10,000 rows; otherwise one tracker of each template, with at most 80 rows a table.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from betteroffice_xlsx import Workbook
from calculators import (
    accepted,
    cells_of,
    disagreements,
    kept_cells,
    office_grids,
    put_raw,
    python_cells,
    report,
)
from factories import LONG, first_only, shortened
from factories_rows import PERIOD, PLAIN_TABLES, SERVICE, as_written, rows_of
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from office import Office

from qipxl.template import Template, find_template, load_adjusted, shipped_templates, template_file
from qipxl.tracker import write_tracker

TEMPLATES = sorted(shipped_templates())
REGISTER = " with a register"
"""After a template's name: its settings are those of a provider with a register."""
TRACKERS = 3 if LONG else 1
"""How many trackers of each template; each holds some 900 rows, in the short form some 550."""


def template_named(name: str) -> Template:
    key = name.removesuffix(REGISTER)
    template = find_template(key) if key == name else load_adjusted(template_file(key), ())[0]
    return template if LONG else shortened(template, 80)


@pytest.mark.parametrize("name", first_only([*TEMPLATES, f"core{REGISTER}", f"safeguarding{REGISTER}"]))
@settings(
    max_examples=TRACKERS,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(min_value=1, max_value=2**31))
def test_sheet_and_engine_agree(name: str, seed: int, office: Office, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: Path = tmp_path_factory.mktemp("parity")
    template = template_named(name)
    rows = rows_of(template, seed)
    note(f"{name}, seed {seed}: {sum(map(len, rows.values()))} rows")
    print(f"{name}, seed {seed}: {sum(map(len, rows.values()))} rows")
    issued = {key: rows[key] for key in PLAIN_TABLES}
    plain = write_tracker(template, SERVICE, PERIOD, folder / "plain.xlsx", rows=as_written(rows), issued=issued)
    put_raw(plain, folder / "raw.xlsx", template, rows)
    theirs = cells_of(template, office_grids(office, folder / "raw.xlsx", template))
    found = disagreements(template, [], theirs, python_cells(template, accepted([folder / "raw.xlsx"], template)))
    assert not found, report(found, seed)


@pytest.mark.long
@pytest.mark.parametrize("name", TEMPLATES)
def test_stored_values_are_those_of_libreoffice(name: str, office: Office, tmp_path: Path) -> None:
    """The value written next to each formula before any program has opened the file."""
    template = template_named(name)
    rows = as_written(rows_of(template, 11))
    path = write_tracker(template, SERVICE, PERIOD, tmp_path / "plain.xlsx", rows=rows, issued={})
    theirs = cells_of(template, office_grids(office, path, template))
    found = disagreements(template, [], theirs, kept_cells(path, template))
    assert not found, report(found, 11)


@pytest.mark.long
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_second_calculator_agrees(name: str, tmp_path: Path) -> None:
    """betteroffice-xlsx, another engine of another language, on the same rows without cells that only XML can say."""
    template = template_named(name)
    rows = rows_of(template, 11)
    issued = {key: rows[key] for key in PLAIN_TABLES}
    path = write_tracker(template, SERVICE, PERIOD, tmp_path / "plain.xlsx", rows=as_written(rows), issued=issued)
    recalculated = tmp_path / "recalculated.xlsx"
    Workbook.open_recalculated(path.read_bytes()).save_path(str(recalculated))
    ours = python_cells(template, accepted([path], template))
    found = disagreements(template, [], kept_cells(recalculated, template), ours)
    assert not found, report(found, 11)
