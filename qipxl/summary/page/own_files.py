"""Pages and PDFs that qipxl wrote are overwritten; other files of the same name are not."""

from __future__ import annotations

from pathlib import Path

from qipxl.errors import RequestError

MARKS = {".html": b"Written by qipxl from the services", ".pdf": b"/Author (qipxl)"}
"""A text in every page, and one in every PDF, that qipxl wrote."""


def refuse_other_pages(*paths: Path) -> None:
    """Raise RequestError if one of the files exists and qipxl did not write it."""
    for path in paths:
        if path.is_file() and MARKS.get(path.suffix, MARKS[".html"]) not in path.read_bytes():
            raise RequestError(f"{path} exists and is not a page that qipxl wrote. Choose another name.")
