"""mapping.xlsx: what adopt.toml says, with drop-downs; read back it is the same mapping, and mistakes are named by their cells."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from old_plans import PLANS
from openpyxl.worksheet.worksheet import Worksheet
from validator import validate

from qipxl import Service, find_template, read_returns
from qipxl.adopting import mapping_text, open_old_workbook, propose_mapping, read_mapping
from qipxl.adopting.mapping import (
    SERVICE,
    STATUS,
    AdoptMapping,
    ColumnMapping,
    ServiceMapping,
    TableMapping,
    mistakes_of,
)
from qipxl.adopting.mapping_words import HEADINGS, SETTINGS, WORDS, MappingWords
from qipxl.adopting.mapping_workbook import write_mapping_workbook
from qipxl.app.cli.main import main
from qipxl.errors import RequestError
from qipxl.template import Template

MAPPINGS = Path(__file__).parent / "mappings"
OAK = Service(code="OAK", name="Oak Lodge", region="North", manager="Mary Khan")
DAY = date(2026, 3, 1)


def there_and_back(mapping: AdoptMapping, template: Template, folder: Path) -> AdoptMapping:
    return read_mapping(write_mapping_workbook(mapping, template, [OAK], DAY, folder / "mapping.xlsx"), template)


@pytest.mark.parametrize("name", sorted(path.stem for path in MAPPINGS.glob("*.toml")))
def test_a_mapping_is_the_same_as_text_and_as_a_workbook(name: str, tmp_path: Path, core: Template) -> None:
    mapping = read_mapping(MAPPINGS / f"{name}.toml", core)
    assert there_and_back(mapping, core, tmp_path).model_dump() == mapping.model_dump()
    proposed = propose_mapping([open_old_workbook(PLANS[name](tmp_path))], core, [OAK])
    assert there_and_back(proposed, core, tmp_path).model_dump() == proposed.model_dump()


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
CORE = find_template("core")
CHOICES = {name: MappingWords(CORE).options(name) for name in (STATUS, "actions.theme", "actions.source")}


@st.composite
def tables(draw: st.DrawFn) -> TableMapping:
    into = draw(st.sampled_from(["actions", "evidence", "indicators", "measurements", ""]))
    fields = [name for name in MappingWords(CORE).fields if name.startswith(f"{into}.")] if into else []
    texts = [name for name in fields if name != SERVICE]
    headings = draw(st.lists(TEXTS, unique_by=str.casefold, max_size=6))
    chosen = draw(st.lists(st.sampled_from(["", *texts]), min_size=len(headings), max_size=len(headings)))
    once = [name if name not in chosen[:place] else "" for place, name in enumerate(chosen)]
    words = {
        name: draw(st.dictionaries(TEXTS, st.sampled_from(["", *options]), min_size=1, max_size=3))
        for name, options in CHOICES.items()
        if options and draw(st.booleans())
    }
    colours = draw(st.dictionaries(TEXTS, st.dictionaries(TEXTS, st.just(""), min_size=1, max_size=2), max_size=2))
    return TableMapping(
        sheet=draw(TEXTS),
        into=into,
        column=tuple(ColumnMapping(heading=old, field=new) for old, new in zip(headings, once, strict=True)),
        rows=draw(st.sampled_from(["join", "own"])),
        merged=draw(st.sampled_from(["fill", "first"])),
        sections=draw(st.sampled_from(["", *texts])),
        tab=draw(st.sampled_from(["", SERVICE, *texts])),
        struck=draw(st.sampled_from(["", *CHOICES[STATUS]])),
        words=words,
        colours=colours,
    )


@pytest.mark.long
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    mapping=st.builds(
        AdoptMapping,
        template=st.just("core"),
        service=st.builds(
            ServiceMapping,
            by=st.sampled_from(["file", "cover", "column", "tab"]),
            label=st.one_of(st.just(""), TEXTS),
            known=st.dictionaries(TEXTS, st.sampled_from(["", "OAK"]), max_size=2),
        ),
        people=st.dictionaries(TEXTS, st.one_of(st.just(""), TEXTS), max_size=3),
        table=st.lists(tables(), max_size=3).map(tuple),
    )
)
def test_any_mapping_is_the_same_as_a_workbook(mapping: AdoptMapping, tmp_path: Path) -> None:
    assert not list(mistakes_of(mapping, CORE))
    back = there_and_back(mapping, CORE, tmp_path)
    assert back.model_dump() == mapping.model_dump()
    assert mapping_text(back, CORE) == mapping_text(mapping, CORE)


def test_no_two_fields_of_a_template_have_one_name() -> None:
    for name in ("core", "safeguarding", "workforce", "restrictive-practice"):
        names = list(MappingWords(find_template(name)).fields.values())
        assert len(set(names)) == len(names) > 100


def command(folder: Path, *more: str) -> Result:
    """The command on the plan "struck", whose rows are in part struck through."""
    (folder / "services.csv").write_text("code,name,manager\nOAK,Oak Lodge,Mary Khan\n", "utf-8")
    old = PLANS["struck"](folder)
    asked = ["adopt", str(old), "--period", "2026-03", "--services", str(folder / "services.csv")]
    return CliRunner().invoke(main, [*asked, "--out", str(folder / "adopted"), *more], catch_exceptions=False)


def texts_of(path: Path, sheet: str) -> list[list[str]]:
    rows = openpyxl.load_workbook(path)[sheet].iter_rows(min_row=4, values_only=True)
    return [[str(value or "") for value in row] for row in rows if any(row)]


def test_the_workbook_says_what_is_to_be_decided(tmp_path: Path) -> None:
    done = command(tmp_path, "--dry-run")
    path = tmp_path / "adopted" / "mapping.xlsx"
    assert f"Finish the mapping in Excel, {path}" in " ".join(done.output.split())
    assert [each[:4] for each in texts_of(path, HEADINGS)[:3]] == [
        ["Table", "Your heading", "Three values from it", "Field of the tracker"],
        ["1. Actions", "Action Ref", "OL-1 | OL-2 | OL-3", "Actions: Ref"],
        ["1. Actions", "Issue", "Call bells slow | Weights missed | Bins overflow", "Actions: Issue or risk"],
    ]  # fmt: skip
    assert re.fullmatch(r"9\d% sure", texts_of(path, HEADINGS)[1][4])
    assert texts_of(path, WORDS)[1] == [
        "1. Actions",
        "Word",
        "Actions: Status",
        "DONE",
        "Complete",
        "kept as it was typed",
    ]
    assert texts_of(path, SETTINGS)[-2][:3] == ["1. Actions", "Rows struck through", ""]


def to_do_list(folder: Path) -> Path:
    """A list of tasks that is not surely a plan: a person is asked about it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (
        ("Task", "Target", "Person", "Remarks"),
        ("Kitchen hygiene", date(2026, 4, 1), "Ann Lee", "Two rounds planned"),
        ("Lift repair", date(2026, 5, 6), "Peter Fox", "Waiting for the landlord"),
        ("Garden path", date(2026, 5, 20), "Ann Lee", "Slabs ordered"),
    ):
        sheet.append(row)
    book.save(folder / "OAK.xlsx")
    return folder / "OAK.xlsx"


