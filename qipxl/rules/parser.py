"""Parser: the text of a rule to a small tree. Raises RuleError with a plain sentence for anything else.

The parser is Python's own `ast`, with a short whitelist: names, one-level `table.field`, text and whole or decimal
numbers, `== != < <= > >=`, `in (...)`, `and or not`, `+ - *`, `a if condition else b`, and calls by name.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from qipxl.errors import RuleError

LONGEST = 1_000
DEEPEST = 40
COMPARISONS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
SUMS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


@dataclass(frozen=True)
class Text:
    value: str


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Name:
    name: str
    table: str = ""


@dataclass(frozen=True)
class Compare:
    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class All:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Any:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    part: Node


@dataclass(frozen=True)
class Sum:
    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Either:
    when: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple[Node, ...]


Node = Text | Number | Name | Compare | All | Any | Not | Sum | Either | Call


@lru_cache(maxsize=10_000)
def read_rule(text: str) -> Node:
    """The tree of one rule; templates that build on one another share most of them.

    Raises RuleError with a sentence that says what was found and what to write instead.
    """
    refuse_misspelt(text)
    try:
        body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise RuleError(reword(text, error)) from None
    refuse_joined_texts(text)
    return read_node(body, DEEPEST)


def refuse_misspelt(text: str) -> None:
    """Refuse what `ast` would misread or explain badly; the patterns apply to the text outside quotes."""
    if not text.strip():
        raise RuleError("the rule is empty: write a condition such as status == 'Complete'")
    if len(text) > LONGEST:
        raise RuleError(f"the rule has {len(text)} characters; the most is {LONGEST}: split it with a calculated field")
    for mark in "\u2018\u2019\u201c\u201d":
        if mark in text:
            raise RuleError(f"{mark} is a curly quote: write a straight one, '")
    if "\xa0" in text:
        raise RuleError("there is a no-break space in the rule: write an ordinary space")
    if "\\" in text:
        raise RuleError("a backslash has no meaning in a rule: leave it out")
    if "\n" in text.strip():
        raise RuleError("a rule is one line: take the line break out")
    bare = without_texts(text)
    for pattern, advice in MISSPELT:
        match = re.search(pattern, bare)
        if match:
            raise RuleError(advice.format(found=match.group().strip()))


def without_texts(text: str) -> str:
    """A rule with nothing in its quotes."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", "''", text)


MISSPELT = (
    (r"#", "# begins a note in Python; rules hold no notes: put it in the template's own # line"),
    (r"\d{1,4}[/-]\d{1,2}[/-]\d{1,4}", "{found} is read as a sum, not a date: write date(2026, 3, 31)"),
    (r"<>", "<> is not used here: write !="),
    (r"&&", "&& is not used here: write and"),
    (r"\|\|", "|| is not used here: write or"),
    (r"!(?!=)", "! is not used here: write not"),
    (r"(?<![=!<>])=(?!=)", "= is not a comparison here: write =="),
    (r"\b(AND|OR|NOT|IF)\b", "{found} is Excel's word: write it in small letters, as in: a and not b"),
    (r"\b(True|False|None)\b", "{found} is not used here: name the field, or use not and blank()"),
    (r"\b0[xXoObB]|\d_\d|\d[jJ]\b|\d[eE][+-]?\d", "{found} is not a plain number: write it in figures"),
)


def reword(text: str, error: Exception) -> str:
    """What is wrong with the text, without the words of Python's parser."""
    if text.count("(") != text.count(")"):
        return "the brackets do not match: each ( needs its )"
    if text.count("'") % 2 or text.count('"') % 2:
        return "a quotation mark has no partner"
    at = getattr(error, "offset", None)
    near = text.strip()[max(0, at - 1) :][:15] if at else ""
    return f"the rule cannot be read near “{near}”" if near else "the rule cannot be read: its end is missing"


def refuse_joined_texts(text: str) -> None:
    """Refuse two texts in a row: Python joins them silently, but a comma is nearly always missing."""
    if not re.search(r"''\s*\w*''", without_texts(text)):
        return
    before = None
    for token in tokenize.generate_tokens(io.StringIO(text.strip()).readline):
        if token.type == tokenize.STRING and before == tokenize.STRING:
            raise RuleError(f"a comma is missing before {token.string}")
        before = token.type


def read_node(node: ast.expr, depth: int) -> Node:
    """Read one node of Python's tree, or refuse it."""
    if depth == 0:
        raise RuleError("the rule is nested too deeply: split it with a calculated field")
    reader = READERS.get(type(node))
    if reader is None:
        raise RuleError(f"{name_construct(node)} is not part of the rule language")
    return reader(node, depth - 1)


