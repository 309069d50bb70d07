"""A cache of what was read, by each file's digest, so that an unchanged file is not read again.

    archive/read/<options>/<part>/     a partition (see qipxl.reading.partition_files)

Each partition appears as soon as it is complete, so that a run that was stopped goes on from the last one. `<options>` is a
digest of qipxl itself, the templates and the limits: if it changes, everything is read again. Only readable files are cached.
Partitions that a run has not used are deleted at its end.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from operator import itemgetter

from qipxl.files import Location, named, remove
from qipxl.reading.file.find import SourceFile
from qipxl.reading.fingerprint import fingerprint
from qipxl.reading.jobs import ReadJob
from qipxl.reading.partition_files import FILES, read_partition, write_partition
from qipxl.reading.partitions import Partition


@dataclass
class ReadCache:
    """A folder that holds the files read with one set of options. `known` has the partition and the index of each digest."""

    home: Location
    options: str
    known: dict[str, tuple[str, int]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    writable: bool = True

    @property
    def folder(self) -> Location:
        return self.home / self.options

    def recall(
        self, digests: Mapping[int, str], sources: Sequence[SourceFile], *, rows: bool = True
    ) -> Iterator[Partition]:
        """The partitions of the cached files among these, by their numbers; a partition that cannot be read is skipped.

        If `rows` is false, only their receipts come.
        """
        parts: dict[str, list[int]] = defaultdict(list)
        for number, known_by in digests.items():
            if known_by in self.known:
                parts[self.known[known_by][0]].append(number)
        for part, numbers in sorted(parts.items()):
            try:
                partition = read_partition(self.folder / part, rows=rows)
            except (OSError, ValueError, KeyError, TypeError):
                continue
            self.used.add(part)
            indexes = [self.known[digests[number]][1] for number in numbers]
            chosen = partition.of_files(indexes, [sources[number] for number in numbers], numbers)
            yield replace(chosen, part=part, standing=dict(enumerate(indexes)))

    def keep(self, partition: Partition) -> None:
        """Write the readable files of a partition. If the folder cannot be written to, nothing is cached: it only saves time."""
        if not self.writable:
            return
        try:
            self.used.add(write_partition(partition, self.folder))
        except OSError:
            self.writable = False

    def delete_unused(self) -> None:
        """Delete the partitions that this run has neither used nor written."""
        for folder in self.home.iterdir() if self.home.is_dir() else ():
            if folder.is_dir() and folder != self.folder:
                remove(folder)
        for part in self.folder.glob("*"):
            if part.name not in self.used:
                remove(part)


def open_cache(home: Location, job: ReadJob) -> ReadCache:
    """The cache in a folder, empty if there is none yet."""
    cached = ReadCache(home, options_digest(job))
    for part in named(cached.folder, "[0-9a-f]*"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            receipts = json.loads((part / FILES).read_text("utf-8"))["receipts"]
            cached.known |= {line["digest"]: (part.name, index) for index, line in enumerate(receipts)}
    return cached


def options_digest(job: ReadJob) -> str:
    """A digest of everything, except the file, that decides what is read from it."""
    options = job.options
    parts: list[object] = [fingerprint(), asdict(options.limits)]
    parts += [options.other_formats, options.check_formatting, sorted(options.skip_personal_data)]
    parts += [template.model_dump_json() for _, template in sorted(job.templates.items(), key=itemgetter(0))]
    parts += [sorted(job.plans[key].settings.items()) for key in sorted(job.plans)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
