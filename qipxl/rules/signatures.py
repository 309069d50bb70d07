"""What a function of the rule language may be given, checked when a rule is read."""

from __future__ import annotations

from collections.abc import Sequence

from qipxl.errors import RuleError
from qipxl.rules.expression import Expression, Field, TextLiteral


def need(function: str, arguments: Sequence[Expression], *kinds: str) -> None:
    """Refuse a call whose values are not of the kinds named (`any` takes each kind)."""
    if len(arguments) != len(kinds):
        raise RuleError(f"{function}() takes {len(kinds)} value{'s' * (len(kinds) != 1)}, not {len(arguments)}")
    for position, (given, kind) in enumerate(zip(arguments, kinds, strict=True), 1):
        if kind != "any" and given.kind != kind:
            raise RuleError(f"{function}(): value {position} must be a {kind}; {given.words()} is a {given.kind}")


def need_field(function: str, argument: Expression) -> Field:
    """Refuse what is not a field of the row."""
    if not isinstance(argument, Field):
        raise RuleError(f"{function}() takes a field, not {argument.words()}")
    return argument


def need_literals(function: str, arguments: Sequence[Expression]) -> tuple[TextLiteral, ...]:
    """Refuse a list that holds anything but texts."""
    if not arguments:
        raise RuleError(f"{function}() needs at least one text to look for")
    literals = tuple(each for each in arguments if isinstance(each, TextLiteral))
    if len(literals) != len(arguments):
        raise RuleError(f"{function}(): after the field come texts in quotes")
    return literals
