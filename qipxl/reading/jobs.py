"""A batch of files read in one go: each opened on its own, then every column typed over all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import pandas as pd

from qipxl.files import Location
from qipxl.reading.file.batch import FileBatch, Opening, ProgressCallback
from qipxl.reading.file.find import SourceFile
from qipxl.reading.file.open import OpenedFile
from qipxl.reading.file.plan import ReadingPlan, TablePlan
from qipxl.reading.options import ReadOptions
from qipxl.reading.partition_files import write_partition
from qipxl.reading.partitions import Partition, partition_of
from qipxl.reading.worker import Work
from qipxl.returns.returns import TEXTS
from qipxl.rules.rulebook import HEADLINE
from qipxl.template import TableLine, Template
from qipxl.template.compile import read_setting

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

    def read_all(self, batches: Sequence[FileBatch], job: ReadJob, told: ProgressCallback) -> Iterator[Partition]:
        """Every batch read."""
        ...

    def work_all(self, work: Work, tasks: Sequence[object]) -> Iterator[object]:
        """What each task comes to, in the order given."""
        ...


@dataclass(frozen=True)
class ReadJob:
    """Reads batches of files, in any process.

    templates: those the files may be made from, by key.
    options: how the files are read.
    cache: the folder that rows are written to; only receipts come back then. None to return the rows.
    """

    templates: Mapping[str, Template]
    options: ReadOptions = field(default_factory=ReadOptions)
    cache: Location | None = None

    @cached_property
    def plans(self) -> Mapping[str, ReadingPlan]:
        """What opening a file must know of each template."""
        return {key: reading_plan(each) for key, each in self.templates.items()}

    @property
    def memory_mb(self) -> int:
        return self.options.limits.memory_mb

    @property
    def opening(self) -> Opening:
        """The first half of the job: files are opened but not typed, for a process without pandas."""
        return Opening(self.plans, self.options)

    def done(self, batch: FileBatch, told: ProgressCallback) -> Partition:
        """Read a batch."""
        return self.typed(batch, self.opening.done(batch, told))

    def typed(self, batch: FileBatch, files: list[OpenedFile]) -> Partition:
        """A batch of opened files as a partition; with its rows if they cannot be written to the cache."""
        with pd.option_context(*TEXTS):
            partition = partition_of(batch.sources, files, self.templates, batch.numbers)
            if self.cache is not None:
                with suppress(OSError):
                    return partition.cached_in(write_partition(partition, self.cache))
            return partition


def file_batches(sources: Mapping[int, SourceFile], workers: int, most: int = AT_ONCE) -> Iterator[FileBatch]:
    """Files, given with their numbers among all, in batches for so many workers, in their order."""
    numbers = list(sources)
    size = max(1, min(most, len(numbers) // (workers * ROUNDS)))
    for start in range(0, len(numbers), size):
        chosen = numbers[start : start + size]
        yield FileBatch([sources[number] for number in chosen], chosen)


def reading_plan(template: Template) -> ReadingPlan:
    """A template's tables, settings and earlier versions, without its rules."""
    read = (read_setting(key, line) for key, line in template.setting.items())
    settings = {name: number for setting in read for name, number in setting.names()}
    tables = {key: table_plan(line) for key, line in template.tables.items()}
    earlier = {each.version: dict(each.renamed) for each in template.earlier}
    return ReadingPlan(template.key, template.version, tables, settings, earlier)


def table_plan(line: TableLine) -> TablePlan:
    of_type = {
        kind: frozenset(field.key for field in line.field if field.type == kind)
        for kind in ("choice", "date", "number")
    }
    watched = frozenset(field.key for field in line.field if field.type in ("text", "choice", "reference"))
    return TablePlan(
        sheet=line.sheet,
        headings={field.key: field.heading for field in line.field},
        worked_out=line.worked_out_headings,
        rows=line.rows,
        identity=line.identity,
        needed=line.needed,
        choices=of_type["choice"],
        dates=of_type["date"],
        texts=watched if line.filled_by == "service" else frozenset(),
        staff=frozenset(field.key for field in line.field if field.names_staff),
        rated=HEADLINE in [rating.key for rating in line.rating],
    )
