"""Consistency checks of a template before its rules are read: names, lists, colours, lengths."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations

from qipxl.template.colours import contrast, difference
from qipxl.template.model import KEY, CalculatedLine, Declaration, FieldLine, RatingLine, TableLine, TrendLine
from qipxl.template.plain import plain_mistakes
from qipxl.text import did_you_mean
from qipxl.workbook.layout import PASTED

RESERVED_SHEETS = (
    "start here",
    "charts",
    "checks",
    "guidance",
    "paste figures",
    "lists",
    "settings",
    "workings",
    "qipxl stamp",
)
RESERVED_KEYS = (
    "as_at", "used", "check", "date", "setting", "service", "name", "region", "period", "file", "cell", "row", "return",
)  # fmt: skip
OWN_CODES = frozenset({"missing", "out-of-range"})
"""The codes of the checks that every field has."""
NEUTRAL = frozenset({"grey", "white", "pale"})
"""Colours that mean neither good nor bad; they may look alike."""
LEAST_CONTRAST = 4.5
"""The contrast that WCAG 2 asks for between text and its background."""
LEAST_DIFFERENCE = 20
"""Least distance in CIELAB of two fills with different meanings."""
MOST_WHOLE = 100
"""Most whole numbers from a field's minimum to its maximum."""
NEEDED_TYPE = {"list": "choice", "to": "reference"}


def find_mistakes(declared: Declaration) -> list[str]:
    """Every mistake, as a sentence with its location and its remedy."""
    checks = (key_mistakes, list_mistakes, setting_mistakes, sheet_mistakes, colour_mistakes, indicator_mistakes)
    mistakes = [mistake for check in checks for mistake in check(declared)]
    for key, table in declared.tables.items():
        mistakes += table_mistakes(declared, key, table)
    provider = declared.of_provider
    for key, table in provider.tables.items():
        mistakes += [f"provider.{mistake}" for mistake in table_mistakes(provider, key, table)]
    return mistakes


def repeated(words: Iterable[str]) -> list[str]:
    """The words that occur more than once in any case, in lower case."""
    return [word for word, times in Counter(word.lower() for word in words).items() if times > 1]


def key_mistakes(declared: Declaration) -> Iterator[str]:
    """Keys that cannot be part of a workbook's defined names."""
    for part, keys in (("lists", declared.lists), ("setting", declared.setting), ("table", declared.tables)):
        for key in keys:
            if not re.fullmatch(KEY, key):
                yield f"{part} {key!r}: a key begins with a small letter and holds small letters, figures and _ only."


def list_mistakes(declared: Declaration) -> Iterator[str]:
    for key, words in declared.lists.items():
        for word in repeated(words.values):
            yield f"lists.{key}: {word!r} is listed twice. Take one out."
        for word in words.values:
            if word != " ".join(word.split()) or not word:
                yield f"lists.{key}: {word!r} has blanks at an end or in a row. Take them out."
        for part, plain in words.plain.items():
            for word in [word for word in plain if word not in words.values]:
                yield f"lists.{key}.plain.{part}: {word!r} is not in the list.{did_you_mean(word, words.values)}"


def setting_mistakes(declared: Declaration) -> Iterator[str]:
    for key, setting in declared.setting.items():
        if setting.by and not setting.values:
            yield f"setting.{key}: give values for each word of {setting.by}."
        if not setting.by and setting.value is None:
            yield f"setting.{key}: give its value."
        for word in [word for word in setting.with_register if word not in setting.values]:
            yield f"setting.{key}.with_register: {word} is not in values.{did_you_mean(word, setting.values)}"
        numbers = [
            *setting.values.values(),
            *setting.with_register.values(),
            *([] if setting.value is None else [setting.value]),
        ]
        if any(number < setting.least for number in numbers):
            yield f"setting.{key}: no value may be below {setting.least:g}."
        if setting.value is not None and setting.values:
            yield f"setting.{key}: give either value or values, not both."


def colour_mistakes(declared: Declaration) -> Iterator[str]:
    """Ink that cannot be read on its fill, and fills of different meaning that look alike."""
    for name, colour in declared.colours.items():
        if (ratio := contrast(colour.fill, colour.ink)) < LEAST_CONTRAST:
            yield f"colours.{name}: its contrast is {ratio:.1f}; at least {LEAST_CONTRAST} is needed. Darken one or lighten the other."
    for first, second in combinations([name for name in declared.colours if name not in NEUTRAL], 2):
        if difference(declared.colours[first].fill, declared.colours[second].fill) < LEAST_DIFFERENCE:
            yield f"colours.{first} and {second}: the fills look alike. Choose others, so that readers can tell them apart."
    for name in NEUTRAL & declared.colours.keys():
        for other in declared.colours.keys() - NEUTRAL:
            if difference(declared.colours[name].fill, declared.colours[other].fill) < LEAST_DIFFERENCE:
                yield f"colours.{name}: its fill looks like {other}. Choose a neutral one."


