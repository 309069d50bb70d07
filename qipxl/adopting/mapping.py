"""adopt.toml: how the workbooks of one layout become trackers. A person can read it, correct it and use it again."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from qipxl.errors import RequestError, SourceError
from qipxl.template import FieldLine, Template
from qipxl.workbook.headings import fold

MIN_CONFIDENCE, SURE = 0.55, 0.75
"""The least confidence at which a proposed field is used, and that at which it need not be checked."""
STATUS, PROGRESS = "actions.status", "actions.progress"
SERVICE = "service"
"""In place of a field: the column or the tab names the service of a row."""


class MappingModel(BaseModel):
    """Any part of adopt.toml; an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnMapping(MappingModel):
    """A column and the field that it is carried into, such as actions.owner; empty for the sheet Carried over.

    `guess`, `confidence` (from 0 to 1) and `samples` are the proposal and its reasons, written as a comment.
    """

    heading: str
    field: str = ""
    guess: str = Field(default="", exclude=True)
    confidence: float = Field(default=0.0, exclude=True)
    samples: tuple[str, ...] = Field(default=(), exclude=True)


class TableMapping(MappingModel):
    """The tables of one layout, found by their headings. `into` is the table of the tracker that gets their rows.

    - `rows`: a row without reference and issue continues the row above ("join": with an owner, a date or a Status of its own as a
      milestone), or is a row about the same issue ("own").
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
    merged: Literal["fill", "first"] = "fill"
    sections: str = ""
    tab: str = ""
    struck: str = ""
    words: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)
    colours: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)
    struck_rows: int = Field(default=0, exclude=True)

    @property
    def signature(self) -> frozenset[str]:
        """The folded headings, by which a table of this layout is found."""
        return frozenset(fold(line.heading) for line in self.column)

    @property
    def fields(self) -> dict[str, str]:
        """The field of each mapped column, by its folded heading."""
        return {fold(line.heading): line.field for line in self.column if line.field}


class ServiceMapping(MappingModel):
    """How to find the service of a row: by the cell next to a `label` on the cover, a column, the tabs, or the file's name.

    `known` gives the code of a service by its name in the old workbooks.
    """

    by: Literal["file", "cover", "column", "tab"] = "file"
    label: str = ""
    known: Mapping[str, str] = Field(default_factory=dict)


class AdoptMapping(MappingModel):
    """All of adopt.toml. `people` gives the person of initials, or the one owner where two were named."""

    template: str
    service: ServiceMapping = Field(default_factory=ServiceMapping)
    people: Mapping[str, str] = Field(default_factory=dict)
    table: tuple[TableMapping, ...] = ()

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


def read_mapping(path: Path, template: Template | None = None) -> AdoptMapping:
    """Read a mapping; raises SourceError if the file cannot be read, RequestError with every mistake in it."""
    try:
        declared = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        raise SourceError(f"Cannot read the mapping {path}. Check the name.") from None
    except tomllib.TOMLDecodeError as error:
        raise RequestError(f"{path.name} is not valid TOML: {error}. Correct that line.") from None
    try:
        mapping = AdoptMapping.model_validate(declared)
    except ValidationError as error:
        raise RequestError(mistake_list(path, [schema_mistake(mistake) for mistake in error.errors()])) from None
    if template is not None and (mistakes := list(mistakes_of(mapping, template))):
        raise RequestError(mistake_list(path, mistakes))
    return mapping


def schema_mistake(error: ErrorDetails) -> str:
    """A mistake that pydantic found, as a sentence."""
    entry = ".".join(str(part) for part in error["loc"])
    sentences = {"extra_forbidden": "is not an entry of a mapping", "missing": "is missing"}
    return f"{entry}: {sentences.get(str(error['type']), str(error['msg']).lower())}."


def mistake_list(path: Path, mistakes: list[str]) -> str:
    return f"{path.name} has mistakes:\n" + "\n".join(f"- {mistake}" for mistake in mistakes)


def mistakes_of(mapping: AdoptMapping, template: Template) -> Iterator[str]:
    """Every entry of a mapping that the template does not allow, as a sentence."""
    known = field_names(template)
    for lines in mapping.table:
        about = f"table “{lines.sheet}”"
        if lines.into and lines.into not in template.tables:
            yield f"{about}: into = {lines.into!r} is not a table. Choose from: {', '.join(service_tables(template))}."
        named = [line.field for line in lines.column if line.field]
        for field in named:
            if field not in (*known, SERVICE):
                yield f"{about}: {field} is not a field. Write one such as actions.owner, or leave it empty."
            elif field != SERVICE and not can_fill(lines.into, field):
                yield f"{about}: a row of {lines.into or 'no table'} cannot fill {field}. Leave it empty: it goes to Carried over."
        for field in {field for field in named if named.count(field) > 1 and not can_join(template, field)}:
            yield f"{about}: two columns are carried into {field}. Only a text can hold both."
        for what, field in (("sections", lines.sections), ("tab", lines.tab)):
            if field and (field not in known or not can_fill(lines.into, field)) and (what, field) != ("tab", SERVICE):
                yield f"{about}: {what} = {field!r} is not a field that a row of {lines.into or 'no table'} can fill."
        for field, words in lines.words.items():
            yield from unknown_words(template, about, field, words)
        for heading, words in lines.colours.items():
            yield from unknown_words(template, about, coloured_field(lines.fields.get(fold(heading), "")), words)
        if lines.struck and lines.struck not in template.options(template.tables["actions"].field_named("status")):
            yield f"{about}: struck = {lines.struck!r} is not a Status."


def coloured_field(name: str) -> str:
    """The field that the colour of an empty cell means: that of its column, or the Status of an action.

    >>> coloured_field("actions.due"), coloured_field(""), coloured_field("actions.progress")
    ('actions.due', 'actions.status', 'actions.status')
    """
    return name if name not in ("", PROGRESS) else STATUS


def unknown_words(template: Template, about: str, field: str, words: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each word that is not in a field's list."""
    if field not in field_names(template):
        yield f"{about}: {field} is not a field, so its words have no meaning."
        return
    options = template.options(field_line(template, field))
    for old, new in words.items():
        if new and new not in options:
            yield f"{about}, {field}: {old!r} cannot become {new!r}. The list has {', '.join(options)}."


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


