"""A mapping that was used is kept in the provider's folder and offered for the next old plan of its layout."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from qipxl import Service
from qipxl.adopting import mapping_text, read_mapping
from qipxl.adopting.confirmed import apply_confirmed, confirmed_mappings, keep_mapping
from qipxl.adopting.mapping import AdoptMapping, ColumnMapping, ServiceMapping, TableMapping
from qipxl.app.cli.main import main
from qipxl.provider.folder import init_folder
from qipxl.template import Template

SERVICES = [
    Service(code="OAK", name="Oak Lodge", manager="Mary Khan"),
    Service(code="ELM", name="Elm House", manager="Lee Brown"),
]
HEADS = ["Ref", "Issue", "Action", "Owner", "Due date", "Status", "Wobble"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The provider's folder, with two services."""
    return init_folder(tmp_path / "our", "Ours", date(2026, 1, 1), SERVICES).home


def plan(path: Path, owner: str, status: str, *more: str) -> Path:
    book = openpyxl.Workbook()
    for row in (
        [*HEADS, *more],
        ["A1", "Falls", "Sensors", owner, date(2026, 3, 31), status, "x", *("y" for _ in more)],
    ):
        book.active.append(row)
    book.save(path)
    return path


def adopt(home: Path, old: Path, *more: str) -> Result:
    asked = [
        "adopt",
        str(old),
        "--period",
        "2026-03",
        "--services",
        str(home),
        "--out",
        str(home.parent / old.stem),
        *more,
    ]
    return CliRunner().invoke(main, asked, catch_exceptions=False)


def confirm(home: Path, tmp_path: Path) -> None:
    """Adopt a first plan, with Wobble as progress, JS as a person and Paused as a Status."""
    old = plan(tmp_path / "Oak Lodge.xlsx", "JS", "Paused")
    assert adopt(home, old, "--dry-run").exit_code == 0
    mapping = tmp_path / "Oak Lodge" / "adopt.toml"
    text = (
        mapping.read_text("utf-8")
        .replace('"JS" = ""', '"JS" = "Jo Shah"')
        .replace('"Paused" = ""', '"Paused" = "Not started"')
    )
    mapping.write_text(
        text.replace('heading = "Wobble"\nfield = ""', 'heading = "Wobble"\nfield = "actions.progress"'), "utf-8"
    )
    done = adopt(home, old, "--mapping", str(mapping))
    assert done.exit_code == 0, done.output
    assert "The mapping is kept for the next plan of this layout" in done.output


def test_a_mapping_that_was_used_is_offered_again(tmp_path: Path, home: Path) -> None:
    confirm(home, tmp_path)
    assert [path.name for path in (home / "mappings").iterdir()] == ["Oak Lodge.xlsx.toml"]
    done = adopt(home, plan(tmp_path / "Elm House.xlsx", "JS", "Paused", "Cost"))
    assert done.exit_code == 0, done.output
    assert "Uses the mapping that you confirmed for Oak Lodge.xlsx." in done.output
    tracker = openpyxl.load_workbook(next((tmp_path / "Elm House" / "trackers").iterdir()))["Actions"]
    shown = {
        str(cell.value) for row in tracker.iter_rows(min_row=5, max_row=5) for cell in row if cell.value is not None
    }
    assert {"Jo Shah", "Not started", "x"} <= shown
    assert not (home / "mappings" / "Elm House.xlsx.toml").exists()  # it was not confirmed


