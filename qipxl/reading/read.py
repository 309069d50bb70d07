"""Files → `Returns`: read in batches by worker processes, each column typed over a whole batch, then put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

import pandas as pd

from qipxl.files import Location
from qipxl.reading.cache import ReadCache, open_cache
from qipxl.reading.duplicates import resolve_duplicates
from qipxl.reading.file.find import SourceFile, digests_of
from qipxl.reading.issued_changes import compare_with_issued
from qipxl.reading.jobs import ReadJob, Workers, file_batches
from qipxl.reading.options import Decisions, ReadOptions
from qipxl.reading.partitions import Partition, joined
from qipxl.reading.pool import Readers
from qipxl.reading.sources import files_in
from qipxl.returns.returns import TEXTS, Returns
from qipxl.returns.string_pool import StringPool
from qipxl.template import Template, find_template, shipped_templates

Progress = Callable[[str, int], None]
"""Is called after each file with the file's status and the number of files."""


def no_progress(status: str, files: int) -> None:
    """Default progress callback: does nothing."""


@pd.option_context(*TEXTS)
def read_returns(
    paths: Iterable[Location | str] | Location | str,
    templates: Iterable[Template] | None = None,
    *,
    options: ReadOptions = ReadOptions(),  # noqa: B008  # frozen
    decisions: Decisions = Decisions(),  # noqa: B008  # frozen
    cache: Location | None = None,
    progress: Progress = no_progress,
) -> Returns:
    """Read files, all files of folders, and the trackers in compressed folders and saved e-mails, into one batch of returns.

    A file that cannot be used becomes a receipt with a reason.

    paths: files or folders, as paths or as addresses such as s3://bucket/returns.
    templates: the templates that the returns may be made from; None for those shipped with qipxl.
    options: how the files are read.
    decisions: the month of the returns, and files that are used in spite of a doubt.
    cache: a folder that keeps what was read; a file that is in it unchanged is not read again. None to keep nothing.
    progress: called after each file with its status and the number of files.

    Raises SourceError if a path does not exist or a folder is empty.

    >>> import qipxl
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> service = qipxl.Service(code="ELM", name="Elm House", region="North", manager="A. Khan")
    >>> with TemporaryDirectory() as folder:
    ...     tracker = qipxl.write_tracker(qipxl.find_template("core"), service, qipxl.Period(2026, 3), Path(folder) / "ELM.xlsx")
    ...     returns = qipxl.read_returns(folder)
    >>> returns.receipts.loc[0, ["service", "status"]].tolist()
    ['ELM', 'set aside']
    """
    sources = files_in(paths, options.limits)
    texts = StringPool()
    with reading(sources, templates, options, cache) as (job, workers):
        cached = open_cache(cache, job) if cache is not None else None
        partitions = [each.with_texts(texts) for each in iter_partitions(sources, job, workers, cached, progress)]
    return settled(partitions, job.templates, decisions)


@contextmanager
def reading(
    sources: Sequence[SourceFile],
    templates: Iterable[Template] | None,
    options: ReadOptions,
    cache: Location | None,
    folders: Sequence[Location] = (),
) -> Iterator[tuple[ReadJob, Workers]]:
    """The job of reading these files, and the workers for it, which start while the templates are loaded.

    `folders` are those that the workers must see in addition to the files' own.
    """
    needed = sorted({*(source.path.parent for source in sources), *folders}, key=str)
    with workers_for(options, needed) as workers:
        if cache is None or not cache.is_dir():
            workers.start(len(sources))
        known = {each.key: each for each in templates or map(find_template, shipped_templates())}
        yield ReadJob(known, options), workers


def iter_partitions(
    sources: Sequence[SourceFile], job: ReadJob, workers: Workers, cached: ReadCache | None, progress: Progress
) -> Iterator[Partition]:
    """Every file in some partition: those in the cache first, then the others as they are read.

    If the workers write rows to the cache themselves (`ReadJob.cache`), only receipts come.
    """

    def on_status(status: str) -> None:
        progress(status, len(sources))

    done: set[int] = set()
    for partition in from_cache(cached, sources, job, on_status):
        done |= set(partition.numbers)
        yield partition
    left = {number: source for number, source in enumerate(sources) if number not in done}
    workers.start(len(left))
    for partition in workers.read_all(list(file_batches(left, workers.most)), job, on_status):
        if cached is not None and job.cache is None:
            cached.keep(partition)
        yield partition
    if cached is not None and job.cache is None:
        cached.delete_unused()


def workers_for(options: ReadOptions, folders: Sequence[Location]) -> AbstractContextManager[Workers]:
    """Processes on this machine, or the workers of a cluster."""
    if options.cluster is None:
        return Readers(options.processes)
    from qipxl.reading.dask_cluster import cluster_at

    return cluster_at(options.cluster, folders)


def from_cache(
    cached: ReadCache | None, sources: Sequence[SourceFile], job: ReadJob, on_status: Callable[[str], None]
) -> Iterator[Partition]:
    """The partitions of the files that are in the cache."""
    if cached is None or not cached.known:
        return
    for partition in cached.recall(digests_of(sources, job.options.limits), sources, rows=job.cache is None):
        for line in partition.receipts:
            on_status(str(line["status"]))
        yield partition


@pd.option_context(*TEXTS)
def settled(
    partitions: Sequence[Partition],
    templates: Mapping[str, Template],
    decisions: Decisions = Decisions(),  # noqa: B008  # frozen
) -> Returns:
    """One batch of returns from its partitions: duplicates resolved, each return compared with what was issued."""
    returns, doubts = joined(partitions, templates)
    return compare_with_issued(resolve_duplicates(returns, doubts, decisions), returns.stamps)
