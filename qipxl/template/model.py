"""The parts of a template file as frozen records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from qipxl.rules.schema import ASKED_IN_FULL

FieldType = Literal["text", "choice", "date", "number", "reference"]
FilledBy = Literal["service", "head office"]
Severity = Literal["must fix", "should look", "for information"]
SEVERITIES: tuple[Severity, ...] = ("must fix", "should look", "for information")

CHECK_HEADING = "Check"
KEY = r"^[a-z][a-z0-9_]*$"
CODE = r"^[a-z][a-z0-9-]*$"
COLOUR = r"^[0-9A-F]{6}$"


class OnSheet(Protocol):
    """A column of a sheet, with its outline group ("" for none)."""

    @property
    def key(self) -> str: ...
    @property
    def group(self) -> str: ...


Placed = TypeVar("Placed", bound=OnSheet)


class Declared(BaseModel):
    """The base of all parts of a template: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Heading(Declared):
    """The template's key, title and version; `version` goes up when its tables change.

    `extends` names its base template. A template that extends this one may change only texts in the `locked` parts, and
    may not give a colour of `earned` to a band or state of its own.
    """

    key: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    title: str
    version: str
    about: str
    extends: str = ""
    locked: tuple[str, ...] = ()
    earned: tuple[str, ...] = ()


class ListOfWords(Declared):
    """A list of words; a choice may hold no others.

    `plain` says how each word is put in a sentence after a name, for each part of an action's indicators; the first is for
    all parts that it does not name. `framework` marks a list of quality statements, which the register may replace: "in force"
    the list in force, "others" the statements of all other lists that are known (`qipxl.template.frameworks`).
    """

    title: str
    values: tuple[str, ...] = Field(min_length=1)
    source: str = ""
    plain: Mapping[str, Mapping[str, str]] = {}
    framework: Literal["", "in force", "others"] = ""


class SettingLine(Declared):
    """A threshold: `value`, or `values` for each word of the column `by`, strictest first; none below `least`.

    `with_register` are the values, by word, for a provider with a register, in place of those in `values`.
    """

    heading: str
    unit: str = ""
    value: float | None = None
    by: str = ""
    values: Mapping[str, float] = {}
    with_register: Mapping[str, float] = {}
    least: float = 0
    say: str


class Colour(Declared):
    """A fill and the ink of text on it, both hexadecimal RGB without #."""

    fill: str = Field(pattern=COLOUR)
    ink: str = Field(pattern=COLOUR)


class FieldLine(Declared):
    """A column that people fill in. `required` is the message if it is empty, `required_when` the condition for that.

    `earlier_headings` are the headings that the column had in earlier trackers.

    `group` puts the column in an outline group of that name; columns without one are always visible. `whole` requires a
    whole number from `minimum` to `maximum`; `percentage` reads a cell that shows 95% as 95. `names_staff` marks a column
    with names of staff, which are not withheld as personal data. In such a column, and in one with `reason`, a dash, "none",
    "TBC" and the like count as empty.

    In a plan that was taken over from an old one, `required` is asked from the month `ask_from` of the plan on.

    `promise` marks a promise or a baseline: if a later return has another value, that is a problem, unless the new value is
    that of the calculated value `explained_by`. `fixed` marks a date that never changes: the one that was issued is used.
    `late_by` names the days overdue that the sheet shows: where they are above 0, the date is red and bold. `month` shows a date
    as its month, such as April 2026.
    """

    key: str = Field(pattern=KEY)
    heading: str = Field(min_length=1, max_length=32)
    earlier_headings: tuple[str, ...] = ()
    type: FieldType
    list: str = ""
    suggest: str = ""
    to: str = ""
    filled_by: FilledBy = "service"
    group: str = ""
    width: float = Field(default=14, ge=4, le=80)
    prompt: str = Field(default="", max_length=255)
    required: str = ""
    required_when: str = ""
    ask_from: int = Field(default=1, ge=1, le=ASKED_IN_FULL)
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    percentage: bool = False
    names_staff: bool = False
    reason: bool = False
    promise: bool = False
    explained_by: str = ""
    fixed: bool = False
    late_by: str = ""
    month: bool = False

    @property
    def needs_words(self) -> bool:
        """True if a placeholder such as a dash counts as empty."""
        return self.names_staff or self.reason


