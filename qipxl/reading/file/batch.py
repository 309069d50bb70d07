"""A batch of files opened one after another, each on its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from qipxl.reading.file.find import SourceFile
from qipxl.reading.file.open import OpenedFile, open_file
from qipxl.reading.file.plan import ReadingPlan
from qipxl.reading.options import ReadOptions

ProgressCallback = Callable[[str], None]
"""Is told what became of a file, as soon as that is known."""


@dataclass(frozen=True)
class FileBatch:
    """Files to be read in one go, with their numbers among all."""

    sources: Sequence[SourceFile]
    numbers: Sequence[int]

    def __len__(self) -> int:
        return len(self.sources)

    def without(self, place: int, why: str) -> FileBatch:
        """The same with one file that is not opened, and the sentence for its receipt."""
        sources = [*self.sources]
        sources[place] = replace(sources[place], refusal=why)
        return FileBatch(sources, self.numbers)

    def halves(self) -> list[FileBatch]:
        """The same files as two batches."""
        middle = len(self) // 2
        return [self.part(0, middle), self.part(middle, len(self))]

    def parted(self, place: int) -> tuple[FileBatch, FileBatch, FileBatch]:
        """The files before one, that file alone, and those behind it."""
        return self.part(0, place), self.part(place, place + 1), self.part(place + 1, len(self))

    def part(self, start: int, end: int) -> FileBatch:
        """Some of the files that follow one another."""
        return FileBatch(self.sources[start:end], self.numbers[start:end])


@dataclass(frozen=True)
class Opening:
    """Files are opened, no more: for a process that starts at once, since it knows nothing of pandas."""

    plans: Mapping[str, ReadingPlan]
    options: ReadOptions

    @property
    def memory_mb(self) -> int:
        return self.options.limits.memory_mb

    def done(self, batch: FileBatch, told: ProgressCallback) -> list[OpenedFile]:
        """Open a batch's files."""
        files = []
        for source in batch.sources:
            refused = OpenedFile("refused", source.refusal)
            file = refused if source.refusal else open_file(source.path, source.name, self.plans, self.options)
            files.append(file)
            told(file.status)
        return files
