"""A marker in every text field of every template, and where it is found: in the summary, and in each pack."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from factories import shortened

from qipxl import (
    Period,
    ProviderSummary,
    Service,
    check,
    find_template,
    rate,
    read_returns,
    summarise,
    write_summary,
    write_tracker,
)
from qipxl.summary.packs import pack_for, write_pack
from qipxl.summary.packs.audience_tables import LEFT_OUT
from qipxl.template import FieldLine, Template, shipped_templates

MARCH = Period(2026, 3)
DAYS = {"done_on", "held_on", "completed_on", "submitted_on", "closed_on"}
"""Dates that must be past, so that a row counts as done."""


@dataclass(frozen=True)
class Field:
    """A text field that services fill in; names of staff are replaced by roles outside the provider."""

    table: str
    key: str
    marker: str
    names_staff: bool

    @property
    def name(self) -> str:
        return f"{self.table}.{self.key}"


def text_fields(template: Template, number: int) -> list[Field]:
    """Every text field of a template's tables that services fill in, with its marker."""
    fields = [
        (key, field)
        for key, table in template.tables.items()
        for field in table.field
        if field.type == "text" and "service" in (table.filled_by, field.filled_by) and table.filled_by == "service"
    ]
    return [
        Field(key, field.key, f"Zq{number}x{place:03d}w", field.names_staff)
        for place, (key, field) in enumerate(fields)
    ]


def cell(field: FieldLine, template: Template, refs: Mapping[str, str]) -> object:
    """An ordinary value of a field that holds no text of its own."""
    if field.type == "date":
        return date(2026, 2, 10) if field.key in DAYS else date(2026, 3, 1)
    if field.type == "number":
        return field.minimum if field.minimum is not None else 3
    if field.type == "choice":
        return template.options(field)[0]
    return refs.get(field.to, "")


def rows_of(template: Template, fields: list[Field]) -> dict[str, list[dict[str, object]]]:
    """One row in each table that services fill in, with a marker in every text field."""
    markers = {(field.table, field.key): field.marker for field in fields}
    refs = {
        key: markers[key, table.identity] for key, table in template.tables.items() if (key, table.identity) in markers
    }
    rows = {}
    for key, table in template.tables.items():
        if table.filled_by == "service":
            row = {field.key: markers.get((key, field.key)) or cell(field, template, refs) for field in table.field}
            rows[key] = [row]
    action = {
        "status": "In progress",
        "due": date(2026, 1, 31),
        "original_due": date(2025, 12, 31),
        "start": date(2025, 6, 1),
    }
    rows["actions"][0] |= {**action, "completed_on": None, "embedding_review": date(2026, 9, 30)}
    rows["milestones"][0] |= {"due": date(2026, 1, 31), "revised_due": None, "done_on": None}
    rows["measurements"][0] |= {"numerator": 3, "denominator": 10}
    rows["indicators"][0] |= {"baseline_from": None, "baseline_to": None, "rebased_on": None}
    return rows


@dataclass(frozen=True)
class Marked:
    """The summary of one return with a marker in each field."""

    fields: list[Field]
    summary: ProviderSummary


@pytest.fixture(scope="module", params=sorted(shipped_templates()))
def marked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Marked:
    template = shortened(find_template(request.param), 24)
    fields = text_fields(template, sorted(shipped_templates()).index(request.param))
    folder = tmp_path_factory.mktemp("marked")
    service = Service(code="ELM", name="Elm House", region="North", manager="Jo Shah")
    path = write_tracker(
        template,
        service,
        MARCH,
        folder / "ELM.xlsx",
        rows=rows_of(template, fields),
        issued={},
        cover={"submitted_by": "Jo Shah"},
    )
    returns = check(read_returns(path), MARCH.last)
    assert list(returns.receipts["status"]) == ["accepted"], list(returns.receipts["reason"])
    return Marked(fields, summarise(rate(returns, MARCH.last), [service]))


def texts_of(path: Path) -> str:
    """Every text of a workbook's cells in which a list could show a field; Problems repeats cells only in part."""
    with zipfile.ZipFile(path) as book:
        root = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        return "\n".join("".join(each.itertext()) for each in root)


def missing_in(path: Path, fields: list[Field]) -> set[str]:
    found = set(re.findall(r"Zq\d+x\d+w", texts_of(path)))
    return {field.name for field in fields if field.marker not in found}


def test_the_summary_shows_every_text(marked: Marked, tmp_path: Path) -> None:
    assert len(marked.fields) > 40
    assert missing_in(write_summary(marked.summary, tmp_path / "summary.xlsx"), marked.fields) == set()


@pytest.mark.parametrize("audience", list(LEFT_OUT))
def test_packs_show_every_text_but_the_declared(marked: Marked, audience: str, tmp_path: Path) -> None:
    path = write_pack(pack_for(audience, marked.summary), marked.summary, tmp_path / "pack.xlsx")
    missing = missing_in(path, marked.fields)
    roles = {field.name for field in marked.fields if field.names_staff and audience != "board"}
    declared = {field.name for field in marked.fields if {field.name, field.table} & LEFT_OUT[audience].keys()}
    assert missing - declared - roles == set()
    assert roles <= missing


def test_every_exception_has_a_reason_and_is_in_a_template() -> None:
    tables = [template.tables for template in map(find_template, shipped_templates())]
    known = {key for each in tables for key in each}
    for each in tables:
        for key, table in each.items():
            known |= {f"{key}.{line.key}" for line in (*table.field, *table.calculated)}
    for left_out in LEFT_OUT.values():
        assert left_out.keys() <= known
        assert all(reason.endswith(".") for reason in left_out.values())


def test_narrative_and_milestones_are_in_their_place(marked: Marked, tmp_path: Path) -> None:
    markers = {field.name: field.marker for field in marked.fields}
    book = openpyxl.load_workbook(write_summary(marked.summary, tmp_path / "summary.xlsx"), read_only=True)

    def texts(sheet: str) -> str:
        return "\n".join(str(cell) for row in book[sheet].iter_rows(values_only=True) for cell in row if cell)

    places = {
        "Slippage": ("milestones.milestone", "milestones.support", "extensions.reason"),
        "Escalations": ("milestones.milestone", "actions.success_measure", "actions.accountable_lead"),
        "Indicators": ("measurements.context", "measurements.learning"),
        "Panel": ("panel.explanation", "panel.support"),
        "Evidence packs": ("packs.shows", "packs.follow_up"),
        "All evidence": ("evidence.description", "evidence.kept_at"),
    }
    for sheet, names in places.items():
        wanted = {name for name in names if name in markers}
        assert {name for name in wanted if markers[name] in texts(sheet)} == wanted, sheet
    if "milestones.support" in markers:
        assert "Recovery date: 01/03/2026" in texts("Slippage")
