"""The mapping: how the old plans of one layout become trackers. A person corrects it as adopt.toml or mapping.xlsx."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from qipxl.template import FieldLine, Template
from qipxl.workbook.headings import fold

LIKELY, MIN_CONFIDENCE, SURE = 0.5, 0.55, 0.75
"""The least confidence of a guess that mapping.xlsx shows for a person to confirm, that of a field that a column probably means, and
that at which it is filled unasked."""
STATUS, PROGRESS = "actions.status", "actions.progress"
REF, ISSUE, CHANGE, RISK_REF = "actions.ref", "actions.issue", "actions.intended_change", "actions.risk_ref"
FACTS = frozenset(("actions.owner", "actions.due", STATUS))
"""Fields that show that a table is a plan."""
SERVICE = "service"
"""In place of a field: the column or the tab names the service of a row."""


class MappingModel(BaseModel):
    """Any part of a mapping; an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnMapping(MappingModel):
    """A column and the field that it is carried into, such as actions.owner; empty for the sheet Carried over.

    `guess`, `confidence` (from 0 to 1) and `samples` are the proposal and its reasons, which a mapping only shows; `is_guess` is true
    if `field` is a guess that a person is to confirm.
    """

    heading: str
    field: str = ""
    guess: str = Field(default="", exclude=True)
    confidence: float = Field(default=0.0, exclude=True)
    samples: tuple[str, ...] = Field(default=(), exclude=True)
    is_guess: bool = Field(default=False, exclude=True)


class TableMapping(MappingModel):
    """The tables of one layout, found by their headings. `into` is the table of the tracker that gets their rows.

    - `rows`: a row without reference and issue continues the row above ("join": with an owner, a date or a Status of its own as a
      milestone), or is a row about the same issue ("own").
    - `risks`: "yes" if each row is a risk for the provider's register too, and an action if it says what is to be done.
    - `merged`: a merged cell counts for all its rows ("fill"), or for its first one ("first").
    - `sections`: the field that headings between rows fill.
    - `tab`: the meaning of a tab's title: the service, a field, or nothing.
    - `struck`: the Status of a row that is struck through; if empty, its own cell counts.
    - `words`: for each field the meaning of old words, from its list; an empty one is kept as typed.
    - `colours`: for each heading the meaning of the colours of empty cells, for its field, or for the Status if it has none or is progress.
    """

    sheet: str
    into: str
    column: tuple[ColumnMapping, ...] = ()
    rows: Literal["join", "own"] = "join"
    risks: Literal["no", "yes"] = "no"
    merged: Literal["fill", "first"] = "fill"
    sections: str = ""
    tab: str = ""
    struck: str = ""
    words: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)
    colours: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)
    struck_rows: int = Field(default=0, exclude=True)
    names_risks: bool = Field(default=False, exclude=True)
    is_guess: bool = Field(default=False, exclude=True)

    @property
    def signature(self) -> frozenset[str]:
        """The folded headings, by which a table of this layout is found."""
        return frozenset(fold(line.heading) for line in self.column)

    @property
    def fields(self) -> dict[str, str]:
        """The field of each mapped column, by its folded heading."""
        return {fold(line.heading): line.field for line in self.column if line.field}

    @property
    def is_asked_about(self) -> bool:
        """True if the table may be a plan, but a person is to say so."""
        return not self.into and any(line.guess for line in self.column)

    def with_guesses(self, template: Template) -> TableMapping:
        """The table as it is if the guesses are right, for a person to confirm; of two guesses of one field the surer one.

        A table that is asked about gets actions if its columns may say what is wrong and what is to be done, or one of both and who does
        it, by when, or how far it is.
        """
        likely = {line.guess for line in self.column if line.confidence >= LIKELY}
        said = likely & {ISSUE, CHANGE}
        into = self.into or ("actions" if len(said) > 1 or (said and likely & FACTS) else "")
        taken, filled = set(self.fields.values()), dict[str, ColumnMapping]()
        for line in sorted(self.column, key=lambda line: -line.confidence):
            open_field = line.guess if not line.field and line.confidence >= LIKELY else ""
            if open_field and open_field not in taken and can_fill(into, open_field):
                filled[line.heading] = line.model_copy(update={"field": open_field, "is_guess": True})
                taken.add(open_field)
        changed: dict[str, object] = {"column": tuple(filled.get(line.heading, line) for line in self.column)}
        if into != self.into:
            changed |= {"into": into, "is_guess": True}
            changed["sections"] = "" if "actions.theme" in taken else "actions.theme"
            changed["risks"] = "yes" if self.names_risks and can_be_risks(into, template) else "no"
        return self.model_copy(update=changed).with_possible_colours(template)

    def with_possible_colours(self, template: Template) -> TableMapping:
        """The table without meanings of colours that are not in the list of their field."""
        colours = {}
        for heading, meanings in self.colours.items():
            field = coloured_field(self.fields.get(fold(heading), ""))
            wrong = dict(unknown_words(template, field, meanings))
            colours[heading] = {colour: "" if colour in wrong else word for colour, word in meanings.items()}
        return self.model_copy(update={"colours": colours})


