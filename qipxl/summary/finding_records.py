"""The records of a summary's findings, which the workbook, the page, the PDF, the packs and the terminal draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from qipxl.summary.intake import Intake
from qipxl.summary.sheet_spec import SOURCES

UNNAMED = "Quality improvement"
"""In place of a provider's name, if there is none."""
CHOOSE = f"{SOURCES} has the files, and how to choose."
"""Where head office finds what to do about returns that differ."""


@dataclass(frozen=True)
class Target:
    """Where a figure leads: to `rows`, the first and last of the sorted actions that it counts, or to a `sheet`, and to `rows` of that."""

    rows: tuple[int, int] | None = None
    sheet: str = ""


@dataclass(frozen=True)
class Tile:
    """A figure with its label, what it compares with, the colour of its edge (a name of the palette), and its target."""

    label: str
    figure: str
    context: str
    colour: str
    target: Target


@dataclass(frozen=True)
class MonthsChart:
    """How many actions had each letter in each month: `counts` has a line per month and a column per letter, from the base line up.

    `fills` are the colours of the letters and `inks` those of text on them, `words` their names. `note` says what is left out.
    """

    title: str
    months: Sequence[str]
    letters: Sequence[str]
    counts: Sequence[Sequence[int]]
    words: Sequence[str]
    fills: Sequence[str]
    note: str
    inks: Sequence[str]


@dataclass(frozen=True)
class Decision:
    """An action that needs a decision: its service and Ref, why, since when in words, the issue, and its row among the sorted actions."""

    service: str
    code: str
    ref: str
    why: str
    since: str
    issue: str
    row: int


@dataclass(frozen=True)
class Level:
    """Who decides, in words; `colour` of the edge; how many actions there are, and the first of them."""

    word: str
    who: str
    colour: str
    number: int
    decisions: Sequence[Decision]


@dataclass(frozen=True)
class Decisions:
    """The actions that need a decision above the service, by who decides; `more` are not listed."""

    title: str
    levels: Sequence[Level]
    more: int


@dataclass(frozen=True)
class ServiceLine:
    """A service: its red actions in each of the months (None: no return), and its counts under each heading; or why it has none."""

    name: str
    code: str
    red: Sequence[int | None]
    delivery: Sequence[int]
    impact: Sequence[int]
    note: str = ""


@dataclass(frozen=True)
class ServicesMap:
    """The services, worst first. `more` says which are not listed; `not_rated` names the actions that the star is about."""

    title: str
    months: Sequence[str]
    delivery: Sequence[str]
    impact: Sequence[str]
    lines: Sequence[ServiceLine]
    more: str
    not_rated: str


@dataclass(frozen=True)
class Matrix:
    """How many actions have each pair of delivery (down) and impact (across); `remarks` has a word for each row, or none."""

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    counts: Sequence[Sequence[int]]
    remarks: Sequence[str]


@dataclass(frozen=True)
class Trend:
    """An indicator over time: the finding as a title, the data of its chart (see `chart_data`), and the chart in words.

    `axis` says what its axis counts, such as “% of records audited”; `about` names the indicator, the kind of chart and the
    actions that link it. `change` says what changed after the action that was completed last; empty without one. `whose` names the
    service and the action, if it is about one.
    """

    title: str
    frame: pd.DataFrame
    description: str
    is_percentage: bool
    axis: str
    about: str
    change: str = ""
    whose: str = ""


@dataclass(frozen=True)
class Question:
    """A question to ask, its details, and the sheet that has the rows."""

    title: str
    details: str
    sheet: str


@dataclass(frozen=True)
class Findings:
    """Everything that the board page and the terminal say."""

    provider: str
    month: str
    as_at: date
    headline: str
    second: str
    tiles: Sequence[Tile]
    months: MonthsChart
    decisions: Decisions
    services: ServicesMap
    matrix: Matrix
    trend: Trend | None
    questions: Sequence[Question]
    notes: Sequence[str]
    intake: Intake

    @property
    def title(self) -> str:
        """Whose quality improvement it is."""
        return self.provider if self.provider == UNNAMED else f"{self.provider}: quality improvement"

    @property
    def waiting(self) -> str:
        """Which returns wait until head office chooses, and where it can do that; empty if there are none."""
        return " ".join([*self.intake.waiting, CHOOSE]) if self.intake.waiting else ""

    @property
    def returns(self) -> Tile:
        """The tile about the returns, which is the last."""
        return self.tiles[-1]
