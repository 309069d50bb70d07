"""The demo: makes up a provider and its filled-in trackers; some come back changed or broken."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path

from qipxl.app.demo.damage import moved_column, rename_tab, typed_as_text
from qipxl.app.demo.data import NAMES
from qipxl.app.demo.half_year import LongPlan, long_plan, second_plan
from qipxl.app.demo.measurements import figures_of, link_figures
from qipxl.app.demo.register import demo_register, judgement_lines
from qipxl.app.demo.scenarios import Line, plan_of, with_progress
from qipxl.errors import OutputError, RequestError
from qipxl.periods import Period
from qipxl.provider import ProviderFolder
from qipxl.provider.folder import FOLDERS
from qipxl.provider.judgements import judged_rows, judged_tables, last_judgements
from qipxl.provider.meetings.records import FOLDER as MEETINGS
from qipxl.services import Service
from qipxl.template import Template, load_adjusted, template_file
from qipxl.tracker import write_tracker

PERIOD = Period(2026, 3)
"""The last month of the demo, fixed so that the demo always gives the same files."""
MARKER_FILE = ".qipxl-demo"
"""Says that a folder is a demo's, so that it may be emptied."""
STOPPED, RENAMED, MOVED, TEXT_DATES, TWICE = 5, 6, 7, 8, 9
"""Services, by number within each twelve: one sends no returns in the last two months, one renames a tab, one moves a column, one
types dates as text, one sends two copies."""
SCAN = b"%PDF-1.4\n% A scan of a tracker, saved under the wrong name.\n"


@dataclass(frozen=True)
class Demo:
    """Where the demo's files are: the provider's folder, its services, and the months that have returns."""

    folder: ProviderFolder
    services: list[Service]
    periods: list[Period]

    @property
    def returns(self) -> Path:
        return self.returned(PERIOD)

    def returned(self, period: Period) -> Path:
        """The folder of a month's returns."""
        return self.folder.home / "returns" / str(period)

    @property
    def managers(self) -> dict[str, str]:
        """The manager of each service, by its code."""
        return {service.code: service.manager for service in self.services}

    @property
    def summary(self) -> Path:
        return self.folder.summary(PERIOD)

    @property
    def as_at(self) -> date:
        return PERIOD.last


def make_demo(
    folder: Path,
    services: int = 12,
    months: int = 6,
    seed: int = 1,
    progress: Callable[[], None] = lambda: None,
    *,
    earlier: bool = False,
) -> Demo:
    """Make up a provider and the trackers that its services sent back; `progress` is called after each service.

    `months` (1 to 24) is how many months of evidence there are; `earlier` adds returns for the months before the last, and what
    several months bring (see `qipxl.app.demo.half_year`).
    Raises RequestError if a number is out of range or the folder holds anything but a demo.
    """
    if services < 1 or not 1 <= months <= 24:
        raise RequestError("A demo needs at least 1 service, and from 1 to 24 months.")
    clear(folder)
    provider = make_provider(services, seed)
    periods = [PERIOD.plus(-back) for back in reversed(range(months if earlier else 1))]
    demo = Demo(ProviderFolder(folder), provider, periods)
    demo_register(demo.folder, provider, PERIOD, months, seed, long=len(periods) > 1)
    with ProcessPoolExecutor(min(services, os.cpu_count() or 1)) as pool:
        for _ in pool.map(partial(send_returns, demo, months, seed), range(services), chunksize=2):
            progress()
    (demo.returns / "Scan of tracker.xlsx").write_bytes(SCAN)
    return demo


def clear(folder: Path) -> None:
    """Make the demo's folder, or empty it if it holds a demo already."""
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARKER_FILE).exists())):
        raise RequestError(f"{folder} exists and is not a demo's folder. Choose another.")
    try:
        for name in (*FOLDERS, MEETINGS):
            shutil.rmtree(folder / name, ignore_errors=True)
        for name in FOLDERS:
            (folder / name).mkdir(parents=True)
        (folder / MARKER_FILE).touch()
    except OSError as error:
        raise OutputError(f"Cannot write to the folder {folder} ({error.strerror}). Choose another.") from None


def make_provider(services: int, seed: int) -> list[Service]:
    """Services in three regions, each with a name, a code and a manager."""
    rng = random.Random(f"{seed}/provider")
    provider = []
    for number in range(services):
        repeats, index = divmod(number, len(NAMES.houses))
        name = NAMES.houses[index] + (f" {repeats + 1}" if repeats else "")
        manager = f"{rng.choice(NAMES.first_names)} {rng.choice(NAMES.last_names)}"
        region = NAMES.regions[number % len(NAMES.regions)]
        provider.append(Service(code=f"S{number + 1:03d}", name=name, region=region, manager=manager))
    return provider


@cache
def core_template() -> Template:
    """The core template for a provider with a register."""
    return load_adjusted(template_file("core"), ())[0]


@cache
def moved_template() -> Template:
    return moved_column(core_template())


def send_returns(demo: Demo, months: int, seed: int, number: int) -> None:
    """Write a service's returns; those of the first service with several months are of two plans."""
    service = demo.services[number]
    if len(demo.periods) == 1:
        plan = plan_of(number, demo.as_at, months, seed, service.manager)
        link_figures(plan.rows, number)
        rows = with_progress(plan.rows, demo.as_at) | figures_of(number, PERIOD, seed)
        send_last(demo, number, service, core_template(), rows)
        return
    send_months(demo, long_plan(number, service, PERIOD, months, seed))
    if number == 0:
        send_months(demo, second_plan(service, PERIOD, months, seed))


def send_months(demo: Demo, plan: LongPlan) -> None:
    """Write the returns of one plan, month by month."""
    service, stopped = plan.service, plan.number % 12 == STOPPED
    *earlier, last = [period for period in demo.periods if plan.begins is None or period >= plan.begins]
    for period in earlier:
        if stopped and period > PERIOD.plus(-2):
            continue
        cover = {"submitted_by": service.manager, "submitted_on": period.last, "submission": 1}
        path = demo.returned(period) / f"{service.file_title if plan.is_second else service.code}.xlsx"
        write_tracker(plan.template, service, period, path, rows=plan.rows_on(period), cover=cover)
    if not stopped:
        send_last(demo, plan.number, service, plan.template, plan.rows_on(last))


def send_last(demo: Demo, number: int, service: Service, template: Template, rows: dict[str, list[Line]]) -> None:
    """Write a service's return of the last month, as its people changed it."""
    judged = last_judgements(judgement_lines(service, rows), PERIOD.last)
    items = {key: [(row["ref"], row["action"]) for row in rows.get(key, ())] for key in judged_tables(template)}
    issued = {"head_office": [*rows.get("head_office", []), *judged_rows(judged, template, service.code, items)]}
    rows |= issued
    habit = number % 12
    cover = {"submitted_by": service.manager, "submitted_on": PERIOD.last, "submission": 1}
    filled = typed_as_text(rows) if habit == TEXT_DATES else rows
    used = moved_template() if habit == MOVED else template
    returned = demo.returns / f"{service.file_title} {PERIOD}.xlsx"
    write_tracker(used, service, PERIOD, returned, rows=filled, issued=issued, cover=cover)
    if habit == RENAMED:
        rename_tab(returned, "Actions", f"Actions {PERIOD.words}")
    if habit == TWICE:
        shutil.copyfile(returned, returned.with_name(f"{returned.stem} (1).xlsx"))
