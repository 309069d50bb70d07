"""Templates: the shipped one is sound; every mistake of a file is listed at once with place and remedy."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from qipxl.errors import RequestError, TemplateError
from qipxl.template import Template, find_template, load_template, shipped_templates
from qipxl.template.frameworks import default_framework
from qipxl.tracker import workings_of
from qipxl.tracker.layout import tracker_layout

CORE = shipped_templates()["core"].read_text("utf-8")


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates of these tests may stand alone, as those that come with qipxl do."""
    (tmp_path / "core.toml").write_text(CORE, "utf-8")
    default_framework()  # read from qipxl's own folder
    monkeypatch.setattr("qipxl.files.workbook_templates", lambda: tmp_path)


def mistakes_of(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "own.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(TemplateError) as caught:
        load_template(path)
    return list(caught.value.mistakes)


def test_all_mistakes_of_shape_at_once(tmp_path: Path) -> None:
    text = CORE.replace('rows = 60\nidentity = "ref"', 'rws = 60\nidentity = "ref"').replace(
        'key = "due", heading = "Due date", type = "date", width = 12, required = "Give the date this action',
        'key = "due", heading = "Due date", type = "datum", width = 12, required = "Give the date this action',
    )
    found = mistakes_of(tmp_path, text)
    assert found == [
        "own.toml: actions, rows: this is missing; add it.",
        "own.toml: actions, field due, type: 'datum' is not one of 'text', 'choice', 'date', 'number' or 'reference'.",
        "own.toml: actions, rws: rws is not a word of a template. Did you mean rows?",
    ]


def test_all_mistakes_of_names_at_once(tmp_path: Path) -> None:
    text = (
        CORE.replace('type = "choice", list = "status"', 'type = "choice", list = "statuss"')
        .replace('at = "embedding_review"', 'at = "embeding_review"')
        .replace('{ word = "Off track", code = "no-owner"', '{ word = "Of track", code = "no-owner"')
        .replace('heading = "Theme"', 'heading = "Theme [x]"')
    )
    found = mistakes_of(tmp_path, text)
    assert len(found) == 4
    assert "actions.field theme, heading" in found[0]
    assert "there is no list statuss. Did you mean status?" in found[1]
    assert "there is no field embeding_review. Did you mean embedding_review?" in found[2]
    assert "'Of track' is none of its states. Did you mean Off track?" in found[3]


def test_all_mistakes_of_rules_at_once(tmp_path: Path) -> None:
    text = (
        CORE.replace('when = "due < start"', 'when = "due < strt"')
        .replace('when = "blank(owner)", say', 'when = "blank(ownr)", say')
        .replace('value = "count(milestones)"', 'value = "count(milstones)"')
    )
    found = "\n".join(mistakes_of(tmp_path, text))
    assert "actions.rule due-before-start: strt is not a field of actions. Did you mean start?" in found
    assert "actions.rating delivery, band no-owner: ownr is not a field of actions. Did you mean owner?" in found
    assert "actions.calculated milestones_set: milstones is not a table. Did you mean milestones?" in found


def test_all_mistakes_of_plain_words_at_once(tmp_path: Path) -> None:
    text = (
        CORE.replace(
            'plain = "{days_overdue:day} overdue (limit {red_after})"', 'plain = "{days_overdu:day} overdue {"'
        )
        .replace('plain = "{why:impact}"', 'plain = "{why:impct}"')
        .replace('plain = "{delivery}", letter = "B"', 'plain = "{delivry}, {due}", letter = "B"')
    )
    delivery, headline = (
        "own.toml: actions.rating delivery, band overdue-beyond-limit",
        "own.toml: actions.rating headline, Embedded",
    )
    assert mistakes_of(tmp_path, text) == [
        f"{delivery}, plain: braces hold one name, as in {{due}} or {{days_overdue:day}}. Correct them, or take them out.",
        f"{delivery}, plain: there is no days_overdu. Did you mean days_overdue?",
        f"{headline}, plain: there is no delivry. Did you mean delivery?",
        f"{headline}, plain: there is no due.",
        "own.toml: actions.rating escalation, band found-not-effective, plain: there is no rating impct. Did you mean impact?",
    ]


def test_a_circle_is_named(tmp_path: Path) -> None:
    text = CORE.replace("value = \"status == 'Complete'\"", 'value = "delivered"')
    found = "\n".join(mistakes_of(tmp_path, text))
    assert "actions.calculated closed" in found
    assert "needs it in turn" in found


def test_a_rule_may_not_have_the_code_of_a_check_of_every_field(tmp_path: Path) -> None:
    (found,) = mistakes_of(tmp_path, CORE.replace('code = "due-before-start"', 'code = "missing"'))
    assert found.endswith("actions.rule missing: qipxl has a check of this code for every field. Choose another code.")


def test_ratings_in_a_circle_are_named(tmp_path: Path) -> None:
    text = CORE.replace('when = "review_days_late > 0"', "when = \"delivery == 'On track'\"")
    found = mistakes_of(tmp_path, text)
    assert len(found) == 1
    assert "in a circle" in found[0]
    assert "actions.impact" in found[0]


def test_what_is_not_toml_is_one_sentence(tmp_path: Path) -> None:
    (found,) = mistakes_of(tmp_path, "[template\n")
    assert "is not TOML" in found
    assert "own.toml" in found


def test_an_unknown_template_names_the_nearest() -> None:
    with pytest.raises(RequestError, match=r"Did you mean core\?"):
        find_template("cor")


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="There is no file"):
        load_template(tmp_path / "none.toml")