def indicator_mistakes(declared: Declaration) -> Iterator[str]:
    for ref in repeated(line.ref for line in declared.indicator):
        yield f"indicator {ref}: two indicators have this ref. Give one another ref."
    for line in declared.indicator:
        if (line.per is None) != (not line.denominator):
            yield f"indicator {line.ref}: give both denominator and per, or neither."
    if declared.indicator and not {"indicators", "measurements"} <= declared.tables.keys():
        yield "indicator: a template with indicators needs the tables indicators and measurements."


def sheet_mistakes(declared: Declaration) -> Iterator[str]:
    sheets = [table.sheet for table in declared.tables.values()]
    for name in repeated(sheets):
        yield f"two tables have the sheet {name!r}. Give one another name."
    for key, table in declared.tables.items():
        if table.sheet.lower() in RESERVED_SHEETS:
            yield f"{key}.sheet: {table.sheet!r} is one of qipxl's own sheets. Choose another name."
        if re.search(r"[\[\]:*?/\\'\x00-\x1f]", table.sheet):
            yield f"{key}.sheet: Excel does not allow [ ] : * ? / \\ or ' in a sheet's name."


def table_mistakes(declared: Declaration, key: str, table: TableLine) -> Iterator[str]:
    """Mistakes of one table: its names, fields, rules and ratings."""
    columns: list[FieldLine | CalculatedLine | RatingLine | TrendLine] = [
        *table.field,
        *table.calculated,
        *table.rating,
    ]
    columns += [table.trend] if table.trend else []
    names = [line.key for line in columns]
    for name in repeated(names):
        yield f"{key}: two columns have the key {name}. Rename one."
    for name in set(names) & set(RESERVED_KEYS):
        yield f"{key}: {name} is a reserved word of the rule language. Choose another key."
    headings = [*(line.heading for line in table.field), *table.worked_out_headings]
    for name in repeated(headings):
        yield f"{key}: two columns have the heading {name!r}. Change one."
    if table.identity and table.identity not in [line.key for line in table.field]:
        yield f"{key}.identity: there is no field {table.identity}.{did_you_mean(table.identity, names)}"
    yield from order_mistakes(key, table)
    for name in table.pasted:
        if key != PASTED or name not in [line.key for line in table.field if line.type == "number"]:
            yield f"{key}.pasted: {name} is not a number of the table {PASTED}. Take it out."
    if table.trend:
        yield from heading_mistakes(f"{key}.trend", table.trend.heading)
        if key != PASTED:
            yield f"{key}.trend: only the table {PASTED} has figures by month. Take it out."
    for calculated in table.calculated:
        if calculated.show:
            yield from heading_mistakes(f"{key}.calculated {calculated.key}", calculated.heading)
    if table.field[0].type not in ("text", "reference"):
        yield f"{key}.field {table.field[0].key}: the first field names the row; make it a text or a reference."
    for code in repeated(f"{line.code}" for line in table.rule):
        yield f"{key}: two rules have the code {code}. Change one."
    for code in [line.code for line in table.rule if line.code in OWN_CODES]:
        yield f"{key}.rule {code}: qipxl has a check of this code for every field. Choose another code."
    for line in table.field:
        yield from field_mistakes(declared, f"{key}.field {line.key}", line)
        yield from promise_mistakes(f"{key}.field {line.key}", line, table)
    for rule in table.rule:
        if rule.at not in [line.key for line in table.field]:
            yield f"{key}.rule {rule.code}, at: there is no field {rule.at}.{did_you_mean(rule.at, names)}"
    for rating in table.rating:
        yield from rating_mistakes(declared, f"{key}.rating {rating.key}", rating)
        yield from plain_mistakes(declared, f"{key}.rating {rating.key}", table, rating)


