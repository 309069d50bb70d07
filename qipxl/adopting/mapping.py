"""adopt.toml: how the workbooks of one layout become trackers; a person reads it, corrects it, and uses it again."""

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

SURE = 0.75
"""A column of which a proposal is less sure stays unmapped until somebody says."""
STATUS = "actions.status"
SERVICE = "service"
"""What a column or a tab may say in place of a field: whose the row is."""


class Said(BaseModel):
    """Anything in adopt.toml: an unknown word in it is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnLine(Said):
    """What becomes of a column: the field it is carried into, such as actions.owner; empty for the sheet Carried over.

    `guess`, `sure` (from 0 to 1) and `samples` say what was proposed and why: they are written as a remark.
    """

    heading: str
    field: str = ""
    guess: str = Field(default="", exclude=True)
    sure: float = Field(default=0.0, exclude=True)
    samples: tuple[str, ...] = Field(default=(), exclude=True)


class TableLines(Said):
    """The tables of one layout, known by their headings. `into` is the table of the tracker that a row becomes a row of.

    `rows`: what a row without reference and issue is: the row above going on ("join"), or a row of its own about the
    same issue ("own"). `merged`: a merged cell says the same for all its rows ("fill"), or for its first ("first").
    `sections`: the field that a row with one text above others fills. `tab`: what a tab's title is: the service, a field,
    or nothing. `struck`: the Status of a row that is struck through; empty: what its own cell says. `words` gives, for each
    field, what old words mean: a word of its list, or nothing to keep it as typed; `colours`, for each heading, what the
    colours of cells without a word mean, for the column's field or, where it has none, for the Status.
    """

    sheet: str
    into: str
    column: tuple[ColumnLine, ...] = ()
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
        """By which a table of this layout is known."""
        return frozenset(fold(line.heading) for line in self.column)

    @property
    def fields(self) -> dict[str, str]:
        """The field of each column that has one, by its heading as it is compared."""
        return {fold(line.heading): line.field for line in self.column if line.field}


class ServiceLines(Said):
    """Whose a workbook is: said by the cell beside a `label`, by a column, by the tabs, or by the file's name.

    `known` gives the code of each service by the name it has in the old workbooks.
    """

    by: Literal["file", "cover", "column", "tab"] = "file"
    label: str = ""
    known: Mapping[str, str] = Field(default_factory=dict)


class AdoptMapping(Said):
    """All of adopt.toml. `people` gives the person meant by initials, or the one owner where two were named."""

    template: str
    service: ServiceLines = Field(default_factory=ServiceLines)
    people: Mapping[str, str] = Field(default_factory=dict)
    table: tuple[TableLines, ...] = ()

    def of(self, signature: frozenset[str]) -> TableLines | None:
        """The lines about tables with these headings: the same ones, else those that share most of them."""
        same = next((lines for lines in self.table if lines.signature == signature), None)
        if same is not None or not signature:
            return same
        near = max(self.table, key=lambda lines: alike(lines.signature, signature), default=None)
        return near if near is not None and alike(near.signature, signature) >= LIKE else None


LIKE = 0.6
"""The share of headings that two tables of one layout have in common at least."""


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def read_mapping(path: Path, template: Template | None = None) -> AdoptMapping:
    """Read a mapping; raises SourceError where there is none, RequestError with every mistake in it."""
    try:
        declared = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        raise SourceError(f"The mapping {path} cannot be read. Check the name.") from None
    except tomllib.TOMLDecodeError as error:
        raise RequestError(f"{path.name} is not TOML any more: {error}. Put that line right.") from None
    try:
        mapping = AdoptMapping.model_validate(declared)
    except ValidationError as error:
        raise RequestError(listed(path, [shape_mistake(each) for each in error.errors()])) from None
    mistakes = list(mistakes_of(mapping, template)) if template is not None else []
    if mistakes:
        raise RequestError(listed(path, mistakes))
    return mapping


def shape_mistake(error: ErrorDetails) -> str:
    """A mistake of shape, in a sentence."""
    place = ".".join(str(part) for part in error["loc"])
    said = {"extra_forbidden": "is not a word of a mapping", "missing": "is missing"}
    return f"{place}: {said.get(str(error['type']), str(error['msg']).lower())}."


def listed(path: Path, mistakes: list[str]) -> str:
    return f"{path.name} cannot be used:\n" + "\n".join(f"- {each}" for each in mistakes)


def mistakes_of(mapping: AdoptMapping, template: Template) -> Iterator[str]:
    """What a mapping says that the template has no place for."""
    known = field_names(template)
    for lines in mapping.table:
        about = f"table “{lines.sheet}”"
        if lines.into and lines.into not in template.tables:
            yield f"{about}: into = {lines.into!r}: there are {', '.join(open_tables(template))}."
        named = [line.field for line in lines.column if line.field]
        for field in named:
            if field not in (*known, SERVICE):
                yield f"{about}: {field} is not a field. Write one such as actions.owner, or leave it empty."
            elif field != SERVICE and not stands_in(lines.into, field):
                yield f"{about}: a row of {lines.into or 'no table'} cannot fill {field}. Leave it empty: it goes to Carried over."
        for field in {each for each in named if named.count(each) > 1 and not joins(template, each)}:
            yield f"{about}: two columns are carried into {field}. Only a text can hold both."
        for what, field in (("sections", lines.sections), ("tab", lines.tab)):
            if field and (field not in known or not stands_in(lines.into, field)) and (what, field) != ("tab", SERVICE):
                yield f"{about}: {what} = {field!r} is not a field that a row of {lines.into or 'no table'} can fill."
        for field, words in lines.words.items():
            yield from strange_words(template, about, field, words)
        for heading, words in lines.colours.items():
            yield from strange_words(template, about, lines.fields.get(fold(heading)) or STATUS, words)
        if lines.struck and lines.struck not in template.options(template.tables["actions"].field_named("status")):
            yield f"{about}: struck = {lines.struck!r} is not a Status."


def strange_words(template: Template, about: str, field: str, words: Mapping[str, str]) -> Iterator[str]:
    """Words that a field's list does not have."""
    if field not in field_names(template):
        yield f"{about}: {field} is not a field, so its words mean nothing."
        return
    options = template.options(field_line(template, field))
    for old, new in words.items():
        if new and new not in options:
            yield f"{about}, {field}: {old!r} cannot become {new!r}. The list has {', '.join(options)}."