HEADER = """\
# How the old workbooks of one layout become qipxl trackers. Read it, correct it, and use it for every workbook of the
# layout: qipxl adopt OLD.xlsx --mapping adopt.toml ...
# A column without a field is not lost: it goes to the tracker's sheet Carried over, with the reference of its action.
# Fields: {fields}
"""


def mapping_text(mapping: AdoptMapping, template: Template) -> str:
    """The mapping as TOML, with proposals, confidence and samples as comments."""
    parts = [
        HEADER.format(fields=comment_lines(field_names(template))),
        f"template = {toml_string(mapping.template)}\n",
        "# The service of a workbook: by = file (its name), cover (the cell next to a label), column, or tab.",
        f"[service]\nby = {toml_string(mapping.service.by)}\nlabel = {toml_string(mapping.service.label)}",
        "\n# The code of each service by its name in the old workbooks, if the list of services has another name.",
        f"[service.known]\n{toml_pairs(mapping.service.known)}",
        "\n# The person of each pair of initials; if a cell names two people, the one who owns the action (empty: no owner yet, and",
        "# both names go to Carried over).",
        f"[people]\n{toml_pairs(mapping.people)}",
    ]
    return "\n".join([*parts, *map(table_text, mapping.table)]) + "\n"


NO_FIELD = "no field of a tracker has a heading like this"


def table_text(lines: TableMapping) -> str:
    """The TOML of one layout of tables."""
    parts = [
        f"\n[[table]]\nsheet = {toml_string(lines.sheet)}  # where it was found first; its headings identify it",
        f"into = {toml_string(lines.into)}  # empty: its rows are reported and not carried",
        f'rows = {toml_string(lines.rows)}  # a row without reference and issue: "join" it to the row above, or "own" row',
        f'merged = {toml_string(lines.merged)}  # a merged cell: "fill" all its rows, or "first" only',
        f"sections = {toml_string(lines.sections)}  # the field that headings between rows fill",
        f"tab = {toml_string(lines.tab)}  # the meaning of the tab's title: service, a field, or empty",
        f"struck = {toml_string(lines.struck)}  # the Status of rows that are struck through ({lines.struck_rows} here)",
    ]
    for line in lines.column:
        beaten = line.confidence >= MIN_CONFIDENCE and not line.field
        doubt = (
            " (another column fits better)"
            if beaten
            else " (check this)"
            if line.field and line.confidence < SURE
            else ""
        )
        guess = f"{line.guess}, {line.confidence:.0%} sure{doubt}" if line.guess else NO_FIELD
        samples = f": {printable_text(' | '.join(line.samples))}" if line.samples else ""
        heading, field = toml_string(line.heading), toml_string(line.field)
        parts.append(f"\n[[table.column]]\nheading = {heading}\nfield = {field}  # {guess}{samples}")
    for name, kinds in (("words", lines.words), ("colours", lines.colours)):
        for field, words in kinds.items():
            parts.append(f"\n[table.{name}.{toml_string(field)}]  # old = a word of the list; empty: kept as typed")
            parts.append(toml_pairs(words))
    return "\n".join(parts)


def printable_text(text: str) -> str:
    """A text without characters that a TOML comment cannot hold."""
    return "".join(character if character.isprintable() else " " for character in text)


def toml_string(text: str) -> str:
    """A text as a TOML string: like JSON, except for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_pairs(words: Mapping[str, str]) -> str:
    return "\n".join(f"{toml_string(old)} = {toml_string(new)}" for old, new in words.items())


def comment_lines(names: list[str]) -> str:
    """Names as the lines of a comment."""
    lines: list[str] = []
    line = ""
    for name in names:
        if len(line) + len(name) > 110:
            lines, line = [*lines, line], ""
        line += f"{name}, "
    return "\n#   ".join(["", *lines, line.rstrip(", ")])
