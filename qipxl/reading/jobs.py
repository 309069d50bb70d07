"""A batch of files read in one go: each opened on its own, then every column typed over all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from qipxl.files import Location
from qipxl.reading.file.batch import FileBatch, Opening, ProgressCallback
from qipxl.reading.file.find import SourceFile
from qipxl.reading.file.open import OpenedFile
from qipxl.reading.file.workbook import Asked
from qipxl.reading.partition_files import write_partition
from qipxl.reading.partitions import Partition, partition_of
from qipxl.reading.worker import Work
from qipxl.returns.returns import TEXTS
from qipxl.template import Template

AT_ONCE = 16
"""The most files of a batch: enough for typing to pay, few enough to be read again where one of them ends its reader."""
ROUNDS = 4
"""Of few files each worker gets about so many batches, so that none waits long for the last."""


class Workers(Protocol):
    """Whoever reads and works for us: processes of this machine, or those of a cluster."""

    @property
    def most(self) -> int:
        """How many there may be at a time."""
        ...

    def start(self, files: int) -> None:
        """Have as many ready as so many files are worth."""
        ...

    def read_all(self, batches: Sequence[FileBatch], manner: Manner, told: ProgressCallback) -> Iterator[Partition]:
        """Every batch read."""
        ...

    def work_all(self, work: Work, tasks: Sequence[object]) -> Iterator[object]:
        """What each task comes to, in the order given."""
        ...


@dataclass(frozen=True)
class Manner:
    """How files are read: the templates that they may be made from, by key, and how they are to be opened.

    With `keep`, a folder, the rows are remembered there by whoever reads them, and only receipts come back.
    """

    templates: Mapping[str, Template]
    asked: Asked
    keep: Location | None = None

    @property
    def memory_mb(self) -> int:
        return self.asked.limits.memory_mb

    def done(self, batch: FileBatch, told: ProgressCallback) -> Partition:
        """Read a batch. Workers do nothing else."""
        return self.typed(batch, Opening(self.asked).done(batch, told))

    def typed(self, batch: FileBatch, files: list[OpenedFile]) -> Partition:
        """A batch's files, which are opened, as a piece; with its rows where they could not be remembered."""
        with pd.option_context(*TEXTS):
            partition = partition_of(batch.sources, files, self.templates, batch.numbers)
            if self.keep is not None:
                with suppress(OSError):
                    return partition.cached_in(write_partition(partition, self.keep))
            return partition


def batches(sources: Mapping[int, SourceFile], workers: int, most: int = AT_ONCE) -> Iterator[FileBatch]:
    """Files, given with their numbers among all, in batches for so many workers, in their order."""
    numbers = list(sources)
    size = max(1, min(most, len(numbers) // (workers * ROUNDS)))
    for start in range(0, len(numbers), size):
        chosen = numbers[start : start + size]
        yield FileBatch([sources[number] for number in chosen], chosen)