def test_templates_do_not_change(core: Template) -> None:
    with pytest.raises(ValidationError):
        core.tables["actions"].rows = 3  # type: ignore[misc]  # what a type checker forbids must fail when it runs, too


def test_codes_are_unique_where_they_must_be(core: Template) -> None:
    bands = [code for rating in core.rules.ratings["actions"] for code in rating.decides.codes()]
    assert len(bands) == len(set(bands))


def test_ratings_list_their_states_worst_first(core: Template) -> None:
    impact = next(each for each in core.rules.ratings["actions"] if each.column.key == "impact")
    assert [state.word for state in impact.states] == [
        "Not effective",
        "Partly effective",
        "Not yet accepted",
        "Not yet measurable",
        "Effective",
    ]


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_ink_can_be_read_on_every_fill(core: Template) -> None:
    """WCAG 2 asks for a contrast of 4.5 for text."""
    for name, colour in core.colours.items():
        light, dark = sorted((luminance(colour.fill), luminance(colour.ink)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, name


def test_cqc_lists_are_whole(core: Template) -> None:
    def counts(name: str) -> list[int]:
        words = [value.split(":")[0] for value in core.lists[name].values]
        return [words.count(question) for question in ("Safe", "Effective", "Caring", "Responsive", "Well-led")]

    assert counts("cqc_statement") == [8, 6, 5, 7, 8]
    assert [len(core.lists[name].values) for name in ("cqc_statement", "other_statements")] == [34, 15]
    assert [value for value in core.lists["regulation"].values if value.startswith(("9A ", "20A "))] != []
    assert len(core.lists["evidence_category"].values) == 6


def test_the_first_columns_of_actions_are_those_of_a_month(core: Template) -> None:
    actions = tracker_layout(core)["actions"]
    assert actions.headings[: actions.visible] == [
        "Ref", "Letter", "Rating", "Issue or risk", "Intended change", "Owner", "Due date", "Status", "Last update",
        "Progress", "What to do next",
    ]  # fmt: skip


ORDERS = {
    'first = ["ref", "ref"]': "actions.first: ref is listed twice",
    'first = ["ref", "dew"]': "actions.first: there is no column dew on the sheet. Did you mean due?",
    'first = ["theme"]': "actions.first: theme is in the group Where it came from. Take its group out",
    'each_month = ["check"]': "actions.each_month: there is no field check",
}


@pytest.mark.parametrize("line", ORDERS)
def test_an_order_of_columns_that_cannot_be(line: str, tmp_path: Path) -> None:
    name = line.partition(" ")[0]
    path = tmp_path / "own.toml"
    path.write_text(re.sub(rf"(?m)^{name} = .*$", line, CORE, count=1), "utf-8")
    with pytest.raises(TemplateError, match=re.escape(ORDERS[line])):
        load_template(path)


def test_a_formula_too_long_for_excel_is_refused(tmp_path: Path) -> None:
    words = ", ".join(f'"Kind {number}"' for number in range(120))
    begun = 'title = "CQC evidence categories"\nvalues = ['
    text = CORE.replace(begun, f"{begun}{words}, ")
    path = tmp_path / "long.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(TemplateError, match="Excel takes 8,192"):
        workings_of(load_template(path))
