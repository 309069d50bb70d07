"""Old tables → a proposed mapping: what each heading, word and colour seems to mean, and how sure that is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from colorsys import rgb_to_hls
from dataclasses import dataclass
from itertools import pairwise

from qipxl.adopting.find_tables import OldColumn, OldTable, cover_lines, find_tables
from qipxl.adopting.heading_match import (
    aliases,
    by_name,
    fit,
    knows,
    means_no_field,
    meant,
    names_of,
    plain,
)
from qipxl.adopting.mapping import (
    BESIDE,
    LIKE,
    SERVICE,
    STATUS,
    SURE,
    AdoptMapping,
    ColumnLine,
    ServiceLines,
    TableLines,
    alike,
    field_line,
)
from qipxl.adopting.old_workbook import OldTab, OldWorkbook, is_struck
from qipxl.returns.problems import shown
from qipxl.services import Service
from qipxl.template import Template
from qipxl.text import as_text
from qipxl.workbook.cells import is_blank
from qipxl.workbook.headings import fold

SAMPLES = 3
CHILD_FIELDS = ("evidence.description", "evidence.kept_at", "milestones.milestone", "reviews.finding")
"""The fields of other tables that a column of a plan of actions may fill."""
NEEDED: Mapping[str, Sequence[str]] = {
    "actions": ("issue", "intended_change"),
    "milestones": ("milestone",),
    "evidence": ("description",),
    "measurements": ("indicator", "month"),
    "indicators": ("indicator",),
}
"""What a table must say to be taken for one about these: one of the fields; both for measurements."""
TWO_OWNERS = re.compile(r"[/&;+?\n]|,|\band\b", re.IGNORECASE)
INITIALS = re.compile(r"[A-Z]{2,4}")


def tables_of(workbook: OldWorkbook, template: Template) -> list[OldTable]:
    """Every table of a workbook, tab by tab."""
    known = knows(template)
    return [table for tab in workbook.tabs for table in find_tables(tab, lambda text: plain(text) in known)]


@dataclass(frozen=True)
class Guess:
    """A field that a column may mean, and how sure that is."""

    field: str
    sure: float


def propose_mapping(
    workbooks: Iterable[OldWorkbook], template: Template, services: Sequence[Service] = ()
) -> AdoptMapping:
    """What old workbooks seem to mean in a template's terms; nothing unsure is mapped."""
    books = list(workbooks)
    tables = [table for workbook in books for table in tables_of(workbook, template)]
    layouts: list[list[OldTable]] = []
    for table in tables:
        same = next((each for each in layouts if alike(each[0].signature, table.signature) >= LIKE), None)
        if same is None:
            layouts.append([table])
        else:
            same.append(table)
    found = [proposed_table(each, template) for each in layouts]
    asked = [
        name
        for each, lines in zip(layouts, found, strict=True)
        for table in each
        for name in asked_people(table, lines, template)
    ]
    known = known_people(tab for workbook in books for tab in workbook.tabs)
    return AdoptMapping(
        template=template.key,
        service=proposed_service(books, tables, found, services),
        people={name: known.get(name, "") for name in dict.fromkeys(asked)},
        table=tuple(with_tabs(lines, tables, template, services) for lines in found),
    )


def proposed_table(tables: Sequence[OldTable], template: Template) -> TableLines:
    """The lines about the tables of one layout."""
    first = {
        fold(each.heading): each for table in reversed(tables) for each in reversed(table.columns) if each.month is None
    }
    columns = sorted((each for each in first.values() if each.heading), key=lambda each: each.column)
    figures = [
        cells[column.column].value
        for table in tables
        for column in table.columns
        if column.month is not None
        for cells in table.rows.values()
        if column.column in cells
    ]
    values = {column: values_in(tables, column) for column in columns}
    into = table_meant(columns, values, template, figures)
    guesses = {column: guesses_for(column, values[column], into, template) for column in columns}
    chosen = chosen_fields(guesses)
    lines = []
    for column in columns:
        field = chosen.get(column, "")
        likely = [guess for guess in guesses[column] if guess.field == field] or guesses[column]
        best = max(likely, key=lambda guess: guess.sure, default=Guess("", 0.0))
        lines.append(
            ColumnLine(
                heading=column.heading,
                field=field,
                guess=best.field,
                sure=round(max(0.0, best.sure), 2),
                samples=tuple(samples(values[column])),
            )
        )
    return TableLines(
        sheet=tables[0].tab.title,
        into=into,
        column=tuple(lines),
        sections="actions.theme" if into == "actions" and "actions.theme" not in chosen.values() else "",
        words=dict(proposed_words(chosen, values, template)),
        colours=dict(proposed_colours(tables, chosen, template)),
        struck_rows=sum(is_struck(cells) for table in tables for cells in table.rows.values()),
    )


