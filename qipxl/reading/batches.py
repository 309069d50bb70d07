"""A batch of files read in one go: each opened on its own, then every column typed over all of them. Workers do nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from qipxl.opening.file import OpenedFile, open_file
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


@dataclass(frozen=True)
class Batch:
    """Files to be read in one go, with their numbers among all."""

    sources: Sequence[SourceFile]
    numbers: Sequence[int]

    def __len__(self) -> int:
        return len(self.sources)

    def without(self, place: int, why: str) -> Batch:
        """The same with one file that is not opened, and the sentence for its receipt."""
        sources = [*self.sources]
        sources[place] = replace(sources[place], refusal=why)
        return Batch(sources, self.numbers)

    def halves(self) -> list[Batch]:
        """The same files as two batches."""
        middle = len(self.sources) // 2
        return [
            Batch(self.sources[:middle], self.numbers[:middle]),
            Batch(self.sources[middle:], self.numbers[middle:]),
        ]


def batches(sources: Mapping[int, SourceFile], workers: int, most: int = AT_ONCE) -> Iterator[Batch]:
    """Files, given with their numbers among all, in batches for so many workers, in their order."""
    numbers = list(sources)
    size = max(1, min(most, len(numbers) // (workers * ROUNDS)))
    for start in range(0, len(numbers), size):
        chosen = numbers[start : start + size]
        yield Batch([sources[number] for number in chosen], chosen)


@pd.option_context(*TEXTS)
def read_batch(batch: Batch, manner: Manner, told: Callable[[str], None] = lambda status: None) -> Piece:
    """Read a batch; `told` is told what became of each file as soon as that is known."""
    files = []
    for source in batch.sources:
        refused = OpenedFile("refused", source.refusal)
        file = refused if source.refusal else open_file(source.path, source.name, manner.asked)
        files.append(file)
        told(file.status)
    return piece_of(batch.sources, files, manner.templates, batch.numbers)
