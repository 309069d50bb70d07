"""Files → receipts: the rows of a batch stay where they are remembered, and are fetched for a share of the returns at a time.

So a batch may be larger than memory. What the receipts decide by themselves is decided for all at once; what needs rows is
decided in the share in which all returns of a service stand.
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
"""How many returns are judged at a time: so many that rules pay, so few that several processes have room to do it at once."""


@dataclass(frozen=True)
class ReturnBatch:
    """Some files of a batch, with every other of the same services: their receipts, and where their rows are."""

    receipts: pd.DataFrame
    sources: Mapping[int, SourceFile]
    where: Mapping[int, tuple[str, int]]
    folder: Location

    def returns(self, templates: Mapping[str, Template], decisions: Decisions) -> Returns:
        """These returns with their rows, settled; raises SourceError where rows cannot be read any more."""
        texts = StringPool()
        with pd.option_context(*TEXTS):
            read, _ = joined([partition.with_texts(texts) for partition in self.partitions()], templates)
            return compare_with_issued(
                resolve_copies(read, self.receipts.loc[read.receipts.index], decisions), read.stamps
            )

    def partitions(self) -> Iterator[Partition]:
        """What is remembered of these files."""
        parts: dict[str, list[int]] = defaultdict(list)
        for number, (part, _) in self.where.items():
            parts[part].append(number)
        for part, numbers in parts.items():
            try:
                whole = read_partition(self.folder / part)
            except (OSError, ValueError, KeyError, TypeError):
                raise SourceError(
                    f"What was read of the returns stood in {self.folder / part} and can no longer be read. Run the command again."
                ) from None
            places = [self.where[number][1] for number in numbers]
            yield whole.of_files(places, [self.sources[number] for number in numbers], numbers)


@dataclass(frozen=True)
class CachedReturns:
    """A batch of which the receipts are here and the rows are remembered.

    In `receipts` several returns of one service are all still accepted: which is used is settled in their share.
    """

    templates: Mapping[str, Template]
    receipts: pd.DataFrame
    sources: Sequence[SourceFile]
    where: Mapping[int, tuple[str, int]]
    folder: Location

    @property
    def without_rows(self) -> Returns:
        """The batch as far as its receipts go."""
        return Returns(self.templates, self.receipts, {}, {}, {}, problem_frame())

    def batches(self, most: int = BATCH_SIZE) -> list[ReturnBatch]:
        """The files that could be read, those of a service together, in their order, about `most` at a time."""
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
        """The share of some files."""
        return ReturnBatch(
            self.receipts.loc[list(numbers)],
            {number: self.sources[number] for number in numbers},
            {number: self.where[number] for number in numbers},
            self.folder,
        )


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
        doubts |= {partition.numbers[place]: why for place, why in partition.aside.items()}
        where |= {partition.numbers[place]: (partition.part, rank) for place, rank in partition.standing.items()}
    cached.delete_unused()
    numbers = sorted(lines)
    receipts = pd.DataFrame([lines[number] for number in numbers], index=pd.Index(numbers, name="return"))
    return CachedReturns(job.templates, resolve_receipts(receipts, doubts, decisions), sources, where, cached.folder)


def written(partition: Partition, folder: Location) -> Partition:
    """A piece that whoever read it could not remember."""
    try:
        return partition.cached_in(write_partition(partition, folder))
    except OSError as error:
        raise OutputError(
            f"What was read cannot be kept in {folder.parent} ({error.strerror or error}). Make room there, or ask for the right to write."
        ) from None
