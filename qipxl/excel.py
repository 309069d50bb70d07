"""The former path of `qipxl.app.excel`; consoles and scripts of version 0.1 run `python -m qipxl.excel`."""

from __future__ import annotations

import sys

from qipxl.app.excel import check_open_book, rate_open_book, read_open_book

__all__ = ["check_open_book", "rate_open_book", "read_open_book"]

if __name__ == "__main__":
    from qipxl.app.excel.__main__ import main

    sys.exit(main(sys.argv[1:]))