class CalculatedLine(Declared):
    """A value worked out for every row; `show` gives it a column on the sheet, `group` puts that in an outline group."""

    key: str = Field(pattern=KEY)
    heading: str
    value: str
    show: bool = False
    group: str = ""
    width: float = Field(default=14, ge=2, le=80)
    decimals: int = Field(default=0, ge=0, le=4)


class TrendLine(Declared):
    """A column that holds nothing but a small chart of the last months beside each figure of this month."""

    key: str = Field(pattern=KEY)
    heading: str
    group: Literal[""] = ""
    width: float = Field(default=18, ge=4, le=80)


class RuleLine(Declared):
    """A check: if `when` is true of a row, the message `say` appears at the field `at`.

    In a plan that was taken over from an old one it is asked from the month `ask_from` of the plan on.
    """

    code: str = Field(pattern=CODE)
    when: str
    say: str = Field(min_length=1, max_length=250)
    at: str
    severity: Severity = "must fix"
    ask_from: int = Field(default=1, ge=1, le=ASKED_IN_FULL)


class StateLine(Declared):
    """A word of a rating; `shown` is its text on the sheet if that differs, `plain` its text in summaries (`qipxl.template.plain`)."""

    word: str = Field(min_length=1, max_length=60)
    shown: str = Field(default="", max_length=60)
    plain: str = Field(default="", max_length=120)
    letter: str = Field(min_length=1, max_length=2)
    colour: str
    say: str


class BandLine(Declared):
    """A line of a rating: its word if `when` is true; the last line has no `when`.

    `say` is the reason in trackers, `plain` the reason in summaries (`qipxl.template.plain`), if that differs.
    """

    word: str
    code: str = Field(pattern=CODE)
    when: str = ""
    say: str = ""
    plain: str = Field(default="", max_length=120)


class RatingLine(Declared):
    """A rating: its states from worst to best, its bands in the order they decide, the text of its cell.

    `because` is the heading of a column with the reason; `group` puts both columns in an outline group. `legend` says for each
    letter, best in a few words, what it means, in one line above a table that shows the letter.
    """

    key: str = Field(pattern=KEY)
    heading: str
    about: str
    states: tuple[StateLine, ...] = Field(min_length=2)
    bands: tuple[BandLine, ...] = Field(min_length=2)
    shown: str = ""
    width: float = Field(default=14, ge=4, le=80)
    because: str = ""
    because_width: float = Field(default=26, ge=4, le=80)
    group: str = ""
    legend: Mapping[str, str] = {}


LEAST_GROWTH, HEAD_OFFICE_GROWTH = 5, 2
"""The fewest rows of a month's growth, and that of a table of head office's, unless the template says."""


