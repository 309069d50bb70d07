"""A month that is consolidated again although nothing has changed: its summary is kept, and no return is read.

`archive/read/last-2026-03.json` holds the digests of all inputs of the month's last summary and of the files that were written. This module does
not import pandas, so that the answer takes no longer than computing the digests.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from qipxl.errors import SourceError
from qipxl.files import digest, remove_leftovers
from qipxl.privacy import without
from qipxl.reading.file.find import digests_of, find_files
from qipxl.reading.file.limits import Limits
from qipxl.reading.fingerprint import fingerprint
from qipxl.reading.sources import with_members

ARCHIVE, READ_CACHE = "archive", "read"


@dataclass(frozen=True)
class RunOutcome:
    """The result of a run: the number of files found, sentences for the terminal, the exit code."""

    files: int
    sentences: Sequence[str]
    code: int


@dataclass(frozen=True)
class MonthState:
    """How a month stood when its summary was written.

    expected, sent: the number of services that should send a return, and of those that did.
    missing: the names of the services without a usable return, without those whose returns differ.
    asked: the number of services with something to put right or to look at.
    not_used: the number of files that were refused or set aside.
    to_choose: the number of files that wait until head office chooses.
    """

    expected: int
    sent: int
    missing: Sequence[str]
    asked: int
    not_used: int
    to_choose: int = 0


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
        return self.home / ARCHIVE / READ_CACHE / f"last-{self.month}.json"

    def begin(self) -> RunRecord:
        """The same record, with the register and the lists as they are now: a run that begins reads them now."""
        _ = self.around
        return self

    def before(self) -> RunOutcome | None:
        """The result of the last run; None if it had other options, or if any input or output has changed since."""
        with suppress(OSError, ValueError, KeyError, TypeError, SourceError):
            self.begin()
            last = json.loads(self.last.read_text("utf-8"))
            outputs: dict[str, str] = last["outputs"]
            is_same = last["asked"] == self.asked and self.digests(map(Path, outputs)) == outputs
            if is_same and self.around_is_same(last) and self.files == last["files"]:
                for folder in {Path(path).parent for path in outputs}:
                    remove_leftovers(folder)
                return RunOutcome(len(last["files"]), last["sentences"], int(last["code"]))
        return None

    def state(self, register: str) -> tuple[MonthState | None, int]:
        """How the month stood after its last run, and the number of files that are new or changed since then.

        None if there was no run, if its summary is gone, or if the register, a template or the archive has changed.
        `register` is the digest of what the register says: a console that is saved after a run has new bytes, and says the same.
        """
        files = self.files
        with suppress(OSError, ValueError, KeyError, TypeError):
            last = json.loads(self.last.read_text("utf-8"))
            known = set(map(tuple, last["files"]))
            is_same = last["register"] == register and self.conditions_are_same(last)
            if is_same and all(Path(path).is_file() for path in last["outputs"]):
                changed = {(path, name) for path, name, _ in known.symmetric_difference(map(tuple, files))}
                return MonthState(**last["state"]), len(changed)
        return None, len(files)

    def around_is_same(self, last: Mapping[str, Any]) -> bool:
        """True if the register, the templates and the archive are those of a recorded run."""
        return bool(last["around"][0] == self.around) and self.conditions_are_same(last)

    def conditions_are_same(self, last: Mapping[str, Any]) -> bool:
        """True if all but the register and the lists of services is as in a recorded run: the version, the archive, the templates."""
        templates: dict[str, str] = last["templates"]
        around, commits = last["around"]
        is_same = {**around, "other_files": {}} == {**self.conditions, "other_files": {}} and commits == self.commits
        return is_same and self.digests(map(Path, templates)) == templates

    @property
    def files(self) -> list[list[str]]:
        """The path, the name and the digest of each file of the month's returns, also of those in e-mails and .zip files."""
        try:
            sources = with_members(find_files([self.home / "returns" / self.month]), self.limits)
        except SourceError:
            return []
        digests = digests_of(sources, self.limits)
        return sorted([source.path_text, without(source.name), digests.get(n, "")] for n, source in enumerate(sources))

    @staticmethod
    def digests(paths: Iterable[Path]) -> dict[str, str]:
        """The digest of each file, by its path."""
        return {str(path): digest(path) for path in paths}

    def keep(
        self,
        files: Iterable[tuple[str, str, str]],
        templates: Mapping[str, str],
        outputs: Sequence[Path],
        sentences: Sequence[str],
        code: int,
        state: MonthState,
        register: str,
    ) -> None:
        """Record the result of this run.

        files: the path, the name on its receipt and the digest of each file that it found.
        templates: the path and the digest of each of the provider's own templates, when they were read.
        register: the digest of what the register says.

        The inputs are recorded as they were when the run began, except the archive, because the run writes to it. If the record
        cannot be written, the next run reads everything.
        """
        with suppress(OSError):
            record = {
                "asked": dict(self.asked),
                "around": [self.around, self.commits],
                "files": sorted(files),
                "templates": {str(Path(path).resolve()): text for path, text in templates.items()},
                "outputs": self.digests(path.resolve() for path in outputs),
                "sentences": list(sentences),
                "code": code,
                "state": asdict(state),
                "register": register,
            }
            self.last.parent.mkdir(parents=True, exist_ok=True)
            temporary = self.last.with_name(f".{self.last.name}")
            temporary.write_text(json.dumps(record), "utf-8")
            temporary.replace(self.last)

    @property
    def commits(self) -> list[str]:
        """The commits of this month and earlier ones that the archive holds now; none of them is ever overwritten."""
        folders = (self.home / ARCHIVE).glob("*/*")
        return sorted(f"{path.parent.name}/{path.name}" for path in folders if path.parent.name <= self.month)

    @cached_property
    def around(self) -> dict[str, object]:
        """The inputs other than returns and archive, on first use: the version of qipxl, the options, the register, meeting books."""
        books = [path for path in self.home.resolve().glob("*.xls*") if not path.name.startswith("~$")]
        meetings = [path for path in self.home.resolve().glob("meetings/*/*.xls*") if not path.name.startswith("~$")]
        kinds = [path for path in [self.home.resolve() / "meetings.toml"] if path.is_file()]
        return {**self.conditions, "other_files": self.digests(sorted({*books, *meetings, *kinds, *self.other_files}))}

    @property
    def conditions(self) -> dict[str, object]:
        """The version of qipxl, the folder, the month and the options."""
        return {
            "qipxl": fingerprint(),
            "home": str(self.home.resolve()),
            "month": self.month,
            "limits": asdict(self.limits),
        }
