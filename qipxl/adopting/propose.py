"""Old tables → a proposed mapping: the probable meaning of each heading, word and colour, with a confidence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from colorsys import rgb_to_hls
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from qipxl.adopting.heading_match import (
    LISTED,
    MOST_VALUES,
    aliases,
    comparable,
    heading_score,
    how_known,
    is_code,
    is_date,
    is_long_text,
    is_person,
    is_status,
    is_surely_person,
    is_text,
    known_headings,
    list_word,
    name_score,
    share_of,
    value_fit,
)
from qipxl.adopting.mapping import (
    MIN_CONFIDENCE,
    RELATED_TABLES,
    SAME_LAYOUT,
    SERVICE,
    SURE,
    AdoptMapping,
    ColumnMapping,
    ServiceMapping,
    TableMapping,
    coloured_field,
    field_line,
    overlap,
)
from qipxl.adopting.old_tables import OldColumn, OldTable, find_old_tables, labelled_values
from qipxl.adopting.old_workbook import OldCell, OldTab, OldWorkbook, is_struck
from qipxl.returns.problems import shown
from qipxl.services import Service
from qipxl.template import Template
from qipxl.text import as_text
from qipxl.workbook.cells import is_blank
from qipxl.workbook.headings import fold

SAMPLES = 3
IN_PLACE_OF: Mapping[str, tuple[str, Sequence[str]]] = {
    "actions.accountable_lead": ("actions.owner", ("actions.owner",)),
    "milestones.milestone": ("actions.intended_change", ("actions.issue", "actions.intended_change")),
}
"""A field whose column fills another one if no column fills that: the only person named owns the action."""
CHILD_FIELDS = ("evidence.description", "evidence.kept_at", "milestones.milestone", "reviews.finding")
"""The fields of other tables that a column of a table of actions may fill."""
NEEDED: Mapping[str, Sequence[str]] = {
    "actions": ("issue", "intended_change"),
    "milestones": ("milestone", "action"),
    "evidence": ("description",),
    "measurements": ("indicator", "month"),
    "indicators": ("indicator",),
}
"""The fields that make a table one of these: at least one of them, for the tables in `ALL_NEEDED` all."""
ALL_NEEDED = ("measurements", "milestones")
FEWEST_FIELDS, ENOUGH_FIELDS = 2, 3
"""The fewest fields of a table that is surely a list of actions, and of one that may be, next to another that may be."""
SHARE_OF_BEST = 0.5
"""The least share of the best list's fields that another list of actions has: a key or a list of choices has fewer."""
FROM_VALUES = 0.57
"""The confidence of a field that only the values of a column suggest."""
LIKE_SHARE = 0.8
"""The share of values that must look alike for that."""
SURE_PEOPLE = 0.3
"""The share of names that must begin with a usual given name or be a role."""
LEAST_SHOWN = 0.3
"""The least confidence of a guess that is shown."""
MOST_COLUMNS = 300
"""The number of columns of a table whose meaning is guessed: no plan has more."""
TWO_OWNERS = re.compile(r"[/&;+?\n]|,|\band\b", re.IGNORECASE)
INITIALS = re.compile(r"[A-Z]{2,4}")


def tables_of(workbook: OldWorkbook, template: Template) -> list[OldTable]:
    """Every table of a workbook, tab by tab."""
    known = known_headings(template)
    is_known = cache(lambda text: how_known(text, known))
    return [table for tab in workbook.tabs for table in find_old_tables(tab, is_known)]


@dataclass(frozen=True)
class Guess:
    """A field that a column may mean, and the confidence, from 0 to 1."""

    field: str
    confidence: float


def propose_mapping(
    workbooks: Iterable[OldWorkbook], template: Template, services: Sequence[Service] = ()
) -> AdoptMapping:
    """The mapping that old workbooks suggest for a template; a column with a low confidence stays unmapped."""
    workbooks = list(workbooks)
    tables = [table for workbook in workbooks for table in tables_of(workbook, template)]
    layouts: list[list[OldTable]] = []
    for table in tables:
        same = next((group for group in layouts if overlap(group[0].signature, table.signature) >= SAME_LAYOUT), None)
        if same is None:
            layouts.append([table])
        else:
            same.append(table)
    mappings = proposed_tables(layouts, template)
    asked = [
        name for group, lines in zip(layouts, mappings, strict=True) for name in names_to_ask(group, lines, template)
    ]
    tabs = [tab for workbook in workbooks for tab in workbook.tabs]
    known = people_in_keys(tabs)
    names = {fold(name) for service in services for name in (service.code, service.name)}
    values = values_by_heading(tables)
    return AdoptMapping(
        template=template.key,
        service=proposed_service(tabs, tables, mappings, values, names),
        people={name: known.get(name, "") for name in dict.fromkeys(asked)},
        table=tuple(add_tab_meaning(lines, tables, values, names) for lines in mappings),
    )


