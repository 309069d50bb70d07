"""The functions of the rule language about values of another table's column, such as the Refs of the Evidence sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from qipxl.rules.expression import Array, Cells, Expression, Rows, words_of
from qipxl.rules.schema import Column, Table

SEPARATORS = ",;&+"
"""Marks between several values in one cell; the word “and” counts too."""
ANDS = ("and", "And", "AND")


def words_apart(text: str) -> str:
    """A text in lower case with one space around each word, and none of the marks and words that separate values."""
    spaced = text.translate(str.maketrans(SEPARATORS, " " * len(SEPARATORS)))
    text = f" {' '.join(part for part in spaced.split(' ') if part)} "
    for word in ANDS:
        text = text.replace(f" {word} ", " ")
    return text.lower()


@dataclass(frozen=True)
class Listed(Expression):
    """True if a text is a value of one of a table's columns, in upper or lower case."""

    name: ClassVar[str] = "listed"
    gives = "truth"
    phrase = "{of} is a {columns} of the sheet {sheet}"
    negated = "{of} is no {columns} of the sheet {sheet}"
    of: Expression
    table: Table
    columns_of_table: tuple[Column, ...]

    def filled_in(self, phrase: str) -> str:
        return phrase.format(of=self.of.words(), columns=words_of(self.columns_of_table), sheet=self.table.sheet)

    def evaluate(self, rows: Rows) -> Array:
        return rows.listed(self.of, self.columns_of_table)

    def formula(self, cells: Cells) -> str:
        text = cells.scalar(self.of)
        return f'IF({text}="",FALSE,{self.exact(cells)}>0)'

    def exact(self, cells: Cells) -> str:
        """The formula of the number of rows that hold the whole text."""
        text, other = cells.scalar(self.of), cells.child(self.table)
        return "+".join(f"SUMPRODUCT(--({other.span(column)}={text}))" for column in self.columns_of_table)


@dataclass(frozen=True)
class AllListed(Listed):
    """True if a text is a value of a table's column, or consists of several, separated by SEPARATORS or the word “and”."""

    name: ClassVar[str] = "all_listed"
    phrase = "each part of {of} is a {columns} of the sheet {sheet}"
    negated = "a part of {of} is no {columns} of the sheet {sheet}"

    def evaluate(self, rows: Rows) -> Array:
        return super().evaluate(rows) | rows.made_of(self.of, self.columns_of_table, words_apart)

    def formula(self, cells: Cells) -> str:
        text = spaced = cells.scalar(self.of)
        for mark in SEPARATORS:
            spaced = f'SUBSTITUTE({spaced},"{mark}"," ")'
        apart = f'" "&TRIM({spaced})&" "'
        for word in ANDS:
            apart = f'SUBSTITUTE({apart}," {word} "," ")'
        other, found = cells.child(self.table), []
        for column in self.columns_of_table:
            span = other.span(column)
            plain = f'SUBSTITUTE(SUBSTITUTE(SUBSTITUTE({span},"~","~~"),"*","~*"),"?","~?")'  # none is a wildcard
            inside = f'ISNUMBER(SEARCH(" "&{plain}&" ",{apart}))'
            found.append(f'SUMPRODUCT({inside}*({span}<>"")*(LEN({span})-LEN(SUBSTITUTE({span}," ",""))+1))')
        words = f'(LEN({apart})-LEN(SUBSTITUTE({apart}," ",""))-1)'
        return f'IF({text}="",FALSE,OR({self.exact(cells)}>0,{"+".join(found)}>={words}))'


@dataclass(frozen=True)
class HasColumn(Expression):
    """True if the sheet of a table has a column; only trackers of an earlier version of the template lack one."""

    gives = "truth"
    phrase = "the sheet {sheet} has the column {heading}"
    negated = "the sheet {sheet} has no column {heading}"
    table: Table
    column: Column

    def filled_in(self, phrase: str) -> str:
        return phrase.format(sheet=self.table.sheet, heading=self.column.heading)

    def evaluate(self, rows: Rows) -> Array:
        return rows.has_column(self.column)

    def formula(self, cells: Cells) -> str:
        return "TRUE"


LISTED: dict[str, type[Listed]] = {each.name: each for each in (Listed, AllListed)}
"""The functions by their name in a rule."""
