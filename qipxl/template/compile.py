"""Compilation: the rules of a declaration read into a rule book, with every mistake in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import TypeVar

from qipxl.errors import RuleError
from qipxl.rules.binding import read_condition, read_expression
from qipxl.rules.expression import Expression
from qipxl.rules.functions import Blank, Filled, Unreadable
from qipxl.rules.operators import AllOf, AnyOf, Compare, NotOf, WholeBetween
from qipxl.rules.rulebook import Band, FirstMatch, Label, OnUsedRows, Rating, Reason, Rule, RuleBook, State
from qipxl.rules.schema import Column, Kind, Schema, Setting, Table, WordList, used
from qipxl.rules.terms import AskedFrom, Field, NumberLiteral
from qipxl.rules.text_functions import Shown
from qipxl.template.model import (
    CHECK_HEADING,
    SEVERITIES,
    Declaration,
    FieldLine,
    RatingLine,
    SettingLine,
    StateLine,
    TableLine,
)
from qipxl.template.plain import NAME

KINDS: Mapping[str, Kind] = {"text": "text", "choice": "text", "reference": "text", "date": "date", "number": "number"}
UNREADABLE = {
    "text": ("not-text", "{} cannot be read. Type it as plain text."),
    "choice": ("not-in-list", "{} is not one of its list. Choose it from the drop-down."),
    "reference": ("not-text", "{} cannot be read. Type the reference as plain text."),
    "date": ("not-a-date", "{} is not a date. Enter one such as 31/03/2026."),
    "number": ("not-a-number", "{} is not a number. Enter one in figures."),
}
Result = TypeVar("Result")


def compile_rules(declared: Declaration) -> tuple[RuleBook, list[str]]:
    """The rule book of a declaration and every mistake in it; a book with mistakes must not be used."""
    compiler = Compiler(declared)
    book = compiler.book()
    return book, [*compiler.mistakes, *circles(book)]


class Compiler:
    """Reads the rules of one declaration; `mistakes` collects every mistake."""

    def __init__(self, declared: Declaration) -> None:
        self.declared = declared
        self.mistakes: list[str] = []
        lists = {key: WordList(key, line.title, line.values) for key, line in declared.lists.items()}
        self.schema = Schema({}, {key: read_setting(key, line) for key, line in declared.setting.items()}, lists)
        self.read_tables()

    def read_tables(self) -> None:
        """Set the schema: the fields that people fill in, then ratings, their reasons and the check, then calculated values."""
        tables = {key: input_table(self.declared, key, line) for key, line in self.declared.tables.items()}
        for key, line in self.declared.tables.items():
            for rating in line.rating:
                tables[key] = with_column(tables[key], rating_column(key, rating))
            for rating in line.rating:
                tables[key] = with_column(tables[key], with_ratings_named(tables[key], rating))
                if rating.because:
                    tables[key] = with_column(tables[key], because_column(key, rating))
            tables[key] = with_column(tables[key], Column(key, "check", CHECK_HEADING, "text", worked_out=True))
        self.schema = replace(self.schema, tables=tables)
        self.worked_out: dict[Column, Expression] = {}
        self.read_calculated()

    def read_calculated(self) -> None:
        """Read calculated values, which may use one another in any order: repeat until none is left or none can be read."""
        waiting = [(key, line) for key, table in self.declared.tables.items() for line in table.calculated]
        while waiting:
            unread = []
            names = {line.key for _, line in waiting}
            for key, line in waiting:
                try:
                    expression = read_expression(line.value, self.schema, key)
                except RuleError as error:
                    unread.append((key, line, error))
                    continue
                column = Column(key, line.key, line.heading, expression.kind, worked_out=True)
                self.worked_out[column] = expression
                tables = {**self.schema.tables, key: with_column(self.schema.tables[key], column)}
                self.schema = replace(self.schema, tables=tables)
            if len(unread) == len(waiting):
                for key, line, mistake in unread:
                    needed = next((name for name in names if f"{name} is not a field" in str(mistake)), "")
                    circle = f"it needs {needed}, which needs it in turn, or has a mistake itself"
                    self.mistakes.append(sentence(f"{key}.calculated {line.key}", circle if needed else mistake))
                return
            waiting = [(key, line) for key, line, _ in unread]

    def attempt(self, where: str, read: Callable[[str, Schema, str], Result], text: str, key: str) -> Result | None:
        """What `read` makes of a text in table `key`, or None and one more mistake if it raises RuleError."""
        try:
            return read(text, self.schema, key)
        except RuleError as error:
            self.mistakes.append(sentence(where, error))
            return None

    def book(self) -> RuleBook:
        """Read ratings, checks and shown columns into a rule book."""
        ratings: dict[str, tuple[Rating, ...]] = {}
        rules: dict[str, tuple[Rule, ...]] = {}
        checks: dict[str, Column] = {}
        shown: dict[str, tuple[Column, ...]] = {}
        for key, line in self.declared.tables.items():
            ratings[key] = tuple(self.ratings(key, line))
            rules[key] = tuple(self.rules(key, line))
            checks[key] = self.check(key, rules[key])
            shown[key] = tuple(self.shown_values(key, line))
        return RuleBook(self.schema, self.worked_out, ratings, rules, checks, shown)

    def shown_values(self, key: str, line: TableLine) -> Iterator[Column]:
        """The calculated values that have a column on the sheet."""
        columns = self.schema.tables[key].columns
        for calculated in line.calculated:
            column = columns.get(calculated.key)
            if calculated.show and column is not None and column.kind == "truth":
                self.mistakes.append(
                    f"{key}.calculated {calculated.key}: a condition cannot be shown. Make it a text: 'Yes' if ... else 'No'."
                )
            elif calculated.show and column is not None:
                shown = Column(key, f"{calculated.key}_shown", calculated.heading, column.kind, worked_out=True)
                self.worked_out[shown] = OnUsedRows(used(key), Field(column))
                yield shown

    def ratings(self, key: str, line: TableLine) -> Iterator[Rating]:
        """The ratings of a table; also adds their worked-out columns: word, label and reason."""
        for rating in line.rating:
            where = f"{key}.rating {rating.key}"
            bands = tuple(self.bands(where, key, rating))
            last = rating.bands[-1]
            decides = FirstMatch(used(key), bands, last.word, last.code, last.say, last.plain)
            column = self.schema.tables[key].columns[rating.key]
            self.worked_out[column] = decides
            text = self.attempt(f"{where}, shown", read_expression, rating.shown, key) if rating.shown else None
            letters = tuple((state.word, state.letter) for state in rating.states)
            label = Column(key, f"{rating.key}_label", rating.heading, "text", worked_out=True)
            self.worked_out[label] = Label(Field(column), letters, text or Shown(Field(column)))
            because = None
            if rating.because:
                because = because_column(key, rating)
                self.worked_out[because] = Reason(decides)
            yield Rating(column, decides, tuple(self.states(rating)), Field(label), because)

    def bands(self, where: str, key: str, rating: RatingLine) -> Iterator[Band]:
        for band in rating.bands[:-1]:
            when = self.attempt(f"{where}, band {band.code}", read_condition, band.when, key)
            if when is not None:
                yield Band(band.code, band.word, when, band.say, band.plain)

    def states(self, rating: RatingLine) -> Iterator[State]:
        for state in rating.states:
            colour = self.declared.colours[state.colour]
            shown = state.shown or state.word
            yield State(state.word, shown, state.letter, colour.fill, colour.ink, state.say, state.plain)

    def rules(self, key: str, line: TableLine) -> list[Rule]:
        """The checks of a table by severity: missing, unreadable and out-of-range values, then the template's own rules."""
        rules: list[Rule] = []
        columns = self.schema.tables[key].columns
        for field in line.field:
            rules += self.required(key, field, columns[field.key])
        for field in line.field:
            if field.filled_by == "service":
                rules += readable(key, field, columns[field.key])
        for rule in line.rule:
            when = self.attempt(f"{key}.rule {rule.code}", read_condition, rule.when, key)
            if when is not None:
                asked = Rule(key, rule.code, when, rule.say, columns[rule.at], rule.severity)
                rules.append(asked_from(asked, rule.ask_from))
        return sorted(rules, key=lambda rule: SEVERITIES.index(rule.severity))

    def required(self, key: str, field: FieldLine, column: Column) -> Iterator[Rule]:
        """The rule that a required field is missing."""
        if not field.required:
            return
        when: Expression = Blank(Field(column))
        if field.required_when:
            where = f"{key}.field {field.key}, required_when"
            narrowed = self.attempt(where, read_condition, field.required_when, key)
            when = AllOf((when, narrowed)) if narrowed is not None else when
        missing = Rule(key, "missing", when, f"{field.required}{open_group(field)}", column, "must fix")
        yield asked_from(missing, field.ask_from)

    def check(self, key: str, rules: Iterable[Rule]) -> Column:
        """The Check column: the message of the first rule that a row breaks."""
        column = self.schema.tables[key].columns["check"]
        bands = tuple(Band(rule.code, rule.say, rule.when) for rule in rules)
        self.worked_out[column] = FirstMatch(used(key), bands, "")
        return column