class ServiceMapping(MappingModel):
    """How to find the service of a row: by the cell next to a `label` on the cover, a column, the tabs, or the file's name.

    `known` gives the code of a service by its name in the old workbooks.
    """

    by: Literal["file", "cover", "column", "tab"] = "file"
    label: str = ""
    known: Mapping[str, str] = Field(default_factory=dict)


class AdoptMapping(MappingModel):
    """All of a mapping. `people` gives the person of initials, or the one owner where two were named."""

    template: str
    service: ServiceMapping = Field(default_factory=ServiceMapping)
    people: Mapping[str, str] = Field(default_factory=dict)
    table: tuple[TableMapping, ...] = ()

    def with_guesses(self, template: Template) -> AdoptMapping:
        """The mapping as it is if the guesses are right, for a person to confirm."""
        return self.model_copy(update={"table": tuple(table.with_guesses(template) for table in self.table)})

    def asking_for(self, names: Sequence[str]) -> AdoptMapping:
        """The mapping with these services to be given a code."""
        known = {**dict.fromkeys(names, ""), **self.service.known}
        return self.model_copy(update={"service": self.service.model_copy(update={"known": known})})

    def find(self, signature: frozenset[str]) -> TableMapping | None:
        """The mapping of tables with these headings: the same ones, else the one that shares most of them."""
        same = next((lines for lines in self.table if lines.signature == signature), None)
        if same is not None or not signature:
            return same
        near = max(self.table, key=lambda lines: overlap(lines.signature, signature), default=None)
        return near if near is not None and overlap(near.signature, signature) >= SAME_LAYOUT else None


