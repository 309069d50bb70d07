"""Drive a headless LibreOffice: type into workbooks, recalculate them, read values, print PDF.

    with start_office() as office:
        office.type_into(tracker, filled, {"Actions": {"D5": "31/03/2026", "E5": None}})
        rows = office.values(filled, {"Actions": "A5:F24"})["Actions"]

One office serves hundreds of workbooks. It works on private copies, so a source is never locked or
changed, and a target appears whole or not at all. An office that dies is started again and the
call repeated once; a call that takes too long kills the office and raises OfficeTimeoutError.
"""

from __future__ import annotations

import builtins
import ctypes
import functools
import importlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar, TypeVar

import pytest

Answer = TypeVar("Answer")

XLSX, PDF = "Calc MS Excel 2007 XML", "calc_pdf_Export"
CELL, RANGE = r"[A-Z]{1,3}[1-9]\d*", r"[A-Z]{1,3}[1-9]\d*(:[A-Z]{1,3}[1-9]\d*)?"
ERROR_CELLS = 4  # com.sun.star.sheet.FormulaResult.ERROR
START_SECONDS, STOP_SECONDS = 60.0, 10.0
MADE_ITS_PROFILE = 81  # soffice.bin ends so on a new profile, and wants to be started again
SWITCHES = ["--headless", "--invisible", "--nologo", "--norestore", "--nodefault", "--nolockcheck"]
SETTING = '<item oor:path="/org.openoffice.{}"><prop oor:name="{}"><value>{}</value></prop></item>'
SETTINGS = [
    SETTING.format("Setup/L10N", "ooSetupSystemLocale", "en-GB"),
    SETTING.format("Setup/L10N", "ooLocale", "en-GB"),
    SETTING.format("Office.Calc/Formula/Load", "OOXMLRecalcMode", 0),  # always
    SETTING.format("Office.Calc/Formula/Syntax", "Grammar", 1),  # formulas are typed as in Excel: =Lists!A1
    SETTING.format("Office.Recovery/AutoSave", "Enabled", "false"),
]
LIBC, PR_SET_PDEATHSIG = ctypes.CDLL(None), 1


class OfficeError(RuntimeError):
    """LibreOffice could not start, or could not do what was asked."""


TRIES = 3
"""How often LibreOffice may die over the same work before that is taken for a fault of the work."""


class OfficeDiedError(OfficeError):
    """The office ended, crashed or was killed by someone else in the middle of a call."""


class OfficeTimeoutError(OfficeError):
    """A call took too long, and the office was killed."""


def office_missing() -> str | None:
    """A sentence saying why LibreOffice cannot be used here, or None where it can."""
    if not _soffice_bin().is_file():
        return "LibreOffice is not installed (Debian: libreoffice-calc)."
    try:
        _uno()
    except ImportError as error:
        return f"Python {sys.version.split()[0]} cannot load LibreOffice's uno module (Debian: python3-uno): {error}."
    return None


def start_office() -> Office:
    """An Office for a with statement; where LibreOffice is missing, the test that asks is skipped."""
    if missing := office_missing():
        pytest.skip(missing)  # on a desk without LibreOffice; where CI=true the fixtures fail before they ask
    return Office()


