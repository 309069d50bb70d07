"""Limits on the memory, size and time one file may take. Every value is a default and can be set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from qipxl.errors import RequestError


@dataclass(frozen=True)
class Limits:
    """The limits of the safety check; sizes in MB (1,048,576 bytes), the time in seconds.

    The defaults leave room above the largest of some 2,900 harmless workbooks that were measured: 1,033 members, 60 MB
    read in total, an XML compression ratio of 121. `attachments` is the number of files in a compressed folder or an e-mail,
    with those in its own members; `nesting` is how many of these are opened inside one another.
    """

    file_mb: int = 50
    members: int = 2_000
    part_mb: int = 64
    read_mb: int = 128
    ratio: int = 200
    tabs: int = 200
    cells: int = 2_000_000
    box_cells: int = 8_000_000
    seconds: int = 20
    memory_mb: int = 1_024
    attachments: int = 500
    nesting: int = 3

    def changed(self, settings: Iterable[str]) -> Limits:
        """New limits with settings such as `file_mb=80`; raises RequestError for an unknown name or an invalid number."""
        names = [field.name for field in fields(self)]
        chosen: dict[str, int] = {}
        for setting in settings:
            name, _, figure = setting.partition("=")
            if name not in names or not figure.isdecimal() or not int(figure):
                raise RequestError(
                    f"“{setting}” sets no limit. Write one such as file_mb=80. Choose from: {', '.join(names)}."
                )
            chosen[name] = int(figure)
        return replace(self, **chosen)


GC_THRESHOLD = 50_000
"""Garbage collection threshold of our own processes, in new objects. At Python's default of 700, collection takes about 10 % of the run."""
MEGABYTE = 1_048_576