Values = Mapping[OldColumn, Sequence[object]]


@dataclass(frozen=True)
class Layout:
    """The tables of one layout: their columns with the values, and the table of a tracker that each may be, with its guesses."""

    tables: Sequence[OldTable]
    values: Values
    into: str
    guesses: Mapping[OldColumn, Sequence[Guess]]

    @property
    def chosen(self) -> dict[OldColumn, str]:
        """The field of each column."""
        return chosen_fields(self.guesses)

    @property
    def own_fields(self) -> set[str]:
        """The fields of the table itself that its columns fill."""
        return {field for field in self.chosen.values() if field.startswith(f"{self.into}.")}

    @property
    def is_sure(self) -> bool:
        """True if the headings say what the table is."""
        sure = {guess.field for each in self.guesses.values() for guess in each if guess.confidence >= SURE}
        needed = {f"{self.into}.{key}" for key in NEEDED.get(self.into, ())} & self.own_fields
        return self.into != "actions" or (bool(needed & sure) and len(self.own_fields) >= FEWEST_FIELDS)


def proposed_tables(groups: Sequence[Sequence[OldTable]], template: Template) -> list[TableMapping]:
    """The mappings of all layouts. If none is surely a list of actions, the best guess is one."""
    layouts = [guessed_layout(tables, template) for tables in groups]
    lists = [layout for layout in layouts if layout.into == "actions"]
    sure = [layout for layout in lists if layout.is_sure]
    best = max(sure or lists, key=lambda layout: (len(layout.own_fields), len(layout.values)), default=None)
    least = SHARE_OF_BEST * len(best.own_fields) if best is not None else 0
    others = sure or [layout for layout in lists if len(layout.own_fields) >= ENOUGH_FIELDS]
    used = [layout for layout in lists if layout is best or (layout in others and len(layout.own_fields) >= least)]
    return [proposed_table(each, template, used=each.into != "actions" or each in used) for each in layouts]


def guessed_layout(tables: Sequence[OldTable], template: Template) -> Layout:
    """The tables of one layout, with what their columns may mean."""
    every = columns_of(tables)
    first = {fold(column.heading): column for _, column in reversed(every) if column.month is None and column.heading}
    under = values_by_heading(tables)
    columns = sorted(first.values(), key=lambda column: column.column)[:MOST_COLUMNS]
    values = {column: under.get(fold(column.heading), []) for column in columns}
    figures = [cell.value for table, column in every if column.month is not None for cell in cells_in(table, column)]
    into, guesses = guess_table(values, template, figures)
    return Layout(tables, values, into, guesses)


def proposed_table(layout: Layout, template: Template, *, used: bool) -> TableMapping:
    """The mapping of the tables of one layout; if it is not `used`, its rows are reported only."""
    tables, values = layout.tables, layout.values
    chosen = layout.chosen if used else {}
    into = layout.into if used else ""
    lines = []
    for old in values:
        field, guesses = chosen.get(old, ""), layout.guesses.get(old, ()) if used else ()
        likely = [guess for guess in guesses if guess.field == field or (not field and guess.confidence >= LEAST_SHOWN)]
        best = max(likely, key=lambda guess: guess.confidence, default=Guess("", 0.0))
        sure, some = round(max(0.0, best.confidence), 2), samples(values[old])
        lines.append(ColumnMapping(heading=old.heading, field=field, guess=best.field, confidence=sure, samples=some))
    return TableMapping(
        sheet=tables[0].tab.title,
        into=into,
        column=tuple(lines),
        sections="actions.theme" if into == "actions" and "actions.theme" not in chosen.values() else "",
        words=dict(proposed_words(chosen, values, template)),
        colours=dict(proposed_colours(tables, chosen, template)),
        struck_rows=sum(is_struck(cells) for table in tables for cells in table.rows.values()),
    )


def columns_of(tables: Sequence[OldTable]) -> list[tuple[OldTable, OldColumn]]:
    """Every column of the tables, with its table."""
    return [(table, column) for table in tables for column in table.columns]


