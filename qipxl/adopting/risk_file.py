"""risks.xlsx: the risks of old risk registers, with the columns of the register's sheet Risks, to be copied there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from qipxl.adopting.adopt import Adopted
from qipxl.adopting.mapping_files import is_free
from qipxl.files import write_bytes
from qipxl.periods import Period
from qipxl.provider.register_schema import RiskLine
from qipxl.provider.register_workbook import write_lines
from qipxl.workbook.writer import new_workbook

ABOUT = (
    "The risks of your old risk registers. Delete those that are closed, then copy the others into the sheet Risks of your register: "
    "the columns are the same."
)


def risk_lines(adopted: Sequence[Adopted]) -> list[RiskLine]:
    """The risks of old plans as lines of the register."""
    return [
        RiskLine(
            ref=risk.ref,
            risk=risk.risk,
            service=code,
            likelihood=risk.likelihood,
            consequence=risk.consequence,
            reviewed_on=risk.reviewed_on,
        )
        for each in adopted
        for code, plan in each.plans.items()
        for risk in plan.risks
    ]


def write_risks(lines: Sequence[RiskLine], period: Period, folder: Path) -> Path:
    """Write risks.xlsx and return its path; if another one is there already, it is risks-2.xlsx, and so on.

    Raises OutputError if it cannot be written.
    """
    with TemporaryDirectory() as made:
        draft = Path(made, "risks.xlsx")
        with new_workbook(draft, "Risks of old risk registers", period.first) as writer:
            write_lines(writer, RiskLine, lines, ABOUT, codes="")
        content = draft.read_bytes()
    names = ("risks.xlsx" if number == 1 else f"risks-{number}.xlsx" for number in count(1))
    return write_bytes(next(path for name in names if is_free(path := folder / name, content)), content)
