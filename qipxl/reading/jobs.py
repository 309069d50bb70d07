"""A batch of files read together: each opened separately, then every column typed over all of them."""

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
"""The most files of a batch: enough for typing to pay, few enough to be read again if one of them ends its reader."""
ROUNDS = 4
"""The number of batches that each worker gets if there are few files, so that none waits long for the last."""


class Workers(Protocol):
    """Those that read files and do tasks: processes of this machine, or of a cluster."""

    @property
    def most(self) -> int:
        """The most that work at a time."""
        ...

    def start(self, files: int) -> None:
        """Start as many workers as this number of files justifies."""
        ...

    def read_all(self, batches: Sequence[FileBatch], job: ReadJob, on_status: ProgressCallback) -> Iterator[Partition]:
        """Every batch read."""
        ...

    def work_all(self, work: Work, tasks: Sequence[object]) -> Iterator[object]:
        """The result of each task, in the order given."""
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
        """The part of each template that opening a file needs."""
        return {key: reading_plan(each) for key, each in self.templates.items()}

    @property
    def memory_mb(self) -> int:
        return self.options.limits.memory_mb

    @property
    def opening(self) -> Opening:
        """The first half of the job: files are opened but not typed, for a process without pandas."""
        return Opening(self.plans, self.options)

    def done(self, batch: FileBatch, on_status: ProgressCallback) -> Partition:
        """Read a batch."""
        return self.typed(batch, self.opening.done(batch, on_status))

    def typed(self, batch: FileBatch, files: list[OpenedFile]) -> Partition:
        """A batch of opened files as a partition; with its rows if they cannot be written to the cache."""
        with pd.option_context(*TEXTS):
            partition = partition_of(batch.sources, files, self.templates, batch.numbers)
            if self.cache is not None:
                with suppress(OSError):
                    return partition.cached_in(write_partition(partition, self.cache))
            return partition


def file_batches(sources: Mapping[int, SourceFile], workers: int, most: int = AT_ONCE) -> Iterator[FileBatch]:
    """Batches of files for this number of workers, in the order of the files' numbers."""
    numbers = list(sources)
    size = max(1, min(most, len(numbers) // (workers * ROUNDS)))
    for start in range(0, len(numbers), size):
        chosen = numbers[start : start + size]
        yield FileBatch([sources[number] for number in chosen], chosen)


def reading_plan(template: Template) -> ReadingPlan:
    """A template's tables and settings, without its rules."""
    read = (read_setting(key, line) for key, line in template.setting.items())
    settings = {name: number for setting in read for name, number in setting.names()}
    tables = {key: table_plan(line) for key, line in template.tables.items()}
    return ReadingPlan(template.key, template.version, tables, settings)


def table_plan(line: TableLine) -> TablePlan:
    def of_types(*types: str) -> frozenset[str]:
        return frozenset(field.key for field in line.field if field.type in types)

    orders = tuple(tuple(field.heading for field in fields) for fields in (line.field, line.in_order(line.field)))
    earlier = {heading: field.heading for field in line.field for heading in field.earlier_headings}
    return TablePlan(
        line.sheet, line.earlier_sheets, {field.key: field.heading for field in line.field}, earlier, orders,
        line.worked_out_headings, line.rows, line.identity,
        line.needed, choices=of_types("choice"), dates=frozenset(field.key for field in line.field if field.type == "date" and not field.month),
        texts=of_types("text", "choice", "reference") if line.filled_by == "service" else frozenset(),
        staff=frozenset(field.key for field in line.field if field.names_staff), pasted=line.pasted,
        rated=HEADLINE in [rating.key for rating in line.rating], by_service=line.filled_by == "service",
    )  # fmt: skip
