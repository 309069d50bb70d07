"""A month's returns, from files to summary. Every command, page, pack and library user uses this module.

    1 read        files -> partitions on disk, one receipt per file            reading
    2 batch       about 80 returns, all files of a service together            reading
    3 rate        check and rate with head office's facts                      provider.rate    } in workers, batch by batch
    4 archive     accepted rows -> Parquet, a batch at a time                  archive          } (provider.rate_batches)
    5 combine     receipts, problems, figures and archive changes of all batches
    6 summarise   rows from the archive -> ProviderSummary with history        summary

No process holds all rows: the workers return receipts, problems and the series of the figures.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pandas as pd

from qipxl.archive.changes import no_changes
from qipxl.archive.keep import ArchiveChanges
from qipxl.archive.rows import ArchivedRows
from qipxl.archive.store import Archive, open_archive
from qipxl.errors import OutputError
from qipxl.files import TEMPORARY_PREFIX, Location, remove
from qipxl.indicators.impact import LINKED, Impact, impact_of
from qipxl.indicators.series import Series, in_several_plans
from qipxl.provider.figures_of_plans import NEEDED, TABLE, problems_of_plans
from qipxl.provider.rate_batches import BatchResult, RatingJob, refs_of
from qipxl.provider.run_inputs import Month
from qipxl.reading.file.find import SourceFile
from qipxl.reading.on_disk import BATCH_SIZE, CachedReturns, read_to_cache
from qipxl.reading.options import Decisions, ReadOptions
from qipxl.reading.partitions import joined
from qipxl.reading.read import Progress, no_progress, reading
from qipxl.reading.sources import files_in
from qipxl.returns.freed_memory import return_freed_now
from qipxl.returns.provenance import traced
from qipxl.returns.rate import Rated, empty_ratings
from qipxl.returns.returns import TEXTS, Returns, in_order
from qipxl.returns.string_pool import StringPool
from qipxl.services import Service, plan_of
from qipxl.text import folded

if TYPE_CHECKING:
    from qipxl.summary.summary import ProviderSummary


def have_plans(returns: Returns) -> bool:
    """True if a service sent the return of one of its plans."""
    names = returns.accepted[["service", "name"]].astype(str).itertuples(index=False, name=None)
    return any(plan_of(*name) for name in names)


@dataclass(frozen=True)
class MonthResult:
    """The result of a month.

    returns: receipts and problems of all files; the rows are in the archive (`table`).
    as_at: the date of judgement.
    changes: what the run added to the provider's archive; None if it did not write to it.
    refs: the reference of each row with a problem, by its table, return and row.
    since_last: what changed in each service since its last return, as `qipxl.archive.changes` gives it.
    rated: the batches with their rows, if the run was asked for them.
    """

    month: Month
    as_at: date
    returns: Returns
    rows: Archive = field(repr=False)
    archive: Archive = field(repr=False)
    impacts: Sequence[Impact] = field(repr=False)
    changes: ArchiveChanges | None
    refs: pd.Series = field(repr=False)
    since_last: pd.DataFrame = field(default_factory=no_changes, repr=False)
    rated: Sequence[Rated] = field(default=(), repr=False)

    def table(self, key: str) -> pd.DataFrame:
        """A line for every row of a table such as `actions`: its service, its cell, every field, value and rating."""
        with pd.option_context(*TEXTS):
            return self.all_rows.table(key)

    def references(self, problems: pd.DataFrame) -> pd.Series:
        """The reference of the row that each problem is about, such as A-001; empty without one."""
        asked = pd.MultiIndex.from_frame(problems[["table", "return", "row"]])
        return self.refs.reindex(asked).fillna("").set_axis(problems.index)

    @cached_property
    def all_rows(self) -> ArchivedRows:
        return self.rows_with({})

    def summary(
        self, services: Sequence[Service] = (), *, whole: bool = False, for_workbook: bool = False
    ) -> ProviderSummary:
        """The summary of the month; its lists fetch their rows while they are written.

        services: those expected; none for those that the month expects.
        whole: True to have every column of the rows, as packs need.
        for_workbook: True if only its workbook will be written: the columns of actions that only lists show then wait on the disk.
        """
        from qipxl.provider.judgements import COLUMNS_READ as JUDGED  # what follows loads all of the summary
        from qipxl.provider.register_links import COLUMNS_READ
        from qipxl.summary.columns import COUNTED, columns_needed
        from qipxl.summary.consolidate import summary_of
        from qipxl.summary.full_tables import columns_read, tables_shown

        with pd.option_context(*TEXTS):
            templates = self.returns.in_use
            rows = self.rows_with({} if whole else columns_needed(COLUMNS_READ, JUDGED, columns_read(templates)))
            records = rows.records([key for key in tables_shown(templates) if key in rows.shapes])
            in_memory = COUNTED.union(COLUMNS_READ["actions"])
            if for_workbook:
                actions, shelved = rows.shelved("actions", in_memory)
            else:
                actions, shelved = rows.table("actions"), None
            impact = self.impact({key: rows.shape(key) for key in ("indicators", "measurements") if key in rows.shapes})
            summary = summary_of(self.returns, self.as_at, actions, records, impact, services or self.month.expected)
            summary = replace(summary, shelved=shelved)
            summary = replace(self.month.complete(summary, self.archive), since_last=self.since_last)
            return_freed_now(len(summary.actions))
            return summary

    def impact(self, empty: Mapping[str, pd.DataFrame]) -> Impact:
        """The results of all figures: of the batches, and of services that are only in the archive's earlier months."""
        codes = list(map(folded, self.returns.accepted["service"]))
        others = self.archive.of_services(set(self.archive.versions["service"].map(folded)) - set(codes))
        actions = pd.DataFrame(columns=list(LINKED))
        period = self.month.period_of(self.returns, self.as_at)
        absent = impact_of(empty, actions, others, period, self.as_at)
        return Impact.joined([*self.impacts, absent], codes, self.month.chart_rules)

    def with_figures_of_plans(self) -> MonthResult:
        """The result with a problem for each figure that two plans of a service give differently."""
        if not have_plans(self.returns):
            return self
        series = Series.joined([impact.services for impact in self.impacts])[0]
        several = in_several_plans(series)
        if not several:
            return self
        codes = {folded(series.lines["service"].iloc[row]) for rows in several for row in rows}
        rows = self.rows_with({TABLE: NEEDED})
        figures, versions = rows.table(TABLE, codes), rows.archive.of_services(codes).latest
        found = problems_of_plans(series, figures, versions)
        if not len(found):
            return self
        refs = pd.concat([self.refs, refs_of(found, {TABLE: figures})])
        returns = replace(self.returns, problems=in_order([self.returns.problems, found]))
        return replace(self, returns=returns, refs=refs[~refs.index.duplicated()])

    def rows_with(self, columns: Mapping[str, Sequence[str]]) -> ArchivedRows:
        """The rows of the accepted returns; `columns` are those to read of a table, all if the table is not in it."""
        accepted, versions = self.returns.accepted, self.rows.versions
        accepted_keys, keys = (pd.MultiIndex.from_frame(frame[["service", "period"]]) for frame in (accepted, versions))
        chosen = replace(self.rows, versions=versions[keys.isin(accepted_keys)])
        return ArchivedRows(chosen, accepted, self.shapes, columns, StringPool())

    @cached_property
    def shapes(self) -> dict[str, pd.DataFrame]:
        """An empty frame for each table, with its columns and types."""
        empty = replace(joined([], self.returns.templates)[0], receipts=self.returns.receipts)
        nothing = Rated(empty, self.as_at, empty_ratings(empty))
        return {key: traced(nothing, key) for key in empty.tables}