def cells_in(table: OldTable, column: OldColumn, fewest: int = 1) -> Iterator[OldCell]:
    """The filled cells of a column, in rows with at least `fewest` filled cells."""
    return (cells[column.column] for cells in table.rows.values() if column.column in cells and len(cells) >= fewest)


ValuesByHeading = Mapping[str, Sequence[object]]


def values_by_heading(tables: Sequence[OldTable]) -> ValuesByHeading:
    """The values under each folded heading in the tables of one layout, without headings between rows."""
    found: dict[str, list[object]] = {}
    for table, column in columns_of(tables):
        found.setdefault(fold(column.heading), []).extend(cell.value for cell in cells_in(table, column, fewest=2))
    return found


Guesses = dict[OldColumn, list[Guess]]


def guess_table(values: Values, template: Template, figures: Sequence[object]) -> tuple[str, Guesses]:
    """The table of a tracker that an old table's rows probably belong to, empty if there is none, and what its columns mean.

    `figures` are the values under months: if most are numbers, the rows are indicators.
    """
    numbers = sum(isinstance(value, int | float) and not isinstance(value, bool) for value in figures)
    if figures and numbers >= 0.5 * len(figures) and "indicators" in template.tables:
        return "indicators", guesses_for("indicators", values, template)
    scores: dict[str, float] = {}
    guesses = {table: guesses_for(table, values, template) for table in NEEDED if table in template.tables}
    for table, possible in guesses.items():
        fields = {
            field.partition(".")[2] for field in chosen_fields(possible).values() if field.startswith(f"{table}.")
        }
        has = fields & set(NEEDED[table])
        alone = (
            table == "indicators" and len(fields) < FEWEST_FIELDS
        )  # a list of names and figures, such as a dashboard
        if has and not alone and (table not in ALL_NEEDED or len(has) == len(NEEDED[table])):
            scores[table] = len(fields) + (2 if table == "measurements" else 0)
    into = max(scores, key=lambda each: scores[each], default="")
    return into, guesses.get(into, {})


def guesses_for(into: str, values: Values, template: Template) -> Guesses:
    """The fields that each column may mean, with a confidence from its heading and its values."""
    guesses = {column: guesses_from_heading(column, values[column], into, template) for column in values}
    if into == "actions":
        fields = {field: column for column, field in chosen_fields(guesses).items()}
        for field, (instead, others) in IN_PLACE_OF.items():
            if field in fields and fields.keys().isdisjoint(others):
                guesses[fields[field]] = [Guess(instead, SURE)]
        for column, guess in guesses_from_values(values, guesses):
            guesses[column].append(guess)
    return guesses


def guesses_from_heading(column: OldColumn, values: Sequence[object], into: str, template: Template) -> list[Guess]:
    """The fields that a heading may mean, with a confidence that the values raise or lower."""
    no_field = name_score(column.heading, tuple(aliases().none))
    fields = {
        f"{table}.{field.key}": (field, heading_score(column.heading, table, field))
        for table in (into, *RELATED_TABLES.get(into, ()))
        for field in (template.tables[table].field if table in template.tables else ())
        if table == into or f"{table}.{field.key}" in CHILD_FIELDS
    }
    listed = any(confidence >= LISTED for _, confidence in fields.values())
    guesses = []
    for name, (field, confidence) in fields.items():
        guessed_list = field.type == "choice" and field.list != "status" and confidence < LISTED
        if confidence >= (LISTED if listed else 0.01) and not guessed_list:
            fit = value_fit(template, field, values, listed=confidence >= LISTED)
            sure = confidence + fit - (0.0 if name.startswith(f"{into}.") else 0.05)
            doubtful = no_field >= max(0.9, sure - 0.04)
            guesses.append(Guess(name, min(sure, 0.5) if doubtful else sure))
    return guesses


