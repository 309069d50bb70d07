"""A month's returns rated and archived batch by batch, in the workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from qipxl.archive.keep import ArchiveChanges, keep_returns
from qipxl.archive.store import Archive
from qipxl.files import Location
from qipxl.indicators.impact import Impact
from qipxl.provider.run_inputs import Month
from qipxl.reading.file.batch import ProgressCallback
from qipxl.reading.on_disk import ReturnBatch
from qipxl.reading.options import Decisions
from qipxl.returns.provenance import named_by
from qipxl.returns.rate import Rated
from qipxl.template import Template


@dataclass(frozen=True)
class BatchResult:
    """The result of a batch of returns.

    `refs` has the reference of each row with a problem, `since_last` the changes, `rated` the rows, if the run was asked for them.
    """

    receipts: pd.DataFrame
    problems: pd.DataFrame
    impact: Impact
    changes: ArchiveChanges
    since_last: pd.DataFrame
    refs: pd.Series
    rated: Rated | None = None


@dataclass(frozen=True)
class JobInput:
    """A batch to rate, and the part of the provider's archive about its services."""

    batch: ReturnBatch
    archive: Archive


@dataclass(frozen=True)
class RatingJob:
    """Rates batches of a month's returns on a day and writes the accepted rows to an archive, if one is given; runs in the workers."""

    month: Month
    as_at: date
    templates: Mapping[str, Template]
    decisions: Decisions
    into: Location | None
    with_rows: bool = False
    memory_mb: int | None = None

    def inputs(self, batches: Sequence[ReturnBatch], archive: Archive) -> list[JobInput]:
        """One input per batch; the archive is opened only once."""
        return [JobInput(batch, archive.of_services(set(batch.receipts["service"]))) for batch in batches]

    def done(self, task: JobInput, progress: ProgressCallback) -> BatchResult:
        """Rate one batch. If a lost worker has archived its rows already, they are found there and not archived twice."""
        returns = task.batch.returns(self.templates, self.decisions)
        rated, impact, since_last = self.month.rate(returns, self.as_at, task.archive)
        changes = ArchiveChanges()
        if self.into is not None:
            changes = keep_returns(rated, self.into, self.month.former_codes)
        _ = impact.verdicts  # worked out here, in the worker
        checked = rated.returns
        rows = rated if self.with_rows else None
        refs = refs_of(checked.problems, checked.tables)
        return BatchResult(checked.receipts, checked.problems, impact, changes, since_last, refs, rows)


def refs_of(problems: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """The reference of each row with a problem, by its table, return and row; of a row without one that of its action."""
    found = [
        pd.DataFrame({"table": "", "return": 0, "row": 0, "ref": ""}, index=[]).astype({"return": int, "row": int})
    ]
    for key, lines in problems.groupby("table"):
        if key in tables:
            rows = tables[str(key)].set_index(["return", "row"])
            asked = lines[["return", "row"]].drop_duplicates()
            refs = rows[named_by(rows.columns)].reindex(pd.MultiIndex.from_frame(asked))
            found.append(asked.assign(table=key, ref=refs.fillna("").to_numpy()))
    return pd.concat(found, ignore_index=True).set_index(["table", "return", "row"])["ref"]
