"""What the console starts: `python -E -P -m qipxl.excel JOB --book NAME --hwnd NUMBER`.

The name is that of the console, in hexadecimal figures of four for each character. Ends with 0 where the job is done, 10 where
the person was told in Excel why not, 3 where Excel or the console could not be reached: then the macro says so.
"""

from __future__ import annotations

import argparse
import atexit
import sys
import traceback
from collections.abc import Sequence
from datetime import date

from qipxl.app.excel.user_settings import TROUBLE, folder_of, own_place
from qipxl.errors import QipxlError
from qipxl.files import write_text

NOT_REACHED = 3
TRIES = 20_000
"""How often a call to an Excel that is busy is tried: some seconds."""


def main(arguments: Sequence[str]) -> int:
    """Find the console among the workbooks that are open, and do the job."""
    try:
        from qipxl.app.excel.console import SAID_WHY_NOT, Session, run_job
        from qipxl.app.excel.console_workbook import JOBS
        from qipxl.app.excel.finding import find_book

        leave_excel_alone()
        reader = argparse.ArgumentParser(prog="qipxl.app.excel")
        reader.add_argument("job", choices=[*JOBS])
        reader.add_argument("--book", required=True)
        reader.add_argument("--hwnd", type=int, default=0)
        asked = reader.parse_args(arguments)
        book = find_book(decoded(asked.book), asked.hwnd)
        try:
            home = folder_of(book.name)
        except QipxlError as error:
            book.app.alert(str(error), "qipxl")
            return SAID_WHY_NOT
        return run_job(asked.job, Session(book, home, date.today()))
    except Exception as error:  # no window shows a traceback: the file does, and `qipxl excel doctor` names it
        write_text(own_place() / TROUBLE, "".join(traceback.format_exception(error)))
        return NOT_REACHED


def leave_excel_alone() -> None:
    """Take back what xlwings would do when Python ends: it closes Excels that show no workbook, and on macOS runs a macro.

    And have it give up on an Excel that answers nobody, instead of asking for ever.
    """
    for name in ("xlwings._xlwindows", "xlwings._xlmac"):
        module = sys.modules.get(name)
        if module is not None:
            atexit.unregister(module.cleanup)
            if hasattr(module, "N_COM_ATTEMPTS"):
                vars(module)["N_COM_ATTEMPTS"] = TRIES


def decoded(figures: str) -> str:
    """A name from the hexadecimal figures of its UTF-16 units."""
    return bytes.fromhex(figures).decode("utf-16-be")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