class Office:
    """One LibreOffice process, in British English, on a profile of its own, for one thread.

    Every call has `timeout` seconds. The process never outlives the thread that started it.
    """

    SETTINGS = SETTINGS
    LOADS: ClassVar[dict[str, object]] = {"Hidden": True}
    """How a workbook is loaded."""

    def __init__(self, timeout: float = 60.0) -> None:
        self.timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._desktop: Any = None
        self._door = f"pipe,name=office{uuid.uuid4().hex};urp;StarOffice.ComponentContext"

    def __enter__(self) -> Office:
        self._home = tempfile.TemporaryDirectory(prefix="office-", ignore_cleanup_errors=True)
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OfficeError):
            self._in_time(STOP_SECONDS, "stop", self._stop)
        self._kill()
        self._home.cleanup()

    def type_into(self, source: Path, target: Path, cells: Mapping[str, Mapping[str, object]]) -> None:
        """Type values into a workbook's cells, given by sheet and address, and save it as xlsx.

        Text is read as a person's typing is: "31/03/2026" becomes a date, "5" a number, "=A1*2" a
        formula, "'5" the text 5; in a cell formatted as text it stays text. None clears a cell. A
        locked cell of a protected sheet is refused; what breaks a validity rule is not.
        """

        def work(document: Any, saved: Path) -> None:
            document.enableAutomaticCalculation(False)
            document.addActionLock()
            for name, typed in cells.items():
                sheet = sheet_of(document, name)
                protected = sheet.isProtected()
                for address, value in typed.items():
                    cell = _cells(sheet, address, CELL)
                    if protected and cell.CellProtection.IsLocked:
                        raise OfficeError(f"{name}!{address} is locked, and its sheet is protected.")
                    type_in(cell, value)
            document.removeActionLock()
            document.enableAutomaticCalculation(True)
            document.calculateAll()
            _save(document, saved, XLSX)

        self.use(source, work, target)

    def recalculate(self, source: Path, target: Path) -> None:
        """Work out every formula again, and save as xlsx."""
        self.use(source, lambda document, saved: _save(document, saved, XLSX), target)

    def convert(self, source: Path, target: Path, filter_name: str) -> None:
        """Save a workbook in another format, by the name of LibreOffice's filter for it."""
        self.use(source, lambda document, saved: _save(document, saved, filter_name), target)

    def to_pdf(self, source: Path, target: Path) -> None:
        """Print the visible sheets of a workbook, every formula worked out again, to a PDF file."""
        self.use(source, lambda document, saved: _save(document, saved, PDF), target)

    def values(self, source: Path, ranges: Mapping[str, str]) -> dict[str, list[list[object]]]:
        """One range of each sheet named, row by row, every formula worked out again.

        Numbers, dates and TRUE are floats (46112.0, 1.0), a blank is "", and an error is "#ERR" and
        LibreOffice's number: #ERR532 is #DIV/0!, #ERR502 or 519 #VALUE!, #ERR524 #REF!, #ERR525
        #NAME?, #ERR32767 #N/A, and #ERR507 or 508 a formula it cannot read.
        """

        def work(document: Any, _: Path) -> dict[str, list[list[object]]]:
            document.calculateAll()
            return {name: values_of(_cells(sheet_of(document, name), area, RANGE)) for name, area in ranges.items()}

        return self.use(source, work)

    def use(self, source: Path, work: Callable[[Any, Path], Answer], target: Path | None = None) -> Answer:
        for _ in range(TRIES - 1):
            with suppress(OfficeDiedError):
                return self._attempt(source, work, target)
        return self._attempt(source, work, target)

    def _attempt(self, source: Path, work: Callable[[Any, Path], Answer], target: Path | None) -> Answer:
        if self._process is None or self._process.poll() is not None:
            self._start()
        with tempfile.TemporaryDirectory(dir=self._home.name, ignore_cleanup_errors=True) as folder:
            saved = Path(folder, "saved")
            answer = self._in_time(self.timeout, f"work on {source.name}", lambda: self._open(source, work, saved))
            if target:
                _deliver(saved, target)
        return answer

    def _open(self, source: Path, work: Callable[[Any, Path], Answer], saved: Path) -> Answer:
        """Do the work on a private copy: LibreOffice locks what it opens, and a crash leaves the lock."""
        copy = shutil.copyfile(source, saved.with_name(f"book{source.suffix}"))
        document = self._desktop.loadComponentFromURL(copy.as_uri(), "_blank", 0, _properties(**self.LOADS))
        if document is None:
            raise OfficeError(f"LibreOffice cannot open {source.name}: it is damaged, or not a workbook.")
        try:
            answer = work(document, saved)
        except BaseException:
            with suppress(Exception):  # what went wrong first is what is said, also where the office has died of it
                document.close(True)
            raise
        document.close(True)
        return answer

    def _in_time(self, seconds: float, doing: str, job: Callable[[], Answer]) -> Answer:
        """Do the job, or kill the office when the time is up: a call that hangs then raises.

        UNO's exceptions end here, because no generator-based context manager can pass them on.
        """
        late = threading.Event()

        def expire() -> None:
            late.set()
            self._signal()

        timer = threading.Timer(seconds, expire)
        timer.start()
        try:
            return job()
        except Exception as error:
            if late.is_set():
                self._kill()
                raise OfficeTimeoutError(f"LibreOffice took more than {seconds:g} s to {doing}.") from error
            if not isinstance(error, _uno().getClass("com.sun.star.uno.Exception")):
                raise
            gone = isinstance(error, _uno().getClass("com.sun.star.lang.DisposedException")) or "disposed" in str(error)
            if gone or self._process is None or self._process.poll() is not None:
                self._kill()
                raise OfficeDiedError(f"LibreOffice died when asked to {doing}.") from error
            raise OfficeError(f"LibreOffice could not {doing}: {type(error).__name__} {error}") from error
        finally:
            timer.cancel()
            timer.join()

    def _start(self) -> None:
        """Start on a new profile, since one whose office was killed may ask for a repair."""
        self._kill()
        profile = Path(self._home.name, "profile")
        shutil.rmtree(profile, ignore_errors=True)
        (profile / "user").mkdir(parents=True)
        settings = f'<oor:items xmlns:oor="http://openoffice.org/2001/registry">{"".join(self.SETTINGS)}</oor:items>'
        (profile / "user/registrymodifications.xcu").write_text(settings, encoding="utf-8")
        self._in_time(START_SECONDS, "start", lambda: self._connect(profile))

    def _connect(self, profile: Path) -> None:
        """Run the office, and try its door until it answers."""
        here = _uno().getComponentContext()
        resolver = here.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", here)
        self._process = self._spawn(profile)
        while self._desktop is None:
            time.sleep(0.05)
            if (status := self._process.poll()) == MADE_ITS_PROFILE:
                self._process = self._spawn(profile)
            elif status is not None:
                raise OfficeError(f"LibreOffice ended with status {status} instead of starting.")
            with suppress(_uno().getClass("com.sun.star.connection.NoConnectException")):
                office = resolver.resolve(f"uno:{self._door}")
                self._desktop = office.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", office)

    def _spawn(self, profile: Path) -> subprocess.Popen[bytes]:
        """Run the office in a session of its own; the kernel kills it when its parent ends."""
        command = [
            str(_soffice_bin()),
            f"-env:UserInstallation={profile.as_uri()}",
            f"--accept={self._door}",
            *SWITCHES,
        ]
        env = {**os.environ, "SAL_USE_VCLPLUGIN": "svp", "TMPDIR": str(profile)}
        quiet = subprocess.DEVNULL
        will = functools.partial(LIBC.prctl, PR_SET_PDEATHSIG, signal.SIGKILL)
        return subprocess.Popen(command, stdout=quiet, stderr=quiet, env=env, start_new_session=True, preexec_fn=will)

    def _stop(self) -> None:
        if self._process and self._desktop:
            self._desktop.terminate()
            self._process.wait()

    def _signal(self) -> None:
        if self._process and self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _kill(self) -> None:
        self._signal()
        if self._process:
            self._process.wait()
        self._process = self._desktop = None


