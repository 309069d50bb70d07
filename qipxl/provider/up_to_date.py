"""A month consolidated again while nothing has changed since: its summary stands as it is, and nothing is read.

`archive/read/last.json` holds the digests of everything that the last summary follows from and of what was written. Nothing here
knows pandas, so that the answer comes as fast as the files can be read through once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from qipxl.errors import SourceError
from qipxl.files import digest
from qipxl.reading.file.find import digests_of, find_files
from qipxl.reading.file.limits import Limits
from qipxl.reading.fingerprint import fingerprint

LAST = "last.json"
ARCHIVE, READ_CACHE = "archive", "read"


@dataclass(frozen=True)
class RunOutcome:
    """What a run came to: how many files were found, sentences for the terminal, the exit code."""

    files: int
    sentences: Sequence[str]
    code: int


@dataclass(frozen=True)
class RunRecord:
    """One month of a provider's folder, consolidated in one way: `asked` are the options, as texts.

    `beside` are further files that are read, such as a list of services.
    """

    home: Path
    month: str
    asked: Mapping[str, str] = field(default_factory=dict)
    beside: Sequence[Path] = ()
    limits: Limits = field(default_factory=Limits)

    @property
    def last(self) -> Path:
        return self.home / ARCHIVE / READ_CACHE / LAST

    def before(self) -> RunOutcome | None:
        """What the last run came to; None where it was another one, or anything is no longer as it left it."""
        with suppress(OSError, ValueError, KeyError, TypeError, SourceError):
            around = [self.around, self.commits]
            last = json.loads(self.last.read_text("utf-8"))
            outputs: dict[str, str] = last["outputs"]
            stands = {**outputs, **last["templates"]}
            if last["around"] != around or self.digests(map(Path, stands)) != stands:
                return None
            sources = find_files([self.home / "returns" / self.month])
            if {str(source.path) for source in sources} != set(last["files"]):
                return None
            digests = digests_of(sources, self.limits)
            found = {str(source.path): digests.get(number, "") for number, source in enumerate(sources)}
            if found == last["files"]:
                return RunOutcome(len(found), last["sentences"], int(last["code"]))
        return None

    @staticmethod
    def digests(paths: Iterable[Path]) -> dict[str, str]:
        """The digest of each file, by its path."""
        return {str(path): digest(path) for path in paths}

    def keep(
        self,
        found: Iterable[tuple[str, str]],
        templates: Mapping[str, str],
        outputs: Sequence[Path],
        sentences: Sequence[str],
        code: int,
    ) -> None:
        """Remember what this run came to. `found` are the path and the digest of each file it found, `templates` those of the
        provider's own templates, as they were when they were read.

        What it stood on is what was there when it began, but for the archive, to which it has added. Where that cannot be
        written the next run works everything out again.
        """
        with suppress(OSError):
            whole = {
                "around": [self.around, self.commits],
                "files": dict(found),
                "templates": {str(Path(path).resolve()): was for path, was in templates.items()},
                "outputs": self.digests(path.resolve() for path in outputs),
                "sentences": list(sentences),
                "code": code,
            }
            self.last.parent.mkdir(parents=True, exist_ok=True)
            beside = self.last.with_name(f".{LAST}")
            beside.write_text(json.dumps(whole), "utf-8")
            beside.replace(self.last)

    @property
    def commits(self) -> list[str]:
        """What the archive holds now; nothing in it is ever written over."""
        folders = (self.home / ARCHIVE).glob("*/*")
        return sorted(f"{each.parent.name}/{each.name}" for each in folders if each.parent.name != READ_CACHE)

    @cached_property
    def around(self) -> dict[str, object]:
        """What besides the returns and the archive decides what comes out, when it is first asked for: qipxl, options, register."""
        home = self.home.resolve()
        books = [path for path in home.glob("*.xls*") if not path.name.startswith("~$")]
        return {
            "qipxl": fingerprint(),
            "home": str(home),
            "month": self.month,
            "asked": dict(self.asked),
            "limits": asdict(self.limits),
            "beside": self.digests(sorted({*books, *self.beside})),
        }