def values_in(tables: Sequence[OldTable], column: OldColumn) -> list[object]:
    """What stands in a column of the tables of one layout, under the same heading; a heading between the rows is left out."""
    found = []
    for table in tables:
        for own in table.columns:
            if fold(own.heading) == fold(column.heading) and (own.heading or own.column == column.column):
                found += [
                    cells[own.column].value for cells in table.rows.values() if own.column in cells and len(cells) > 1
                ]
    return found


Values = Mapping[OldColumn, Sequence[object]]


def table_meant(columns: Sequence[OldColumn], values: Values, template: Template, figures: Sequence[object]) -> str:
    """The table of a tracker that an old table's rows seem to be rows of; empty where none is.

    `figures` is what stands under months: where it is numbers, the rows are indicators.
    """
    numbers = sum(isinstance(each, int | float) and not isinstance(each, bool) for each in figures)
    if figures and numbers >= 0.5 * len(figures) and "indicators" in template.tables:
        return "indicators"
    scores: dict[str, float] = {}
    for table, needed in NEEDED.items():
        if table not in template.tables:
            continue
        guesses = {column: guesses_for(column, values[column], table, template) for column in columns}
        fields = {field.partition(".")[2] for field in chosen_fields(guesses).values() if field.startswith(f"{table}.")}
        has = set(needed) <= fields if table == "measurements" else bool(fields & set(needed))
        if has:
            scores[table] = len(fields) + (2 if table == "measurements" else 0)
    return max(scores, key=lambda each: scores[each], default="")


def guesses_for(column: OldColumn, values: Sequence[object], into: str, template: Template) -> list[Guess]:
    """The fields that a column may mean, as sure as its heading and its values make it."""
    if not column.heading or not into:
        return []
    no_field = means_no_field(column.heading)
    guesses = []
    for table in (into, *BESIDE.get(into, ())):
        for field in template.tables[table].field if table in template.tables else ():
            name = f"{table}.{field.key}"
            if table != into and name not in CHILD_FIELDS:
                continue
            sure = by_name(column.heading, names_of(table, field))
            if sure > 0:
                looks = fit(template, table, field, values)
                guesses.append(Guess(name, sure + looks - (0.05 if table != into else 0.0)))
    return [
        Guess(each.field, min(each.sure, 0.5)) if no_field >= max(0.9, each.sure - 0.04) else each for each in guesses
    ]


def chosen_fields(guesses: Mapping[OldColumn, Sequence[Guess]]) -> dict[OldColumn, str]:
    """The field of each column that is sure, the surest first; no field twice."""
    pairs = sorted(
        ((guess.sure, column.column, column, guess.field) for column, each in guesses.items() for guess in each),
        key=lambda pair: (-round(pair[0], 2), pair[1]),
    )
    chosen: dict[OldColumn, str] = {}
    for sure, _, column, field in pairs:
        if sure >= SURE and column not in chosen and field not in chosen.values():
            chosen[column] = field
    return chosen


def samples(values: Sequence[object]) -> Iterator[str]:
    """A few different values, as a remark repeats them."""
    seen = dict.fromkeys(shown(as_text(value), 28) for value in values if not is_blank(value))
    yield from list(seen)[:SAMPLES]


def proposed_words(
    chosen: Mapping[OldColumn, str], values: Values, template: Template
) -> Iterator[tuple[str, dict[str, str]]]:
    """For each column of choices, its words that are not in the list, and what each seems to mean."""
    for column, field in chosen.items():
        line = field_line(template, field)
        if line.type != "choice":
            continue
        options = {fold(option) for option in template.options(line)}
        words = Counter(" ".join(as_text(value).split()) for value in values[column])
        strange = [word for word, _ in words.most_common(40) if word and fold(word) not in options and len(word) <= 60]
        if strange:
            yield field, {word: meant(line.list, word) for word in strange}


def proposed_colours(
    tables: Sequence[OldTable], chosen: Mapping[OldColumn, str], template: Template
) -> Iterator[tuple[str, dict[str, str]]]:
    """For each heading the colours of cells that hold nothing else; where a key on the tab says what one means, that is proposed."""
    said = {name: word for table in tables for name, word in colour_key(table.tab)}
    found: dict[str, set[str]] = {}
    for table in tables:
        for column in table.columns:
            for row in table.rows:
                cell = table.tab.cells.get((row, column.column))
                if cell is not None and cell.fill and not cell.filled and column.heading and column.month is None:
                    found.setdefault(column.heading, set()).add(cell.fill)
    for heading, fills in found.items():
        field = next((name for each, name in chosen.items() if fold(each.heading) == fold(heading)), STATUS)
        words = field_line(template, field).list
        yield heading, {fill: meant(words, said.get(colour_name(fill), "")) if words else "" for fill in sorted(fills)}


COLOUR_KEY = re.compile(r"\b(red|amber|yellow|green|blue|grey)\s*[=:–-]\s*([a-z][a-z ]+)")
HUES = ((20, "red"), (65, "amber"), (170, "green"), (260, "blue"), (330, "purple"), (360, "red"))
"""Up to which hue, in degrees, a colour has which name."""


