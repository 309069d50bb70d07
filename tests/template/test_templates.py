"""The four templates: each makes a workbook that Excel need not repair, and keeps the promises of the one it extends."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factories import first_only
from formula_lint import formula_faults
from grids import grid
from validator import validate

from qipxl import Period, Service, check, write_tracker
from qipxl.app.demo.scenarios import make_plan
from qipxl.errors import TemplateError
from qipxl.template import Template, find_template, load_template, shipped_templates
from qipxl.template.colours import contrast
from qipxl.tracker.content import workings_of
from qipxl.tracker.first_rows import MONTHS, initial_rows

TEMPLATES = sorted(shipped_templates())
ELM = Service(code="ELM", name="Elm House", region="North", manager="Jo Shah")
MARCH = Period(2026, 3)
OWN = '[template]\nkey = "own"\ntitle = "Own"\nversion = "1"\nabout = "A provider\'s own."\nextends = "core"\n'


def load(folder: Path, text: str, begun: str = OWN) -> Template:
    path = folder / "own.toml"
    path.write_text(begun + text, "utf-8")
    return load_template(path)


def mistakes(folder: Path, text: str, begun: str = OWN) -> str:
    with pytest.raises(TemplateError) as caught:
        load(folder, text, begun)
    return "\n".join(caught.value.mistakes)


@pytest.fixture(scope="module", params=first_only(TEMPLATES))
def books(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Template, Path, Path]:
    """A template, a tracker as it is issued, and one that holds a plan."""
    folder = tmp_path_factory.mktemp("books")
    template = find_template(request.param)
    rows = {**initial_rows(template, MARCH), **make_plan(11, MARCH.last, 6, 1, "Jo Shah")}
    blank = write_tracker(template, ELM, MARCH, folder / "blank.xlsx")
    return template, blank, write_tracker(template, ELM, MARCH, folder / "filled.xlsx", rows=rows)


@lru_cache(maxsize=2)
def opened(path: Path) -> Any:
    """A workbook, opened once for the tests that only look at it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(path)


@pytest.mark.long
def test_office_finds_nothing_to_repair(books: tuple[Template, Path, Path]) -> None:
    assert validate(*books[1:]) == []


def test_formulas_suit_excel_2016(books: tuple[Template, Path, Path]) -> None:
    assert formula_faults(books[2]) == []
    assert workings_of(books[0]).mistakes() == []


def test_what_the_validator_does_not_see(books: tuple[Template, Path, Path]) -> None:
    """Headings that differ from their table's columns, names of nothing, lists and prompts that Excel would not take."""
    book = opened(books[2])
    tables = {table: sheet for sheet in book.worksheets for table in sheet.tables}
    for sheet in book.worksheets:
        for table in sheet.tables.values():
            assert [cell.value for cell in sheet[table.ref][0]] == [column.name for column in table.tableColumns]
        for limit in sheet.data_validations.dataValidation:
            assert len(limit.prompt or "") <= 255
            assert len(limit.promptTitle or "") <= 32
            assert len(limit.error or "") <= 225
            assert not str(limit.formula1).startswith('"') or len(limit.formula1) <= 257
    for name, defined in book.defined_names.items():
        if not defined.attr_text.startswith('"'):
            assert defined.attr_text.rsplit("!", 1)[0].strip("'") in book.sheetnames, name
    for slot in workings_of(books[0]).all_columns():
        bare = re.sub(r'"[^"]*"', "", slot.text)
        assert set(re.findall(r"\b(?:qip_\w+|list_\w+|as_at)\b", bare)) <= set(book.defined_names)
        assert set(re.findall(r"\b(tbl\w+)\[", bare)) <= set(tables)


def test_every_rated_cell_has_letter_and_word_that_can_be_read(books: tuple[Template, Path, Path]) -> None:
    for ratings in books[0].rules.ratings.values():
        for rating in ratings:
            for state in rating.states:
                assert state.letter
                assert state.shown
                assert contrast(state.fill, state.ink) >= 4.5


def test_each_indicator_has_its_months_and_its_chart(books: tuple[Template, Path, Path]) -> None:
    template, blank, _ = books
    book = opened(blank)
    count = len(template.indicator)
    assert len(book["Figures"]._charts) == count
    if count:
        headings, *rows = book["Figures"].iter_rows(min_row=4, values_only=True)
        refs = [row[headings.index("Ref")] for row in rows if row[0]]
        assert len(refs) == len(set(refs)) == count * MONTHS


def test_what_the_sheet_works_out_cannot_be_typed_over(books: tuple[Template, Path, Path]) -> None:
    limits = opened(books[1])["Actions"].data_validations.dataValidation
    assert [limit.formula1 for limit in limits if limit.type == "custom"] == ["FALSE"]


# ---------------------------------------------------------------- a provider's own template