@contextmanager
def consolidate_month(
    month: Month,
    *,
    as_at: date | None = None,
    options: ReadOptions = ReadOptions(),  # noqa: B008  # frozen
    decisions: Decisions = Decisions(),  # noqa: B008  # frozen
    keep: bool = False,
    progress: Progress = no_progress,
    with_rows: bool = False,
    with_tables: bool = True,
    batch_size: int = BATCH_SIZE,
) -> Iterator[MonthResult]:
    """Read, check, rate and combine a month's returns; the result and its summary can be used until the block ends.

    month: a provider's month (`ProviderFolder.month`), or files without a provider's folder (`ReturnFiles`).
    as_at: the date of judgement; None for the end of the month.
    options: how the files are read.
    decisions: files that are used in spite of a doubt, in addition to those that the register names.
    keep: True to write accepted returns to the provider's archive. A month judged on another day than its last is
        never kept.
    progress: called after each file with its status and the number of files.
    with_rows: True to have every row in memory too (`MonthResult.rated`).
    with_tables: False if neither `MonthResult.table` nor a summary is needed, which saves time.
    batch_size: about how many returns are rated at a time.

    Raises QipxlError if the month has no returns, the register has a mistake, or a folder cannot be written to.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import qipxl
    >>> from qipxl.provider.run_inputs import ReturnFiles
    >>> service = qipxl.Service(code="ELM", name="Elm House", region="North", manager="A. Khan")
    >>> with TemporaryDirectory() as home:
    ...     core, march, cover = qipxl.find_template("core"), qipxl.Period(2026, 3), {"nil": "Yes"}
    ...     path = qipxl.write_tracker(core, service, march, Path(home) / "ELM.xlsx", cover=cover)
    ...     with consolidate_month(ReturnFiles([path])) as result:
    ...         print(result.as_at, result.returns.receipts["status"].tolist())
    2026-03-31 ['accepted']
    """
    sources, decided, templates = (
        files_in(month.returns, options.limits),
        month.decided(decisions),
        list(month.templates),
    )
    archive = month.open_archive()
    with working_folders(month, sources, options) as (cache, temporary):
        with reading(sources, templates, options, cache, [month.archive or temporary]) as (job, workers):
            read = read_to_cache(sources, job, workers, cache, decided, progress)
            day = month.judged_on(as_at, read.without_rows)
            kept = keep and month.archive is not None and day == month.period_of(read.without_rows, day).last
            into = month.archive if kept and month.archive is not None else temporary
            archive = archive or open_archive(temporary)
            written = make_folder(into) if kept or with_tables or have_plans(read.without_rows) else None
            rating = RatingJob(month, day, job.templates, decided, written, with_rows)
            done, texts = list[BatchResult](), StringPool()
            for result in workers.work_all(rating, rating.inputs(read.batches(batch_size), archive)):
                assert isinstance(result, BatchResult)
                refs = texts.of_frame(result.refs.to_frame())["ref"]
                done.append(replace(result, problems=texts.of_frame(result.problems), refs=refs))
        if kept:
            month.keep_records()
        returns, changes = combined(read, done), all_changes([batch.changes for batch in done])
        impacts, rated = [batch.impact for batch in done], [batch.rated for batch in done if batch.rated is not None]
        since_last = pd.concat([no_changes(), *(batch.since_last for batch in done)], ignore_index=True)
        refs = pd.concat([batch.refs for batch in done]) if done else refs_of(returns.problems, {})
        done.clear()  # to free memory for the summary
        rows = open_archive(into, set(returns.accepted["period"]), former_codes=month.former_codes)
        result = MonthResult(
            month, day, returns, rows, archive, impacts, changes if kept else None, refs, since_last, rated
        )
        yield result.with_figures_of_plans()


