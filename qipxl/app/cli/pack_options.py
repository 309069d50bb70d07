"""What `consolidate` is asked about packs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from qipxl.provider import ProviderMonth
    from qipxl.provider.packs import PackOrder
    from qipxl.summary.summary import ProviderSummary

T = TypeVar("T")


@dataclass(frozen=True)
class PacksAsked:
    """For which audiences packs are wanted, for which commissioners, about which services."""

    audiences: tuple[str, ...]
    commissioners: tuple[str, ...]
    only: tuple[str, ...]

    def orders(self, summary: ProviderSummary, provider: ProviderMonth | None, beside: Path) -> list[PackOrder]:
        """What is to be written; raises RequestError where it cannot be done."""
        if not self.audiences:
            return []
        from qipxl.provider.packs import pack_orders

        return pack_orders(self.audiences, summary, provider, beside, named=self.commissioners, only=self.only)


def packed(command: Callable[..., T]) -> Callable[..., T]:
    """The options about packs, given to the command as one: `packs`."""

    @wraps(command)
    def run(
        *args: Any, pack: tuple[str, ...], commissioner: tuple[str, ...], only: tuple[str, ...], **options: Any
    ) -> T:
        return command(*args, packs=PacksAsked(pack, commissioner, only), **options)

    for option in PACKS:
        run = option(run)
    return run


PACKS = (
    click.option("--only", multiple=True, metavar="CODE", help="With --pack: about this service only; may be given again."),
    click.option(
        "--commissioner", multiple=True, metavar="NAME", help="With --pack commissioner: for this one only (default: all of the register)."
    ),
    click.option(
        "--pack",
        multiple=True,
        type=click.Choice(["board", "commissioner", "inspector"]),
        help="Write a pack for this audience beside the summary; may be given again.",
    ),
)  # fmt: skip
