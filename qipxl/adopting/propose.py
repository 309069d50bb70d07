"""Old tables → a proposed mapping: the probable meaning of each heading, word and colour, with a confidence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from colorsys import rgb_to_hls
from functools import cache, partial
from itertools import pairwise

from qipxl.adopting.aliases import aliases, list_word, score_word
from qipxl.adopting.column_values import is_word, may_be_person, numbered_option
from qipxl.adopting.guess_fields import guess_table
from qipxl.adopting.guesses import DOUBTED, ENOUGH_FIELDS, Guess, Values
from qipxl.adopting.heading_match import how_known, known_headings
from qipxl.adopting.heading_words import comparable
from qipxl.adopting.mapping import (
    SAME_LAYOUT,
    SERVICE,
    AdoptMapping,
    ColumnMapping,
    ServiceMapping,
    TableMapping,
    can_be_risks,
    coloured_field,
    field_line,
    is_score,
    overlap,
    word_options,
)
from qipxl.adopting.old_tables import OldColumn, OldTable, find_old_tables, labelled_values
from qipxl.adopting.old_workbook import OldCell, OldTab, OldWorkbook, is_struck
from qipxl.adopting.plan_tables import Layout
from qipxl.returns.problems import shown
from qipxl.services import Service
from qipxl.template import Template
from qipxl.text import as_text
from qipxl.workbook.cells import is_blank
from qipxl.workbook.headings import fold

SAMPLES = 3
MOST_COLUMNS = 300
"""The number of columns of a table whose meaning is guessed: no plan has more."""
SHARE_OF_BEST = 0.5
"""The least share of the best list's fields that another list of actions has: a key or a list of choices has fewer."""
LEAST_SHOWN = 0.3
"""The least confidence of a guess that is shown."""
TWO_OWNERS = re.compile(r"[/&;+?\n]|,|\band\b", re.IGNORECASE)
INITIALS = re.compile(r"[A-Z]{2,4}")
NUMBERED_TITLE = re.compile(r"(?:table|sheet|tab) ?\d*", re.IGNORECASE)
"""The title of a tab that nobody has named, such as Sheet1: it is no theme."""
LISTS = frozenset(
    (
        "register",
        "log",
        "list",
        "plan",
        "tracker",
        "assessment",
        "open",
        "closed",
        "completed",
        "all",
        "new",
        "old",
        "current",
    )
)
"""Words of the title of a tab that only says which list it is."""


def tables_of(workbook: OldWorkbook, template: Template) -> list[OldTable]:
    """Every table of a workbook, tab by tab."""
    known = known_headings(template)
    is_known = cache(lambda text: how_known(text, known))
    return [table for tab in workbook.tabs for table in find_old_tables(tab, is_known)]


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
        name
        for group, lines in zip(layouts, mappings, strict=True)
        for name in names_to_ask(group, lines.with_guesses(template), template)
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


def proposed_tables(groups: Sequence[Sequence[OldTable]], template: Template) -> list[TableMapping]:
    """The mappings of all layouts. A table that is not surely a list of actions is not carried; a person is asked about it, and so
    about a minor one next to the best, and one that repeats the actions of a longer one.
    """
    layouts = [guessed_layout(tables, template) for tables in groups]
    lists = [layout for layout in layouts if layout.into == "actions"]
    sure = [layout for layout in lists if layout.is_sure]
    best = max(sure or lists, key=lambda layout: (layout.facts, len(layout.values)), default=None)
    least = SHARE_OF_BEST * best.facts if best is not None else 0
    shown = [
        layout
        for layout in lists
        if layout is best or ((layout in sure or len(layout.own_fields) >= ENOUGH_FIELDS) and layout.facts >= least)
    ]
    asked = [each for each in sure if each is not best and (each.is_minor or any(map(each.repeats, sure)))]
    return [
        proposed_table(
            each,
            template,
            repeated=any(map(each.repeats, sure)),
            used=each.is_sure and (each in shown or each not in lists) and each not in asked,
            shown=each in shown or each in asked,
        )
        for each in layouts
    ]


def guessed_layout(tables: Sequence[OldTable], template: Template) -> Layout:
    """The tables of one layout, with what their columns may mean."""
    every = columns_of(tables)
    first = {fold(column.heading): column for _, column in reversed(every) if column.month is None and column.heading}
    under = values_by_heading(tables)
    columns = sorted(first.values(), key=lambda column: column.column)[:MOST_COLUMNS]
    values = {column: under.get(fold(column.heading), []) for column in columns}
    figures = [cell.value for table, column in every if column.month is not None for cell in cells_in(table, column)]
    into, guesses = guess_table(values, template, figures, {comparable(table.tab.title) for table in tables})
    return Layout(tables, values, into, guesses)


