"""The packs of a month, one for each reader, written beside the summary and looked over before they stand there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qipxl.errors import RequestError
from qipxl.provider.month import ProviderMonth
from qipxl.provider.readers import Reader, people_of, readers_of
from qipxl.summary.packs import AUDIENCES, is_published, pack_for, write_pack
from qipxl.summary.summary import ProviderSummary
from qipxl.tracker.issue import distinct_names


@dataclass(frozen=True)
class PackOrder:
    """A pack to write: for whom, where to, and whom the register names."""

    reader: Reader
    path: Path
    people: Mapping[str, str]


def pack_orders(
    audiences: Sequence[str],
    summary: ProviderSummary,
    provider: ProviderMonth | None,
    beside: Path,
    *,
    named: Sequence[str] = (),
    only: Sequence[str] = (),
) -> list[PackOrder]:
    """What is to be written for audiences of AUDIENCES, into the folder of the summary `beside`.

    `named` are the commissioners wanted and `only` the services, as in `readers_of`. Raises RequestError where one is not
    known, or a file is in the way that is no pack.
    """
    register = provider.register if provider is not None else None
    every = [each for audience in audiences for each in readers_of(audience, summary, register, named, only)]
    begun = beside.stem.removesuffix("summary").strip()
    titles = [" ".join(filter(None, (begun, "pack for", title_of(each)))) for each in every]
    paths = [beside.with_name(f"{name}.xlsx") for name in distinct_names(titles)]
    for path in paths:
        if path.exists() and not is_published(path):
            raise RequestError(f"{path} exists and is not a pack that qipxl wrote. Move it away first.")
    people = people_of(register) if register is not None else {}
    return [PackOrder(reader, path, people) for reader, path in zip(every, paths, strict=True)]


def title_of(reader: Reader) -> str:
    """A reader in a file's name, with the service where there is one only."""
    services = f" {reader.services[0]}" if len(reader.services) == 1 and not reader.name else ""
    return (reader.name or AUDIENCES[reader.audience].reader) + services


def write_packs(orders: Sequence[PackOrder], summary: ProviderSummary) -> list[Path]:
    """Write the packs and give their paths; raises OutputError where one cannot be written or is not accessible."""
    written = []
    for order in orders:
        reader = order.reader
        pack = pack_for(reader.audience, summary, reader=reader.name, services=reader.services, people=order.people)
        written.append(write_pack(pack, summary, order.path))
    return written
