"""The table of a month's services: the first lines of a long list, all on request."""

import io

import pandas as pd
import pytest
from rich.console import Console

from qipxl.app.tables_screen import show_status
from qipxl.provider.status import COLUMNS


@pytest.mark.parametrize(("everything", "shown"), [(False, 12), (True, 40)])
def test_a_long_list_of_services_is_shortened(everything: bool, shown: int) -> None:
    states = ["late"] * 3 + ["in"] * 37
    lines = [(f"S{n:03}", f"House {n}", "North", "Jo Shah", state, "", "", 0) for n, state in enumerate(states)]
    out = io.StringIO()
    show_status(Console(file=out, width=80), pd.DataFrame(lines, columns=list(COLUMNS)), None, everything=everything)
    printed = out.getvalue().splitlines()
    assert sum("House" in line for line in printed) == shown
    assert sum("late" in line for line in printed[:-1]) == 3
    assert ("and 28 more: --all" in printed) != everything
    assert printed[-1] == "40 services: 3 late, 37 in."