def test_words_colours_limits_and_lists_are_a_providers_own(tmp_path: Path) -> None:
    own = load(
        tmp_path,
        """
[colours]
amber = { fill = "FFD866" }
[setting]
red_after = { values = { T3 = 21 } }
[lists.source]
add = ["Parish council"]
[actions]
without = ["only-a-task"]
field = [
  { key = "owner", heading = "Person responsible" },
  { key = "cost", heading = "Cost code", type = "text", after = "owner" },
]
[[actions.rating]]
key = "delivery"
states = [{ word = "Off track", shown = "Behind", letter = "L" }]
bands = [{ word = "At risk", code = "no-role", when = "blank(owner_role)", say = "no role is given" }]
[[actions.rule]]
code = "no-cost-code"
when = "blank(cost)"
say = "Enter the cost code."
at = "cost"
severity = "should look"
""",
    )
    keys = [field.key for field in own.tables["actions"].field]
    assert keys[keys.index("owner") + 1] == "cost"
    assert own.tables["actions"].field_named("owner").heading == "Person responsible"
    assert own.lists["source"].values[-1] == "Parish council"
    assert dict(own.rules.schema.settings["red_after"].values) == {"T1": 0, "T2": 14, "T3": 21}
    codes = {rule.code for rule in own.rules.rules["actions"]}
    assert "no-cost-code" in codes
    assert "only-a-task" not in codes
    delivery = own.rules.ratings["actions"][0]
    assert delivery.state("Off track").label == "L Behind"
    assert delivery.decides.codes()[-2:] == ("no-role", "on-track")


DELIVERY = '[[actions.rating]]\nkey = "delivery"\n'
"""How a provider's template speaks of the rating delivery."""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (DELIVERY + 'bands = [{ word = "Embedded", code = "embedded", when = "closed" }]', "delivery.bands.embedded"),
        (DELIVERY + 'bands = [{ word = "Embedded", code = "mine", when = "closed" }]', "cannot give 'Embedded'"),
        (DELIVERY + 'bands = [{ word = "On track", code = "mine", when = "closed" }]', "cannot give 'On track'"),
        (DELIVERY + 'states = [{ word = "Delivered, not yet assured", colour = "green" }]', "delivery.states"),
        (
            '[[actions.rating]]\nkey = "impact"\nbands = [{ word = "Partly effective", code = "review-not-independent", when = "closed" }]',
            "impact.bands.review-not-independent",
        ),
        (
            DELIVERY + 'bands = [{ word = "At risk", code = "stale", say = "x", before = "overdue" }]',
            "only what is new",
        ),
        ('[[actions.calculated]]\nkey = "accepted"\nvalue = "count(evidence)"', "actions.calculated.accepted.value"),
        ('[[actions.calculated]]\nkey = "verified"\nvalue = "filled(owner)"', "actions.calculated.verified.value"),
        ('[actions]\nfield = [{ key = "original_due", type = "text" }]', "actions.field.original_due.type"),
        ('[actions]\nwithout = ["evidence-when-complete"]', "actions.rule.evidence-when-complete"),
        ("[setting]\nevidence_types = { values = { T3 = 0 } }", "no value may be below 1"),
        ('[colours]\npale = { fill = "4AA57F" }', "its fill looks like green"),
        ('[colours]\nred = { fill = "8B0000", ink = "000000" }', "its contrast is"),
        ('[actions]\nwithout = ["nothing-such"]', "there is no rule nothing-such"),
        (
            DELIVERY + 'bands = [{ word = "At risk", code = "x", when = "closed", before = "stail" }]',
            "Did you mean stale?",
        ),
    ],
)
def test_what_qipxl_promises_cannot_be_switched_off(text: str, said: str, tmp_path: Path) -> None:
    assert said in mistakes(tmp_path, text)


def test_what_counts_as_evidence_is_locked_below_safeguarding(tmp_path: Path) -> None:
    text = '[[actions.calculated]]\nkey = "accepted"\nvalue = "count(packs)"'
    own = OWN.replace('"core"', '"safeguarding"')
    assert "actions.calculated.accepted.value" in mistakes(tmp_path, text, own)


def test_a_template_may_not_say_what_is_locked_or_stand_alone(tmp_path: Path) -> None:
    assert "only a template that extends no other" in mistakes(tmp_path, "", f"{OWN}locked = []\n")
    assert "Did you mean core?" in mistakes(tmp_path, "", OWN.replace('"core"', '"coer"'))
    alone = shipped_templates()["core"].read_text("utf-8")
    assert "template.extends is missing" in mistakes(tmp_path, "", alone)
    assert "extends itself" in mistakes(tmp_path, "", OWN.replace('"core"', '"own.toml"'))


def test_a_template_has_a_key_of_its_own(tmp_path: Path) -> None:
    assert "a key of its own" in mistakes(tmp_path, "", OWN.replace('"own"', '"core"'))
    assert "a key of its own" in mistakes(tmp_path, "", OWN.replace('key = "own"\n', ""))


def test_every_mistake_of_an_extension_is_listed_at_once(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        '[[actions.rule]]\ncode = "a"\nwhen = "blank(ownr)"\nsay = "x"\nat = "owner"\n'
        '[[actions.rule]]\ncode = "b"\nwhen = "due < strt"\nsay = "x"\nat = "due"\n',
    )
    assert "Did you mean owner?" in found
    assert "Did you mean start?" in found


def test_the_template_in_the_docs_is_sound(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "templates.md").read_text("utf-8")
    text = page.split("```toml\n")[1].split("```")[0]
    own = load(tmp_path, text, "")
    assert own.key == "oakwood"
    assert "no-role" in own.rules.ratings["actions"][0].decides.codes()


@pytest.mark.parametrize(("likelihood", "wrong"), [(1, False), (5, False), (0, True), (6, True), (2.5, True)])
def test_a_likelihood_is_a_whole_number_from_1_to_5(likelihood: float, wrong: bool) -> None:
    problems = check(grid(f"Actions\n| Ref | Likelihood now |\n| A-001 | {likelihood} |")).problems
    assert ("out-of-range" in set(problems["code"])) is wrong