def test_a_dry_run_or_a_list_of_services_keeps_nothing(tmp_path: Path, home: Path) -> None:
    old = plan(tmp_path / "Oak Lodge.xlsx", "JS", "Paused")
    adopt(home, old, "--dry-run")
    mapping = str(tmp_path / "Oak Lodge" / "mapping.xlsx")
    assert adopt(home, old, "--dry-run", "--mapping", mapping).exit_code == 0
    (tmp_path / "services.csv").write_text("code,name\nOAK,Oak Lodge\n", "utf-8")
    asked = [
        "adopt",
        str(old),
        "--period",
        "2026-03",
        "--services",
        str(tmp_path / "services.csv"),
        "--mapping",
        mapping,
    ]
    done = CliRunner().invoke(main, [*asked, "--out", str(tmp_path / "other")], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "is kept" not in done.output
    assert not (home / "mappings").exists()


def test_a_kept_mapping_that_cannot_be_read_stops_nothing(tmp_path: Path, home: Path) -> None:
    confirm(home, tmp_path)
    (home / "mappings" / "a.toml").write_text("template = core", "utf-8")
    (home / "mappings" / "b.toml").write_text('template = "other"', "utf-8")
    done = adopt(home, plan(tmp_path / "Elm House.xlsx", "JS", "Paused"))
    assert done.exit_code == 0, done.output
    assert "a.toml was not used" in done.output
    assert "Uses the mapping that you confirmed for Oak Lodge.xlsx." in done.output


def table(*fields: tuple[str, str], words: dict[str, dict[str, str]] | None = None) -> TableMapping:
    columns = tuple(ColumnMapping(heading=heading, field=field) for heading, field in fields)
    return TableMapping(sheet="Plan", into="actions", column=columns, words=words or {})


def test_the_same_headings_count_before_similar_ones(core: Template) -> None:
    proposed = AdoptMapping(template="core", table=(table(("Issue", "actions.issue"), ("Do", ""), ("Who", "")),))
    similar = AdoptMapping(template="core", table=(table(("Issue", ""), ("Do", "actions.progress")),))
    same = AdoptMapping(
        template="core", table=(table(("Issue", "actions.issue"), ("Do", "actions.intended_change"), ("Who", "")),)
    )
    mapping, used = apply_confirmed(proposed, {"a.xlsx": similar, "b.docx": same}, ["OAK"])
    assert used == ["b.docx"]
    assert mapping.table[0].fields == {"issue": "actions.issue", "do": "actions.intended_change"}


def test_a_new_heading_keeps_its_proposal_unless_its_field_is_taken(core: Template) -> None:
    confirmed = AdoptMapping(template="core", table=(table(("Issue", "actions.issue"), ("Do", "actions.progress")),))
    proposed = table(("Issue", "actions.issue"), ("Do", ""), ("Update", "actions.progress"))
    mapping, _ = apply_confirmed(AdoptMapping(template="core", table=(proposed,)), {"a.xlsx": confirmed}, ["OAK"])
    assert mapping.table[0].fields == {"issue": "actions.issue", "do": "actions.progress"}
    other = table(("Issue", "actions.issue"), ("Do", ""), ("Owner", "actions.owner"))
    mapping, _ = apply_confirmed(AdoptMapping(template="core", table=(other,)), {"a.xlsx": confirmed}, ["OAK"])
    assert mapping.table[0].fields["owner"] == "actions.owner"


def test_a_service_that_is_gone_is_forgotten(core: Template) -> None:
    known = ServiceMapping(by="column", label="Home", known={"The Oak": "OAK", "The Ash": "ASH"})
    confirmed = AdoptMapping(template="core", service=known, table=(table(("Issue", "actions.issue")),))
    mapping, _ = apply_confirmed(
        AdoptMapping(template="core", table=(table(("Issue", "")),)), {"a.xlsx": confirmed}, ["OAK"]
    )
    assert mapping.service == known.model_copy(update={"known": {"The Oak": "OAK"}})


def test_people_and_words_are_known_from_any_layout(core: Template) -> None:
    status = {"actions.status": {"Paused": "Not started", "Stuck": ""}}
    confirmed = AdoptMapping(
        template="core", people={"JS": "Jo Shah", "AL": ""}, table=(table(("Falls", ""), words=status),)
    )
    asked = {"actions.status": {"Paused": "", "Stuck": "", "Done": "Complete"}}
    people = {"JS": "", "AL": "", "MK": "Mary Khan"}
    proposed = AdoptMapping(template="core", people=people, table=(table(("Issue", ""), words=asked),))
    mapping, used = apply_confirmed(proposed, {"a.xlsx": confirmed}, ["OAK"])
    assert used == []
    assert mapping.people == {"JS": "Jo Shah", "AL": "", "MK": "Mary Khan"}
    assert mapping.table[0].words == {"actions.status": {"Paused": "Not started", "Stuck": "", "Done": "Complete"}}


def test_a_kept_mapping_is_the_same_when_it_is_read(tmp_path: Path, core: Template) -> None:
    mapping = AdoptMapping(template="core", people={"JS": "Jo Shah"}, table=(table(("Issue", "actions.issue")),))
    path = keep_mapping(tmp_path, mapping, core, "old plan.docx")
    assert read_mapping(path, core) == mapping
    assert confirmed_mappings(tmp_path, core) == ({"old plan.docx": mapping}, [])
    assert path.read_text("utf-8") == mapping_text(mapping, core)