def asked_from(rule: Rule, month: int) -> Rule:
    """The rule, asked from a month of the plan on if the plan was taken over from an old one."""
    if month == 1:
        return rule
    conditions = rule.when.conditions if isinstance(rule.when, AllOf) else (rule.when,)
    asked = AskedFrom(month)
    return replace(rule, when=AllOf((*conditions, asked)), ask_from=month, postponed=AllOf((*conditions, NotOf(asked))))


def sentence(where: str, mistake: object) -> str:
    """A mistake with its location, as one sentence."""
    return f"{where}: {mistake}" if str(mistake).endswith((".", "?")) else f"{where}: {mistake}."


def open_group(field: FieldLine) -> str:
    """A sentence that names the outline group to open, for a field in a group."""
    return f" Open the group {field.group}." if field.group else ""


def with_column(table: Table, column: Column) -> Table:
    """The table with one more column."""
    return Table(table.key, table.sheet, {**table.columns, column.key: column}, table.identity)


def rating_column(key: str, rating: RatingLine) -> Column:
    """The column of a rating's words, with what each word is called elsewhere."""
    words, shown, letters, plain = zip(
        *((state.word, state.shown or state.word, state.letter, (plain_of(state),)) for state in rating.states),
        strict=True,
    )
    return Column(
        key, rating.key, rating.heading, "text", words, worked_out=True, shown=shown, letters=letters, plain=plain
    )


