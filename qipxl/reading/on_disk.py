"""Files → receipts: the rows of a batch stay where they are remembered, and are fetched for a share of the returns at a time.

So a batch may be larger than memory. What the receipts decide by themselves is decided for all at once; what needs rows is
decided in the share in which all returns of a service stand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from qipxl.errors import OutputError, SourceError
from qipxl.files import Place
from qipxl.reading.cache import open_memory
from qipxl.reading.duplicates import settle_copies, settle_receipts
from qipxl.reading.file.find import SourceFile
from qipxl.reading.issued_changes import compare_with_issued
from qipxl.reading.jobs import Manner, Workers
from qipxl.reading.partition_files import read_piece, shelve
from qipxl.reading.partitions import Piece, joined
from qipxl.reading.read import Choices, Progress, each_piece
from qipxl.returns.returns import TEXTS, Returns, problem_frame
from qipxl.returns.string_pool import SharedTexts
from qipxl.template import Template

SHARE = 80
"""How many returns are judged at a time: so many that rules pay, so few that several processes have room to do it at once."""


@dataclass(frozen=True)
class Share:
    """Some files of a batch, with every other of the same services: their receipts, and where their rows are."""

    receipts: pd.DataFrame
    sources: Mapping[int, SourceFile]
    where: Mapping[int, tuple[str, int]]
    folder: Place

    def returns(self, templates: Mapping[str, Template], choices: Choices) -> Returns:
        """These returns with their rows, settled; raises SourceError where rows cannot be read any more."""
        texts = SharedTexts()
        with pd.option_context(*TEXTS):
            read, _ = joined([piece.with_texts(texts) for piece in self.pieces()], templates)
            return compare_with_issued(
                settle_copies(read, self.receipts.loc[read.receipts.index], choices.use), read.stamps
            )

    def pieces(self) -> Iterator[Piece]:
        """What is remembered of these files."""
        parts: dict[str, list[int]] = defaultdict(list)
        for number, (part, _) in self.where.items():
            parts[part].append(number)
        for part, numbers in parts.items():
            try:
                whole = read_piece(self.folder / part)
            except (OSError, ValueError, KeyError, TypeError):
                raise SourceError(
                    f"What was read of the returns stood in {self.folder / part} and can no longer be read. Run the command again."
                ) from None
            places = [self.where[number][1] for number in numbers]
            yield whole.of_files(places, [self.sources[number] for number in numbers], numbers)


@dataclass(frozen=True)
class RememberedReturns:
    """A batch of which the receipts are here and the rows are remembered.

    In `receipts` several returns of one service are all still accepted: which is used is settled in their share.
    """

    templates: Mapping[str, Template]
    receipts: pd.DataFrame
    sources: Sequence[SourceFile]
    where: Mapping[int, tuple[str, int]]
    folder: Place

    @property
    def without_rows(self) -> Returns:
        """The batch as far as its receipts go."""
        return Returns(self.templates, self.receipts, {}, {}, {}, problem_frame())

    def shares(self, most: int = SHARE) -> list[Share]:
        """The files that could be read, those of a service together, in their order, about `most` at a time."""
        services: dict[object, list[int]] = {}
        for number, service in zip(self.receipts.index, self.receipts["service"], strict=True):
            if number in self.where:
                services.setdefault(service, []).append(number)
        groups: list[list[int]] = [[]]
        for numbers in services.values():
            if len(groups[-1]) >= most:
                groups.append([])
            groups[-1] += numbers
        return [self.share(sorted(numbers)) for numbers in groups if numbers]

    def share(self, numbers: Sequence[int]) -> Share:
        """The share of some files."""
        return Share(
            self.receipts.loc[list(numbers)],
            {number: self.sources[number] for number in numbers},
            {number: self.where[number] for number in numbers},
            self.folder,
        )


@pd.option_context(*TEXTS)
def remember_returns(
    sources: Sequence[SourceFile], manner: Manner, workers: Workers, memory: Place, choices: Choices, progress: Progress
) -> RememberedReturns:
    """Read files whose rows are remembered in the folder `memory` by whoever reads them; those of before are not read again.

    Raises OutputError where nothing can be remembered.
    """
    remembered = open_memory(memory, manner)
    kept = replace(manner, keep=remembered.folder)
    where: dict[int, tuple[str, int]] = {}
    lines: dict[int, dict[str, object]] = {}
    doubts: dict[int, Sequence[str]] = {}
    for each in each_piece(sources, kept, workers, remembered, progress):
        piece = each if each.part or not each.readable else written(each, remembered.folder)
        remembered.used.add(piece.part)
        lines |= dict(zip(piece.numbers, piece.receipts, strict=True))
        doubts |= {piece.numbers[place]: why for place, why in piece.aside.items()}
        where |= {piece.numbers[place]: (piece.part, rank) for place, rank in piece.standing.items()}
    remembered.forget_the_rest()
    numbers = sorted(lines)
    receipts = pd.DataFrame([lines[number] for number in numbers], index=pd.Index(numbers, name="return"))
    settled = settle_receipts(receipts, doubts, choices.period, choices.use)
    return RememberedReturns(manner.templates, settled, sources, where, remembered.folder)


def written(piece: Piece, folder: Place) -> Piece:
    """A piece that whoever read it could not remember."""
    try:
        return piece.remembered_in(shelve(piece, folder))
    except OSError as error:
        raise OutputError(
            f"What was read cannot be kept in {folder.parent} ({error.strerror or error}). Make room there, or ask for the right to write."
        ) from None
