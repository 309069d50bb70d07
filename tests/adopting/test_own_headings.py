"""A provider's own headings: from headings.toml, and from the mappings that it confirmed."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from qipxl import Service
from qipxl.adopting import open_old_workbook, propose_mapping, with_own_headings
from qipxl.adopting.mapping import AdoptMapping, ColumnMapping, TableMapping
from qipxl.adopting.own_headings import confirmed_headings, own_headings
from qipxl.app.cli.main import main
from qipxl.errors import RequestError, SourceError
from qipxl.provider.folder import init_folder
from qipxl.template import Template

ELM = Service(code="ELM", name="Elm House", manager="Lee Brown")
PAGE = (Path(__file__).parents[2] / "docs" / "adopt.md").read_text("utf-8")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The provider's folder."""
    return init_folder(tmp_path / "our", "Ours", date(2026, 1, 1), [ELM]).home


def explain(home: Path, text: str) -> None:
    (home / "mappings").mkdir(exist_ok=True)
    (home / "mappings" / "headings.toml").write_text(text, "utf-8")


def plan(folder: Path, *headings: str, name: str = "Elm House.xlsx") -> Path:
    """A plan with an issue and an action, and a column of texts for each other heading."""
    book = openpyxl.Workbook()
    book.active.append(["Ref", "Issue", "Action", *headings])
    for number in (1, 2):
        texts = [f"{heading} of the home this month, number {number}" for heading in headings]
        book.active.append([number, f"Falls at night, number {number}", f"Fit sensors in room {number}", *texts])
    book.save(folder / name)
    return folder / name


def adopt(home: Path, old: Path, *more: str) -> Result:
    asked = ["adopt", str(old), "--period", "2026-03", "--services", str(home), "--out", str(home.parent / "out")]
    return CliRunner().invoke(main, [*asked, *more], catch_exceptions=False)


def fields(old: Path, core: Template, own: dict[tuple[str, str], str] | None = None) -> dict[str, str]:
    with with_own_headings(own or {}):
        (table,) = propose_mapping([open_old_workbook(old)], core, [ELM]).table
    return {line.heading: line.field.removeprefix("actions.") for line in table.column}


