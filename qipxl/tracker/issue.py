"""Trackers for a list of services, written into a folder under names that every system accepts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qipxl.errors import RequestError
from qipxl.periods import Period
from qipxl.services import Service
from qipxl.template import Template
from qipxl.tracker import Rows, TemplateCopies, write_tracker

RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Order:
    """A tracker to write: its template and service, the rows that stand in it already, sentences for Start here."""

    template: Template
    service: Service
    rows: Rows | None = None
    queries: Sequence[str] = ()


def issue_trackers(
    orders: Sequence[Order],
    period: Period,
    folder: Path,
    *,
    replace: bool = False,
    buttons: bool = False,
    progress: Callable[[], None] = lambda: None,
) -> list[Path]:
    """Write the trackers ordered, and give their paths; `progress` is called after each.

    With `buttons` each is written a second time beside the first, as a workbook with macros (.xlsm). Raises RequestError
    where files of these names are there already and are not to be replaced, and, once all others are written, where a
    service has more rows than its tracker has room for; OutputError where the folder cannot be written.
    """
    paths = [folder / f"{name}.xlsx" for name in file_names([order.service for order in orders], period)]
    endings = {".xlsx": TemplateCopies(period)} | ({".xlsm": TemplateCopies(period, buttons=True)} if buttons else {})
    every = [path.with_suffix(ending) for path in paths for ending in endings]
    there = [path.name for path in every if path.exists()]
    if there and not replace:
        raise RequestError(
            f"{folder} holds {there[0]} already ({len(there)} in all). Add --replace to write them anew."
        )
    refused = []
    for path, order in zip(paths, orders, strict=True):
        try:
            for ending, blanks in endings.items():
                write_ordered(order, period, path.with_suffix(ending), blanks)
        except RequestError as error:
            refused.append(f"- {order.service.code}: {error}")
        progress()
    if refused:
        listed = "\n".join(refused)
        raise RequestError(f"{len(orders) - len(refused)} trackers are written; these could not be:\n{listed}")
    return paths


def write_ordered(order: Order, period: Period, path: Path, blanks: TemplateCopies) -> None:
    """Write one tracker: a first one as a copy of a blank, one with rows or questions of its own afresh."""
    if order.rows is None and not order.queries:
        blanks.write(order.template, order.service, path)
    else:
        write_tracker(
            order.template, order.service, period, path, rows=order.rows, queries=order.queries, buttons=blanks.buttons
        )


def file_names(services: Sequence[Service], period: Period) -> list[str]:
    """A name for each service's tracker: code, name and month."""
    return distinct_names([f"{service.code} {service.name} {period}" for service in services])


def distinct_names(titles: Sequence[str]) -> list[str]:
    """A file name for each title, in a safe alphabet, no two the same whatever the case of their letters."""
    names: list[str] = []
    taken: set[str] = set()
    for title in titles:
        name = safe_name(title)
        number = 2
        while name.lower() in taken:
            name = f"{safe_name(title)} {number}"
            number += 1
        taken.add(name.lower())
        names.append(name)
    return names


def safe_name(text: str) -> str:
    """A file name of letters, figures, spaces, dots and dashes, at most 100 characters, that no system refuses."""
    composed = unicodedata.normalize("NFC", text)
    kept = re.sub(r"[^\w .\-]", "-", composed)
    name = " ".join(kept.split())[:100].strip(" .")
    return f"_{name}" if RESERVED.match(name) or not name else name
