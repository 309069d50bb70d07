"""The program that the console's macro starts: `python -E -P -m qipxl.excel JOB --book NAME --hwnd NUMBER`.

NAME is the console's file name, as four hexadecimal digits per UTF-16 unit. Exit codes: 0 the job is done; 10 it is not, and
a message in Excel said why; 3 Excel or the console could not be reached, which the macro reports.
"""

from __future__ import annotations

import argparse
import atexit
import sys
import traceback
from collections.abc import Sequence
from datetime import date

from qipxl.app.excel.user_settings import ERROR_LOG, console_folder, user_folder
from qipxl.errors import QipxlError
from qipxl.files import write_text

NOT_REACHED = 3
TRIES = 20_000
"""Number of attempts to call a busy Excel: a few seconds."""


def main(arguments: Sequence[str]) -> int:
    """Find the console among the open workbooks and run the job."""
    try:
        from qipxl.app.excel.console import NOT_DONE, run_job
        from qipxl.app.excel.console_page import JOBS
        from qipxl.app.excel.session import Session, find_book
        from qipxl.app.runtime import tune_memory

        tune_memory()
        disable_xlwings_cleanup()
        parser = argparse.ArgumentParser(prog="qipxl.app.excel")
        parser.add_argument("job", choices=[*JOBS])
        parser.add_argument("--book", required=True)
        parser.add_argument("--hwnd", type=int, default=0)
        options = parser.parse_args(arguments)
        book = find_book(decoded(options.book), options.hwnd)
        try:
            home = console_folder(book.name)
        except QipxlError as error:
            book.app.alert(str(error), "qipxl")
            return NOT_DONE
        return run_job(options.job, Session(book, home, date.today()))
    except Exception as error:  # no window would show a traceback; `qipxl excel doctor` names the file
        write_text(user_folder() / ERROR_LOG, "".join(traceback.format_exception(error)))
        return NOT_REACHED


def disable_xlwings_cleanup() -> None:
    """Unregister xlwings' exit handlers, which close Excels without a workbook and run a macro on macOS.

    Also limits how often xlwings tries to call a busy Excel; its own default is no limit.
    """
    for name in ("xlwings._xlwindows", "xlwings._xlmac"):
        module = sys.modules.get(name)
        if module is not None:
            atexit.unregister(module.cleanup)
            if hasattr(module, "N_COM_ATTEMPTS"):
                vars(module)["N_COM_ATTEMPTS"] = TRIES


def decoded(digits: str) -> str:
    """The name that these hexadecimal digits encode (UTF-16, big-endian)."""
    return bytes.fromhex(digits).decode("utf-16-be")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