BESIDE: Mapping[str, tuple[str, ...]] = {"actions": ("evidence", "milestones", "reviews")}
"""The tables whose fields a row about another may fill too: an action's evidence beside it."""


def stands_in(into: str, field: str) -> bool:
    """True where a row of one table can fill a field: one of its own, or of a table whose rows stand beside it."""
    return field.partition(".")[0] in (into, *BESIDE.get(into, ()))


def field_names(template: Template) -> list[str]:
    """Every field that a service fills in, as table.field."""
    return [f"{key}.{field.key}" for key in open_tables(template) for field in template.tables[key].field]


def field_line(template: Template, name: str) -> FieldLine:
    """The field of a name such as actions.owner."""
    table, _, key = name.partition(".")
    return template.tables[table].field_named(key)


def open_tables(template: Template) -> list[str]:
    """The tables that a service fills in."""
    return [key for key, line in template.tables.items() if line.filled_by == "service"]


def joins(template: Template, field: str) -> bool:
    """True for a text, into which two columns can be carried one below the other."""
    if field not in field_names(template):
        return False
    line = field_line(template, field)
    return line.type == "text" and not line.names_staff and line.key != "ref"


HEAD = """\
# How the old workbooks of one layout become qipxl trackers. Read it, correct it, and use it for every workbook of the
# layout: qipxl adopt OLD.xlsx --mapping adopt.toml ...
# A column whose field is empty is not lost: it goes to the sheet Carried over of the tracker, beside its action.
# Fields: {fields}
"""


def mapping_text(mapping: AdoptMapping, template: Template) -> str:
    """The mapping as a file that a person reads: with what was proposed, how sure that is, and samples, as remarks."""
    parts = [HEAD.format(fields=wrapped(field_names(template)))]
    parts.append(f"template = {quoted(mapping.template)}\n")
    parts.append("# Whose a workbook is: by = file (its name), cover (the cell beside a label), column, or tab.")
    parts.append(f"[service]\nby = {quoted(mapping.service.by)}\nlabel = {quoted(mapping.service.label)}")
    parts.append(
        "\n# The code of each service by the name it has in the old workbooks, where the list of services has another."
    )
    parts.append("[service.known]\n" + pairs(mapping.service.known))
    parts.append(
        "\n# Who is meant by initials; and, where a cell names two, the one who owns the action (empty: nobody yet, both are kept on\n"
        "# Carried over)."
    )
    parts.append("[people]\n" + pairs(mapping.people))
    parts += [table_text(lines) for lines in mapping.table]
    return "\n".join(parts) + "\n"


NO_FIELD = "a tracker has no field for it, as far as its heading says"


def table_text(lines: TableLines) -> str:
    """One layout of tables."""
    parts = [
        f"\n[[table]]\nsheet = {quoted(lines.sheet)}  # where it was found first; it is known by its headings",
        f"into = {quoted(lines.into)}  # empty: its rows are not carried, only reported",
        f'rows = {quoted(lines.rows)}  # a row without reference and issue: "join" it to the row above, or "own"',
        f'merged = {quoted(lines.merged)}  # a merged cell: "fill" all its rows, or "first" only',
        f"sections = {quoted(lines.sections)}  # the field that a heading between the rows fills",
        f"tab = {quoted(lines.tab)}  # what the tab's title is: service, a field, or nothing",
        f"struck = {quoted(lines.struck)}  # the Status of rows that are struck through ({lines.struck_rows} are)",
    ]
    for line in lines.column:
        taken = " (another column is surer)" if line.guess and line.sure >= SURE and not line.field else ""
        guess = f"{line.guess}, {line.sure:.0%} sure{taken}" if line.guess else NO_FIELD
        samples = f": {printed(' | '.join(line.samples))}" if line.samples else ""
        parts.append(
            f"\n[[table.column]]\nheading = {quoted(line.heading)}\nfield = {quoted(line.field)}  # {guess}{samples}"
        )
    for name, kinds in (("words", lines.words), ("colours", lines.colours)):
        for field, words in kinds.items():
            parts.append(
                f"\n[table.{name}.{quoted(field)}]  # each means a word of its list; empty: kept as typed\n{pairs(words)}"
            )
    return "\n".join(parts)


def printed(text: str) -> str:
    """A text as a remark can hold it."""
    return "".join(each if each.isprintable() else " " for each in text)


def quoted(text: str) -> str:
    """A text as TOML writes it: as JSON does, but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def pairs(words: Mapping[str, str]) -> str:
    return "\n".join(f"{quoted(old)} = {quoted(new)}" for old, new in words.items())


def wrapped(names: list[str]) -> str:
    """Names in lines of a remark."""
    lines: list[str] = []
    line = ""
    for name in names:
        if len(line) + len(name) > 110:
            lines, line = [*lines, line], ""
        line += f"{name}, "
    return "\n#   ".join(["", *lines, line.rstrip(", ")])