def because_column(key: str, rating: RatingLine) -> Column:
    """The column of the reason for a rating."""
    return Column(key, f"{rating.key}_because", rating.because, "text", worked_out=True)


def plain_of(state: StateLine) -> str:
    return state.plain or state.shown or state.word


def with_ratings_named(table: Table, rating: RatingLine) -> Column:
    """A rating's column with the other ratings that its plain words name in braces."""
    plain = tuple(tuple(plain_parts(plain_of(state), table)) for state in rating.states)
    return replace(table.columns[rating.key], plain=plain)


def plain_parts(plain: str, table: Table) -> Iterator[str | Column]:
    """The texts of plain words, and the ratings that they name."""
    pieces = NAME.split(plain)
    for text, name in zip_longest(pieces[::3], pieces[1::3], fillvalue=""):
        if text:
            yield text
        if name in table.columns:
            yield table.columns[name]


def input_table(declared: Declaration, key: str, line: TableLine) -> Table:
    """A table with the columns that people fill in."""
    columns = {}
    for field in line.field:
        options = declared.lists[field.list].values if field.list else ()
        columns[field.key] = Column(key, field.key, field.heading, KINDS[field.type], options, field.to)
    return Table(key, line.sheet, columns, line.identity)


def read_setting(key: str, line: SettingLine) -> Setting:
    """The setting of a declared line, as rules use it."""
    return Setting(key, line.heading, line.unit, line.value or 0.0, line.by, tuple(line.values.items()))


def readable(key: str, field: FieldLine, column: Column) -> Iterator[Rule]:
    """The rules that a value is unreadable, or a number out of its range."""
    code, say = UNREADABLE[field.type]
    if field.type in ("choice", "date", "number") or field.required:
        words = f"{say.format(field.heading)}{open_group(field)}"
        yield Rule(key, code, Unreadable(Field(column)), words, column, "must fix", by_reader=True)
    if field.minimum is not None and field.maximum is not None and field.whole:
        allowed = WholeBetween(Field(column), int(field.minimum), int(field.maximum))
        say = f"{field.heading} must be a whole number from {field.minimum:g} to {field.maximum:g}."
        yield Rule(key, "out-of-range", AllOf((Filled(Field(column)), NotOf(allowed))), say, column, "must fix")
    elif field.minimum is not None and field.maximum is not None:
        low = Compare("<", Field(column), NumberLiteral(field.minimum))
        high = Compare(">", Field(column), NumberLiteral(field.maximum))
        say = f"{field.heading} must be from {field.minimum:g} to {field.maximum:g}."
        yield Rule(key, "out-of-range", AnyOf((low, high)), say, column, "must fix")


def circles(book: RuleBook) -> list[str]:
    """A sentence with the worked-out columns that need one another in a circle, if there are any."""
    needs = {column: set(expression.columns()) & set(book.worked_out) for column, expression in book.worked_out.items()}
    settled: set[Column] = set()
    while ready := {column for column, needed in needs.items() if column not in settled and needed <= settled}:
        settled |= ready
    tangled = [f"{each.table}.{each.key}" for each in needs if each not in settled and each.key != "check"]
    advice = "these need one another in a circle. Break it by taking one out of another's rule."
    return [f"{', '.join(tangled)}: {advice}"] if tangled else []
