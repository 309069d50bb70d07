"""What several test files share: LibreOffice, the core template, and returns written as small grids."""

from __future__ import annotations

import fcntl
import os
import pickle
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from factories import LONG, MONTHS, SEED, first_services, new_provider, shortened
from office import Office, office_missing, start_office

from qipxl.app.demo import Demo, make_demo
from qipxl.provider import ProviderFolder
from qipxl.reading import process
from qipxl.reading.file.batch import ProgressCallback
from qipxl.reading.process import NEVER, WorkerProcess, silent
from qipxl.reading.worker import Work
from qipxl.rules.evaluate import Book
from qipxl.template import Template, find_template
from qipxl.tracker import checks_sheet, reference_sheets
from qipxl.tracker.workings import Workings
from qipxl.workbook import layout
from qipxl.workbook.writer import Sheet, WorkbookWriter

pytest.register_assert_rewrite("walking")  # a failed assertion there shows both values

LONGEST_FIRST = (
    "test_readings", "test_parity", "test_buttons", "test_cases", "test_docs", "test_console", "test_cluster", "test_templates", "test_shares",
    "test_places", "test_safeguarding", "test_workforce", "test_restrictive_practice",
    "test_read", "test_adopting", "test_killed", "test_unchanged", "test_attacks", "test_memory", "test_round_trip",
    "test_impact", "test_accounting", "test_cli", "test_dying_workers", "test_open_book", "test_carrying", "test_rating", "test_demo",
    "test_packs",
)  # fmt: skip
"""The files that take longest, by how long: a test process takes the next file when it has done one, so a long one must not come last."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave tests marked `long` out of the short form, and put the longest files first."""
    left_out = [] if LONG else [item for item in items if item.get_closest_marker("long")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    order = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


@pytest.fixture(scope="session")
def office() -> Iterator[Office]:
    """One LibreOffice for all tests; without it they are skipped, or fail where CI=true."""
    missing = office_missing()
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"These tests need LibreOffice: {missing}")
    with start_office() as running:
        yield running


WITH_FORMULAS = ("rules", "template", "tracker", "workbook")
"""Folders whose tests look at the formulas of trackers, or work them out."""


@contextmanager
def empty_workings() -> Iterator[None]:
    """Trackers written meanwhile have the sheets Workings and Checks, but nothing in them.

    Reading, rating and consolidating use neither sheet. They hold nine of ten cells of a tracker, so a tracker without them is
    written, edited and saved in a fifth of the time.
    """

    def workings(writer: WorkbookWriter, workings: Workings, book: Book) -> Sheet:
        sheet = writer.sheet(layout.WORKINGS, "", "")
        sheet.hide()
        reference_sheets.name_workings(writer, workings)
        return sheet

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference_sheets, "write_workings", workings)
        patch.setattr(checks_sheet, "write_checks", lambda writer, *_: writer.sheet(layout.CHECKS, layout.CHECKS, ""))
        patch.setattr(checks_sheet, "write_search", lambda *_: None)
        yield


WITH_PROCESSES = ("walks",)
"""Folders whose tests read as users do."""


def prepared_here(self: WorkerProcess, work: Work) -> bool:
    """In place of `WorkerProcess.is_ready`."""
    self.work_here = pickle.loads(pickle.dumps(work))
    return not self.ended


def done_here(
    self: WorkerProcess, question: object, seconds: float = NEVER, on_status: ProgressCallback = silent
) -> object:
    """In place of `WorkerProcess.exchange`; what goes to the process and comes back is pickled as it would be."""
    if self.ended:
        return None
    answer = self.work_here.done(pickle.loads(pickle.dumps(question)), on_status)
    return pickle.loads(pickle.dumps(answer))


@contextmanager
def no_processes() -> Iterator[None]:
    """This process does the work of those that read: to start one takes longer than to read a file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "new_process", lambda *_: None)
        patch.setattr(process, "end", lambda _: None)
        patch.setattr(WorkerProcess, "is_ready", prepared_here)
        patch.setattr(WorkerProcess, "exchange", done_here)
        yield


@pytest.fixture(scope="module", autouse=True)
def lighter(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty workings and no processes, except in folders and marked modules that need formulas or processes."""

    def needs(mark: str, folders: Collection[str]) -> bool:
        return request.path.parent.name in folders or request.node.get_closest_marker(mark) is not None

    with (
        nullcontext() if needs("formulas", WITH_FORMULAS) else empty_workings(),
        nullcontext() if needs("processes", WITH_PROCESSES) else no_processes(),
    ):
        yield


@pytest.fixture(scope="session")
def made_demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo's provider of twelve services and its last month, made once for all test processes; no test writes into it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    kept = shared / "made demo.pickle"
    with (shared / "made demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the first process makes it, the others wait
        if not kept.exists():
            with empty_workings():
                kept.write_bytes(pickle.dumps(make_demo(shared / "made demo", months=MONTHS, seed=SEED)))
    made: Demo = pickle.loads(kept.read_bytes())
    return made


@pytest.fixture(scope="module")
def demo(made_demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A copy of it for the tests of one module."""
    home = shutil.copytree(made_demo.folder.home, tmp_path_factory.mktemp("demo") / "demo")
    return replace(made_demo, folder=ProviderFolder(Path(home)))


@pytest.fixture(scope="session")
def core() -> Template:
    """The core template; in the short form with 24 rows in each table, which halves the time to write or edit a tracker."""
    return find_template("core") if LONG else shortened(find_template("core"), 24)


@pytest.fixture(scope="module")
def three_returns(made_demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The returns of three services."""
    return first_services(made_demo, tmp_path_factory.mktemp("demo") / "demo", 3).returns


@pytest.fixture
def provider(three_returns: Path, tmp_path: Path) -> Path:
    return new_provider(tmp_path)