class TableLine(Declared):
    """A table of the tracker, on its own sheet with `rows` prepared rows.

    `earlier_sheets` are the names that the sheet had in earlier trackers. `needed` are fields whose columns a return must have.

    `first` are the columns that come first on the sheet, in their order: fields, ratings, calculated values that are shown,
    and `check`. All others follow, those of each group together; `check_group` puts the Check in one. `each_month` are the
    fields to fill in every month, which are yellow. A filled row has room for at least `lines` lines of text.

    `sort` are the fields by whose dates rows are in order when a tracker is issued, empty ones first; with a - before its key
    the latest comes first. `grey_rows` holds texts of calculated columns that are shown: a row with one of them is grey.
    `grey_before` is a date: a row is grey if it is before the month of the as-at date.

    A table for what is `seldom` is hidden while it is empty, if the tracker would otherwise have more than ten tabs.

    `growth` is the number of rows that a month may add and the tracker still rates; rows beyond them are rated by head office.
    Default: a sixth of `rows`, 2 if head office fills the table in.

    `pasted` are the numbers that the sheet Paste figures may fill if they are blank; only the table measurements may have some.
    `trend` is the column with a small chart of each figure; only the table measurements may have it.
    """

    sheet: str = Field(min_length=1, max_length=31)
    about: str
    rows: int = Field(ge=1, le=2_000)
    growth: int | None = Field(default=None, ge=0, le=2_000)
    identity: str = ""
    earlier_sheets: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    each_month: tuple[str, ...] = ()
    check_group: str = ""
    lines: int = Field(default=1, ge=1, le=6)
    sort: tuple[str, ...] = ()
    grey_rows: Mapping[str, tuple[str, ...]] = {}
    grey_before: str = ""
    pasted: tuple[str, ...] = ()
    trend: TrendLine | None = None
    filled_by: FilledBy = "service"
    seldom: bool = False
    field: tuple[FieldLine, ...] = Field(min_length=1)
    calculated: tuple[CalculatedLine, ...] = ()
    rule: tuple[RuleLine, ...] = ()
    rating: tuple[RatingLine, ...] = ()

    @property
    def worked_out_headings(self) -> tuple[str, ...]:
        """The headings of the worked-out columns: ratings, their reasons, calculated values, small charts, the check."""
        return (
            *(rating.heading for rating in self.rating),
            *(rating.because for rating in self.rating if rating.because),
            *(calculated.heading for calculated in self.calculated if calculated.show),
            *((self.trend.heading,) if self.trend else ()),
            CHECK_HEADING,
        )

    def in_order(self, columns: Iterable[Placed]) -> list[Placed]:
        """Columns in the order of the sheet: the `first`, others that are always visible, then each group together."""
        by_key = {each.key: each for each in columns}
        first = [by_key.pop(key) for key in self.first if key in by_key]
        groups = sorted(dict.fromkeys(each.group for each in by_key.values()), key=bool)
        return [*first, *(each for group in groups for each in by_key.values() if each.group == group)]

    def rated_rows(self, issued: int) -> int:
        """How many rows the tracker rates if it is issued with this number; an empty table has room for a first plan."""
        growth = self.growth
        if growth is None:
            growth = max(LEAST_GROWTH, self.rows // 6) if self.filled_by == "service" else HEAD_OFFICE_GROWTH
        return min(max(issued, growth, 1) + growth, self.rows)

    @property
    def fixed_field(self) -> str:
        """The key of the date that never changes; empty if there is none."""
        return next((line.key for line in self.field if line.fixed), "")

    def field_named(self, key: str) -> FieldLine:
        return next(line for line in self.field if line.key == key)


class GuidanceLine(Declared):
    """A paragraph of the Guidance sheet."""

    title: str
    text: str


class IndicatorLine(Declared):
    """A monthly indicator that every tracker of this template asks for.

    `per` is the base of a rate (100 for a percentage, 1,000 for a rate per 1,000); a count has neither `per` nor
    `denominator`.
    """

    ref: str = Field(pattern=r"^[A-Z]+-?[0-9]+$", max_length=10)
    name: str = Field(max_length=60)
    unit: str
    numerator: str
    denominator: str = ""
    per: float | None = None
    direction: Literal["Lower is better", "Higher is better", "Neutral"]
    target: float | None = None


class BankHolidays(Declared):
    """The days other than Saturdays and Sundays that are not working days."""

    title: str
    days: tuple[date, ...]
    source: str = ""


class Declaration(Declared):
    """The whole content of a template file, before its rules are read.

    `tables` are those of a tracker; `provider` those that only a summary has, which it fills from the register and the returns.
    """

    template: Heading
    bank_holidays: BankHolidays | None = None
    indicator: tuple[IndicatorLine, ...] = ()
    lists: Mapping[str, ListOfWords]
    setting: Mapping[str, SettingLine]
    colours: Mapping[str, Colour]
    guidance: tuple[GuidanceLine, ...] = ()
    tables: Mapping[str, TableLine]
    provider: Mapping[str, TableLine] = {}

    @property
    def of_provider(self) -> Declaration:
        """The same with the provider's tables in place of the tracker's."""
        return self.model_copy(update={"tables": self.provider, "provider": {}})

    def options(self, field: FieldLine) -> tuple[str, ...]:
        """The words that a choice may hold, or that a text field suggests."""
        name = field.list or field.suggest
        return self.lists[name].values if name else ()