SAME_LAYOUT = 0.6
"""The least share of headings that two tables of one layout have in common."""


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of headings that two tables have in common, from 0 to 1."""
    return len(one & other) / max(1, len(one | other))


Entry = tuple[str, ...]
"""An entry of a table's mapping: the name of a setting; or "column" with a heading, "words" with a field and an old word, or
"colours" with a heading and a colour."""


@dataclass(frozen=True)
class Mistake:
    """An entry that the template does not allow: the number of its table, from 0, the entry, and what is wrong."""

    table: int
    entry: Entry
    text: str


def mistakes_of(mapping: AdoptMapping, template: Template) -> Iterator[Mistake]:
    """Every entry of a mapping that the template does not allow."""
    for number, lines in enumerate(mapping.table):
        for entry, text in (
            *wrong_settings(lines, template), *wrong_columns(lines, template), *wrong_meanings(lines, template),
        ):  # fmt: skip
            yield Mistake(number, entry, text)


def wrong_settings(lines: TableMapping, template: Template) -> Iterator[tuple[Entry, str]]:
    """The settings of a table that the template does not allow."""
    if lines.risks == "yes" and not can_be_risks(lines.into, template):
        yield ("risks",), "risks = 'yes' is only for rows that become actions with a Risk register ref."
    if lines.into and lines.into not in template.tables:
        yield ("into",), f"into = {lines.into!r} is not a table. Choose from: {', '.join(service_tables(template))}."
    for what, field in (("sections", lines.sections), ("tab", lines.tab)):
        known = field in field_names(template) and can_fill(lines.into, field)
        if field and not known and (what, field) != ("tab", SERVICE):
            yield (what,), f"{what} = {field!r} is not a field that a row of {lines.into or 'no table'} can fill."
    if lines.struck and lines.struck not in template.options(template.tables["actions"].field_named("status")):
        yield ("struck",), f"struck = {lines.struck!r} is not a Status."


def can_be_risks(into: str, template: Template) -> bool:
    """True if the rows of a table of the tracker can name a risk of the register."""
    return into == "actions" and RISK_REF in field_names(template)


def wrong_columns(lines: TableMapping, template: Template) -> Iterator[tuple[Entry, str]]:
    """The columns of a table whose field the template does not allow, or that another column has already."""
    taken: set[str] = set()
    for line in lines.column:
        entry, field = ("column", line.heading), line.field
        if field and field not in (*field_names(template), SERVICE):
            yield entry, f"{field} is not a field. Write one such as actions.owner, or leave it empty."
        elif field and field != SERVICE and not can_fill(lines.into, field):
            row = lines.into or "no table"
            yield entry, f"a row of {row} cannot fill {field}. Leave it empty: it goes to Carried over."
        elif field and field in taken and not can_join(template, field):
            yield entry, f"two columns are carried into {field}. Only a text can hold both."
        taken.add(field)


def wrong_meanings(lines: TableMapping, template: Template) -> Iterator[tuple[Entry, str]]:
    """The words and colours of a table whose meaning is not in the list of their field."""
    for field, words in lines.words.items():
        yield from ((("words", field, old), text) for old, text in unknown_words(template, field, words))
    for heading, words in lines.colours.items():
        field = coloured_field(lines.fields.get(fold(heading), ""))
        yield from ((("colours", heading, old), text) for old, text in unknown_words(template, field, words))


def coloured_field(name: str) -> str:
    """The field that the colour of an empty cell means: that of its column, or the Status of an action.

    >>> coloured_field("actions.due"), coloured_field(""), coloured_field("actions.progress")
    ('actions.due', 'actions.status', 'actions.status')
    """
    return name if name not in ("", PROGRESS) else STATUS


def unknown_words(template: Template, field: str, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each old word whose new one is not in a field's list, with a sentence."""
    options = word_options(template, field_line(template, field)) if field in field_names(template) else ()
    for old, new in words.items():
        if field not in field_names(template):
            yield old, f"{field} is not a field, so its words have no meaning."
        elif new and new not in options:
            yield old, f"{field}: {old!r} cannot become {new!r}. The list has {', '.join(options)}."


MOST_SCORE = 5
"""The highest score of a likelihood and of a consequence, which old plans may give as words."""


def is_score(line: FieldLine) -> bool:
    """True for a field with a score from 1 to 5."""
    return line.whole and line.minimum == 1 and line.maximum == MOST_SCORE


def word_options(template: Template, line: FieldLine) -> tuple[str, ...]:
    """What an old word in a field can become: a word of its list, or a score from 1 to 5."""
    return tuple(map(str, range(1, MOST_SCORE + 1))) if is_score(line) else template.options(line)


RELATED_TABLES: Mapping[str, tuple[str, ...]] = {"actions": ("evidence", "milestones", "reviews")}
"""Other tables whose fields a row of a table may fill too, such as an action's evidence."""


def can_fill(into: str, field: str) -> bool:
    """True if a row of the table `into` can fill a field: one of its own, or of a related table."""
    return field.partition(".")[0] in (into, *RELATED_TABLES.get(into, ()))


def field_names(template: Template) -> list[str]:
    """Every field that a service fills in, as table.field."""
    return [f"{key}.{field.key}" for key in service_tables(template) for field in template.tables[key].field]


def field_line(template: Template, name: str) -> FieldLine:
    """The field of a name such as actions.owner."""
    table, _, key = name.partition(".")
    return template.tables[table].field_named(key)


def service_tables(template: Template) -> list[str]:
    """The tables that a service fills in."""
    return [key for key, line in template.tables.items() if line.filled_by == "service"]


def can_join(template: Template, field: str) -> bool:
    """True for a text field: two columns can be joined in it."""
    if field not in field_names(template):
        return False
    line = field_line(template, field)
    return line.type == "text" and not line.names_staff and line.key != "ref"
