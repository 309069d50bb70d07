"""A batch of files, opened one after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from qipxl.reading.file.find import SourceFile
from qipxl.reading.file.open import OpenedFile, forget_container, open_file
from qipxl.reading.file.plan import ReadingPlan
from qipxl.reading.options import ReadOptions

ProgressCallback = Callable[[str], None]
"""Called with the status of each file as soon as it is known."""


@dataclass(frozen=True)
class FileBatch:
    """Files to be read together, with their numbers among all files of the run."""

    sources: Sequence[SourceFile]
    numbers: Sequence[int]

    def __len__(self) -> int:
        return len(self.sources)

    def without(self, index: int, reason: str) -> FileBatch:
        """The same batch with one file refused; `reason` is the sentence for its receipt."""
        sources = [*self.sources]
        sources[index] = replace(sources[index], refusal=reason)
        return FileBatch(sources, self.numbers)

    def halves(self) -> list[FileBatch]:
        """The batch split into two."""
        middle = len(self) // 2
        return [self.part(0, middle), self.part(middle, len(self))]

    def parted(self, index: int) -> tuple[FileBatch, FileBatch, FileBatch]:
        """The files before one, that file alone, and the files after it."""
        return self.part(0, index), self.part(index, index + 1), self.part(index + 1, len(self))

    def part(self, start: int, end: int) -> FileBatch:
        """The files from `start` to before `end`."""
        return FileBatch(self.sources[start:end], self.numbers[start:end])


def whole(batches: Sequence[FileBatch]) -> FileBatch:
    """The files of several batches as one, in their order."""
    sources = [source for batch in batches for source in batch.sources]
    return FileBatch(sources, [number for batch in batches for number in batch.numbers])


@dataclass(frozen=True)
class Opening:
    """A job that only opens files, so that the worker process starts without pandas."""

    plans: Mapping[str, ReadingPlan]
    options: ReadOptions

    @property
    def memory_mb(self) -> int:
        return self.options.limits.memory_mb

    def done(self, batch: FileBatch, progress: ProgressCallback) -> list[OpenedFile]:
        """Open the files of a batch."""
        files = []
        for source in batch.sources:
            if not source.member:
                forget_container()
            if source.refusal:
                file = OpenedFile(source.status, source.refusal, source.digest)
            else:
                file = open_file(source.path, source.name, self.plans, self.options, source.member)
            files.append(file)
            progress(file.status)
        forget_container()
        return files
