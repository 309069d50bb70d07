"""Files → `Returns`: read in batches by processes of their own, each column typed over a whole batch, then put together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pandas as pd

from qipxl.files import Location, parse_location
from qipxl.periods import Period
from qipxl.reading.cache import ReadCache, open_cache
from qipxl.reading.duplicates import resolve_duplicates
from qipxl.reading.file.find import SourceFile, digests_of, find_files
from qipxl.reading.file.limits import Limits
from qipxl.reading.file.workbook import Asked
from qipxl.reading.issued_changes import compare_with_issued
from qipxl.reading.jobs import Manner, Workers, batches
from qipxl.reading.partitions import Partition, joined
from qipxl.reading.plans import reading_plan
from qipxl.reading.pool import Readers
from qipxl.returns.returns import TEXTS, Returns
from qipxl.returns.string_pool import StringPool
from qipxl.template import Template, find_template, shipped_templates


@dataclass(frozen=True)
class Choices:
    """What head office has decided about a batch.

    `period` is the month it is about (the commonest one where it is left out); `use` are files, by name or SHA-256, that
    are to be used although there is a doubt about them.
    """

    period: Period | None = None
    use: Collection[str] = ()


@dataclass(frozen=True)
class How:
    """How a batch is read, and by whom; `read_returns` says what each means."""

    limits: Limits | None = None
    other_formats: bool = False
    forensic: bool = False
    kinds_off: Sequence[str] = ()
    workers: int | None = None
    memory: Location | None = None
    cluster: str | None = None


Progress = Callable[[str, int], None]
"""Is told what became of each file, and how many there are."""


def no_progress(status: str, files: int) -> None:
    """For those who do not watch."""


@pd.option_context(*TEXTS)
def read_returns(
    paths: Iterable[Location | str] | Location | str,
    templates: Iterable[Template] | None = None,
    *,
    choices: Choices | None = None,
    limits: Limits | None = None,
    other_formats: bool = False,
    forensic: bool = False,
    kinds_off: Sequence[str] = (),
    workers: int | None = None,
    memory: Location | None = None,
    cluster: str | None = None,
    progress: Progress = no_progress,
) -> Returns:
    """Read files, and all files of folders, into one batch of returns.

    `templates` are those the returns may be made from (those shipped with qipxl where it is left out). A file that
    cannot be used becomes a receipt with a reason. `other_formats` reads .xls, .xlsb and .ods too; `forensic` has a
    closer look at every return; `kinds_off` are kinds of personal data that are not looked for. `workers` are the
    processes that read (one a core, at most eight, where it is left out). `memory` is a folder in which files are remembered:
    those that were read before in the same manner are not read again. `cluster` is the address of a Dask cluster that reads in
    place of processes here (see `qipxl.reading.dask_cluster`). `progress` is called after each file with what became
    of it and how many files there are. Raises SourceError where a path is not there or a folder is empty.
    """
    how = How(limits, other_formats, forensic, kinds_off, workers, memory, cluster)
    sources = files_in(paths)
    texts = StringPool()
    with reading(sources, templates, how) as (manner, readers):
        cached = open_cache(memory, manner) if memory is not None else None
        partitions = []
        for partition in iter_partitions(sources, manner, readers, cached, progress):
            partitions.append(partition.with_texts(texts))
    return settled(partitions, manner.templates, choices)


def files_in(paths: Iterable[Location | str] | Location | str) -> list[SourceFile]:
    """The files that are named, and all files of folders; raises SourceError where one is not there or a folder is empty."""
    return find_files(
        [
            parse_location(each)
            for each in (paths if isinstance(paths, Iterable) and not isinstance(paths, str) else [paths])
        ]
    )


@contextmanager
def reading(
    sources: Sequence[SourceFile], templates: Iterable[Template] | None, how: How, folders: Sequence[Location] = ()
) -> Iterator[tuple[Manner, Workers]]:
    """The manner in which files are to be read, and who reads them, who start while the templates are loaded.

    `folders` are those that they must see beside the files' own.
    """
    seen = sorted({*(source.path.parent for source in sources), *folders}, key=str)
    with workers_for(how.cluster, how.workers, seen) as readers:
        if how.memory is None or not how.memory.is_dir():
            readers.start(len(sources))
        known = {template.key: template for template in templates or map(find_template, shipped_templates())}
        plans = {key: reading_plan(template) for key, template in known.items()}
        asked = Asked(plans, how.limits or Limits(), how.other_formats, how.forensic, tuple(how.kinds_off))
        yield Manner(known, asked), readers


def iter_partitions(
    sources: Sequence[SourceFile],
    manner: Manner,
    readers: Workers,
    cached: ReadCache | None,
    progress: Progress,
) -> Iterator[Partition]:
    """Every file in some piece: those that are remembered first, then the others as they are read, which then are remembered.

    Where whoever reads them is to remember their rows (`Manner.keep`) only receipts come. What is of no use any more is forgotten.
    """

    def told(status: str) -> None:
        progress(status, len(sources))

    done: set[int] = set()
    for partition in from_cache(cached, sources, manner, told):
        done |= set(partition.numbers)
        yield partition
    left = {number: source for number, source in enumerate(sources) if number not in done}
    readers.start(len(left))
    for partition in readers.read_all(list(batches(left, readers.most)), manner, told):
        if cached is not None and manner.keep is None:
            cached.keep(partition)
        yield partition
    if cached is not None and manner.keep is None:
        cached.delete_unused()


def workers_for(
    cluster: str | None, workers: int | None, folders: Sequence[Location]
) -> AbstractContextManager[Workers]:
    """Whoever reads: processes of this machine, or a cluster."""
    if cluster is None:
        return Readers(workers)
    from qipxl.reading.dask_cluster import cluster_at

    return cluster_at(cluster, folders)


def from_cache(
    cached: ReadCache | None, sources: Sequence[SourceFile], manner: Manner, told: Callable[[str], None]
) -> Iterator[Partition]:
    """The pieces of the files that are remembered."""
    if cached is None or not cached.known:
        return
    for partition in cached.recall(digests_of(sources, manner.asked.limits), sources, rows=manner.keep is None):
        for line in partition.receipts:
            told(str(line["status"]))
        yield partition


@pd.option_context(*TEXTS)
def settled(partitions: Sequence[Partition], known: Mapping[str, Template], chosen: Choices | None = None) -> Returns:
    """One batch of returns from what was read, held against what each was issued with."""
    returns, doubts = joined(partitions, known)
    chosen = chosen or Choices()
    return compare_with_issued(resolve_duplicates(returns, doubts, chosen.period, chosen.use), returns.stamps)