def _soffice_bin() -> Path:
    launcher = shutil.which("soffice") or "/usr/lib/libreoffice/program/soffice"
    return Path(launcher).resolve().with_name("soffice.bin")


@functools.cache
def _uno() -> ModuleType:
    """The uno module, without the search path and the import hook that it leaves behind."""
    path, hook = list(sys.path), builtins.__import__
    sys.path += ["/usr/lib/python3/dist-packages", str(_soffice_bin().parent)]
    try:
        return importlib.import_module("uno")
    finally:
        sys.path[:], builtins.__import__ = path, hook


def _properties(**values: object) -> tuple[Any, ...]:
    return tuple(_uno().createUnoStruct("com.sun.star.beans.PropertyValue", Name=n, Value=v) for n, v in values.items())


def sheet_of(document: Any, name: str) -> Any:
    if not document.Sheets.hasByName(name):
        raise OfficeError(f"There is no sheet {name!r}; there are {', '.join(document.Sheets.ElementNames)}.")
    return document.Sheets.getByName(name)


def _cells(sheet: Any, address: str, shape: str) -> Any:
    if not re.fullmatch(shape, address):
        raise OfficeError(f"{address!r} is not {'a cell' if shape is CELL else 'a range of cells'}.")
    return sheet.getCellRangeByName(address)


def type_in(cell: Any, value: object) -> None:
    match value:
        case None:
            cell.setFormula("")
        case bool() | str():
            cell.FormulaLocal = str(value)
        case int() | float():
            cell.setValue(float(value))
        case datetime():
            cell.FormulaLocal = f"{value:%d/%m/%Y %H:%M:%S}"
        case date():
            cell.FormulaLocal = f"{value:%d/%m/%Y}"
        case _:
            raise TypeError(f"Nobody can type {value!r} into a cell.")


def values_of(cells: Any) -> list[list[object]]:
    rows = [list(row) for row in cells.getDataArray()]
    area = cells.getRangeAddress()
    for bad in cells.queryFormulaCells(ERROR_CELLS).getRangeAddresses():
        for row in range(bad.StartRow - area.StartRow, bad.EndRow - area.StartRow + 1):
            for column in range(bad.StartColumn - area.StartColumn, bad.EndColumn - area.StartColumn + 1):
                rows[row][column] = f"#ERR{cells.getCellByPosition(column, row).getError()}"
    return rows


def _save(document: Any, saved: Path, filter_name: str) -> None:
    document.calculateAll()
    document.storeToURL(saved.as_uri(), _properties(FilterName=filter_name))


def _deliver(saved: Path, target: Path) -> None:
    """Copy beside the target, then rename, so that nobody sees half a file."""
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        shutil.copyfile(saved, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
