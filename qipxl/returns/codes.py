"""The problems that reading itself can find in a return: each code with its message, from codes.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ReaderCode:
    """A kind of problem that reading finds; `say` is its message, with the placeholders {heading}, {value} and {more}."""

    code: str
    severity: str
    say: str
    about: str


CODES: Mapping[str, ReaderCode] = {
    code: ReaderCode(code, **entry)
    for code, entry in tomllib.loads(Path(__file__).with_name("codes.toml").read_text("utf-8")).items()
}
"""Every code of the reader."""
ANSWER, REMARK = "answer-given", "text-outside"
"""The codes of an answer to a question of head office, and of another text outside the tables."""
OUTSIDE_TABLES = (REMARK, "stray-value", "row-not-read", "row-continues")
"""The codes of problems that show a text which has no place in a table."""
