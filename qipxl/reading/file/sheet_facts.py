"""The facts that reading needs of a sheet in addition to its values: formulas, merged cells, hidden rows and columns, drop-downs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from qipxl.workbook.layout import column_letters


@dataclass(frozen=True)
class SheetCell:
    """A cell with its row and column, counted from 0, and its formula without the "=" (None if it has none).

    `filled` is false for a formula without a stored value.
    """

    row: int
    column: int
    formula: str | None = None
    filled: bool = True

    @property
    def address(self) -> str:
        """Such as B7."""
        return f"{column_letters(self.column)}{self.row + 1}"


@dataclass(frozen=True)
class Merge:
    """A merged range; rows and columns count from 0, the last ones included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


class SheetFacts(Protocol):
    """The facts of one sheet, from the XML of a saved file (`SheetXml`) or from an open Excel; rows and columns from 0."""

    @property
    def formulas(self) -> Sequence[SheetCell]:
        """Cells with a formula; may be empty if only the tracker's own formulas are on the sheet."""

    @property
    def has_choices(self) -> bool:
        """True if the sheet still has a drop-down or another data validation."""

    def typed_over(self, columns: Collection[int], rows: Collection[int], formulas: int) -> Iterator[SheetCell]:
        """Cells of these columns and rows that hold a value instead of one of the `formulas` expected."""

    def merges(self) -> Sequence[Merge]:
        """All merged ranges."""

    def hidden_rows(self) -> Sequence[int]:
        """Hidden rows."""

    def hidden_columns(self) -> Sequence[int]:
        """Hidden columns, except those folded away as a group."""


class NoFacts:
    """The facts of a sheet that cannot be inspected: nothing odd is reported and nothing is reported missing."""

    has_choices = True

    @property
    def formulas(self) -> Sequence[SheetCell]:
        """None."""
        return ()

    def typed_over(self, columns: Collection[int], rows: Collection[int], formulas: int) -> Iterator[SheetCell]:
        """None."""
        return iter(())

    def merges(self) -> Sequence[Merge]:
        """None."""
        return ()

    def hidden_rows(self) -> Sequence[int]:
        """None."""
        return ()

    def hidden_columns(self) -> Sequence[int]:
        """None."""
        return ()
