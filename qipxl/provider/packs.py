"""The packs of a month: for the board, for the commissioners that the register names, for an inspector; written next to the summary."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from qipxl.errors import RequestError
from qipxl.files import distinct_names
from qipxl.provider.meetings.matters import MatterLine
from qipxl.provider.month import ProviderMonth
from qipxl.provider.register import Register
from qipxl.provider.register_schema import CommissionerLine, Line
from qipxl.services import PLAN_MARK, is_named
from qipxl.summary.packs import AUDIENCES, is_published, pack_for, write_pack
from qipxl.summary.packs.disclosure import MANAGER, STAFF
from qipxl.summary.summary import ProviderSummary

COMMISSIONER = "commissioner"
ROLES = {
    "verified_by": STAFF, "approved_by": STAFF, "decided_by": STAFF, "judged_by": STAFF, "manager": MANAGER, "chair": STAFF, "who": STAFF,
}  # fmt: skip
"""The fields of the register's lines that hold a person's name, and the person's role."""


@dataclass(frozen=True)
class Reader:
    """The reader of a pack: the audience, the name on the cover, their services (none for all)."""

    audience: str
    name: str = ""
    services: Sequence[str] = ()


def readers_of(
    audience: str, summary: ProviderSummary, register: Register | None, named: Sequence[str], only: Sequence[str]
) -> list[Reader]:
    """The readers of one kind of pack.

    `named` are the commissioners to include (none for all in the register), `only` the codes of the services to include.
    Raises RequestError if one of them is unknown, or if the register does not say who commissions which service.
    """
    plans = [(str(code), str(name)) for code, name in summary.plans[["service", "name"]].itertuples(index=False)]
    named_plans = {text: [code for code, name in plans if is_named(text, code, name)] for text in only}
    if unknown := [text for text, found in named_plans.items() if not found]:
        codes = ", ".join(code for code, _ in plans)
        raise RequestError(f"There is no service with the code {unknown[0]} here. The codes: {codes}.")
    only = tuple(dict.fromkeys(code for found in named_plans.values() for code in found))
    if audience != COMMISSIONER or (register is None and only):
        return [Reader(audience, "", only)]
    if register is None:
        raise RequestError(
            "A provider's register says who commissions which service. Name the provider's folder, or the services: --only CODE."
        )
    return [Reader(audience, name, codes) for name, codes in commissioned(register, named, only).items() if codes]


def commissioned(register: Register, named: Sequence[str], only: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The plans of the services of each commissioner: of those in `named` (none for all), the ones in `only` (none for all)."""
    lines = register.of(CommissionerLine)
    known = {line.commissioner.lower(): line.commissioner for line in lines}
    for name in named:
        if name.lower() not in known:
            near = get_close_matches(name.lower(), known, 1)
            hint = f" Did you mean {known[near[0]]}?" if near else ""
            raise RequestError(f"The register's sheet Commissioners does not name {name}.{hint}")
    if not lines:
        raise RequestError("The register's sheet Commissioners is empty. Write there who commissions which service.")
    keys, codes = {name.lower() for name in named} or set(known), {code.lower() for code in only}
    pairs = [
        (line.commissioner.lower(), plan.plan_code) for line in lines for plan in register.plans.named(line.service)
    ]
    chosen = dict.fromkeys(pair for pair in pairs if not codes or pair[1].lower() in codes)
    return {name: tuple(code for whose, code in chosen if whose == key) for key, name in known.items() if key in keys}


def people_of(register: Register) -> dict[str, str]:
    """The role of each person whom the register or a meeting names, by name; a meeting itself is not a person."""
    lines = register.of(Line)
    titles = {line.meeting for line in register.of(MatterLine)}
    people = {without_meeting(getattr(line, name, ""), titles): role for name, role in ROLES.items() for line in lines}
    return {name: role for name, role in people.items() if name.strip()}


def without_meeting(by_whom: str, titles: Collection[str]) -> str:
    """Who decided, without the meeting in which they did.

    >>> without_meeting("QIP review, Jo Lee", ["QIP review"])
    'Jo Lee'
    """
    meeting, _, person = by_whom.partition(", ")
    return person if meeting in titles else by_whom


@dataclass(frozen=True)
class PackOrder:
    """A pack to write: its reader, its path, and the people whom the register names."""

    reader: Reader
    path: Path
    people: Mapping[str, str]


def pack_orders(
    audiences: Sequence[str],
    summary: ProviderSummary,
    provider: ProviderMonth | None,
    summary_path: Path,
    *,
    named: Sequence[str] = (),
    only: Sequence[str] = (),
) -> list[PackOrder]:
    """The packs to write for audiences of AUDIENCES, into the folder of the summary.

    `named` are commissioners and `only` services, as in `readers_of`. Raises RequestError if one of them is unknown, or if
    a file that is not a pack has the path of one.
    """
    register = provider.register if provider is not None else None
    readers = [reader for audience in audiences for reader in readers_of(audience, summary, register, named, only)]
    prefix = summary_path.stem.removesuffix("summary").strip()
    titles = [f"{prefix} pack for {title_of(reader)}".strip() for reader in readers]
    paths = [summary_path.with_name(f"{name}.xlsx") for name in distinct_names(titles)]
    for path in paths:
        if path.exists() and not is_published(path):
            raise RequestError(f"{path} exists and is not a pack that qipxl wrote. Move it away first.")
    people = people_of(register) if register is not None else {}
    return [PackOrder(reader, path, people) for reader, path in zip(readers, paths, strict=True)]


def title_of(reader: Reader) -> str:
    """A reader in a file's name, with the service or the plan if there is only one."""
    owners = {code.partition(PLAN_MARK)[0] for code in reader.services}
    only = reader.services[0].replace(PLAN_MARK, " ") if len(reader.services) == 1 else next(iter(owners), "")
    named = f" {only}" if len(owners) == 1 and not reader.name else ""
    return (reader.name or AUDIENCES[reader.audience].reader) + named


def write_packs(orders: Sequence[PackOrder], summary: ProviderSummary) -> list[Path]:
    """Write the packs and give their paths; raises OutputError if one cannot be written or is not accessible."""
    written = []
    for order in orders:
        reader = order.reader
        pack = pack_for(reader.audience, summary, reader=reader.name, services=reader.services, people=order.people)
        written.append(write_pack(pack, summary, order.path))
    return written
