"""What a function of the rule language takes and gives: declared once by each function, checked when a rule is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from qipxl.errors import RuleError
from qipxl.rules.expression import Expression
from qipxl.rules.schema import Kind
from qipxl.rules.terms import Field, PhraseList, TextLiteral


@dataclass(frozen=True)
class Parameter:
    """One value of a call: its kind (`any` takes each kind), and whether it must be a field."""

    kind: Kind | Literal["any"]
    field: bool = False

    def check(self, function: str, position: int, argument: Expression) -> None:
        """Refuse a value of another kind; `position` counts from 1."""
        if self.kind not in ("any", argument.kind):
            raise RuleError(
                f"{function}(): value {position} must be a {self.kind}; {argument.words()} is a {argument.kind}"
            )
        if self.field and not isinstance(argument, Field):
            raise RuleError(f"{function}() takes a field, not {argument.words()}")


@dataclass(frozen=True)
class Rest(Parameter):
    """All values after the others, at least `least`; `needs` names what is missing if there are fewer.

    `quoted` values are texts in quotes; `listed` ones may also be lists of the template.
    """

    least: int = 1
    needs: str = ""
    quoted: bool = False
    listed: bool = False

    def check(self, function: str, position: int, argument: Expression) -> None:
        super().check(function, position, argument)
        if self.quoted and not isinstance(argument, TextLiteral | PhraseList):
            raise RuleError(f"{function}(): after the field come texts in quotes")


TEXT, DATE, NUMBER, ANY = Parameter("text"), Parameter("date"), Parameter("number"), Parameter("any")
FIELD, TEXT_FIELD = Parameter("any", field=True), Parameter("text", field=True)
TEXTS = Rest("text", least=2, needs="at least two texts")
FIELDS = Rest("any", field=True, needs="at least one field")
QUOTED_TEXTS = Rest("any", needs="a field, then the texts to look for", quoted=True)
PHRASES = Rest("any", needs="a field, then the texts to look for", quoted=True, listed=True)


@dataclass(frozen=True)
class Signature:
    """A function's name in a rule, the values it takes in order, and the kind of value it gives.

    If the last parameter is a `Rest`, the function gets those values as one tuple.
    """

    name: str
    parameters: tuple[Parameter, ...]
    gives: Kind

    @property
    def takes_lists(self) -> bool:
        """True if lists of the template may be among its texts in quotes."""
        return any(isinstance(each, Rest) and each.listed for each in self.parameters)

    def match(self, arguments: Sequence[Expression]) -> list[Expression | tuple[Expression, ...]]:
        """One operand per parameter; raises RuleError if a value is missing, left over or of another kind."""
        single = [each for each in self.parameters if not isinstance(each, Rest)]
        rest = [each for each in self.parameters if isinstance(each, Rest)]
        left_over = len(arguments) - len(single)
        if rest and left_over < rest[0].least:
            raise RuleError(f"{self.name}() needs {rest[0].needs}")
        if left_over and not rest:
            raise RuleError(f"{self.name}() takes {len(single)} value{'s' * (len(single) != 1)}, not {len(arguments)}")
        parameters = [*single, *rest * left_over]
        for position, (parameter, argument) in enumerate(zip(parameters, arguments, strict=True), 1):
            parameter.check(self.name, position, argument)
        return [*arguments[: len(single)], *([tuple(arguments[len(single) :])] if rest else [])]


class Function(Expression):
    """A function of the rule language: a signature, the operands as dataclass fields, and the three readings."""

    signature: ClassVar[Signature]

    @property
    def kind(self) -> Kind:
        return self.signature.gives

    @classmethod
    def bind(cls, arguments: Sequence[Expression]) -> Self:
        """The call with these values; raises RuleError if the signature or `check` refuses them."""
        build: Callable[..., Self] = cls
        call = build(*cls.signature.match(arguments))
        call.check()
        return call

    def check(self) -> None:
        """Refuse operands that the signature allows and the function cannot use; raises RuleError."""