def test_guesses_count_when_a_person_has_confirmed_them(tmp_path: Path, core: Template) -> None:
    (tmp_path / "services.csv").write_text("code,name,manager\nOAK,Oak Lodge,Mary Khan\n", "utf-8")
    asked = ["adopt", str(to_do_list(tmp_path)), "--period", "2026-03", "--services", str(tmp_path / "services.csv")]
    first = CliRunner().invoke(main, [*asked, "--out", str(tmp_path / "adopted")], catch_exceptions=False)
    said = " ".join(first.output.split())
    assert first.exit_code
    assert "rows are not carried over until you say that they are your plan" in said
    assert "A field with ? is a guess, which counts when you have checked it in the mapping." in said
    path = tmp_path / "adopted" / "mapping.xlsx"
    shown = {line[1]: line[3:5] for line in texts_of(path, HEADINGS)[1:]}
    assert shown["Task"][0] == "Actions: Intended change"
    assert shown["Person"] == ["Actions: Owner", "Actions: Owner? 94% sure"]
    assert ["1. Sheet", "Rows become", "Actions"] in [line[:3] for line in texts_of(path, SETTINGS)]
    with_mapping = [*asked, "--out", str(tmp_path / "adopted"), "--mapping"]
    for confirmed in (path, path.with_name("adopt.toml")):
        done = CliRunner().invoke(main, [*with_mapping, str(confirmed), "--replace"], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        (written,) = (tmp_path / "adopted" / "trackers").iterdir()
        actions = read_returns(written).tables["actions"]
        assert list(actions["intended_change"]) == ["Kitchen hygiene", "Lift repair", "Garden path"]
        assert list(actions["owner"]) == ["Ann Lee", "Peter Fox", "Ann Lee"]


def drop_downs(path: Path, sheet: str) -> dict[str, list[object]]:
    """The choices of each cell with a drop-down."""
    book = openpyxl.load_workbook(path)
    found: dict[str, list[object]] = {}
    for validation in book[sheet].data_validations.dataValidation:
        first, last = validation.formula1.replace("$", "").partition("!")[2].split(":")
        listed = [cell.value for (cell,) in book["Lists"][f"{first}:{last}"]]
        found |= {block.coord: listed for block in validation.sqref.ranges}
    return found


def test_each_decision_has_a_drop_down(tmp_path: Path) -> None:
    command(tmp_path, "--dry-run")
    path = tmp_path / "adopted" / "mapping.xlsx"
    headings = drop_downs(path, HEADINGS)
    assert set(headings) == {f"D{row}" for row in range(5, 12)}
    assert headings["D5"][:3] == ["Carried over", "The service of the row", "Actions: Ref"]
    assert {"Actions: Owner", "Evidence: What it is"} <= set(headings["D5"])
    assert "Figures: Numerator" not in headings["D5"]
    assert "Complete" in drop_downs(path, WORDS)["E5"]
    shown = drop_downs(path, SETTINGS)
    assert shown["C6"] == ["The name of the file", "A label on the cover", "A column", "The title of the tab"]
    assert "Actions" in shown["C8"]


def test_excel_accepts_the_workbook(tmp_path: Path) -> None:
    command(tmp_path, "--dry-run")
    assert validate(tmp_path / "adopted" / "mapping.xlsx") == []


def changed(path: Path, change: Callable[[openpyxl.Workbook], None]) -> Path:
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def test_a_finished_workbook_is_used_and_never_written_over(tmp_path: Path) -> None:
    command(tmp_path, "--dry-run")

    def finish(book: openpyxl.Workbook) -> None:
        assert book[SETTINGS]["B13"].value == "Rows struck through"
        book[SETTINGS]["C13"] = "complete"
        book[HEADINGS]["D11"] = "Actions: Progress"

    path = changed(tmp_path / "adopted" / "mapping.xlsx", finish)
    done = command(tmp_path, "--mapping", str(path))
    assert done.exit_code == 0, done.output
    assert "Complete" in str(texts_of(tmp_path / "adopted" / "trackers" / "OAK Oak Lodge 2026-03.xlsx", "Actions"))
    before = path.read_bytes()
    command(tmp_path, "--dry-run")
    assert path.read_bytes() == before
    assert {"mapping-2.xlsx", "adopt-2.toml"} <= {each.name for each in (tmp_path / "adopted").iterdir()}
    command(tmp_path, "--dry-run")
    assert not (tmp_path / "adopted" / "mapping-3.xlsx").exists()


def set_cell(sheet: str, cell: str, value: str | None) -> Callable[[openpyxl.Workbook], None]:
    def change(book: openpyxl.Workbook) -> None:
        book[sheet][cell] = value

    return change


MISTAKES: dict[str, tuple[Callable[[openpyxl.Workbook], None], str]] = {
    "an unknown field": (set_cell(HEADINGS, "D8", "Actions: Ownr"), "Headings!D8: “Actions: Ownr” is not a field of the tracker. Did you mean"),
    "another table's field": (set_cell(HEADINGS, "D8", "Figures: Numerator"), "Headings!D8: a row of actions cannot fill measurements"),
    "one field twice": (set_cell(HEADINGS, "D9", "Actions: Owner"), "Headings!D9: two columns are carried into actions.owner"),
    "an unknown table": (set_cell(HEADINGS, "A8", "7. Plan"), "Headings!D8: “7. Plan” is not a table of the sheet Settings"),
    "an unknown word": (set_cell(WORDS, "E5", "Finished"), "Words!E5: actions.status: 'DONE' cannot become 'Finished'"),
    "an unknown kind": (set_cell(WORDS, "B5", "Verb"), "Words!E5: “Verb” in What it is. Choose Word, Colour, Person or Service."),
    "no old word": (set_cell(WORDS, "D5", None), "Words!E5: Your word is blank"),
    "no column": (set_cell(WORDS, "C5", None), "Words!E5: Column is blank"),
    "an unknown choice": (set_cell(SETTINGS, "C9", "Sometimes"), "Settings!C9: “Sometimes” is not a choice for A row without reference"),
    "an unknown Status": (set_cell(SETTINGS, "C13", "Gone"), "Settings!C13: struck = 'Gone' is not a Status"),
    "an unknown setting": (set_cell(SETTINGS, "B9", "Mood"), "Settings!C9: there is no setting “Mood”"),
    "no headings": (set_cell(HEADINGS, "D4", None), "mapping.xlsx, Headings has no column Field of the tracker"),
    "no sheet": (lambda book: book.remove(book[WORDS]), "mapping.xlsx has no sheet Words"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_by_its_cell(name: str, tmp_path: Path, core: Template) -> None:
    change, sentence = MISTAKES[name]
    command(tmp_path, "--dry-run")
    path = changed(tmp_path / "adopted" / "mapping.xlsx", change)
    with pytest.raises(RequestError) as caught:
        read_mapping(path, core)
    assert sentence in str(caught.value)


def test_two_meanings_of_one_word_are_a_mistake(tmp_path: Path, core: Template) -> None:
    command(tmp_path, "--dry-run")

    def twice(book: openpyxl.Workbook) -> None:
        for column, text in zip("ABCDE", ("1. Actions", "Word", "Actions: Status", "DONE", "In progress"), strict=True):
            book[WORDS][f"{column}6"] = text

    path = changed(tmp_path / "adopted" / "mapping.xlsx", twice)
    with pytest.raises(RequestError, match="Words!E6: “DONE” has two meanings, Complete and In progress"):
        read_mapping(path, core)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"template = 'core'"])
def test_what_is_no_mapping_ends_in_a_sentence(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "wrong.xlsx").write_bytes(content)
    done = command(tmp_path, "--mapping", str(tmp_path / "wrong.xlsx"))
    assert done.exit_code == 2
    assert done.output.startswith("Error: ")
