"""The promise of each template: the rating a manager sees in the sheet is the rating that head office computes.

Every table of a tracker is filled with rows that come back from life: good plans with single cells spoilt, and rows that
are odd throughout. LibreOffice works the workbook out; every column of workings, every rating and check is compared with
Python, row by row. `QIPXL_LONG=1` runs more than 10,000 rows; otherwise one tracker of each template, with at most 80 rows a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from betteroffice_xlsx import Workbook
from factories import LONG, shortened
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from office import Office
from test_readings import (
    AS_AT,
    BLANKS,
    PERIOD,
    SERVICE,
    Raw,
    accepted,
    any_word,
    as_written,
    awkward_cell,
    cells_of,
    disagreements,
    kept_cells,
    office_grids,
    put_raw,
    python_cells,
    report,
)

from qipxl.app.demo.scenarios import SCENARIOS, joined_plans, make_plan
from qipxl.template import FieldLine, Template, find_template, shipped_templates
from qipxl.tracker import write_tracker

TEMPLATES = sorted(shipped_templates())
TRACKERS = 3 if LONG else 1
"""How many trackers of each template; each holds some 900 rows, in the short form some 550."""


def template_named(name: str) -> Template:
    template = find_template(name)
    return template if LONG else shortened(template, 80)


SPOILT = 0.06
PEOPLE = ("Ann Lee", "Bo Ek", "Cy Fox", "Di Roe", "A*", "Bob?")
WORDS = (
    "deliver training to all", "refresher training", "Two people check each round", "x", "TBC", "the team", "7", "~", "*",
    "say \"so\" & <b>", "É ß", "and so on " * 900,
)  # fmt: skip
OFFSETS = (0, 1, 7, 8, 14, 15, 16, 28, 29, 30, 31, 32, 35, 36, 60, 61, 89, 90, 91, 92, 119, 120, 121, 180, 365)
"""Days before or after the as-at date at which some limit stands, and their neighbours."""
PLAIN_TABLES = ("head_office",)
"""What head office writes comes back as it was issued, or is set aside: it is not spoilt here."""

Row = dict[str, object]


def day_near(chance: Random) -> date:
    """A day on a limit, the day before or after one, or a month's end."""
    if chance.random() < 0.15:
        return date(2024 + chance.randint(-1, 1), chance.randint(1, 12), 1) - timedelta(days=1)
    return AS_AT + timedelta(days=chance.choice((-1, 1)) * chance.choice(OFFSETS))


def plain_cell(chance: Random, template: Template, field: FieldLine, refs: Sequence[str]) -> object:
    """A cell as people fill it, or nothing."""
    if chance.random() < 0.12:
        return ""
    if field.type == "date":
        return day_near(chance)
    if field.type == "number":
        return chance.choice((0, 1, 2, 3, 4, 5, 2.5, 100, field.maximum or 7))
    if field.type == "choice":
        return any_word(chance, template.options(field))
    if field.type == "reference":
        return any_word(chance, refs)
    return any_word(chance, PEOPLE if field.key.endswith(("by", "owner")) else WORDS)


def rows_of(template: Template, seed: int) -> dict[str, list[Row]]:
    """Rows for every table: the demo's plans, then odd ones; then single cells spoilt everywhere."""
    chance = Random(seed)
    plans = joined_plans(make_plan(number % len(SCENARIOS), AS_AT, 4, 1 + number, "Ann Lee") for number in range(9))
    rows: dict[str, list[Row]] = {}
    for key, line in template.tables.items():
        fields = {field.key: field for field in line.field}
        rows[key] = [{name: row.get(name, "") for name in fields} for row in plans.get(key, ())][: line.rows - 6]
        known = [str(row[line.identity]) for row in rows[key]] if line.identity else []
        for number in range(len(rows[key]), line.rows - 2):
            row: Row = {}
            for name, field in fields.items():
                refs = names_of(rows.get(field.to, ()), template.tables[field.to].identity) if field.to else []
                row[name] = plain_cell(chance, template, field, [*refs, "A-999", "*"])
            if line.identity:
                row[line.identity] = f"X-{number:03d}" if chance.random() < 0.95 or not known else chance.choice(known)
            rows[key].append(row)
        if key in PLAIN_TABLES:
            rows[key] = [head_office_row(chance, template, key, number) for number in range(line.rows - 2)]
            continue
        for number, row in enumerate(rows[key]):
            for name in row:
                if chance.random() < SPOILT:
                    row[name] = awkward_cell(chance)
            if number % 29 == 17:
                rows[key][number] = dict.fromkeys(row, chance.choice(BLANKS))
            elif sum(isinstance(cell, Raw) or bool(str(cell).strip()) for cell in row.values()) < 3:
                row |= dict.fromkeys([line.field[0].key, line.field[1].key, line.field[-1].key], "2 more words")
    return rows


def names_of(rows: Sequence[Row], identity: str) -> list[str]:
    """The references that stand in a table's rows."""
    return [cell for row in rows if isinstance(cell := row[identity], str) and cell.strip()]


def head_office_row(chance: Random, template: Template, key: str, number: int) -> Row:
    """A row as head office writes it: clean words, and always of an action."""
    row: Row = {}
    for field in template.tables[key].field:
        cells: dict[str, Sequence[object]] = {
            "date": [day_near(chance), ""],
            "number": ["", "", 0, 1, 2, 3, 4, 6],
            "choice": ["", *template.options(field)],
            "text": ["", *PEOPLE[:4]],
            "reference": [f"A-{number // 2 + 1:03d}", f"X-{number:03d}"],
        }
        row[field.key] = chance.choice(cells[field.type])
    return row


@pytest.mark.parametrize("name", TEMPLATES)
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


@pytest.mark.parametrize("name", TEMPLATES)
def test_stored_values_are_those_of_libreoffice(name: str, office: Office, tmp_path: Path) -> None:
    """What stands beside each formula before any program has opened the file."""
    template = template_named(name)
    rows = as_written(rows_of(template, 11))
    path = write_tracker(template, SERVICE, PERIOD, tmp_path / "plain.xlsx", rows=rows, issued={})
    theirs = cells_of(template, office_grids(office, path, template))
    found = disagreements(template, [], theirs, kept_cells(path, template))
    assert not found, report(found, 11)


@pytest.mark.parametrize("name", TEMPLATES if LONG else ["core"])
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
