"""What head office says on the sheet Start here of a tracker."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NewsLine:
    """What head office says on Start here and asks no answer to.

    `ref` is the action that it is about, if it is about one; `sheet` is the sheet that it leads to, if it leads to one.
    """

    text: str
    ref: str = ""
    sheet: str = ""