def test_the_example_of_the_page_is_understood(home: Path, core: Template, tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert len(example.splitlines()) == 3
    explain(home, example)
    own = own_headings(home, core, {})
    assert own == {
        ("actions", "buddy"): "owner",
        ("actions", "position"): "progress",
        ("actions", "story so far"): "progress",
    }
    done = adopt(home, plan(tmp_path, "Position", "Buddy"), "--dry-run")
    assert done.exit_code == 0, done.output
    text = (home.parent / "out" / "adopt.toml").read_text("utf-8")
    assert 'heading = "Position"\nfield = "actions.progress"  # actions.progress, 100% sure' in text
    assert 'heading = "Buddy"\nfield = "actions.owner"  # actions.owner, 100% sure' in text


def test_own_headings_count_before_ours_and_only_within_the_block(tmp_path: Path, core: Template) -> None:
    old = plan(tmp_path, "Success criteria", "RAG", "Root cause", "Progress")
    ours = fields(old, core)
    assert (ours["Success criteria"], ours["RAG"], ours["Root cause"], ours["Progress"]) == (
        "success_measure", "", "root_cause", "progress",
    )  # fmt: skip
    own = {("actions", "success criteria"): "progress", ("actions", "rag"): "interim_control"}
    assert fields(old, core, own) == {
        "Ref": "ref", "Issue": "issue", "Action": "intended_change",
        "Success criteria": "progress", "RAG": "interim_control", "Root cause": "root_cause", "Progress": "",
    }  # fmt: skip
    assert fields(old, core) == ours


def test_a_lead_of_its_own_is_not_made_the_owner(tmp_path: Path, core: Template) -> None:
    old = plan(tmp_path, "Buddy")
    own = {("actions", "buddy"): "accountable_lead"}
    assert fields(old, core, own)["Buddy"] == "accountable_lead"


def test_a_table_is_found_by_own_headings_alone(tmp_path: Path, home: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["Worry", "Remedy", "Buddy"], ["Falls", "Sensors", "Jo Shah"], ["Cold bath", "Boiler", "Al Fox"]):
        book.active.append(row)
    book.save(tmp_path / "Elm House.xlsx")
    explain(home, '[actions]\nissue = ["Worry"]\nintended_change = ["Remedy"]\nowner = ["Buddy"]\n')
    assert adopt(home, tmp_path / "Elm House.xlsx").exit_code == 0
    mapping = str(home.parent / "out" / "mapping.xlsx")
    done = adopt(home, tmp_path / "Elm House.xlsx", "--mapping", mapping, "--replace")
    assert done.exit_code == 0, done.output
    sheet = openpyxl.load_workbook(next((home.parent / "out" / "trackers").iterdir()))["Actions"]
    assert {"Falls", "Boiler", "Jo Shah"} <= {cell.value for row in sheet.iter_rows() for cell in row}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[actions]\nowner = Buddy\n", "headings.toml is not valid TOML: Invalid value (at line 2, column 9). Correct that line."),
        ("[actions]\nownr = ['Buddy']\n", "[actions] ownr is not a field. Did you mean owner? adopt.toml lists all fields"),
        ("[action]\nowner = ['Buddy']\n", "action is not a table. Did you mean actions? Choose from: actions, "),
        ("owner = ['Buddy']\n", "owner is not a table. Choose from: actions, "),
        ("actions = ['Buddy']\n", "actions must be a line [actions], with a line for each field below it."),
        ("[actions]\nowner = 'Buddy'\n", '[actions] owner must be a list of headings, such as owner = ["First heading"'),
        ("[actions]\nowner = ['Buddy', '?']\n", "[actions] owner lists a heading without letters or digits, “?”. Delete it."),
        ("[actions]\nowner = ['Buddy']\nprogress = ['BUDDY (name)']\n", "“BUDDY (name)” is listed for owner and for progress."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_and_stops_the_command(text: str, says: str, home: Path, tmp_path: Path) -> None:
    explain(home, text)
    done = adopt(home, plan(tmp_path, "Buddy"))
    assert done.exit_code == 2
    assert says in " ".join(done.output.split())
    assert "Traceback" not in done.output
    assert not (home.parent / "out").exists()


def test_all_mistakes_are_named_at_once(home: Path, core: Template) -> None:
    explain(home, "[actions]\nownr = ['A']\nduu = ['B']\n")
    with pytest.raises(RequestError) as raised:
        own_headings(home, core, {})
    assert str(raised.value).count("is not a field") == 2


def test_a_file_in_another_encoding_is_refused(home: Path, core: Template) -> None:
    explain(home, "")
    (home / "mappings" / "headings.toml").write_bytes("[actions]\nowner = ['Ärztin']".encode("latin-1"))
    with pytest.raises(SourceError, match="Save it as a text file in UTF-8"):
        own_headings(home, core, {})


def test_headings_of_confirmed_mappings_help_other_layouts(home: Path, core: Template, tmp_path: Path) -> None:
    done = adopt(home, plan(tmp_path, "Wobble"), "--dry-run")
    mapping = home.parent / "out" / "adopt.toml"
    text = mapping.read_text("utf-8").replace('"Wobble"\nfield = ""', '"Wobble"\nfield = "actions.root_cause"')
    mapping.write_text(text, "utf-8")
    done = adopt(home, tmp_path / "Elm House.xlsx", "--mapping", str(mapping))
    assert done.exit_code == 0, done.output
    other = plan(tmp_path, "Cost", "Colour", "Bed", "Wobble", "Room", "Floor", name="other Elm House.xlsx")
    done = adopt(home, other, "--dry-run")
    assert "Uses the mapping" not in done.output  # it is another layout
    assert 'heading = "Wobble"\nfield = "actions.root_cause"' in (home.parent / "out" / "adopt-2.toml").read_text()
    explain(home, '[actions]\nprogress = ["Wobble"]\n')
    adopt(home, other, "--dry-run")
    assert 'heading = "Wobble"\nfield = "actions.progress"' in (home.parent / "out" / "adopt-3.toml").read_text()


def confirmed(*pairs: tuple[str, str]) -> AdoptMapping:
    columns = tuple(ColumnMapping(heading=heading, field=field) for heading, field in pairs)
    return AdoptMapping(template="core", table=(TableMapping(sheet="Plan", into="actions", column=columns),))


def test_known_headings_and_those_with_two_meanings_are_not_learned(core: Template) -> None:
    first = confirmed(
        ("Outcome", "actions.progress"), ("Wobble", "actions.progress"), ("Buddy", "actions.owner"), ("Home", "service"), ("Bed", "")
    )  # fmt: skip
    second = confirmed(("Wobble", "actions.theme"), ("BUDDY:", "actions.owner"))
    assert confirmed_headings({"a.xlsx": first, "b.xlsx": second}, core) == {("actions", "buddy"): "owner"}
