"""Trackers for a list of services, written to a folder under file names that every system accepts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from qipxl.errors import RequestError
from qipxl.files import distinct_names, new_files
from qipxl.periods import Period
from qipxl.reading.file.workbook import is_tracker
from qipxl.services import Service
from qipxl.template import Template
from qipxl.text import folded
from qipxl.tracker.content import Rows
from qipxl.tracker.copies import TemplateCopies
from qipxl.tracker.news import NewsLine
from qipxl.tracker.write import Draft, new_draft, write_drafts


@dataclass(frozen=True)
class Order:
    """A tracker to write: its template and service, its rows (None for those of a first tracker), questions for Start here,
    the answers that were given to some of them, and what else head office says there.

    `due` is the day by which to send it back. `last_return` names the return that the rows are carried from, as the stamp records it.
    `taken_over` is the month in which the plan was taken over from an old one, such as 2026-03; empty if it was not.
    """

    template: Template
    service: Service
    rows: Rows | None = None
    queries: Sequence[str] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    last_return: str = ""
    news: Sequence[NewsLine] = ()
    due: date | None = None
    taken_over: str = ""

    @property
    def is_first(self) -> bool:
        """True for a tracker without rows and questions of its own, which can be a copy of another service's."""
        return self.rows is None and not self.queries and not self.news


class Orders(Sequence[Order]):
    """Orders, each worked out when it is asked for: the first trackers are written while the next are worked out."""

    def __init__(self, services: Sequence[Service], order_for: Callable[[Service], Order]) -> None:
        self.services, self.order_for = services, order_for

    def __len__(self) -> int:
        return len(self.services)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Orders(self.services[index], self.order_for)
        return self.order_for(self.services[index])


def issue_trackers(
    orders: Sequence[Order],
    period: Period,
    folder: Path,
    *,
    replace: bool = False,
    buttons: bool = False,
    only: Collection[str] = (),
    progress: Callable[[], None] = lambda: None,
) -> list[Path]:
    """Write the trackers ordered and return their paths; `progress` is called after each.

    All appear in the folder when the last is written; if one cannot be worked out or written, none does.
    With `only` just those of these codes, under the names that they have among all. With `buttons` each tracker is also
    written as a workbook with macros (.xlsm). Raises RequestError if such files exist and `replace` is false or one is not a
    tracker; OutputError if the folder cannot be written to.
    """
    services = orders.services if isinstance(orders, Orders) else [order.service for order in orders]
    codes, names = set(map(folded, only)), file_names(services, period)
    chosen = [index for index, service in enumerate(services) if not only or folded(service.code) in codes]
    paths = [folder / f"{names[index]}.xlsx" for index in chosen]
    endings = {".xlsx": TemplateCopies(period)} | ({".xlsm": TemplateCopies(period, buttons=True)} if buttons else {})
    every = [path.with_suffix(ending) for path in paths for ending in endings]
    existing = [path.name for path in every if path.exists()]
    if existing and not replace:
        raise RequestError(
            f"{folder} already holds {existing[0]} ({len(existing)} in all). Add --replace to overwrite them."
        )
    refuse_other_files(every)

    def drafts(built: Path) -> Iterator[Draft]:
        for path, index in zip(paths, chosen, strict=True):
            order = orders[index]
            unplaced = {built / path.with_suffix(ending).name: copies for ending, copies in endings.items()}
            if order.is_first:
                for file, copies in unplaced.items():
                    copies.write(order.template, order.service, file, order.due)
                progress()
            else:
                for file, copies in unplaced.items():
                    yield draft_of(order, period, file, copies)

    if not every:
        return []
    with (
        new_files(folder, [path.name for path in every]) as built,
        closing(write_drafts(drafts(built), len(every))) as written,
    ):
        for number, _ in enumerate(written, 1):
            if number % len(endings) == 0:
                progress()
    return paths


def refuse_other_files(paths: Iterable[Path]) -> None:
    """Raise RequestError if a file exists that is not a tracker: --replace is for trackers alone."""
    for path in paths:
        content = b""
        with suppress(OSError):
            content = path.read_bytes()
        if path.exists() and not is_tracker(content):
            raise RequestError(
                f"{path} exists and is not a tracker that qipxl issued, so it is not overwritten. Move it, or choose another folder."
            )


def draft_of(order: Order, period: Period, path: Path, copies: TemplateCopies) -> Draft:
    """The tracker that an order describes, to be written to a path."""
    return new_draft(
        order.template,
        order.service,
        period,
        path,
        rows=order.rows,
        queries=order.queries,
        buttons=copies.buttons,
        answers=order.answers,
        last_return=order.last_return,
        news=order.news,
        due=order.due,
        taken_over=order.taken_over,
    )


def file_names(services: Sequence[Service], period: Period) -> list[str]:
    """A file name for each service's tracker: code, name, plan and month."""
    return distinct_names([f"{service.file_title} {period}" for service in services])
