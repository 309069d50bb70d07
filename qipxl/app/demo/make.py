"""The demo: a provider is made up, trackers are issued, staff fill them in, and some come back odd or broken."""

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
from qipxl.app.demo.measurements import LINKS, figures_of
from qipxl.app.demo.register import demo_register
from qipxl.app.demo.scenarios import Plan, as_it_was, plan_of
from qipxl.app.demo.stories import FIRST_NAMES, HOUSES, LAST_NAMES, REGIONS
from qipxl.errors import OutputError, RequestError
from qipxl.periods import Period
from qipxl.provider import ProviderFolder
from qipxl.provider.folder import FOLDERS
from qipxl.services import Service
from qipxl.template import Template, find_template
from qipxl.tracker import write_tracker

PERIOD = Period(2026, 3)
"""The month the demo plays in, always the same, so that it always shows the same."""
MARK = ".qipxl-demo"
STOPPED, RENAMED, MOVED, TEXT_DATES, TWICE = 5, 6, 7, 8, 9
"""Which of each dozen services stops sending after the fourth month, renames a tab, moves a column, types dates as text, sends two copies."""
SCAN = b"%PDF-1.4\n% A scan of a tracker, saved under the wrong name.\n"


@dataclass(frozen=True)
class Demo:
    """Where the demo's files are, and whom they are about: a provider's folder, and the months that came back."""

    folder: ProviderFolder
    services: list[Service]
    periods: list[Period]

    @property
    def issued(self) -> Path:
        return self.folder.issued(PERIOD)

    @property
    def returns(self) -> Path:
        return self.returned(PERIOD)

    def returned(self, period: Period) -> Path:
        """The folder of what came back in a month."""
        return self.folder.home / "returns" / str(period)

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
    """Issue trackers for a made-up provider and fill them in; `progress` is called after each service.

    There are so many `months` of evidence; with `earlier` the trackers of the months before the last came back too.
    Raises RequestError where the numbers make no sense or the folder holds something else.
    """
    if services < 1 or not 1 <= months <= 24:
        raise RequestError("A demo needs at least 1 service, and from 1 to 24 months.")
    clear(folder)
    provider = make_provider(services, seed)
    periods = [PERIOD.plus(-back) for back in reversed(range(months if earlier else 1))]
    demo = Demo(ProviderFolder(folder), provider, periods)
    demo_register(demo.folder, provider, PERIOD, months, seed)
    with ProcessPoolExecutor(min(services, os.cpu_count() or 1)) as pool:
        for _ in pool.map(partial(issue_and_return, demo, months, seed), range(services), chunksize=2):
            progress()
    (demo.returns / "Scan of tracker.xlsx").write_bytes(SCAN)
    return demo


def clear(folder: Path) -> None:
    """Make the demo's folder, or empty it where it is a demo's already."""
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARK).exists())):
        raise RequestError(f"{folder} exists and is not a demo's folder. Name another one.")
    try:
        for name in FOLDERS:
            shutil.rmtree(folder / name, ignore_errors=True)
            (folder / name).mkdir(parents=True)
        (folder / MARK).touch()
    except OSError as error:
        raise OutputError(f"The folder {folder} cannot be written to ({error.strerror}). Choose another.") from None


def make_provider(services: int, seed: int) -> list[Service]:
    """So many services in three regions, each with a name, a code and a manager."""
    chance = random.Random(f"{seed}/provider")
    provider = []
    for number in range(services):
        again = number // len(HOUSES)
        name = HOUSES[number % len(HOUSES)] + (f" {again + 1}" if again else "")
        manager = f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"
        region = REGIONS[number % len(REGIONS)]
        provider.append(Service(code=f"S{number + 1:03d}", name=name, region=region, manager=manager))
    return provider


def link_figures(plan: Plan, number: int) -> None:
    """Have the action named in LINKS name its indicator."""
    ref, indicator = LINKS.get(number % 12, ("", ""))
    for action in plan.rows["actions"]:
        if action["ref"] == ref:
            action["indicator"] = indicator


@cache
def moved_template() -> Template:
    return moved_column(find_template("core"))


def issue_and_return(demo: Demo, months: int, seed: int, number: int) -> None:
    """Issue a service's tracker, then write it as it came back."""
    service, template = demo.services[number], find_template("core")
    plan = plan_of(number, demo.as_at, months, seed, service.manager)
    link_figures(plan, number)
    rows = plan.rows | figures_of(number, PERIOD, seed)
    for period in demo.periods[:-1]:
        if number % 12 == STOPPED and period > PERIOD.plus(-2):
            continue
        cover = {"submitted_by": service.manager, "submitted_on": period.last, "submission": 1}
        was = as_it_was(plan, period.last) | figures_of(number, period, seed)
        write_tracker(template, service, period, demo.returned(period) / f"{service.code}.xlsx", rows=was, cover=cover)
    if len(demo.periods) > 1 and number % 12 == STOPPED:
        return
    issued = {"head_office": rows.get("head_office", [])}
    name = f"{service.code} {service.name} {PERIOD}.xlsx"
    write_tracker(template, service, PERIOD, demo.issued / name, rows=issued)
    if number == 0:
        write_tracker(template, service, PERIOD, (demo.issued / name).with_suffix(".xlsm"), rows=issued, buttons=True)
    habit = number % 12
    cover = {"submitted_by": service.manager, "submitted_on": PERIOD.last, "submission": 1}
    filled = typed_as_text(rows) if habit == TEXT_DATES else rows
    used = moved_template() if habit == MOVED else template
    back = demo.returns / name
    write_tracker(used, service, PERIOD, back, rows=filled, issued=issued, cover=cover)
    if habit == RENAMED:
        rename_tab(back, "Actions", f"Actions {PERIOD.words}")
    if habit == TWICE:
        shutil.copyfile(back, back.with_name(f"{back.stem} (1).xlsx"))