def order_mistakes(key: str, table: TableLine) -> Iterator[str]:
    """Mistakes in which columns come first on the sheet, which are of the month, and which figure makes a date red."""
    shown = [each.key for each in table.calculated if each.show]
    columns: list[FieldLine | RatingLine | CalculatedLine | TrendLine] = [*table.field, *table.rating]
    columns += [each for each in table.calculated if each.show] + ([table.trend] if table.trend else [])
    groups = {each.key: each.group for each in columns} | {"check": table.check_group}
    for name in repeated(table.first):
        yield f"{key}.first: {name} is listed twice. Take one out."
    for name in table.first:
        if name not in groups:
            yield f"{key}.first: there is no column {name} on the sheet.{did_you_mean(name, groups)}"
        elif groups[name]:
            yield f"{key}.first: {name} is in the group {groups[name]}. Take its group out, so that it is always visible."
    fields = [each.key for each in table.field]
    for name in table.each_month:
        if name not in fields:
            yield f"{key}.each_month: there is no field {name}.{did_you_mean(name, fields)}"
    for name in table.sort:
        if name.removeprefix("-") not in fields:
            yield f"{key}.sort: there is no field {name}.{did_you_mean(name, fields)}"
    for name in table.grey_rows:
        if name not in shown:
            yield f"{key}.grey_rows: no calculated value {name} has show = true.{did_you_mean(name, shown)}"
    dates = [each.key for each in table.field if each.type == "date"]
    if table.grey_before and table.grey_before not in dates:
        yield f"{key}.grey_before: there is no date {table.grey_before}.{did_you_mean(table.grey_before, dates)}"
    for line in table.field:
        if line.late_by and (line.type != "date" or line.late_by not in shown):
            hint = did_you_mean(line.late_by, shown)
            yield f"{key}.field {line.key}, late_by: name a calculated value with show = true, for a date.{hint}"


def field_mistakes(declared: Declaration, where: str, line: FieldLine) -> Iterator[str]:
    yield from heading_mistakes(where, line.heading)
    for part, kind in NEEDED_TYPE.items():
        if getattr(line, part) and line.type != kind:
            yield f"{where}: only a {kind} has {part}. Make it type = {kind!r}, or take {part} out."
        if line.type == kind and not getattr(line, part):
            yield f"{where}: a {kind} needs {part}."
    for part in (line.list, line.suggest):
        if part and part not in declared.lists:
            yield f"{where}: there is no list {part}.{did_you_mean(part, declared.lists)}"
    if line.to and (line.to not in declared.tables or not declared.tables[line.to].identity):
        yield f"{where}, to: there is no table {line.to} with an identity.{did_you_mean(line.to, declared.tables)}"
    if line.required_when and not line.required:
        yield f"{where}: required_when needs required, the message for an empty field."
    if (line.minimum is not None or line.maximum is not None) and line.type != "number":
        yield f"{where}: only a number has a minimum or maximum."
    if line.month and line.type != "date":
        yield f"{where}, month: only a date may be shown as its month."
    if line.percentage and line.type != "number":
        yield f"{where}, percentage: only a number may be a percentage."
    if line.whole and (line.minimum is None or line.maximum is None or line.maximum - line.minimum >= MOST_WHOLE):
        yield f"{where}, whole: give a minimum and a maximum with fewer than {MOST_WHOLE} numbers between them."


def promise_mistakes(where: str, line: FieldLine, table: TableLine) -> Iterator[str]:
    """Mistakes in how a field is marked as a promise or as a date that never changes."""
    calculated = [each.key for each in table.calculated]
    if line.explained_by and (not line.promise or line.explained_by not in calculated):
        hint = did_you_mean(line.explained_by, calculated)
        yield f"{where}, explained_by: name a calculated value of the table, for a field with promise = true.{hint}"
    if line.fixed and (line.type != "date" or not line.promise or not table.identity or table.fixed_field != line.key):
        yield f"{where}, fixed: only one date of a table, with an identity, with promise = true, can be fixed."


def heading_mistakes(where: str, heading: str) -> Iterator[str]:
    if re.search(r"[^\w ?%]|_x[0-9A-Fa-f]{4}_", heading):
        yield f"{where}, heading: {heading!r} may hold letters, figures, spaces, ? and % only (Excel's tables)."


def rating_mistakes(declared: Declaration, where: str, rating: RatingLine) -> Iterator[str]:
    words = [state.word for state in rating.states]
    for word in repeated(words):
        yield f"{where}: two states have the word {word!r}. Change one."
    yield from heading_mistakes(where, rating.heading)
    yield from heading_mistakes(where, rating.because)
    letters = [state.letter for state in rating.states]
    for letter in rating.legend:
        if letter not in letters:
            yield f"{where}, legend: no state has the letter {letter}.{did_you_mean(letter, letters)}"
    for state in rating.states:
        if state.colour not in declared.colours:
            yield f"{where}, {state.word}: there is no colour {state.colour}.{did_you_mean(state.colour, declared.colours)}"
    for band in rating.bands:
        if band.word not in words:
            yield f"{where}, band {band.code}: {band.word!r} is none of its states.{did_you_mean(band.word, words)}"
    for code in repeated(band.code for band in rating.bands):
        yield f"{where}: two bands have the code {code}. Change one."
    for band in rating.bands[:-1]:
        if not band.when:
            yield f"{where}, band {band.code}: only the last band has no when. Give it a condition or move it last."
    if rating.bands[-1].when:
        yield f"{where}, band {rating.bands[-1].code}: the last band decides all remaining rows. Take its when out."