def guesses_from_values(values: Values, guesses: Guesses) -> Iterator[tuple[OldColumn, Guess]]:
    """The fields that only the values of a column suggest, if no heading means them."""
    chosen = chosen_fields(guesses)
    taken = set(chosen.values())
    none = set(map(comparable, aliases().none))
    free = [column for column in values if column not in chosen and values[column]]
    unknown = [column for column in free if comparable(column.heading) not in none]

    def alike(columns: Sequence[OldColumn], kind: Callable[[object], bool]) -> list[OldColumn]:
        return [column for column in columns if share_of(kind, values[column][:MOST_VALUES]) >= LIKE_SHARE]

    worded = [column for column in unknown if len(set(map(as_text, values[column]))) > 0.5 * len(values[column])]
    texts = (
        alike(worded, is_long_text)
        or sorted(alike(worded, is_text), key=lambda column: -mean_length(values[column]))[:1]
    )
    people = [
        column for column in alike(unknown, is_person) if share_of(is_surely_person, values[column]) >= SURE_PEOPLE
    ]
    dated = alike(unknown, is_date)
    past = [column for column in dated if not aliases().past.isdisjoint(comparable(column.heading).split())]
    dates = [column for column in dated if column not in past]
    found = {
        "actions.ref": [
            column for column in alike(unknown, is_code)[:1] if column == min(values, key=lambda old: old.column)
        ],
        "actions.status": alike(free, is_status)[:1],
        "actions.owner": people[:1],
        "actions.start": past[:1]
        or [column for column in dates if "actions.due" in taken and comparable(column.heading) == "date"],
        "actions.due": dates if len(dates) == 1 else [],
    }
    if taken.isdisjoint({"actions.issue", "actions.intended_change"}):
        facts = {
            field for field in ("actions.owner", "actions.due", "actions.status") if field in taken or found[field]
        }
        problems = any(comparable(column.heading).split()[:1] in (["issue"], ["risk"]) for column in values)
        changes = (texts[1:2] or texts) if facts and not problems else []
        found |= {
            "actions.intended_change": changes,
            "actions.issue": [text for text in texts[:1] if text not in changes],
        }
    for field, columns in found.items():
        if field not in taken:
            yield from ((column, Guess(field, FROM_VALUES)) for column in columns)


def mean_length(values: Sequence[object]) -> float:
    """The mean number of characters of values."""
    return sum(len(as_text(value)) for value in values) / len(values)


def chosen_fields(guesses: Mapping[OldColumn, Sequence[Guess]]) -> dict[OldColumn, str]:
    """The field of each column, highest confidence first; no field twice."""
    pairs = [(column, guess) for column, possible in guesses.items() for guess in possible]
    pairs.sort(key=lambda pair: (-round(pair[1].confidence, 3), pair[0].column))
    chosen: dict[OldColumn, str] = {}
    taken: set[str] = set()
    for column, guess in pairs:
        if guess.confidence >= MIN_CONFIDENCE and column not in chosen and guess.field not in taken:
            chosen[column] = guess.field
            taken.add(guess.field)
    return chosen


def samples(values: Sequence[object]) -> tuple[str, ...]:
    """A few different values, shortened for a comment."""
    seen = dict.fromkeys(shown(as_text(value), 28) for value in values if not is_blank(value))
    return tuple(seen)[:SAMPLES]


def proposed_words(
    chosen: Mapping[OldColumn, str], values: Values, template: Template
) -> Iterator[tuple[str, dict[str, str]]]:
    """For each column of choices, its words that are not in the list, and the probable meaning of each."""
    for column, field in chosen.items():
        line = field_line(template, field)
        if line.type != "choice":
            continue
        options = {fold(option) for option in template.options(line)}
        words = Counter(" ".join(as_text(value).split()) for value in values[column])
        unknown = [word for word, _ in words.most_common(40) if word and fold(word) not in options and len(word) <= 60]
        if unknown:
            yield field, {word: list_word(line.list, word) for word in unknown}


def proposed_colours(
    tables: Sequence[OldTable], chosen: Mapping[OldColumn, str], template: Template
) -> Iterator[tuple[str, dict[str, str]]]:
    """For each heading the colours of its empty cells, with the meaning that a colour key on the tab gives."""
    key = {name: word for table in tables for name, word in colour_key(table.tab)}
    colours: dict[str, set[str]] = {}
    for table in tables:
        for column in table.columns:
            for row in table.rows:
                cell = table.tab.cells.get((row, column.column))
                if cell is not None and cell.fill and not cell.filled and column.heading and column.month is None:
                    colours.setdefault(column.heading, set()).add(cell.fill)
    for heading, fills in colours.items():
        field = next((name for column, name in chosen.items() if fold(column.heading) == fold(heading)), "")
        words = field_line(template, coloured_field(field)).list
        meanings = {fill: list_word(words, key.get(colour_name(fill), "")) if words else "" for fill in sorted(fills)}
        yield heading, meanings


