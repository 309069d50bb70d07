"""The cells of a summary's sheet that a rule's formula reads (`qipxl.rules.expression.Cells`).

Every value that is worked out is written out in the formula, apart from the number of the band that decides a rating. What only a
tracker has (lists, rows that a reference names) is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qipxl.rules import formula
from qipxl.rules.expression import Expression, quoted
from qipxl.rules.rulebook import FirstMatch, RuleBook
from qipxl.rules.schema import Column, Table

NOT_HERE = "a rule of the provider's tables reads what only a tracker has"


@dataclass(frozen=True)
class ChildSpans:
    """The cells of all rows of the table `key`, by the keys of its columns."""

    key: str
    spans: Mapping[str, str]


@dataclass(frozen=True)
class RuleCells:
    """One row: its cells by the keys of their columns, the cells of the rows that belong to it, and the cell with the number of
    the band that decides its rating."""

    rules: RuleBook
    known: Mapping[str, str]
    children: ChildSpans
    number: str

    def cell(self, column: Column) -> str:
        if column.key in self.known:
            return self.known[column.key]
        return "TRUE" if column.key == "used" else self.rules.worked_out[column].formula(self)

    def blank(self, column: Column) -> str:
        return formula.blank_raw_text(self.cell(column))

    def unreadable(self, column: Column) -> str:
        """No value here was typed."""
        return "FALSE"

    def scalar(self, expression: Expression) -> str:
        return expression.formula(self)

    def decided(self, decides: FirstMatch) -> str:
        return self.number

    def band_words(self, decides: FirstMatch) -> str:
        return listed((*(band.word for band in decides.bands), decides.otherwise))

    def band_reasons(self, decides: FirstMatch) -> str:
        return listed(decides.reasons())

    def child(self, table: Table) -> RuleCells:
        return self

    def span(self, column: Column) -> str:
        """The cells of a column of the rows that belong to this one; of its own table the one cell."""
        return self.children.spans[column.key] if column.table == self.children.key else self.cell(column)

    def array(self, expression: Expression) -> str:
        if any(column.table == self.children.key for column in expression.columns()):
            return expression.array_formula(self)
        return self.scalar(expression)

    def unreadable_span(self, column: Column) -> str:
        return "0"

    def numbers(self, column: Column) -> str:
        raise NotImplementedError(NOT_HERE)

    def identity_span(self, column: Column) -> str:
        raise NotImplementedError(NOT_HERE)

    def identity_numbers(self, reference: Column) -> str:
        raise NotImplementedError(NOT_HERE)

    def parent_span(self, reference: Column, of: Column) -> str:
        raise NotImplementedError(NOT_HERE)


def listed(texts: tuple[str, ...]) -> str:
    """Texts as a formula lists them."""
    return f"{{{';'.join(map(quoted, texts))}}}"
