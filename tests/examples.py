"""The examples of each rule: a grid that breaks it and one that does not, as the folder `examples` holds them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Example:
    """A rule of a table, with a grid (see `grids`) that breaks it and one that passes."""

    table: str
    code: str
    breaks: str
    passes: str


def read_examples(path: Path) -> list[Example]:
    """The examples of one template: entries that begin with “# table code”."""
    found = []
    for entry in path.read_text("utf-8").split("# ")[1:]:
        head, _, rest = entry.partition("\nbreaks\n")
        breaks, _, passes = rest.partition("\npasses\n")
        table, code = head.split()
        found.append(Example(table, code, breaks.strip(), passes.strip()))
    return found
