"""Files → `Returns`: read in batches by processes of their own, each column typed over a whole batch, then put together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pandas as pd

from qipxl.files import Place, place_of
from qipxl.periods import Period
from qipxl.reading.cache import Memory, open_memory
from qipxl.reading.duplicates import settle_returns
from qipxl.reading.file.find import SourceFile, digests_of, find_files
from qipxl.reading.file.limits import Limits
from qipxl.reading.file.workbook import Asked
from qipxl.reading.issued_changes import compare_with_issued
from qipxl.reading.jobs import Manner, Workers, batches
from qipxl.reading.partitions import Piece, joined
from qipxl.reading.plans import reading_plan
from qipxl.reading.pool import Readers
from qipxl.returns.returns import TEXTS, Returns
from qipxl.returns.string_pool import SharedTexts
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
    memory: Place | None = None
    cluster: str | None = None


Progress = Callable[[str, int], None]
"""Is told what became of each file, and how many there are."""


def nobody_told(status: str, files: int) -> None:
    """For those who do not watch."""


@pd.option_context(*TEXTS)
def read_returns(
    paths: Iterable[Place | str] | Place | str,
    templates: Iterable[Template] | None = None,
    *,
    choices: Choices | None = None,
    limits: Limits | None = None,
    other_formats: bool = False,
    forensic: bool = False,
    kinds_off: Sequence[str] = (),
    workers: int | None = None,
    memory: Place | None = None,
    cluster: str | None = None,
    progress: Progress = nobody_told,
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
    texts = SharedTexts()
    with reading(sources, templates, how) as (manner, readers):
        remembered = open_memory(memory, manner) if memory is not None else None
        pieces = []
        for piece in each_piece(sources, manner, readers, remembered, progress):
            pieces.append(piece.with_texts(texts))
    return settled(pieces, manner.templates, choices)


def files_in(paths: Iterable[Place | str] | Place | str) -> list[SourceFile]:
    """The files that are named, and all files of folders; raises SourceError where one is not there or a folder is empty."""
    return find_files(
        [place_of(each) for each in (paths if isinstance(paths, Iterable) and not isinstance(paths, str) else [paths])]
    )


@contextmanager
def reading(
    sources: Sequence[SourceFile], templates: Iterable[Template] | None, how: How, folders: Sequence[Place] = ()
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


def each_piece(
    sources: Sequence[SourceFile],
    manner: Manner,
    readers: Workers,
    remembered: Memory | None,
    progress: Progress,
) -> Iterator[Piece]:
    """Every file in some piece: those that are remembered first, then the others as they are read, which then are remembered.

    Where whoever reads them is to remember their rows (`Manner.keep`) only receipts come. What is of no use any more is forgotten.
    """

    def told(status: str) -> None:
        progress(status, len(sources))

    done: set[int] = set()
    for piece in recalled(remembered, sources, manner, told):
        done |= set(piece.numbers)
        yield piece
    left = {number: source for number, source in enumerate(sources) if number not in done}
    readers.start(len(left))
    for piece in readers.read_all(list(batches(left, readers.most)), manner, told):
        if remembered is not None and manner.keep is None:
            remembered.keep(piece)
        yield piece
    if remembered is not None and manner.keep is None:
        remembered.forget_the_rest()


def workers_for(cluster: str | None, workers: int | None, folders: Sequence[Place]) -> AbstractContextManager[Workers]:
    """Whoever reads: processes of this machine, or a cluster."""
    if cluster is None:
        return Readers(workers)
    from qipxl.reading.dask_cluster import cluster_at

    return cluster_at(cluster, folders)


def recalled(
    remembered: Memory | None, sources: Sequence[SourceFile], manner: Manner, told: Callable[[str], None]
) -> Iterator[Piece]:
    """The pieces of the files that are remembered."""
    if remembered is None or not remembered.known:
        return
    for piece in remembered.recall(digests_of(sources, manner.asked.limits), sources, rows=manner.keep is None):
        for line in piece.receipts:
            told(str(line["status"]))
        yield piece


@pd.option_context(*TEXTS)
def settled(pieces: Sequence[Piece], known: Mapping[str, Template], chosen: Choices | None = None) -> Returns:
    """One batch of returns from what was read, held against what each was issued with."""
    returns, doubts = joined(pieces, known)
    chosen = chosen or Choices()
    return compare_with_issued(settle_returns(returns, doubts, chosen.period, chosen.use), returns.stamps)
