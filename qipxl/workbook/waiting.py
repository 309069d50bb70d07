"""What a workbook needs again only when it is closed waits on the disk, not in memory."""

from __future__ import annotations

import pickle
from tempfile import SpooledTemporaryFile
from typing import Any

SMALL = 1 << 18
"""The most bytes that wait in memory."""


class Waiting:
    """Arrays, texts and numbers in a temporary file, which has no name and goes when they are taken back."""

    def __init__(self, content: object) -> None:
        self.file = SpooledTemporaryFile(SMALL)
        pickle.dump(content, self.file, pickle.HIGHEST_PROTOCOL)

    def taken(self) -> Any:
        """What waits here; it can be taken once."""
        with self.file:
            self.file.seek(0)
            return pickle.load(self.file)
