"""Binding: a parsed rule to an expression. Looks up every name and checks every kind."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from qipxl.errors import RuleError
from qipxl.rules import parser
from qipxl.rules.aggregates import AGGREGATES, bind_aggregate
from qipxl.rules.expression import Expression
from qipxl.rules.functions import FUNCTIONS, OneOf
from qipxl.rules.listed import LISTED, HasColumn
from qipxl.rules.lookups import ValueOfParent
from qipxl.rules.operators import AllOf, AnyOf, Arithmetic, Compare, Either, NotOf
from qipxl.rules.schema import Column, Schema, Table
from qipxl.rules.terms import AsAt, DateLiteral, Field, NumberLiteral, PhraseList, SettingValue, TextLiteral
from qipxl.text import did_you_mean

HAS_COLUMN, LISTS = "has_column", "lists"


def read_expression(text: str, schema: Schema, table: str) -> Expression:
    """The expression of a rule of `table`.

    Raises RuleError with a sentence that names the mistake and, if there is one, the most similar name.
    """
    return Scope(schema, schema.tables[table]).bind(parser.read_rule(text))


def read_condition(text: str, schema: Schema, table: str) -> Expression:
    """The expression of a rule that must be true or false; raises RuleError as `read_expression` does."""
    expression = read_expression(text, schema, table)
    if expression.kind != "truth":
        raise RuleError(f"“{text}” gives a {expression.kind}; a condition must be true or false: compare it")
    return expression


class UnknownFieldError(RuleError):
    """A name that is not a field of a table. The one that may be meant is searched for when the sentence is read, which is rare.

    If a calculated value needs one that is not read yet, this error only delays it: the value is read again later.
    """

    def __init__(self, name: str, table: str, known: Collection[str]) -> None:
        super().__init__(name, table, known)
        self.name, self.table, self.known = name, table, known

    def __str__(self) -> str:
        return f"{self.name} is not a field of {self.table}.{did_you_mean(self.name, self.known)}"


@dataclass(frozen=True)
class Scope:
    """The tables that a rule can name: the row's table and, inside an aggregate, the child table."""

    schema: Schema
    table: Table
    child: Table | None = None

    def bind(self, node: parser.Node) -> Expression:
        """The expression of a node of the parsed rule."""
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
                return AllOf(tuple(self.condition(part) for part in parts))
            case parser.Any(parts):
                return AnyOf(tuple(self.condition(part) for part in parts))
            case parser.Not(part):
                return NotOf(self.condition(part))
            case parser.Sum(sign, left, right):
                return self.arithmetic(sign, self.bind(left), self.bind(right))
            case parser.Either():
                return self.either(node)
            case parser.Call(function, arguments):
                return self.call(function, arguments)

    def condition(self, node: parser.Node) -> Expression:
        """The expression of a node that must be true or false."""
        expression = self.bind(node)
        if expression.kind != "truth":
            raise RuleError(
                f"{expression.words()} is a {expression.kind}, not a condition: compare it, or use filled()"
            )
        return expression

    def name(self, name: str, table: str) -> Expression:
        """The field of this name, or the as-at date."""
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
        """`evidence.owner`, a field of a table of this scope; or `action.tier`, a field of the row that a reference names."""
        reference = self.table.columns.get(first)
        if reference is None or not reference.refers_to:
            return Field(self.column_of(self.named_table(first), name))
        if self.child is not None:
            raise RuleError(f"{first}.{name} reads another row inside an aggregate: make it a calculated field")
        parent = self.schema.tables[reference.refers_to]
        return ValueOfParent(reference, parent.columns[parent.identity], self.column_of(parent, name))

    def named_table(self, key: str) -> Table:
        for table in (self.child, self.table):
            if table is not None and table.key == key:
                return table
        tables = self.table.key if self.child is None else f"{self.child.key} or {self.table.key}"
        raise RuleError(f"{key} is not a table that this rule can read; it can read {tables}")

    def column_of(self, table: Table, name: str) -> Column:
        if name in table.columns:
            return table.columns[name]
        if name in self.schema.settings:
            raise RuleError(f"{name} is a setting: write setting({name})")
        if name in FUNCTIONS or name in AGGREGATES:
            raise RuleError(f"{name} is a function: write {name}(...)")
        known = {*table.columns, *(self.child.columns if self.child else ()), "as_at"}
        raise UnknownFieldError(name, table.key, known)

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
        return self.child is not None and any(column.table == self.child.key for column in expression.columns())

    def either(self, node: parser.Either) -> Expression:
        when, then, otherwise = self.condition(node.when), self.bind(node.then), self.bind(node.otherwise)
        if then.kind != otherwise.kind:
            raise RuleError(f"both sides of if ... else must be one kind, not {then.kind}, {otherwise.kind}")
        choice = Either(when, then, otherwise)
        if self.reads_child(choice):
            raise RuleError("if ... else cannot read child rows inside an aggregate: make it a calculated field")
        return choice

    def call(self, function: str, arguments: tuple[parser.Node, ...]) -> Expression:
        if function == "setting":
            return self.setting(arguments)
        if function == "date":
            return read_date(arguments)
        if function in AGGREGATES:
            return self.aggregate(function, arguments)
        if function in LISTED:
            return self.listed(function, arguments)
        if function == HAS_COLUMN:
            return self.has_column(arguments)
        if function not in FUNCTIONS:
            known = (*FUNCTIONS, *AGGREGATES, *LISTED, HAS_COLUMN, "setting", "date")
            raise RuleError(f"{function}() is not a function of the rule language.{did_you_mean(function, known)}")
        takes_lists = FUNCTIONS[function].signature.takes_lists
        call = FUNCTIONS[function].bind([self.argument(each, takes_lists) for each in arguments])
        if isinstance(call, OneOf):
            for literal in call.among:
                check_option(call.of, literal)
        if self.reads_child(call) and type(call).array_formula is Expression.array_formula:
            raise RuleError(f"{function}() cannot read child rows inside an aggregate: make it a calculated field")
        return call

    def argument(self, node: parser.Node, takes_lists: bool) -> Expression:
        """The expression of an argument; a list of the template, such as `lists.words_of_tasks`, if the function takes one."""
        if not takes_lists or not isinstance(node, parser.Name) or node.table != LISTS:
            return self.bind(node)
        if node.name not in self.schema.lists:
            raise RuleError(f"{node.name} is not a list.{did_you_mean(node.name, self.schema.lists)}")
        return PhraseList(self.schema.lists[node.name])

    def listed(self, function: str, arguments: tuple[parser.Node, ...]) -> Expression:
        """A text looked for in columns of another table, such as `listed(indicator, indicators.ref)`."""
        if self.child is not None:
            raise RuleError(f"{function}() is inside an aggregate: make it a calculated field")
        columns = [argument for argument in arguments[1:] if isinstance(argument, parser.Name) and argument.table]
        if not columns or len(columns) < len(arguments) - 1 or len({column.table for column in columns}) > 1:
            raise RuleError(f"{function}() takes a text, then columns of one table, as in {function}(x, evidence.ref)")
        text, key = self.bind(arguments[0]), columns[0].table
        if key not in self.schema.tables:
            raise RuleError(f"{key} is not a table.{did_you_mean(key, self.schema.tables)}")
        table = self.schema.tables[key]
        found = tuple(self.column_of(table, column.name) for column in columns)
        for expression in (text, *map(Field, found)):
            if expression.kind != "text":
                raise RuleError(f"{function}() compares texts; {expression.words()} is a {expression.kind}")
        return LISTED[function](text, table, found)

    def has_column(self, arguments: tuple[parser.Node, ...]) -> Expression:
        """Whether a table's sheet has a column, such as `has_column(extensions.milestone)`."""
        if self.child is not None:
            raise RuleError(f"{HAS_COLUMN}() is inside an aggregate: make it a calculated field")
        match arguments:
            case (parser.Name(name, key),) if key in self.schema.tables:
                table = self.schema.tables[key]
                return HasColumn(table, self.column_of(table, name))
        raise RuleError(f"{HAS_COLUMN}() takes a field of a table, as in {HAS_COLUMN}(extensions.milestone)")

    def setting(self, arguments: tuple[parser.Node, ...]) -> Expression:
        if len(arguments) != 1 or not isinstance(arguments[0], parser.Name) or arguments[0].table:
            raise RuleError("setting() takes the name of one setting, without quotes")
        name = arguments[0].name
        if name not in self.schema.settings:
            raise RuleError(f"{name} is not a setting.{did_you_mean(name, self.schema.settings)}")
        setting = self.schema.settings[name]
        return SettingValue(setting, self.column_of(self.table, setting.by) if setting.by else None)

    def aggregate(self, function: str, arguments: tuple[parser.Node, ...]) -> Expression:
        """A function over child rows, such as `count(evidence, condition)`."""
        if self.child is not None:
            raise RuleError(f"{function}() is inside another aggregate: make it a calculated field")
        if not arguments or not isinstance(arguments[0], parser.Name):
            raise RuleError(f"{function}() begins with the name of a table, as in {function}(evidence, ...)")
        child = self.child_table(arguments[0].name)
        inner = replace(self, child=child)
        values = [inner.bind(argument) for argument in arguments[1:]]
        condition = values.pop() if values and values[-1].kind == "truth" else None
        reference = child.reference_to(self.table.key)
        assert reference is not None
        identity = self.table.columns[self.table.identity]
        return bind_aggregate(function, child, identity, reference, condition, values)

    def child_table(self, name: str) -> Table:
        children = {key: table for key, table in self.schema.tables.items() if table.reference_to(self.table.key)}
        if name == self.table.key:
            raise RuleError(f"{name} cannot read its own rows as child rows")
        if name in children:
            return children[name]
        if name in self.schema.tables:
            raise RuleError(f"{name} has no field that refers to {self.table.key}, so its rows are not child rows here")
        raise RuleError(f"{name} is not a table.{did_you_mean(name, children)}")


def check_option(field: Expression, literal: Expression) -> None:
    """Refuse a text that is not in the list of the choice it is compared with: it could never match."""
    if not isinstance(field, Field) or not isinstance(literal, TextLiteral) or not field.column.options:
        return
    if literal.value.lower() not in map(str.lower, field.column.options):
        hint = did_you_mean(literal.value, field.column.options)
        raise RuleError(f"'{literal.value}' is never in {field.column.key}.{hint}")


def read_date(arguments: tuple[parser.Node, ...]) -> DateLiteral:
    """The date of a call such as date(2026, 3, 31)."""
    numbers = [int(argument.value) for argument in arguments if isinstance(argument, parser.Number)]
    try:
        year, month, day = numbers
        return DateLiteral(date(year, month, day))
    except (TypeError, ValueError):
        raise RuleError("date() takes a year, a month and a day that exist, as in date(2026, 3, 31)") from None
