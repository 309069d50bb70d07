"""A month that is consolidated again although nothing has changed: its summary is kept, and no return is read.

`archive/read/last.json` holds the digests of all inputs of the last summary and of the files that were written. This module does
not import pandas, so that the answer takes no longer than computing the digests.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from qipxl.errors import SourceError
from qipxl.files import digest, remove_leftovers
from qipxl.reading.file.find import digests_of, find_files
from qipxl.reading.file.limits import Limits
from qipxl.reading.fingerprint import fingerprint

LAST = "last.json"
ARCHIVE, READ_CACHE = "archive", "read"


@dataclass(frozen=True)
class RunOutcome:
    """The result of a run: the number of files found, sentences for the terminal, the exit code."""

    files: int
    sentences: Sequence[str]
    code: int


@dataclass(frozen=True)
class RunRecord:
    """One month of a provider's folder, consolidated with one set of options.

    asked: the options, as texts.
    other_files: further files that are read, such as a list of services.
    """

    home: Path
    month: str
    asked: Mapping[str, str] = field(default_factory=dict)
    other_files: Sequence[Path] = ()
    limits: Limits = field(default_factory=Limits)

    @property
    def last(self) -> Path:
        return self.home / ARCHIVE / READ_CACHE / LAST

    def before(self) -> RunOutcome | None:
        """The result of the last run; None if it had other options, or if any input or output has changed since."""
        with suppress(OSError, ValueError, KeyError, TypeError, SourceError):
            around = [self.around, self.commits]
            last = json.loads(self.last.read_text("utf-8"))
            outputs: dict[str, str] = last["outputs"]
            recorded = {**outputs, **last["templates"]}
            if last["around"] != around or self.digests(map(Path, recorded)) != recorded:
                return None
            sources = find_files([self.home / "returns" / self.month])
            if {source.path_text for source in sources} != set(last["files"]):
                return None
            digests = digests_of(sources, self.limits)
            files = {source.path_text: digests.get(number, "") for number, source in enumerate(sources)}
            if files == last["files"]:
                for folder in {Path(path).parent for path in outputs}:
                    remove_leftovers(folder)
                return RunOutcome(len(files), last["sentences"], int(last["code"]))
        return None

    @staticmethod
    def digests(paths: Iterable[Path]) -> dict[str, str]:
        """The digest of each file, by its path."""
        return {str(path): digest(path) for path in paths}

    def keep(
        self,
        files: Iterable[tuple[str, str]],
        templates: Mapping[str, str],
        outputs: Sequence[Path],
        sentences: Sequence[str],
        code: int,
    ) -> None:
        """Record the result of this run.

        files: the path and the digest of each file that it found.
        templates: the path and the digest of each of the provider's own templates, when they were read.

        The inputs are recorded as they were when the run began, except the archive, because the run writes to it. If the record
        cannot be written, the next run reads everything.
        """
        with suppress(OSError):
            record = {
                "around": [self.around, self.commits],
                "files": dict(files),
                "templates": {str(Path(path).resolve()): text for path, text in templates.items()},
                "outputs": self.digests(path.resolve() for path in outputs),
                "sentences": list(sentences),
                "code": code,
            }
            self.last.parent.mkdir(parents=True, exist_ok=True)
            temporary = self.last.with_name(f".{LAST}")
            temporary.write_text(json.dumps(record), "utf-8")
            temporary.replace(self.last)

    @property
    def commits(self) -> list[str]:
        """The commits that the archive holds now; none of them is ever overwritten."""
        folders = (self.home / ARCHIVE).glob("*/*")
        return sorted(f"{path.parent.name}/{path.name}" for path in folders if path.parent.name != READ_CACHE)

    @cached_property
    def around(self) -> dict[str, object]:
        """The inputs other than returns and archive, on first use: the version of qipxl, the options, the register."""
        home = self.home.resolve()
        books = [path for path in home.glob("*.xls*") if not path.name.startswith("~$")]
        return {
            "qipxl": fingerprint(),
            "home": str(home),
            "month": self.month,
            "asked": dict(self.asked),
            "limits": asdict(self.limits),
            "other_files": self.digests(sorted({*books, *self.other_files})),
        }