@contextmanager
def working_folders(
    month: Month, sources: Sequence[SourceFile], options: ReadOptions
) -> Iterator[tuple[Location, Location]]:
    """The folder of the read cache, and a folder for rows that are not kept; the latter is deleted when the block ends.

    They are in the archive, where all workers see them. Without an archive, or if it cannot be written to, they are in the
    system's temporary folder; next to the returns if a cluster reads on other machines.
    """
    if month.archive is not None and month.read_cache is not None and can_write(month.archive):
        temporary = month.archive / f"{TEMPORARY_PREFIX}{uuid4().hex[:8]}"
        try:
            yield month.read_cache, temporary
        finally:
            remove(temporary)
        return
    remote = options.cluster is not None and not options.cluster.startswith("local:")
    nearby = sources[0].path.parent if remote and isinstance(sources[0].path, Path) else None
    with tempfile.TemporaryDirectory(prefix=TEMPORARY_PREFIX, dir=nearby) as folder:
        rows = make_folder(Path(folder) / "rows")  # workers on other machines must see it
        yield Path(folder) / "read", rows


def can_write(folder: Location) -> bool:
    """True if files can be made in a folder on this machine; any other location is tried when it is written to."""
    if not isinstance(folder, Path):
        return True
    try:
        make_folder(folder)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except (OSError, OutputError):
        return False


def make_folder(folder: Location) -> Location:
    """The folder, made if it does not exist; raises OutputError if it cannot be made."""
    try:
        if isinstance(folder, Path):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot write the archive {folder} ({error.strerror or error}).") from None
    return folder


def all_changes(batches: Sequence[ArchiveChanges]) -> ArchiveChanges:
    """The changes of all batches to the archive."""
    names = [field.name for field in fields(ArchiveChanges)]
    return ArchiveChanges(*(tuple(chain.from_iterable(getattr(batch, name) for batch in batches)) for name in names))


def combined(read: CachedReturns, done: Sequence[BatchResult]) -> Returns:
    """The receipts of all files, and the problems of all batches in the order of the files."""
    receipts = read.receipts
    if done:
        changed = pd.concat([batch.receipts for batch in done])
        receipts = pd.concat([receipts.drop(index=changed.index), changed]).sort_index()
    returns = replace(read.without_rows, receipts=receipts.rename_axis("return"))
    problems = [batch.problems for batch in done if len(batch.problems)]
    return replace(returns, problems=in_order(problems)) if problems else returns
