"""Why a file is not used, said once, on its receipt."""

from __future__ import annotations


class RefusedError(Exception):
    """A file that is not used, with the sentence for its receipt; it never leaves the opening of its file."""

    def __init__(self, reason: str, status: str = "refused") -> None:
        super().__init__(reason)
        self.status = status
