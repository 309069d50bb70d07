"""A rule's tree given meaning: every name found, every kind right, or one sentence saying what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

from qipxl.errors import RuleError
from qipxl.rules import aggregates, parser
from qipxl.rules.expression import (
    AsAt,
    DateLiteral,
    Expression,
    Field,
    NumberLiteral,
    SettingValue,
    TextLiteral,
)
from qipxl.rules.functions import FUNCTIONS, OneOf
from qipxl.rules.lookups import ValueOfParent
from qipxl.rules.operators import AllOf, AnyOf, Arithmetic, Compare, Either, NotOf
from qipxl.rules.schema import Column, Kind, Schema, Table


def read_expression(text: str, schema: Schema, table: str) -> Expression:
    """Read a rule of `table` whole: its text, its names, its kinds.

    Raises RuleError with a sentence naming what was found and what was probably meant.
    """
    return Scope(schema, schema.tables[table]).bind(parser.read_rule(text))


def read_condition(text: str, schema: Schema, table: str) -> Expression:
    """The same for a rule that must be true or false."""
    expression = read_expression(text, schema, table)
    if expression.kind != "truth":
        raise RuleError(f"“{text}” gives a {expression.kind}; a condition must be true or false: compare it")
    return expression


def meant(word: str, known: Iterable[str]) -> str:
    """“; did you mean x?”, where something near is known."""
    near = get_close_matches(word, list(known), 1, 0.6)
    return f"; did you mean {near[0]}?" if near else ""


@dataclass(frozen=True)
class Scope:
    """Where a name is looked up: the row's table and, inside an aggregate, the child's table first."""

    schema: Schema
    table: Table
    child: Table | None = None

    def bind(self, node: parser.Node) -> Expression:
        """The expression a node of the tree stands for."""
        match node:
            case parser.Text(value):
                return TextLiteral(value)
            case parser.Number(value):
                return NumberLiteral(value)
            case parser.Name(name, table):
                return self.name(name, table)
            case parser.Compare(sign, left, right):
                return self.compare(sign, self.bind(left), self.bind(right))
            case parser.All(parts):
                return AllOf(tuple(self.condition(each) for each in parts))
            case parser.Any(parts):
                return AnyOf(tuple(self.condition(each) for each in parts))
            case parser.Not(part):
                return NotOf(self.condition(part))
            case parser.Sum(sign, left, right):
                return self.arithmetic(sign, self.bind(left), self.bind(right))
            case parser.Either():
                return self.either(node)
            case parser.Call(function, arguments):
                return self.call(function, arguments)

    def condition(self, node: parser.Node) -> Expression:
        found = self.bind(node)
        if found.kind != "truth":
            raise RuleError(f"{found.words()} is a {found.kind}, not a condition: compare it, or use filled()")
        return found

    def name(self, name: str, table: str) -> Expression:
        """A field, the as-at date, or a sentence with the field that was probably meant."""
        if table:
            return self.dotted(table, name)
        if name == "as_at":
            return AsAt()
        inside = self.child is not None and name in self.child.columns
        outside = name in self.table.columns
        if inside and outside and self.child is not None:
            choice = f"{self.child.key}.{name} or {self.table.key}.{name}"
            raise RuleError(f"{name} is a field of both tables here: write {choice}")
        if inside and self.child is not None:
            return Field(self.child.columns[name])
        return Field(self.column_of(self.table, name))

    def dotted(self, first: str, name: str) -> Expression:
        """`evidence.owner`, a field of a table that is in sight; or `action.tier`, of the row a reference names."""
        reference = self.table.columns.get(first)
        if reference is None or not reference.refers_to:
            return Field(self.column_of(self.named_table(first), name))
        if self.child is not None:
            raise RuleError(f"{first}.{name} looks at another row inside an aggregate: make it a calculated field")
        parent = self.schema.tables[reference.refers_to]
        return ValueOfParent(reference, parent.columns[parent.identity], self.column_of(parent, name))

    def named_table(self, key: str) -> Table:
        for table in (self.child, self.table):
            if table is not None and table.key == key:
                return table
        here = self.table.key if self.child is None else f"{self.child.key} or {self.table.key}"
        raise RuleError(f"{key} is not a table that this rule can see; here it is {here}")

    def column_of(self, table: Table, name: str) -> Column:
        if name in table.columns:
            return table.columns[name]
        if name in self.schema.settings:
            raise RuleError(f"{name} is a setting: write setting({name})")
        if name in FUNCTIONS or name in aggregates.AGGREGATES:
            raise RuleError(f"{name} is a function: write {name}(...)")
        known = {*table.columns, *(self.child.columns if self.child else ()), "as_at"}
        raise RuleError(f"{name} is not a field of {table.key}{meant(name, known)}")

    def compare(self, sign: str, left: Expression, right: Expression) -> Expression:
        kinds = {left.kind, right.kind}
        if "truth" in kinds:
            raise RuleError(f"{left.words()} or {right.words()} is true or false already: use it by its name")
        if len(kinds) > 1:
            raise RuleError(f"{left.words()} is a {left.kind} and {right.words()} is a {right.kind}")
        if sign not in ("==", "!=") and left.kind == "text":
            raise RuleError(f"{sign} orders dates and numbers, not text ({left.words()})")
        check_option(left, right)
        check_option(right, left)
        equal = Compare("==" if sign == "!=" else sign, left, right)
        return NotOf(equal) if sign == "!=" else equal

    def arithmetic(self, sign: str, left: Expression, right: Expression) -> Expression:
        kinds = (left.kind, right.kind)
        if kinds == ("date", "date"):
            raise RuleError("write days_between(first, second) for the days between two dates")
        if kinds not in (("number", "number"), ("date", "number")) or (kinds[0] == "date" and sign == "*"):
            raise RuleError(f"{left.words()} {sign} {right.words()}: only numbers, or a date and days, can be summed")
        plain_days = kinds[0] == "date" and isinstance(right, NumberLiteral)
        if (self.reads_child(left) or self.reads_child(right)) and not plain_days:
            raise RuleError(f"{left.words()} {sign} {right.words()}: a child's date takes plain days only")
        return Arithmetic(sign, left, right)

    def reads_child(self, expression: Expression) -> bool:
        return self.child is not None and any(each.table == self.child.key for each in expression.columns())

    def either(self, node: parser.Either) -> Expression:
        made = Either(self.condition(node.when), self.bind(node.then), self.bind(node.otherwise))
        if made.then.kind != made.otherwise.kind:
            raise RuleError(f"both sides of if ... else must be one kind, not {made.then.kind}, {made.otherwise.kind}")
        if self.reads_child(made):
            raise RuleError("if ... else cannot look at child rows inside an aggregate: make it a calculated field")
        return made

    def call(self, function: str, arguments: tuple[parser.Node, ...]) -> Expression:
        if function == "setting":
            return self.setting(arguments)
        if function == "date":
            return read_date(arguments)
        if function in aggregates.AGGREGATES:
            return self.aggregate(function, arguments)
        if function not in FUNCTIONS:
            known = (*FUNCTIONS, *aggregates.AGGREGATES, "setting", "date")
            raise RuleError(f"{function}() is not a function of the rule language{meant(function, known)}")
        made = FUNCTIONS[function]([self.bind(each) for each in arguments])
        if isinstance(made, OneOf):
            for literal in made.among:
                check_option(made.of, literal)
        if self.reads_child(made) and type(made).array_formula is Expression.array_formula:
            raise RuleError(f"{function}() cannot look at child rows inside an aggregate: make it a calculated field")
        return made

    def setting(self, arguments: tuple[parser.Node, ...]) -> Expression:
        if len(arguments) != 1 or not isinstance(arguments[0], parser.Name) or arguments[0].table:
            raise RuleError("setting() takes the name of one setting, without quotes")
        name = arguments[0].name
        if name not in self.schema.settings:
            raise RuleError(f"{name} is not a setting{meant(name, self.schema.settings)}")
        setting = self.schema.settings[name]
        return SettingValue(setting, self.column_of(self.table, setting.by) if setting.by else None)

    def aggregate(self, function: str, arguments: tuple[parser.Node, ...]) -> Expression:
        """`count(evidence, condition)` and its kin."""
        if self.child is not None:
            raise RuleError(f"{function}() stands inside another look at child rows: make it a calculated field")
        if not arguments or not isinstance(arguments[0], parser.Name):
            raise RuleError(f"{function}() begins with the name of a table, as in {function}(evidence, ...)")
        child = self.child_table(arguments[0].name)
        inner = replace(self, child=child)
        values = [inner.bind(each) for each in arguments[1:]]
        condition = values.pop() if values and values[-1].kind == "truth" else None
        reference = child.reference_to(self.table.key)
        assert reference is not None
        own = self.table.columns[self.table.identity]
        return make_aggregate(function, child, own, reference, condition, values)

    def child_table(self, name: str) -> Table:
        children = {key: each for key, each in self.schema.tables.items() if each.reference_to(self.table.key)}
        if name == self.table.key:
            raise RuleError(f"{name} cannot look at its own rows as child rows")
        if name in children:
            return children[name]
        if name in self.schema.tables:
            raise RuleError(f"{name} has no field that refers to {self.table.key}, so its rows belong to none")
        raise RuleError(f"{name} is not a table{meant(name, children)}")


def make_aggregate(
    function: str,
    child: Table,
    own: Column,
    reference: Column,
    condition: Expression | None,
    values: list[Expression],
) -> Expression:
    """The aggregate a call stands for, its values checked."""
    basis = (child, own, reference, condition)
    if function in ("count", "any"):
        if values:
            raise RuleError(f"{function}({child.key}, ...) takes a condition only")
        return aggregates.Count(*basis) if function == "count" else aggregates.AnyRow(*basis)
    fields = [each for each in values if isinstance(each, Field) and each.column.table == child.key]
    if len(fields) != len(values) or not fields:
        raise RuleError(f"{function}({child.key}, ...) needs a field of {child.key}, then a condition if there is one")
    if function == "latest" and len(fields) == 2:
        if fields[0].kind == "truth":
            raise RuleError(f"latest() gives a text, date or number; {fields[0].words()} is true or false: count() it")
        need_kind(function, fields[1], "date")
        return aggregates.ValueOfLatest(*basis, *fields)
    if len(fields) > 1:
        raise RuleError(f"{function}({child.key}, ...) takes one field, then a condition if there is one")
    if function in ("distinct", "most_alike"):
        if not fields[0].column.options:
            raise RuleError(f"{function}() counts the values of a choice; {fields[0].words()} has no list")
        return (aggregates.Distinct if function == "distinct" else aggregates.MostAlike)(*basis, fields[0])
    if function == "total":
        need_kind(function, fields[0], "number")
        return aggregates.Total(*basis, fields[0])
    need_kind(function, fields[0], "date")
    return aggregates.Latest(*basis, fields[0]) if function == "latest" else aggregates.Earliest(*basis, fields[0])


def need_kind(function: str, field: Field, kind: Kind) -> None:
    if field.kind != kind:
        raise RuleError(f"{function}(): {field.words()} is a {field.kind}; a {kind} is needed")


def check_option(field: Expression, literal: Expression) -> None:
    """A text that a choice can never hold would silently never match."""
    if isinstance(field, Field) and field.column.options and isinstance(literal, TextLiteral):
        options = {each.lower(): each for each in field.column.options}
        if literal.value.lower() not in options:
            raise RuleError(
                f"'{literal.value}' is never in {field.column.key}{meant(literal.value, field.column.options)}"
            )


def read_date(arguments: tuple[parser.Node, ...]) -> DateLiteral:
    numbers = [int(each.value) for each in arguments if isinstance(each, parser.Number)]
    try:
        year, month, day = numbers
        return DateLiteral(date(year, month, day))
    except (TypeError, ValueError):
        raise RuleError("date() takes a year, a month and a day that exist, as in date(2026, 3, 31)") from None
