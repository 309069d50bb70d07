"""A batch of files read in one go: each opened on its own, then every column typed over all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from qipxl.opening.batch import Batch, Opening, Told
from qipxl.opening.file import OpenedFile
from qipxl.opening.files import SourceFile
from qipxl.opening.workbook import Asked
from qipxl.reading.pieces import Piece, piece_of
from qipxl.returns import TEXTS
from qipxl.template import Template

AT_ONCE = 16
"""The most files of a batch: enough for typing to pay, few enough to be read again where one of them ends its reader."""
ROUNDS = 4
"""Of few files each worker gets about so many batches, so that none waits long for the last."""


@dataclass(frozen=True)
class Manner:
    """How files are read: the templates that they may be made from, by key, and how they are to be opened."""

    templates: Mapping[str, Template]
    asked: Asked

    def done(self, batch: Batch, told: Told) -> Piece:
        """Read a batch. Workers do nothing else."""
        return self.typed(batch, Opening(self.asked).done(batch, told))

    def typed(self, batch: Batch, files: list[OpenedFile]) -> Piece:
        """A batch's files, which are opened, as a piece."""
        with pd.option_context(*TEXTS):
            return piece_of(batch.sources, files, self.templates, batch.numbers)


def batches(sources: Mapping[int, SourceFile], workers: int, most: int = AT_ONCE) -> Iterator[Batch]:
    """Files, given with their numbers among all, in batches for so many workers, in their order."""
    numbers = list(sources)
    size = max(1, min(most, len(numbers) // (workers * ROUNDS)))
    for start in range(0, len(numbers), size):
        chosen = numbers[start : start + size]
        yield Batch([sources[number] for number in chosen], chosen)
