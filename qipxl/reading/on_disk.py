"""Files → receipts: the rows stay in the cache, and are read for a part of the returns at a time.

So all returns together may be larger than memory. Decisions that need only receipts are made for all returns at once; those
that need rows are made in the `ReturnBatch` that holds all returns of a service.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from qipxl.errors import OutputError, SourceError
from qipxl.files import Location
from qipxl.reading.cache import open_cache
from qipxl.reading.duplicates import resolve_copies, resolve_receipts
from qipxl.reading.file.find import SourceFile
from qipxl.reading.issued_changes import compare_with_issued
from qipxl.reading.jobs import ReadJob, Workers
from qipxl.reading.options import Decisions
from qipxl.reading.partition_files import read_partition, write_partition
from qipxl.reading.partitions import Partition, joined
from qipxl.reading.read import Progress, iter_partitions
from qipxl.returns.returns import TEXTS, Returns, problem_frame
from qipxl.returns.string_pool import StringPool
from qipxl.template import Template

BATCH_SIZE = 80
"""How many returns are judged at a time: enough for rules to pay, few enough for several processes to have room."""


@dataclass(frozen=True)
class ReturnBatch:
    """All files of some services: their receipts, and where their rows are."""

    receipts: pd.DataFrame
    sources: Mapping[int, SourceFile]
    where: Mapping[int, tuple[str, int]]
    folder: Location

    def returns(self, templates: Mapping[str, Template], decisions: Decisions) -> Returns:
        """These returns with their rows, duplicates resolved; raises SourceError if rows can no longer be read."""
        texts = StringPool()
        with pd.option_context(*TEXTS):
            read, _ = joined(self.partitions(texts), templates)
            resolved = resolve_copies(read, self.receipts.loc[read.receipts.index], decisions)
            return compare_with_issued(resolved, read.stamps)

    def partitions(self, texts: StringPool) -> Iterator[Partition]:
        """The partitions of these files, from the cache, with texts shared through `texts`."""
        parts: dict[str, list[int]] = defaultdict(list)
        for number, (part, _) in self.where.items():
            parts[part].append(number)
        for part, numbers in parts.items():
            try:
                partition = read_partition(self.folder / part, texts)
            except (OSError, ValueError, KeyError, TypeError):
                lost = f"The returns that were read into {self.folder / part} can no longer be read."
                raise SourceError(f"{lost} Run the command again.") from None
            indexes = [self.where[number][1] for number in numbers]
            yield partition.of_files(indexes, [self.sources[number] for number in numbers], numbers)


@dataclass(frozen=True)
class CachedReturns:
    """Returns whose receipts are here and whose rows are in the cache.

    In `receipts` all copies of one service's return are still accepted; `ReturnBatch.returns` decides which one is used.
    """

    templates: Mapping[str, Template]
    receipts: pd.DataFrame
    sources: Sequence[SourceFile]
    where: Mapping[int, tuple[str, int]]
    folder: Location

    @property
    def without_rows(self) -> Returns:
        """The returns without their rows."""
        return Returns(self.templates, self.receipts, {}, {}, {}, problem_frame())

    def batches(self, most: int = BATCH_SIZE) -> list[ReturnBatch]:
        """The files that could be read, in order, about `most` at a time, all files of a service together."""
        services: dict[object, list[int]] = {}
        for number, service in zip(self.receipts.index, self.receipts["service"], strict=True):
            if number in self.where:
                services.setdefault(service, []).append(number)
        groups: list[list[int]] = [[]]
        for numbers in services.values():
            if len(groups[-1]) >= most:
                groups.append([])
            groups[-1] += numbers
        return [self.batch(sorted(numbers)) for numbers in groups if numbers]

    def batch(self, numbers: Sequence[int]) -> ReturnBatch:
        """The batch of some files."""
        sources = {number: self.sources[number] for number in numbers}
        where = {number: self.where[number] for number in numbers}
        return ReturnBatch(self.receipts.loc[list(numbers)], sources, where, self.folder)


@pd.option_context(*TEXTS)
def read_to_cache(
    sources: Sequence[SourceFile],
    job: ReadJob,
    workers: Workers,
    cache: Location,
    decisions: Decisions,
    progress: Progress,
) -> CachedReturns:
    """Read files; the workers write the rows to `cache`. A file that is in it unchanged is not read again.

    Raises OutputError if nothing can be written there.
    """
    cached = open_cache(cache, job)
    writing = replace(job, cache=cached.folder)
    where: dict[int, tuple[str, int]] = {}
    lines: dict[int, dict[str, object]] = {}
    doubts: dict[int, Sequence[str]] = {}
    for each in iter_partitions(sources, writing, workers, cached, progress):
        partition = each if each.part or not each.readable else written(each, cached.folder)
        cached.used.add(partition.part)
        lines |= dict(zip(partition.numbers, partition.receipts, strict=True))
        doubts |= {partition.numbers[index]: reasons for index, reasons in partition.aside.items()}
        where |= {partition.numbers[index]: (partition.part, rank) for index, rank in partition.standing.items()}
    cached.delete_unused()
    numbers = sorted(lines)
    receipts = pd.DataFrame([lines[number] for number in numbers], index=pd.Index(numbers, name="return"))
    return CachedReturns(job.templates, resolve_receipts(receipts, doubts, decisions), sources, where, cached.folder)


def written(partition: Partition, folder: Location) -> Partition:
    """A partition that its reader could not write to the cache."""
    try:
        return partition.cached_in(write_partition(partition, folder))
    except OSError as error:
        failed = f"Cannot write the read cache to {folder.parent} ({error.strerror or error})."
        raise OutputError(f"{failed} Free some space or ask for write permission.") from None