def colour_key(tab: OldTab) -> Iterator[tuple[str, str]]:
    """What a key on a tab says of colours: “red = not started, amber = in progress”."""
    for cell in tab.cells.values():
        for name, word in COLOUR_KEY.findall(fold(cell.value)) if isinstance(cell.value, str) else ():
            yield ("amber" if name == "yellow" else name), word.strip()


def colour_name(colour: str) -> str:
    """What people call a fill, such as FF0000; empty for a theme's colour and for greys."""
    if not re.fullmatch(r"[0-9A-Fa-f]{6}", colour):
        return ""
    hue, light, strong = rgb_to_hls(*(int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)))
    return next(name for most, name in HUES if hue * 360 <= most) if strong > 0.15 and 0.05 < light < 0.95 else ""


def asked_people(table: OldTable, lines: TableLines, template: Template) -> Iterator[str]:
    """Initials, and cells that name two, in the columns of one person."""
    fields = lines.fields
    for column in table.columns:
        field = fields.get(fold(column.heading), "")
        if not field or field == SERVICE or not field_line(template, field).names_staff:
            continue
        for cells in table.rows.values():
            text = as_text(cells[column.column].value).strip() if column.column in cells else ""
            if text and (INITIALS.fullmatch(text) or TWO_OWNERS.search(text)):
                yield " ".join(text.split())


KEY = re.compile(r"([A-Z]{2,4})\s*[-=:–]\s*([A-Z][\w .'’/-]{2,40})")


def known_people(tabs: Iterable[OldTab]) -> dict[str, str]:
    """What a key on some tab says of initials: “RM = Registered Manager”, in one cell or in two beside one another."""
    found: dict[str, str] = {}
    for tab in tabs:
        for cells in tab.rows.values():
            columns = sorted(cells)
            for column, following in pairwise(columns):
                short, long = as_text(cells[column].value).strip(), as_text(cells[following].value).strip()
                if len(columns) == 2 and INITIALS.fullmatch(short) and 3 < len(long) <= 40:
                    found.setdefault(short, long)
            for cell in cells.values():
                if isinstance(cell.value, str):
                    for line in re.split(r"[\n;,]", cell.value):
                        if said := KEY.fullmatch(line.strip()):
                            found.setdefault(said[1], said[2].strip())
    return found


def proposed_service(
    books: Sequence[OldWorkbook], tables: Sequence[OldTable], lines: Sequence[TableLines], services: Sequence[Service]
) -> ServiceLines:
    """Whose a workbook seems to be: a column or tabs that name services, else a label of the cover, else its name."""
    names = {fold(name) for service in services for name in (service.code, service.name)}
    columns = [column for each in lines for column in each.column]
    owner = next((column for column in columns if names_services(column, tables, names)), None)
    if owner is not None:
        return ServiceLines(by="column", label=owner.heading)
    titles = {fold(table.tab.title) for table in tables}
    if len(titles) > 1 and sum(title in names for title in titles) >= 2:
        return ServiceLines(by="tab")
    for book in books:
        for tab in book.tabs:
            own = [table for table in tables if table.tab is tab]
            for line in cover_lines(tab, own):
                if plain(line.label) in map(plain, aliases().cover["service"]):
                    return ServiceLines(by="cover", label=line.label)
    return ServiceLines()


def with_tabs(
    lines: TableLines, tables: Sequence[OldTable], template: Template, services: Sequence[Service]
) -> TableLines:
    """The same, with what the tabs' titles say where several tabs have this layout: services, or themes."""
    names = {fold(name) for service in services for name in (service.code, service.name)}
    tabs = dict.fromkeys(table.tab.title for table in tables if alike(lines.signature, table.signature) >= LIKE)
    column = [
        line.model_copy(update={"field": SERVICE, "sure": 1.0, "guess": SERVICE})
        if names_services(line, tables, names)
        else line
        for line in lines.column
    ]
    said = ""
    if len(tabs) > 1:
        if sum(fold(title) in names for title in tabs) >= 2:
            said = SERVICE
        elif lines.into == "actions" and "actions.theme" not in lines.fields.values():
            said = "actions.theme"
    return lines.model_copy(
        update={"tab": said, "column": tuple(column), "sections": "" if said == "actions.theme" else lines.sections}
    )


def names_services(line: ColumnLine, tables: Sequence[OldTable], names: set[str]) -> bool:
    """True for a column that says whose a row is: its heading says so, or half of its values are services of the list."""
    values = [
        fold(as_text(cells[column.column].value))
        for table in tables
        for column in table.columns
        if fold(column.heading) == fold(line.heading)
        for cells in table.rows.values()
        if column.column in cells and len(cells) > 1
    ]
    listed = sum(value in names for value in values)
    said = plain(line.heading) in map(plain, aliases().cover["column"])
    return bool(values) and (listed >= 0.5 * len(values) or (said and not line.field) or (said and listed > 0))
