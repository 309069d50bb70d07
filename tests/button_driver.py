"""Press the buttons of a workbook in LibreOffice, as a person would, and see where that leads."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from office import SETTING, SETTINGS, Office, OfficeDiedError, OfficeError, values_of

RUNS_MACROS = 4  # com.sun.star.document.MacroExecMode.ALWAYS_EXECUTE_NO_WARN
SETTLES, MOST_SETTLES = 3, 6
LISTED = "A5:H2000"


@dataclass(frozen=True)
class Pressed:
    """What a press of a button left: the cell chosen, what the named cells say, and the lines of Checks."""

    cell: str
    checked: str
    gone_to: str
    ready: str
    beyond: str
    lines: list[list[object]]


class PressingOffice(Office):
    """An office that runs macros; its workbooks are in sight, since a hidden one has no cell that is chosen."""

    SETTINGS: ClassVar[list[str]] = [
        *SETTINGS,
        SETTING.format("Office.Common/Security/Scripting", "MacroSecurityLevel", 0),
    ]
    LOADS: ClassVar[dict[str, object]] = {"MacroExecutionMode": RUNS_MACROS}

    def press(
        self, source: Path, presses: Sequence[tuple[str, str]], typed: dict[str, str] | None = None
    ) -> list[Pressed]:
        """Press buttons one after another, each by its sheet and its words; gives what each press left.

        `typed` are cells, such as Actions!K5, that are typed into before the last press.
        """

        def work(document: Any, _: Path) -> list[Pressed]:
            found = []
            for number, (sheet, words) in enumerate(presses, 1):
                if typed and number == len(presses):
                    for place, text in typed.items():
                        name, address = place.split("!")
                        document.Sheets.getByName(name).getCellRangeByName(address).FormulaLocal = text
                click(document, sheet, words)
                found.append(standing(document))
            return found

        return self.use(source, work)


def click(document: Any, sheet_name: str, words: str) -> None:
    """Press a form button through its accessible action, and wait until its macro has ended."""
    sheet = document.Sheets.getByName(sheet_name)
    document.CurrentController.setActiveSheet(sheet)
    forms = sheet.DrawPage.Forms
    for form in map(forms.getByIndex, range(forms.Count)):
        for model in map(form.getByIndex, range(form.Count)):
            if model.Label == words:
                before = left(document)
                control = document.CurrentController.getControl(model)
                control.getAccessibleContext().doAccessibleAction(0)
                settle(document, before)
                return
    raise OfficeError(f"There is no button {words!r} on {sheet_name}.")


def settle(document: Any, before: list[str]) -> None:
    """Have everything done that the press has set going: it comes back before its macro has run.

    A press that changes nothing is waited for longest, because on a busy machine its macro may begin late.
    """
    if getattr(document, "CurrentController", None) is None:
        raise OfficeDiedError("The workbook was gone after a press.")
    toolkit = document.CurrentController.Frame.ContainerWindow.Toolkit
    for number in range(MOST_SETTLES):
        toolkit.processEventsToIdle()
        time.sleep(0.01)
        if number >= SETTLES and left(document) != before:
            return


def left(document: Any) -> list[str]:
    """What a press leaves: the cell chosen, and what the two cells say that the macro writes."""
    return [
        str(document.CurrentSelection.AbsoluteName),
        *(named(document, f"qip_{each}") for each in ("checked", "at")),
    ]


def standing(document: Any) -> Pressed:
    chosen = document.CurrentSelection
    place = chosen.AbsoluteName.replace("$", "").replace("'", "").replace(".", "!")
    checks = document.Sheets.getByName("Checks")
    found = [line for line in values_of(checks.getCellRangeByName(LISTED)) if line[0] != ""]
    lines = [line for line in found if not isinstance(line[0], str)]
    beyond = "".join(str(line[0]) for line in found if isinstance(line[0], str))
    said = [named(document, f"qip_{each}") for each in ("checked", "at", "ready")]
    return Pressed(place, *said, beyond, lines)


def named(document: Any, name: str) -> str:
    """What a named cell says."""
    ranges = document.NamedRanges
    return str(ranges.getByName(name).ReferredCells.getCellByPosition(0, 0).String) if ranges.hasByName(name) else ""
