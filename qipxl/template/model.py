"""A template as it is declared: frozen records of what stands in the TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from qipxl.rules.rulebook import RuleBook

FieldType = Literal["text", "choice", "date", "number", "reference"]
FilledBy = Literal["service", "head office"]
Severity = Literal["must fix", "should look", "for information"]

KEY = r"^[a-z][a-z0-9_]*$"
CODE = r"^[a-z][a-z0-9-]*$"
COLOUR = r"^[0-9A-F]{6}$"


class Declared(BaseModel):
    """Anything declared in a template: it never changes, and an unknown word in it is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Heading(Declared):
    """What the template is called; `version` goes up when its tables change."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    title: str
    version: str
    about: str


class ListOfWords(Declared):
    """A declared list; its words are the only ones a choice may hold."""

    title: str
    values: tuple[str, ...] = Field(min_length=1)
    source: str = ""


class SettingLine(Declared):
    """A threshold: `value`, or `values` for each word of the column `by`, strictest first."""

    heading: str
    unit: str = ""
    value: float | None = None
    by: str = ""
    values: Mapping[str, float] = {}
    say: str


class Colour(Declared):
    """A fill and the ink that is read on it."""

    fill: str = Field(pattern=COLOUR)
    ink: str = Field(pattern=COLOUR)


class FieldLine(Declared):
    """A column that people fill in. `required` is what is said when it is empty, `required_when` narrows that.

    `group` puts the column behind an outline group of that name; columns without one are always seen.
    """

    key: str = Field(pattern=KEY)
    heading: str = Field(min_length=1, max_length=32)
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
    minimum: float | None = None
    maximum: float | None = None


class CalculatedLine(Declared):
    """A value worked out for every row."""

    key: str = Field(pattern=KEY)
    heading: str
    value: str


class RuleLine(Declared):
    """What must not be true of a row, and what is said at which field when it is."""

    code: str = Field(pattern=CODE)
    when: str
    say: str = Field(min_length=1, max_length=250)
    at: str
    severity: Severity = "must fix"


class StateLine(Declared):
    """A word a rating can give."""

    word: str = Field(min_length=1, max_length=60)
    letter: str = Field(min_length=1, max_length=2)
    colour: str
    say: str


class BandLine(Declared):
    """A line of a rating; the last has no `when`."""

    word: str
    code: str = Field(pattern=CODE)
    when: str = ""
    say: str = ""


class RatingLine(Declared):
    """A rating: its states from worst to best, its bands in the order they decide, what its cell shows."""

    key: str = Field(pattern=KEY)
    heading: str
    about: str
    states: tuple[StateLine, ...] = Field(min_length=2)
    bands: tuple[BandLine, ...] = Field(min_length=2)
    shown: str = ""


class TableLine(Declared):
    """A table of the tracker on a sheet of its own; `rows` are prepared for use."""

    sheet: str = Field(min_length=1, max_length=31)
    about: str
    rows: int = Field(ge=1, le=2_000)
    identity: str = ""
    filled_by: FilledBy = "service"
    field: tuple[FieldLine, ...] = Field(min_length=1)
    calculated: tuple[CalculatedLine, ...] = ()
    rule: tuple[RuleLine, ...] = ()
    rating: tuple[RatingLine, ...] = ()

    def field_named(self, key: str) -> FieldLine:
        return next(line for line in self.field if line.key == key)


class GuidanceLine(Declared):
    """A paragraph of the Guidance sheet."""

    title: str
    text: str


class Declaration(Declared):
    """All that a template file says, before its rules are read."""

    template: Heading
    lists: Mapping[str, ListOfWords]
    setting: Mapping[str, SettingLine]
    colours: Mapping[str, Colour]
    guidance: tuple[GuidanceLine, ...] = ()
    tables: Mapping[str, TableLine]

    def options(self, field: FieldLine) -> tuple[str, ...]:
        """The words a choice may hold, or those a text field suggests."""
        name = field.list or field.suggest
        return self.lists[name].values if name else ()


class Template(Declaration):
    """A template, whole and sound: `load_template` gives no other."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    rules: RuleBook

    @property
    def key(self) -> str:
        return self.template.key

    @property
    def version(self) -> str:
        return self.template.version