def name_construct(node: ast.expr) -> str:
    """The name of a Python construct that is not part of the language."""
    names = {
        ast.Lambda: "lambda",
        ast.Subscript: "a value in square brackets",
        ast.JoinedStr: "an f-text",
        ast.NamedExpr: ":=",
        ast.Starred: "*",
        ast.Dict: "{...}",
        ast.Set: "{...}",
        ast.Tuple: "a list of values (only after in)",
        ast.List: "a list of values (only after in)",
    }
    return names.get(type(node), f"“{ast.unparse(node)}”")


def read_constant(node: ast.Constant, depth: int) -> Node:
    value = node.value
    if isinstance(value, bool) or value is None or not isinstance(value, str | int | float):
        raise RuleError(f"“{ast.unparse(node)}” is neither text nor a number")
    if isinstance(value, str):
        return read_text(value)
    if value >= 1e9:
        raise RuleError(f"{ast.unparse(node)} is too large: a number must be below a thousand million")
    return Number(float(value))


def read_text(value: str) -> Text:
    """A text literal; it must have the form of a cleaned cell, which it is compared with."""
    if not value.strip():
        raise RuleError("an empty text never equals anything: use blank(field) or filled(field)")
    if value != " ".join(value.split()) and value.strip() not in {"/", "-", ",", ";", ":"}:
        raise RuleError(f"'{value}' has blanks at an end or in a row, which cleaned cells never have: take them out")
    if len(value) > 250:
        raise RuleError(f"a text in a rule may have 250 characters; this one has {len(value)}")
    return Text(value)


def read_attribute(node: ast.Attribute, depth: int) -> Node:
    if not isinstance(node.value, ast.Name):
        raise RuleError(f"“{ast.unparse(node)}”: only one dot is allowed, as in actions.owner")
    return Name(node.attr, node.value.id)


def read_compare(node: ast.Compare, depth: int) -> Node:
    if len(node.ops) > 1:
        raise RuleError("a chain such as a < b < c is not allowed: write a < b and b < c")
    sign = node.ops[0]
    if isinstance(sign, ast.In | ast.NotIn):
        among = read_among(node, depth)
        return Not(among) if isinstance(sign, ast.NotIn) else among
    if type(sign) not in COMPARISONS:
        raise RuleError("is and is not are not used here: write == or !=")
    return Compare(COMPARISONS[type(sign)], read_node(node.left, depth), read_node(node.comparators[0], depth))


def read_among(node: ast.Compare, depth: int) -> Call:
    """`x in ('a', 'b')` becomes one_of(x, 'a', 'b'); `x in 'abc'` would search for letters, so it is refused."""
    values = node.comparators[0]
    if not isinstance(values, ast.Tuple | ast.List) or not values.elts:
        raise RuleError("after in comes a list in brackets, as in: status in ('Complete', 'Withdrawn')")
    return Call("one_of", (read_node(node.left, depth), *(read_node(value, depth) for value in values.elts)))


def read_sum(node: ast.BinOp, depth: int) -> Node:
    if type(node.op) not in SUMS:
        raise RuleError(f"“{ast.unparse(node)}”: only + - * are part of the rule language")
    return Sum(SUMS[type(node.op)], read_node(node.left, depth), read_node(node.right, depth))


def read_unary(node: ast.UnaryOp, depth: int) -> Node:
    if isinstance(node.op, ast.Not):
        return Not(read_node(node.operand, depth))
    inner = read_node(node.operand, depth)
    if isinstance(node.op, ast.USub) and isinstance(inner, Number):
        return Number(-inner.value)
    raise RuleError(f"“{ast.unparse(node)}”: write a number, or 0 - field")


def read_call(node: ast.Call, depth: int) -> Node:
    if not isinstance(node.func, ast.Name):
        raise RuleError(f"“{ast.unparse(node.func)}” is not a function of the rule language")
    if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
        raise RuleError(f"{node.func.id}(): write its values in order, without = or *")
    return Call(node.func.id, tuple(read_node(argument, depth) for argument in node.args))


def read_bool(node: ast.BoolOp, depth: int) -> Node:
    parts = tuple(read_node(value, depth) for value in node.values)
    return All(parts) if isinstance(node.op, ast.And) else Any(parts)


def read_either(node: ast.IfExp, depth: int) -> Either:
    return Either(read_node(node.test, depth), read_node(node.body, depth), read_node(node.orelse, depth))


READERS: dict[type[ast.expr], Callable[..., Node]] = {
    ast.Constant: read_constant,
    ast.Name: lambda node, depth: Name(node.id),
    ast.Attribute: read_attribute,
    ast.Compare: read_compare,
    ast.BoolOp: read_bool,
    ast.UnaryOp: read_unary,
    ast.BinOp: read_sum,
    ast.IfExp: read_either,
    ast.Call: read_call,
}
