"""The indicators of an action, by part: which its cells name, and what their figures show in one sentence."""

from datetime import date

import pandas as pd
import pytest
from figures import IMPROVED, STEADY, rated, records
from grids import grid

from qipxl import Period, check
from qipxl.indicators.action_verdicts import LinkedFigure, verdict_sentence, verdicts_of
from qipxl.indicators.impact import links_of
from qipxl.indicators.series import Series, series_of
from qipxl.indicators.verdict import Verdict
from qipxl.template import find_template

MARCH = Period(2026, 3)
WORDS = find_template("core").lists["verdict"].plain
GETTING_WORSE = [*map(float, STEADY[:14]), *[23.0] * 5, 33.0, 35, 31, 36, 34, 38, 33, 35, 37]
THREE = {
    "I-01": ("Restraints", IMPROVED),
    "I-02": ("Injuries", [*STEADY, *STEADY[:8]]),
    "I-03": ("PRN medicine", GETTING_WORSE),
}
"""Three indicators of one service: one that improved, one in which nothing happens, one that got worse."""


@pytest.fixture(scope="module")
def series() -> Series:
    """The three indicators' figures up to March 2026."""
    tables: dict[str, list[pd.DataFrame]] = {"indicators": [], "measurements": []}
    for ref, (name, figures) in THREE.items():
        for key, frame in records(rated(list(map(float, figures)), name=name)).items():
            tables[key].append(frame.assign(**{"ref" if key == "indicators" else "indicator": ref}))
    return series_of({key: pd.concat(frames, ignore_index=True) for key, frames in tables.items()}, None, MARCH)


def linked(series: Series, **cells: str) -> list[LinkedFigure]:
    """The indicators that an action with these cells links."""
    action = {"service": "ELM", "ref": "A-001", "start": date(2025, 1, 10), "completed_on": date(2025, 6, 20), **cells}
    links = links_of(pd.DataFrame([action]), series)
    found = verdicts_of(links[links["row"] >= 0], series, MARCH.last)
    return list(found.get(("elm", "a-001"), ()))


@pytest.mark.parametrize(
    ("cell", "refs"),
    [
        ("I-01", ["I-01"]), ("restraints", ["I-01"]), ("I-02; i-01", ["I-02", "I-01"]), ("I-01, I-03", ["I-01", "I-03"]),
        ("I-01 and I-02; I-01", ["I-01", "I-02"]), ("I-01; I-09", ["I-01"]), ("PRN medicine", ["I-03"]), ("I-09", []),
    ],
)  # fmt: skip
def test_a_cell_names_one_indicator_or_several(series: Series, cell: str, refs: list[str]) -> None:
    assert [figure.ref for figure in linked(series, indicator=cell)] == refs


def test_each_part_has_its_verdict(series: Series) -> None:
    figures = linked(series, indicator="I-01", process_indicator="I-02", balancing_indicator="I-03")
    assert [(each.part, each.ref, str(each.verdict and each.verdict.state)) for each in figures] == [
        ("Outcome", "I-01", "Sustained"), ("Process", "I-02", "No evidence of change"), ("Balancing", "I-03", "Worse"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"indicator": "I-01"}, "Restraints improved and held"),
        ({"indicator": "I-01", "balancing_indicator": "I-02"}, "Restraints improved and held; injuries not worse"),
        (
            {"indicator": "I-01; I-02", "balancing_indicator": "I-03"},
            "Restraints improved and held; injuries did not clearly change; PRN medicine got worse",
        ),
        ({"indicator": "I-03", "balancing_indicator": "I-01; I-02"}, "PRN medicine got worse; restraints improved and held; injuries not worse"),
        ({"balancing_indicator": "I-02", "process_indicator": "I-02"}, "Injuries did not clearly change; injuries not worse"),
        ({"indicator": "I-09"}, ""),
    ],
)  # fmt: skip
def test_one_sentence_says_what_all_figures_show(series: Series, cells: dict[str, str], sentence: str) -> None:
    assert verdict_sentence(linked(series, **cells), WORDS) == sentence


def test_a_ref_that_is_not_there_is_named_in_its_cell() -> None:
    returns = check(
        grid("""
            Actions
            | Ref   | Outcome indicator | Process indicator | Balancing indicator |
            | A-001 | I-01; I-02        | I-01; I-09        | falls               |
            | A-002 |                   | I-02              | Fals                |
            Indicators
            | Ref  | Indicator |
            | I-01 | Falls     |
            | I-02 | Outings   |
        """),
        MARCH.last,
    )
    found = returns.problems[returns.problems["code"].str.contains("indicator-unknown")]
    assert list(found["code"] + " " + found["cell"]) == [
        "process-indicator-unknown C5",
        "balancing-indicator-unknown D6",
    ]


def test_figures_with_the_same_verdict_share_their_words(series: Series) -> None:
    figures = linked(series, indicator="I-01")
    others = [LinkedFigure("Balancing", ref, ref, figures[0].verdict) for ref in ("Falls", "Injuries")]
    assert verdict_sentence([*figures, *others], WORDS) == "Restraints, falls and injuries improved and held"


def test_every_verdict_has_plain_words() -> None:
    values = set(find_template("core").lists["verdict"].values)
    assert {part: set(plain) for part, plain in WORDS.items()} == {"Outcome": values, "Balancing": values}


def test_a_figure_that_cannot_be_judged_is_not_said(series: Series) -> None:
    (figure,) = linked(series, indicator="I-01")
    unjudged: Verdict | None = None
    assert (
        verdict_sentence([LinkedFigure("Outcome", "I-02", "Outings", unjudged), figure], WORDS)
        == "Restraints improved and held"
    )
