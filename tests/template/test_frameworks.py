"""Lists of quality statements: dated data with a status for every wording, and crosswalks that leave nothing out."""

import pytest

from qipxl.template.frameworks import (
    DEFAULT,
    NOT_VERIFIED,
    Framework,
    FrameworkInForce,
    WrittenStatement,
    crosswalk_mistakes,
    default_framework,
    shipped_frameworks,
)

STATEMENTS, QUESTIONS = shipped_frameworks()
DRAFT = FrameworkInForce(QUESTIONS, (STATEMENTS, QUESTIONS), "2026-05")


def test_the_two_lists_are_whole_and_dated() -> None:
    assert [len(each.statements) for each in STATEMENTS.question] == [8, 6, 5, 7, 8]
    assert [len(each.statements) for each in QUESTIONS.question] == [7, 4, 3, 4, 6]
    assert [(each.key, f"{each.dated}", each.status) for each in (STATEMENTS, QUESTIONS)] == [
        ("cqc-2023-statements", "2023-11-01", "in use"),
        ("cqc-2026-draft-questions", "2026-03-24", "draft"),
    ]
    assert default_framework().framework.key == DEFAULT


def test_wording_that_was_not_compared_with_cqc_says_so() -> None:
    checked = [name for name, wording in STATEMENTS.wording.items() if wording != NOT_VERIFIED]
    assert len(checked) == 8
    assert {name.split(":")[0] for name in checked} == {"Safe"}
    assert STATEMENTS.full_title == "CQC quality statements (in use, wording of 26 of 34 not verified)"
    assert QUESTIONS.full_status == "draft, wording not verified"


def test_the_crosswalk_has_a_line_for_each_of_the_34_and_names_only_known_statements() -> None:
    assert list(crosswalk_mistakes((STATEMENTS, QUESTIONS))) == []
    (walk,) = QUESTIONS.crosswalk
    assert len(walk.lines) == len({line.from_name for line in walk.lines}) == 34
    assert "own judgement" in walk.judged_by
    assert {name for line in walk.lines for name in line.to} == set(QUESTIONS.names)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Safe: Learning culture"], [("Safe: Safety culture", True)]),
        (["safe:  safeguarding"], [("Safe: Safeguarding", False)]),
        (
            ["Safe: Safe environments; Safe: Infection prevention and control"],
            [("Safe: Safe environments and infection prevention and control", True)],
        ),
        (
            ["Caring: Responding to people's immediate needs"],
            [("Caring: Person-centred care", True), ("Caring: Kindness, compassion and dignity", True)],
        ),
        (["Safe: Learning culture", "Safe: Safety culture"], [("Safe: Safety culture", False)]),
        (["Safe: Safe food"], [("", False)]),
        ([" ; ", ""], []),
    ],
)
def test_statements_are_counted_in_the_list_in_force(texts: list[str], expected: list[tuple[str, bool]]) -> None:
    assert [(each.name, each.through_crosswalk) for each in DRAFT.statements(*texts)] == expected


def test_a_crosswalk_leads_back_too_and_adds_nothing_to_what_is_named() -> None:
    both = "Safe: Safe environments and infection prevention and control"
    back = default_framework().statements(both)
    assert [each.name for each in back] == ["Safe: Safe environments", "Safe: Infection prevention and control"]
    assert default_framework().statements("Safe: Safe environments", both) == [
        WrittenStatement("Safe: Safe environments", "Safe: Safe environments")
    ]


def test_two_crosswalks_lead_on_by_way_of_a_third_list() -> None:
    own = Framework.model_validate(
        {
            "key": "own", "title": "Own", "heading": "Own", "status": "own", "source": "us",
            "question": [{"statements": [{"title": "Clean and safe"}]}],
            "crosswalk": [{
                "from": QUESTIONS.key, "judged_by": "us",
                "lines": [{"from": "Safe: Safe environments and infection prevention and control", "to": ["Clean and safe"]}],
            }],
        }
    )  # fmt: skip
    in_force = FrameworkInForce(own, (STATEMENTS, QUESTIONS, own))
    assert [each.name for each in in_force.statements("Safe: Safe environments; Safe: Learning culture")] == [
        "Clean and safe",
        "",
    ]
