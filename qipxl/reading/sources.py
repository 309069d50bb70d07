"""The files of a batch: those in folders, and those inside compressed folders and saved e-mails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from qipxl.files import Location, parse_location
from qipxl.reading.file.find import SourceFile, find_files
from qipxl.reading.file.find_members import FindMembers, may_hold_files
from qipxl.reading.file.limits import Limits
from qipxl.reading.process import ask_each


def files_in(paths: Iterable[Location | str] | Location | str, limits: Limits) -> list[SourceFile]:
    """The files named, all files of folders, and the files inside them (`with_members`).

    Raises SourceError if a path does not exist or a folder is empty.
    """
    several = paths if isinstance(paths, Iterable) and not isinstance(paths, str) else [paths]
    return with_members(find_files(map(parse_location, several)), limits)


def with_members(sources: Sequence[SourceFile], limits: Limits) -> list[SourceFile]:
    """The same files, but in place of each compressed folder and each saved e-mail the files inside it.

    These are opened in a process of their own, as returns are: one that hangs or ends its process is refused.
    """
    containers = [source for source in sources if may_hold_files(source)]
    answers = ask_each(FindMembers(limits), containers, limits.seconds) if containers else iter(())
    found = {source.path: found_in(source, answer, limits) for source, answer in zip(containers, answers, strict=True)}
    return [each for source in sources for each in found.get(source.path, [source])]


def found_in(source: SourceFile, answer: object, limits: Limits) -> Iterator[SourceFile]:
    """The files that a process found in a file, or the file refused if the process died."""
    if isinstance(answer, list):
        yield from answer
        return
    gave_up = f"Opening this file took longer than {limits.seconds} seconds or broke off."
    yield SourceFile(source.path, source.name, f"{gave_up} Save the trackers from it, and put them here.")
