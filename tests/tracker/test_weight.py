"""What a tracker costs: its bytes and formulas, its tabs, and the pages that it prints."""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from factories import ELM, MARCH, first_only
from office import Office

from qipxl.app.demo.scenarios import joined_plans, make_plan
from qipxl.template import Template, find_template, shipped_templates
from qipxl.tracker import write_tracker
from qipxl.tracker.first_rows import initial_rows, sorted_rows

TEMPLATES = sorted(shipped_templates())
ACTIONS = 20
Rows = Mapping[str, Sequence[Mapping[str, object]]]


def carried_rows(template: Template, actions: int) -> Rows:
    """A plan with so many actions after six months, their milestones, evidence and reviews, and 24 months of every indicator."""
    plans = joined_plans(make_plan(number, MARCH.last, 6, 1, "Jo Shah") for number in range(12))
    chosen = plans["actions"][:actions]
    refs = {row["ref"] for row in chosen}
    below = {key: [row for row in rows if row.get("action") in refs] for key, rows in plans.items() if key != "actions"}
    rows = {**below, "actions": chosen, **initial_rows(template, MARCH)}
    return sorted_rows(template, {key: rows[key] for key in rows if key in template.tables})


def tracker(name: str, actions: int, folder: Path) -> Path:
    """A first tracker, without actions, or one that is carried over."""
    template = find_template(name)
    rows = carried_rows(template, actions) if actions else None
    return write_tracker(template, ELM, MARCH, folder / "elm.xlsx", rows=rows, last_return="2026-02" if actions else "")


def formulas(path: Path) -> int:
    with zipfile.ZipFile(path) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
    return sum(len(re.findall("<f[ >]", sheet)) for sheet in sheets)


@pytest.mark.parametrize(
    ("name", "actions", "most"),
    [
        ("core", 0, 10_700), ("restrictive-practice", 0, 18_900), ("safeguarding", 0, 16_400), ("workforce", 0, 13_300),
        ("core", ACTIONS, 15_700), ("restrictive-practice", ACTIONS, 23_800), ("safeguarding", ACTIONS, 21_600),
        ("workforce", ACTIONS, 19_500),
    ],
)  # fmt: skip
def test_a_tracker_is_light(name: str, actions: int, most: int, tmp_path: Path) -> None:
    """Eleven indicators with 24 months each are two in five of the formulas of restrictive-practice."""
    path = tracker(name, actions, tmp_path)
    assert formulas(path) < most
    assert path.stat().st_size < (415_000 if most < 20_000 else 445_000)


@pytest.mark.parametrize("actions", [0, 5])
@pytest.mark.parametrize("name", TEMPLATES)
def test_ten_tabs_can_be_seen(name: str, actions: int, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(tracker(name, actions, tmp_path), read_only=True)
    seen = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    book.close()
    assert len(seen) <= 10
    assert seen[:6] == ["Start here", "Actions", "Figures", "Milestones", "Evidence", "Reviews"]
    assert seen[-2:] == ["Checks", "Guidance"]


@pytest.mark.long
def test_what_is_seldom_used_is_seen_when_it_has_rows(tmp_path: Path) -> None:
    """Indicators are to be defined in the first month of core, so one of the two others is hidden."""
    template = find_template("core")
    row = {"action": "A-001", "from_date": date(2026, 4, 1), "to_date": date(2026, 5, 1), "reason": "Recruitment"}
    for rows, hidden in (({}, "Challenge"), ({"challenge": [{"ref": "C-001"}]}, "Extensions")):
        path = write_tracker(template, ELM, MARCH, tmp_path / "elm.xlsx", rows={**rows})
        book = openpyxl.load_workbook(path)
        assert book[hidden].sheet_state == "hidden"
        assert any(str(row[0]).endswith(f", {hidden}.") for row in book["Guidance"].iter_rows(values_only=True))
    both = {"challenge": [{"ref": "C-001"}], "extensions": [row]}
    book = openpyxl.load_workbook(write_tracker(template, ELM, MARCH, tmp_path / "elm.xlsx", rows=both))
    assert {book[name].sheet_state for name in ("Challenge", "Extensions")} == {"visible"}


@pytest.mark.parametrize(("name", "actions"), first_only([(name, count) for count in (5, 0) for name in TEMPLATES]))
def test_a_tracker_prints_on_eight_pages(name: str, actions: int, office: Office, tmp_path: Path) -> None:
    office.to_pdf(tracker(name, actions, tmp_path), tmp_path / "pages.pdf")
    info = subprocess.run(["pdfinfo", tmp_path / "pages.pdf"], capture_output=True, text=True, check=True).stdout
    assert int(re.search(r"Pages: +(\d+)", info)[1]) <= 8