def proposed_table(layout: Layout, template: Template, *, used: bool, shown: bool, repeated: bool) -> TableMapping:
    """The mapping of the tables of one layout; if it is not `used`, its rows are reported only, and the guesses `shown` or not. Those of a
    table whose rows are `repeated` ones are not filled in.

    The words of columns with a guess are explained too, because a person may confirm it.
    """
    tables, values = layout.tables, layout.values
    chosen = layout.sure_fields if used else {}
    into = layout.into if used else ""
    lines = []
    for old in values:
        field, guesses = chosen.get(old, ""), layout.guesses.get(old, ()) if used or shown else ()
        likely = [guess for guess in guesses if guess.field == field or (not field and guess.confidence >= LEAST_SHOWN)]
        best = max(likely, key=lambda guess: guess.offered, default=Guess("", 0.0))
        most = DOUBTED if repeated and not used else 1.0
        sure, some = round(max(0.0, min(best.offered, most)), 2), samples(values[old])
        lines.append(ColumnMapping(heading=old.heading, field=field, guess=best.field, confidence=sure, samples=some))
    made = TableMapping(
        sheet=tables[0].tab.title,
        into=into,
        risks="yes" if can_be_risks(into, template) and layout.has_risks else "no",
        column=tuple(lines),
        sections="actions.theme" if into == "actions" and "actions.theme" not in chosen.values() else "",
        colours=dict(proposed_colours(tables, chosen, template)),
        struck_rows=sum(is_struck(cells) for table in tables for cells in table.rows.values()),
        names_risks=layout.has_risks,
    )
    fields = made.with_guesses(template).fields
    guessed = {old: fields[fold(old.heading)] for old in values if fold(old.heading) in fields}
    return made.model_copy(update={"words": dict(proposed_words(guessed, values, template))})


def columns_of(tables: Sequence[OldTable]) -> list[tuple[OldTable, OldColumn]]:
    """Every column of the tables, with its table."""
    return [(table, column) for table in tables for column in table.columns]


def cells_in(table: OldTable, column: OldColumn, fewest: int = 1) -> Iterator[OldCell]:
    """The filled cells of a column, in rows with at least `fewest` filled cells."""
    return (cells[column.column] for cells in table.listed_rows if column.column in cells and len(cells) >= fewest)


ValuesByHeading = Mapping[str, Sequence[object]]


def values_by_heading(tables: Sequence[OldTable]) -> ValuesByHeading:
    """The values under each folded heading in the tables of one layout, without headings between rows."""
    found: dict[str, list[object]] = {}
    for table, column in columns_of(tables):
        found.setdefault(fold(column.heading), []).extend(cell.value for cell in cells_in(table, column, fewest=2))
    return found


def samples(values: Sequence[object]) -> tuple[str, ...]:
    """A few different values, shortened for a comment."""
    seen = dict.fromkeys(shown(as_text(value), 28) for value in values if not is_blank(value))
    return tuple(seen)[:SAMPLES]


def proposed_words(
    chosen: Mapping[OldColumn, str], values: Values, template: Template
) -> Iterator[tuple[str, dict[str, str]]]:
    """For each column of choices or of scores, its words that are not in the list, and the probable meaning of each."""
    for column, field in chosen.items():
        line = field_line(template, field)
        if line.type != "choice" and not is_score(line):
            continue
        options = {fold(option) for option in word_options(template, line)}
        typed = [value for value in values[column] if not is_score(line) or is_word(value)]
        words = Counter(" ".join(as_text(value).split()) for value in typed)
        unknown = [word for word, _ in words.most_common(40) if word and fold(word) not in options and len(word) <= 60]
        if unknown:
            listed = template.options(line)
            meaning = score_word if is_score(line) else partial(list_word, line.list)
            yield field, {word: meaning(word) or numbered_option(word, listed) for word in unknown}


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
            if text and (INITIALS.fullmatch(text) or names_two(text)):
                yield " ".join(text.split())


def names_two(text: str) -> bool:
    """True for a text that names two people or more; not for one role of two departments.

    >>> names_two("Jo Shah / Ann Lee"), names_two("Manager and deputy"), names_two("Head of Quality & Safety")
    (True, True, False)
    """
    first, *others = (part.strip() for part in TWO_OWNERS.split(text))
    return bool(others) and not (may_be_person(first) and not any(map(may_be_person, others)) and has_role(first))


def has_role(text: str) -> bool:
    """True for a text with the word of a role."""
    return not aliases().roles.isdisjoint(comparable(text).split())


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
            label, is_known = comparable(line.label), fold(as_text(line.value.value)) in names
            labels = [*aliases().cover["service"], *(aliases().cover["place"] if is_known else ())]
            if label in map(comparable, labels):
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
        elif (
            lines.into == "actions"
            and "actions.theme" not in lines.fields.values()
            and not any(map(names_no_theme, tabs))
        ):
            meaning = "actions.theme"
    sections = "" if meaning == "actions.theme" else lines.sections
    return lines.model_copy(update={"tab": meaning, "column": tuple(column), "sections": sections})


def names_no_theme(title: str) -> bool:
    """True for the title of a tab that nobody has named, and for one that only says that it is a list.

    >>> names_no_theme("Sheet1"), names_no_theme("Risk register"), names_no_theme("Kitchen")
    (True, True, False)
    """
    words = set(comparable(title).split())
    return NUMBERED_TITLE.fullmatch(title) is not None or words <= aliases().problems | LISTS


def names_services(line: ColumnMapping, found: ValuesByHeading, names: Collection[str]) -> bool:
    """True for a column that names the service of a row: by its heading, or because half of its values are known services."""
    values = [fold(as_text(value)) for value in found.get(fold(line.heading), ())]
    listed = sum(value in names for value in values)
    by_heading = comparable(line.heading) in map(comparable, aliases().cover["column"])
    sure = (
        not line.field and comparable(line.heading) != "service"
    )  # that of a supplier, if no service of the list is in it
    return bool(values) and (listed >= 0.5 * len(values) or (by_heading and (sure or listed > 0)))
