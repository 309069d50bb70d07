"""Setting the buttons up on a computer of head office: which Python they start, and what may stand in their way.

The macro reads what is recorded here and nothing else: on Windows a value of the user's own registry (which VBA reads with
GetSetting), on macOS a small AppleScript in the folder that Excel may run scripts from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qipxl.errors import RequestError
from qipxl.excel.computer import CLASSES, MACHINE, USER, Computer
from qipxl.tracker.paper import write_text

SETTINGS = r"Software\VB and VBA Program Settings\qipxl\Excel"
RECORDED = "Interpreter"
SCRIPTS = Path("Library/Application Scripts/com.microsoft.Excel")
SCRIPT = """on RunQipxl(request)
    -- request: the job and the console's name in hexadecimal figures, with a space between
    set AppleScript's text item delimiters to " "
    set {job, book} to text items of request
    try
        do shell script quoted form of "{python}" & " -E -P -m qipxl.excel " & quoted form of job & " --book " & quoted form of book
        return "0"
    on error message number code
        return code as text
    end try
end RunQipxl
"""
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

    Raises RequestError where Excel does not run on this system or allows no scripts, OutputError where nothing can be written.
    """
    if computer.system == "win32":
        computer.register(SETTINGS, RECORDED, str(computer.python))
        return f"Recorded for you on this computer: the buttons start {computer.python}."
    if computer.system == "darwin":
        folder = computer.home / SCRIPTS
        if not folder.parent.is_dir():
            raise RequestError(
                f"{folder.parent} is not there: Excel has never been started here. Start it once, then try again."
            )
        path = write_text(folder / "qipxl.applescript", script(computer.python))
        return f"Written: {path}. The buttons start {computer.python}."
    raise RequestError(
        "Excel runs on Windows and macOS; on this system the commands of qipxl do all that the buttons do."
    )


def script(python: Path) -> str:
    """The AppleScript that starts one Python and no other."""
    return SCRIPT.replace("{python}", str(python).replace("\\", "\\\\").replace('"', '\\"'))


def examine(computer: Computer) -> Iterator[Finding]:
    """Everything that can be looked at without starting Excel."""
    if computer.system not in ("win32", "darwin"):
        yield Finding(
            LOOK, "Excel runs on Windows and macOS; on this system the commands of qipxl do all that the buttons do."
        )
        return
    yield from of_python(computer)
    if computer.system == "win32":
        yield from of_windows(computer)
    else:
        yield of_script(computer)


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
        yield Finding(WRONG, "xlwings is not installed with this Python. Type: pip install 'qipxl[excel]'")
    else:
        yield Finding(FINE, f"xlwings {version} is installed with this Python.")
    bridge, package = ("pywintypes", "pywin32") if computer.system == "win32" else ("appscript", "appscript")
    if computer.imports(bridge):
        yield Finding(FINE, f"{package}, through which Python speaks to Excel, is installed.")
    else:
        yield Finding(
            WRONG,
            f"{package}, through which Python speaks to Excel, is missing or broken. Type: pip install --force-reinstall {package}",
        )


def of_script(computer: Computer) -> Finding:
    """On macOS: the script that Excel starts."""
    place = computer.home / SCRIPTS
    if "qipxl.applescript" in computer.listed(place):
        return Finding(FINE, f"The script stands in {place}.")
    return Finding(WRONG, f"There is no qipxl.applescript in {place}. Type: qipxl excel install")


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
