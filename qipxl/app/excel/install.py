"""Set up the buttons on a computer: record the Python that they start, and check for what may stop them.

The macro reads only the value recorded here, in the user's part of the Windows registry (GetSetting in VBA).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from qipxl.app.excel.computer import CLASSES, MACHINE, USER, Computer
from qipxl.errors import RequestError

SETTINGS = r"Software\VB and VBA Program Settings\qipxl\Excel"
INTERPRETER = "Interpreter"
ON_A_MAC = "On a Mac the console's buttons cannot start qipxl: while a macro waits, Excel does not answer other programs. Use the commands."
NO_EXCEL = "Excel runs on Windows and macOS. On this system, use qipxl's commands: they do all that the buttons do."
POLICIES = (r"Software\Policies\Microsoft\Office\16.0\Excel\Security", r"Software\Microsoft\Office\16.0\Excel\Security")
"""Registry keys with the rules for macros: IT's policy first, then the user's choice."""
CHILD_PROCESSES = (
    r"SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules",
    "d4f940ab-401b-4efc-aadc-ad5f3c50688a",
)
"""Defender's rule that blocks Office from starting other programs."""
FINE, WRONG, LOOK = "fine", "put right", "look"


@dataclass(frozen=True)
class Finding:
    """The result of one check: fine, put right (it must be), or look (it may matter); and a sentence that says why."""

    state: str
    message: str


@dataclass(frozen=True)
class Symptom:
    """What a user may see when a button does not work, and what it means."""

    seen: str
    meaning: str


MACRO_FINDINGS: Mapping[int, Finding] = {
    3: Finding(LOOK, "Only signed macros run in Excel. Ask IT to sign the console (docs/excel-it.md), or use the commands."),
    4: Finding(WRONG, "Macros are switched off in Excel, so no button works. Ask IT, or use the commands of qipxl."),
}  # fmt: skip
"""By the value of VBAWarnings that matters, what it means."""


def symptoms() -> list[Symptom]:
    """The symptoms that cannot be checked from outside Excel, from symptoms.toml."""
    text = Path(__file__).with_name("symptoms.toml").read_text("utf-8")
    return [Symptom(**entry) for entry in tomllib.loads(text)["symptoms"]]


def record(computer: Computer) -> str:
    """Record this Python as the one that the buttons start; returns a sentence that says so.

    Raises RequestError if the buttons cannot start a program on this system.
    """
    if computer.system == "win32":
        computer.set_registry_value(SETTINGS, INTERPRETER, str(computer.python))
        return f"Recorded for you on this computer: the buttons start {computer.python}."
    raise RequestError(ON_A_MAC if computer.system == "darwin" else NO_EXCEL)


def examine(computer: Computer) -> Iterator[Finding]:
    """Check everything that can be checked without starting Excel."""
    if computer.system != "win32":
        yield Finding(LOOK, ON_A_MAC if computer.system == "darwin" else NO_EXCEL)
        return
    yield from check_python(computer)
    yield from check_windows(computer)


def check_python(computer: Computer) -> Iterator[Finding]:
    """Check this Python and the packages that it needs to call Excel."""
    if "WindowsApps" in computer.python.parts:
        yield Finding(
            WRONG,
            f"{computer.python} is the Python from the Microsoft Store, which Excel often cannot start. Install Python from python.org "
            "or from your IT, and qipxl with it.",
        )
    version = computer.version("xlwings")
    fine = f"xlwings {version} is installed with this Python."
    wrong = 'xlwings is not installed with this Python. In the folder of qipxl, type: pip install ".[excel]"'
    yield Finding(FINE, fine) if version else Finding(WRONG, wrong)
    fine = "pywin32, with which Python calls Excel, is installed."
    wrong = "pywin32, with which Python calls Excel, is missing or broken. Type: pip install --force-reinstall pywin32"
    yield Finding(FINE, fine) if computer.has_module("pywintypes") else Finding(WRONG, wrong)


def check_windows(computer: Computer) -> Iterator[Finding]:
    """Check the recorded Python, Excel, its add-ins and IT's policies."""
    recorded = computer.registry_value(USER, SETTINGS, INTERPRETER)
    if not recorded:
        yield Finding(WRONG, "No Python is recorded for the buttons. Type: qipxl excel install")
    elif Path(str(recorded)) != computer.python:
        yield Finding(
            WRONG,
            f"The buttons start {recorded}, and this is {computer.python}. If qipxl was moved or reinstalled, type: qipxl excel install",
        )
    else:
        yield Finding(FINE, f"The buttons start {recorded}.")
    excel = computer.registry_value(CLASSES, r"Excel.Application\CLSID", "")
    missing = "Excel for the desktop is not installed here; Excel in a browser runs no macros."
    yield Finding(WRONG, missing) if excel is None else Finding(FINE, "Excel for the desktop is installed.")
    yield from check_add_ins(computer)
    yield from check_policies(computer)


def check_add_ins(computer: Computer) -> Iterator[Finding]:
    """Check for the add-in of xlwings, which qipxl does not use and which takes settings from the active workbook."""
    folder = computer.home / "AppData/Roaming/Microsoft/Excel/XLSTART"
    if any(name.lower().startswith("xlwings") for name in computer.names_in(folder)):
        yield Finding(
            LOOK,
            f"The add-in of xlwings is in {folder}. qipxl does not use it, and its Run button takes the program to start from the active "
            "workbook, which may be a return. Type: xlwings addin remove",
        )
    else:
        yield Finding(FINE, "The add-in of xlwings, which qipxl does not need, is not installed.")


def check_policies(computer: Computer) -> Iterator[Finding]:
    """Check in the registry whether macros may run and start programs."""
    warnings = (computer.registry_value(USER, key, "VBAWarnings") for key in POLICIES)
    warning = next((value for value in warnings if value is not None), None)
    yield MACRO_FINDINGS.get(warning if isinstance(warning, int) else 0, Finding(FINE, "Macros are not switched off."))
    if computer.registry_value(USER, POLICIES[0], "blockcontentexecutionfrominternet") == 1:
        blocked = "Macros in files from the internet are blocked. A console made on this computer is not such a file."
        yield Finding(LOOK, blocked)
    if str(computer.registry_value(MACHINE, *CHILD_PROCESSES)) == "1":
        yield Finding(
            WRONG,
            "Defender blocks Office from starting other programs, so the console cannot start qipxl. Use the commands of qipxl, or "
            "shortcuts to them.",
        )
