"""The packs of a month: for the board, for the commissioners that the register names, for an inspector; written next to the summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from qipxl.errors import RequestError
from qipxl.provider.month import ProviderMonth
from qipxl.provider.register import Register
from qipxl.provider.register_schema import (
    CommissionerLine,
    DecisionLine,
    ExtensionLine,
    ServiceLine,
    SettingLine,
    UseLine,
    VerificationLine,
    WordsLine,
)
from qipxl.summary.packs import AUDIENCES, is_published, pack_for, write_pack
from qipxl.summary.packs.disclosure import MANAGER, STAFF
from qipxl.summary.summary import ProviderSummary
from qipxl.tracker.issue import distinct_names

COMMISSIONER = "commissioner"


@dataclass(frozen=True)
class Reader:
    """Whom a pack is for: the audience, what the cover calls them, their services (all where none is named)."""

    audience: str
    name: str = ""
    services: Sequence[str] = field(default_factory=tuple)


def readers_of(
    audience: str, summary: ProviderSummary, register: Register | None, named: Sequence[str], only: Sequence[str]
) -> list[Reader]:
    """The readers of one kind of pack.

    `named` are commissioners wanted (all that the register names, where it is empty), `only` the codes of the services
    wanted. Raises RequestError where one of them is not known, or nothing says who commissions what.
    """
    known = {str(code).lower(): str(code) for code in summary.overview["service"]}
    if unknown := [code for code in only if code.lower() not in known]:
        raise RequestError(
            f"There is no service with the code {unknown[0]} here. The codes: {', '.join(known.values())}."
        )
    if audience != COMMISSIONER or (register is None and only):
        return [Reader(audience, "", tuple(known[code.lower()] for code in only))]
    if register is None:
        raise RequestError(
            "Who commissions which service stands in a provider's register. Name the provider's folder, or the services: --only CODE."
        )
    return [Reader(audience, name, codes) for name, codes in commissioned(register, named, only).items() if codes]


def commissioned(register: Register, named: Sequence[str], only: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The services of each commissioner wanted, of those wanted."""
    lines = register.of(CommissionerLine)
    known = {line.commissioner.lower(): line.commissioner for line in lines}
    for name in named:
        if name.lower() not in known:
            near = get_close_matches(name.lower(), known, 1)
            hint = f" Did you mean {known[near[0]]}?" if near else ""
            raise RequestError(f"The register's sheet Commissioners does not name {name}.{hint}")
    if not lines:
        raise RequestError("The register's sheet Commissioners is empty. Write there who commissions which service.")
    wanted, chosen = {name.lower() for name in named} or set(known), {code.lower() for code in only}
    return {
        name: tuple(line.service for line in lines if line.commissioner.lower() == key and (not chosen or line.service.lower() in chosen))
        for key, name in known.items()
        if key in wanted
    }  # fmt: skip


def people_of(register: Register) -> dict[str, str]:
    """Everybody whom the register names, with a role in place of each name."""
    people = {line.verified_by: STAFF for line in register.of(VerificationLine)}
    people |= {line.approved_by: STAFF for line in register.of(ExtensionLine)}
    people |= {line.decided_by: STAFF for line in register.of(DecisionLine)}
    people |= {line.decided_by: STAFF for line in register.of(UseLine)}
    people |= {line.decided_by: STAFF for kind in (SettingLine, WordsLine) for line in register.of(kind)}
    people |= {line.manager: MANAGER for line in register.of(ServiceLine)}
    return {name: role for name, role in people.items() if name.strip()}


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
