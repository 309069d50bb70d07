"""The error for a file that is not used."""

from __future__ import annotations


class RefusedError(Exception):
    """A file that is not used, with the sentence for its receipt; `open_file` always catches it."""

    def __init__(self, reason: str, status: str = "refused") -> None:
        super().__init__(reason)
        self.status = status
