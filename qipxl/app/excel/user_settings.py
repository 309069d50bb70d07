"""What qipxl remembers for the person who is signed in: which provider's folder each console belongs to."""

from __future__ import annotations

import json
from pathlib import Path

from qipxl.errors import RequestError
from qipxl.files import write_text

HOME = ".qipxl"
CONSOLES, TROUBLE = "consoles.json", "excel.log"


def own_place() -> Path:
    """The folder of the person's own in which qipxl remembers."""
    return Path.home() / HOME


def remembered() -> dict[str, str]:
    """Each console's file name, in small letters, with its folder."""
    try:
        found = json.loads((own_place() / CONSOLES).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(folder) for name, folder in found.items()} if isinstance(found, dict) else {}


def remember_console(path: Path) -> None:
    """Remember a console's folder; raises RequestError where another folder's console has its name."""
    known = remembered()
    before = known.get(path.name.lower())
    home = str(path.parent.resolve())
    if before not in (None, home) and (Path(before) / path.name).exists():
        raise RequestError(
            f"The console of {before} is called {path.name} too, and Excel tells workbooks apart by name. Rename that one, "
            f"such as “{path.stem} north.xlsm”, then type: qipxl console {before}"
        )
    write_text(own_place() / CONSOLES, json.dumps({**known, path.name.lower(): home}, indent=1) + "\n")


def folder_of(console: str) -> Path:
    """The folder of a console, by its file name; raises RequestError where it is not known here."""
    folder = remembered().get(console.lower())
    if folder is None:
        raise RequestError(
            f"{console} is not known on this computer. Type in a command window: qipxl console, and the provider's folder."
        )
    return Path(folder)