COLOUR_KEY = re.compile(r"\b(red|amber|yellow|green|blue|grey)\s*[=:–-]\s*([a-z][a-z ]+)")
HUES = ((20, "red"), (65, "amber"), (170, "green"), (260, "blue"), (330, "purple"), (360, "red"))
"""The highest hue, in degrees, of each colour name."""


def colour_key(tab: OldTab) -> Iterator[tuple[str, str]]:
    """The meanings in a colour key on a tab, such as “red = not started, amber = in progress”."""
    for cell in tab.cells.values():
        for name, word in COLOUR_KEY.findall(fold(cell.value)) if isinstance(cell.value, str) else ():
            yield ("amber" if name == "yellow" else name), word.strip()


def colour_name(colour: str) -> str:
    """The common name of a fill such as FF0000; empty for a theme's colour and for greys."""
    if not re.fullmatch(r"[0-9A-Fa-f]{6}", colour):
        return ""
    hue, lightness, saturation = rgb_to_hls(*(int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4)))
    coloured = saturation > 0.15 and 0.05 < lightness < 0.95
    return next(name for highest, name in HUES if hue * 360 <= highest) if coloured else ""


def names_to_ask(tables: Sequence[OldTable], lines: TableMapping, template: Template) -> Iterator[str]:
    """Initials, and cells that name two people, in the columns of one person."""
    fields = lines.fields
    for table, column in columns_of(tables):
        field = fields.get(fold(column.heading), "")
        if not field or field == SERVICE or not field_line(template, field).names_staff:
            continue
        for cell in cells_in(table, column):
            text = as_text(cell.value).strip()
            if text and (INITIALS.fullmatch(text) or TWO_OWNERS.search(text)):
                yield " ".join(text.split())


KEY = re.compile(r"([A-Z]{2,4})\s*[-=:–]\s*([A-Z][\w .'’/-]{2,40})")


def people_in_keys(tabs: Iterable[OldTab]) -> dict[str, str]:
    """The initials that a key on a tab explains, such as “RM = Registered Manager”, in one cell or in two next to each other."""
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
                        if entry := KEY.fullmatch(line.strip()):
                            found.setdefault(entry[1], entry[2].strip())
    return found


def proposed_service(
    tabs: Sequence[OldTab],
    tables: Sequence[OldTable],
    mappings: Sequence[TableMapping],
    values: ValuesByHeading,
    names: Collection[str],
) -> ServiceMapping:
    """How to find a workbook's service: by a column or tabs that name services, a label of the cover, or the file's name."""
    columns = [column for lines in mappings for column in lines.column]
    service = next((column for column in columns if names_services(column, values, names)), None)
    if service is not None:
        return ServiceMapping(by="column", label=service.heading)
    titles = {fold(table.tab.title) for table in tables}
    if len(titles) > 1 and sum(title in names for title in titles) >= 2:
        return ServiceMapping(by="tab")
    for tab in tabs:
        for line in labelled_values(tab, tables):
            if comparable(line.label) in map(comparable, aliases().cover["service"]):
                return ServiceMapping(by="cover", label=line.label)
    return ServiceMapping()


def add_tab_meaning(
    lines: TableMapping, tables: Sequence[OldTable], values: ValuesByHeading, names: Collection[str]
) -> TableMapping:
    """The mapping with the meaning of tab titles, if several tabs have this layout: services, or themes."""
    alike = [table for table in tables if overlap(lines.signature, table.signature) >= SAME_LAYOUT]
    tabs = {table.tab.title for table in alike}
    service = {"field": SERVICE, "confidence": 1.0, "guess": SERVICE}
    column = [line.model_copy(update=service) if names_services(line, values, names) else line for line in lines.column]
    meaning = ""
    if len(tabs) > 1:
        if sum(fold(title) in names for title in tabs) >= 2:
            meaning = SERVICE
        elif lines.into == "actions" and "actions.theme" not in lines.fields.values():
            meaning = "actions.theme"
    sections = "" if meaning == "actions.theme" else lines.sections
    return lines.model_copy(update={"tab": meaning, "column": tuple(column), "sections": sections})


def names_services(line: ColumnMapping, found: ValuesByHeading, names: Collection[str]) -> bool:
    """True for a column that names the service of a row: by its heading, or because half of its values are known services."""
    values = [fold(as_text(value)) for value in found.get(fold(line.heading), ())]
    listed = sum(value in names for value in values)
    by_heading = comparable(line.heading) in map(comparable, aliases().cover["column"])
    return bool(values) and (listed >= 0.5 * len(values) or (by_heading and (not line.field or listed > 0)))
