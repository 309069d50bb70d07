"""Setting the buttons up on a computer of head office: which Python they start, and what may stand in their way.

The macro reads what is recorded here and nothing else: a value of the user's own part of Windows' registry, which VBA reads with
GetSetting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qipxl.app.excel.computer import CLASSES, MACHINE, USER, Computer
from qipxl.errors import RequestError

SETTINGS = r"Software\VB and VBA Program Settings\qipxl\Excel"
RECORDED = "Interpreter"
ON_A_MAC = "On a Mac the console's buttons cannot start qipxl, since Excel answers no program while a macro waits for it. Use the commands."
ELSEWHERE = "Excel runs on Windows and macOS; on this system the commands of qipxl do all that the buttons do."
POLICIES = (r"Software\Policies\Microsoft\Office\16.0\Excel\Security", r"Software\Microsoft\Office\16.0\Excel\Security")
"""Where Windows keeps what may be done with macros: first what IT has laid down, then what the person chose."""
CHILD_PROCESSES = (
    r"SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules",
    "d4f940ab-401b-4efc-aadc-ad5f3c50688a",
)
"""Defender's rule that no Office program may start another."""
FINE, WRONG, LOOK = "fine", "put right", "look"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is fine, must be put right, or wants a look; and the sentence that says so."""

    state: str
    said: str


def record(computer: Computer) -> str:
    """Record the Python that runs now as the one that the buttons start; gives a sentence that says where.

    Raises RequestError where the buttons cannot start anything on this system.
    """
    if computer.system == "win32":
        computer.register(SETTINGS, RECORDED, str(computer.python))
        return f"Recorded for you on this computer: the buttons start {computer.python}."
    raise RequestError(ON_A_MAC if computer.system == "darwin" else ELSEWHERE)


def examine(computer: Computer) -> Iterator[Finding]:
    """Everything that can be looked at without starting Excel."""
    if computer.system != "win32":
        yield Finding(LOOK, ON_A_MAC if computer.system == "darwin" else ELSEWHERE)
        return
    yield from of_python(computer)
    yield from of_windows(computer)


def of_python(computer: Computer) -> Iterator[Finding]:
    """The Python that runs now, and what it needs to speak to Excel."""
    if "WindowsApps" in computer.python.parts:
        yield Finding(
            WRONG,
            f"{computer.python} is the Python of the Microsoft Store, which Excel often cannot start. Install Python from python.org "
            "or from your IT, and qipxl with it.",
        )
    version = computer.version("xlwings")
    if not version:
        yield Finding(
            WRONG, 'xlwings is not installed with this Python. In the folder of qipxl, type: pip install ".[excel]"'
        )
    else:
        yield Finding(FINE, f"xlwings {version} is installed with this Python.")
    if computer.imports("pywintypes"):
        yield Finding(FINE, "pywin32, through which Python speaks to Excel, is installed.")
    else:
        yield Finding(
            WRONG,
            "pywin32, through which Python speaks to Excel, is missing or broken. Type: pip install --force-reinstall pywin32",
        )


def of_windows(computer: Computer) -> Iterator[Finding]:
    """On Windows: what is recorded, Excel itself, add-ins, and what IT has laid down."""
    recorded = computer.registered(USER, SETTINGS, RECORDED)
    if not recorded:
        yield Finding(WRONG, "No Python is recorded for the buttons. Type: qipxl excel install")
    elif Path(str(recorded)) != computer.python:
        yield Finding(
            WRONG,
            f"The buttons start {recorded}, and this is {computer.python}. If qipxl was moved or installed anew, type: qipxl excel install",
        )
    else:
        yield Finding(FINE, f"The buttons start {recorded}.")
    if computer.registered(CLASSES, r"Excel.Application\CLSID", "") is None:
        yield Finding(WRONG, "Excel for the desktop is not installed here; Excel in a browser runs no macros.")
    else:
        yield Finding(FINE, "Excel for the desktop is installed.")
    yield from of_add_ins(computer)
    yield from of_policies(computer)


def of_add_ins(computer: Computer) -> Iterator[Finding]:
    """The add-in of xlwings, which qipxl does not need and which obeys whatever workbook is active."""
    folder = computer.home / "AppData/Roaming/Microsoft/Excel/XLSTART"
    if any(name.lower().startswith("xlwings") for name in computer.listed(folder)):
        yield Finding(
            LOOK,
            f"The add-in of xlwings is in {folder}. qipxl does not use it, and its Run button takes the program to start from the active "
            "workbook, which may be one that was sent in. Type: xlwings addin remove",
        )
    else:
        yield Finding(FINE, "The add-in of xlwings, which qipxl does not need, is not there.")


def of_policies(computer: Computer) -> Iterator[Finding]:
    """Macros and the starting of programs, as far as the registry says what is allowed."""
    warnings = next(
        (said for key in POLICIES if (said := computer.registered(USER, key, "VBAWarnings")) is not None), None
    )
    if warnings == 4:
        yield Finding(
            WRONG, "Macros are switched off in Excel, so no button works. Ask IT, or use the commands of qipxl."
        )
    elif warnings == 3:
        yield Finding(
            LOOK, "Only signed macros run in Excel. Ask IT to sign the console (docs/excel-it.md), or use the commands."
        )
    else:
        yield Finding(FINE, "Macros are not switched off.")
    if computer.registered(USER, POLICIES[0], "blockcontentexecutionfrominternet") == 1:
        yield Finding(
            LOOK, "Macros in files from the internet are blocked. A console made on this computer is not such a file."
        )
    if str(computer.registered(MACHINE, *CHILD_PROCESSES)) == "1":
        yield Finding(
            WRONG,
            "Defender forbids Office to start other programs, so the console cannot start qipxl. The commands and shortcuts of qipxl "
            "do the same work.",
        )
