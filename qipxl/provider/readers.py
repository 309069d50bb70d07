"""Who reads the packs of a month: the board, the commissioners that the register names, an inspector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from qipxl.errors import RequestError
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
from qipxl.summary.packs.disclosure import MANAGER, STAFF
from qipxl.summary.summary import ProviderSummary

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
