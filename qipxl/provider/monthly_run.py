"""A month's returns judged a share at a time, each share's rows going straight into the archive; the summary is worked out from there.

So neither this program nor the workers of a cluster ever hold all rows. Every share is walked the one way: its rows fetched, settled,
checked, rated with what head office knows, kept. What comes back here are receipts, problems and what was kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from pathlib import Path
from uuid import uuid4

import pandas as pd

from qipxl.archive.rows import ArchivedRows
from qipxl.archive.store import Archive, ArchiveChanges, keep_returns, open_archive
from qipxl.errors import OutputError
from qipxl.files import TEMPORARY_PREFIX, Location, remove
from qipxl.indicators.impact import impact_of
from qipxl.provider.heap import give_back_large_arrays
from qipxl.provider.month import ProviderMonth
from qipxl.provider.register_links import COLUMNS_READ
from qipxl.reading.file.batch import ProgressCallback
from qipxl.reading.on_disk import BATCH_SIZE, CachedReturns, ReturnBatch, read_to_cache
from qipxl.reading.partitions import joined
from qipxl.reading.read import Choices, How, Progress, files_in, no_progress, reading
from qipxl.returns.provenance import traced
from qipxl.returns.rate import rate
from qipxl.returns.returns import TEXTS, Returns
from qipxl.returns.string_pool import StringPool
from qipxl.services import Service
from qipxl.summary.columns import columns_needed
from qipxl.summary.consolidate import RECORDS, summary_of
from qipxl.summary.summary import ProviderSummary
from qipxl.template import Template


@dataclass(frozen=True)
class Judged:
    """What a share came to."""

    receipts: pd.DataFrame
    problems: pd.DataFrame
    kept: ArchiveChanges


@dataclass(frozen=True)
class Task:
    """A share to be judged, and what the provider's archive holds of its services."""

    batch: ReturnBatch
    archive: Archive


@dataclass(frozen=True)
class Judging:
    """Shares of a month's returns judged on a day, their rows kept in an archive `into`."""

    month: ProviderMonth
    as_at: date
    templates: Mapping[str, Template]
    choices: Choices
    into: Location
    memory_mb: int | None = None

    def tasks(self, batches: Sequence[ReturnBatch]) -> list[Task]:
        """A task for each share. The archive's earlier months are looked into once for all."""
        archive = open_archive(self.month.archive)
        return [Task(batch, archive.of_services(set(batch.receipts["service"]))) for batch in batches]

    def done(self, task: Task, told: ProgressCallback) -> Judged:
        """Judge one share. What a worker that was lost over it has kept already is found there, and not kept twice."""
        rated = self.month.rated(task.batch.returns(self.templates, self.choices), self.as_at, task.archive)
        kept = keep_returns(rated, self.into)
        return Judged(rated.returns.receipts, rated.returns.problems, kept)


@dataclass(frozen=True)
class MonthResult:
    """A month's returns, judged, as far as they are in memory: `returns` has their receipts and problems. Their rows are in `archive`.

    `kept` is what the provider's archive has new, None where it was left as it is, since they were judged on another day.
    """

    month: ProviderMonth
    as_at: date
    returns: Returns
    archive: Archive
    kept: ArchiveChanges | None

    def summary(self, services: Sequence[Service], *, whole: bool = False) -> ProviderSummary:
        """The month's summary. Its lists fetch their rows when they are written; `whole` has them with every column, as packs need."""
        with pd.option_context(*TEXTS):
            rows = self.rows({} if whole else columns_needed(COLUMNS_READ))
            tables = [key for key in RECORDS if key in rows.shapes]
            records, actions = rows.records(tables), rows.table("actions")
            archive, rules = open_archive(self.month.archive), self.month.register.chart_rules
            impact = impact_of(records, actions, archive, self.month.period, self.as_at, rules)
            summary = summary_of(self.returns, self.as_at, actions, records, impact, services)
            return self.month.with_history(summary, impact, archive)

    def rows(self, wanted: Mapping[str, Sequence[str]]) -> ArchivedRows:
        """The rows of the returns that are used."""
        accepted = self.returns.accepted
        used = pd.MultiIndex.from_frame(accepted[["service", "period"]])
        versions = self.archive.versions
        own = pd.MultiIndex.from_frame(versions[["service", "period"]]).isin(used)
        empty, _ = joined([], self.returns.templates)
        nothing = rate(replace(empty, receipts=self.returns.receipts), self.as_at)
        shapes = {key: traced(nothing, key) for key in nothing.returns.tables}
        return ArchivedRows(replace(self.archive, versions=versions[own]), accepted, shapes, wanted, StringPool())


@contextmanager
def judged_month(
    month: ProviderMonth,
    templates: Sequence[Template],
    choices: Choices,
    how: How,
    as_at: date,
    progress: Progress = no_progress,
    judged: Callable[[int], None] = lambda returns: None,
    most: int = BATCH_SIZE,
) -> Iterator[MonthResult]:
    """The returns of a month read, checked, rated and kept in the provider's archive; judged on another day than the month's last,
    they are kept beside it, until the block ends.

    `judged` is told of how many returns each share was, `most` is about how many that are.
    """
    sources, own = files_in(month.returns), as_at == month.period.last
    with kept_in(month.archive, own=own) as into:
        with reading(sources, templates, replace(how, memory=month.memory), [into]) as (manner, workers):
            read = read_to_cache(sources, manner, workers, month.memory, choices, progress)
            judging = Judging(month, as_at, manner.templates, choices, into)
            done, texts = [], StringPool()
            for each in workers.work_all(judging, judging.tasks(read.batches(most))):
                assert isinstance(each, Judged)
                done.append(replace(each, problems=texts.of_frame(each.problems)))
                judged(len(each.receipts))
        returns, kept = put_together(read, done), added_up([each.kept for each in done])
        done.clear()  # the summary needs the room
        give_back_large_arrays()
        archive = open_archive(into, set(returns.accepted["period"]))
        yield MonthResult(month, as_at, returns, archive, kept if own else None)


@contextmanager
def kept_in(archive: Location, *, own: bool) -> Iterator[Location]:
    """The archive itself, or a folder in it that is gone when the block ends. Raises OutputError where there cannot be one."""
    folder = archive if own else archive / f"{TEMPORARY_PREFIX}{uuid4().hex[:8]}"
    try:
        if isinstance(folder, Path):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The archive {archive} cannot be written ({error.strerror or error}).") from None
    try:
        yield folder
    finally:
        if not own:
            remove(folder)


def added_up(batches: Sequence[ArchiveChanges]) -> ArchiveChanges:
    """What all shares together have kept."""
    return ArchiveChanges(
        tuple(chain.from_iterable(each.new for each in batches)),
        tuple(chain.from_iterable(each.corrected for each in batches)),
        tuple(chain.from_iterable(each.unchanged for each in batches)),
    )


def put_together(read: CachedReturns, done: Sequence[Judged]) -> Returns:
    """The receipts of all files, and the problems of all shares in the order of the files."""
    receipts = read.receipts
    if done:
        changed = pd.concat([each.receipts for each in done])
        receipts = pd.concat([receipts.drop(index=changed.index), changed]).sort_index()
    found = [each.problems for each in done if len(each.problems)]
    returns = replace(read.without_rows, receipts=receipts.rename_axis("return"))
    if not found:
        return returns
    problems = pd.concat(found, ignore_index=True).sort_values("return", kind="stable", ignore_index=True)
    return replace(returns, problems=problems)
