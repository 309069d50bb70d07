"""What was read, remembered by each file's digest, so that an unchanged file is not read again.

    archive/read/<options>/<part>/     a piece (see qipxl.reading.partition_files)

Each piece stands there as soon as it is whole, so that a run that was stopped goes on from the last one. `<options>` is a digest
of qipxl itself, the templates and the limits: with another one everything is read again. Only files that could be read are
remembered. What a run has no use for is deleted at its end.
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
    """A folder that holds the files read with one set of options. `known` has the part and the place of each digest."""

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
        """The pieces of the files, given by their numbers, that are remembered; one that cannot be read is forgotten.

        Without `rows` only their receipts come.
        """
        wanted: dict[str, list[int]] = defaultdict(list)
        for number, known_by in digests.items():
            if known_by in self.known:
                wanted[self.known[known_by][0]].append(number)
        for part, numbers in sorted(wanted.items()):
            try:
                partition = read_partition(self.folder / part, rows=rows)
            except (OSError, ValueError, KeyError, TypeError):
                continue
            self.used.add(part)
            places = [self.known[digests[number]][1] for number in numbers]
            chosen = partition.of_files(places, [sources[number] for number in numbers], numbers)
            yield replace(chosen, part=part, standing=dict(enumerate(places)))

    def keep(self, partition: Partition) -> None:
        """Remember the files of a piece that could be read. A folder that cannot be written to remembers nothing: it only saves time."""
        if not self.writable:
            return
        try:
            self.used.add(write_partition(partition, self.folder))
        except OSError:
            self.writable = False

    def delete_unused(self) -> None:
        """Delete what this run has neither used nor written."""
        for folder in self.home.iterdir() if self.home.is_dir() else ():
            if folder.is_dir() and folder != self.folder:
                remove(folder)
        for part in self.folder.glob("*"):
            if part.name not in self.used:
                remove(part)


def open_cache(home: Location, job: ReadJob) -> ReadCache:
    """The memory in a folder, empty where there is none yet."""
    memory = ReadCache(home, options_digest(job))
    for part in named(memory.folder, "[0-9a-f]*"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            receipts = json.loads((part / FILES).read_text("utf-8"))["receipts"]
            memory.known |= {line["digest"]: (part.name, place) for place, line in enumerate(receipts)}
    return memory


def options_digest(job: ReadJob) -> str:
    """A digest of everything besides a file that decides what is read from it."""
    options = job.options
    parts: list[object] = [fingerprint(), asdict(options.limits)]
    parts += [options.other_formats, options.check_formatting, sorted(options.skip_personal_data)]
    parts += [template.model_dump_json() for _, template in sorted(job.templates.items(), key=itemgetter(0))]
    parts += [sorted(job.plans[key].settings.items()) for key in sorted(job.plans)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
