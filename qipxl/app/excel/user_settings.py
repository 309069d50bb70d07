"""Settings of the user who is signed in: the provider's folder of each console, and the one used last."""

from __future__ import annotations

import json
from pathlib import Path

from qipxl.errors import RequestError
from qipxl.files import write_text

HOME = ".qipxl"
CONSOLES, ERROR_LOG, FOLDER = "consoles.json", "excel.log", "folder.txt"


def user_folder() -> Path:
    """The folder of the user's settings."""
    return Path.home() / HOME


def known_consoles() -> dict[str, str]:
    """The folder of each console, by its file name in lower case; empty if the file is missing or damaged."""
    try:
        folders = json.loads((user_folder() / CONSOLES).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(folder) for name, folder in folders.items()} if isinstance(folders, dict) else {}


def remember_console(path: Path) -> None:
    """Record a console's folder; raises RequestError if a console in another folder has the same name."""
    known = known_consoles()
    before = known.get(path.name.lower())
    home = str(path.parent.resolve())
    if before not in (None, home) and (Path(before) / path.name).exists():
        raise RequestError(
            f"The console of {before} is also called {path.name}, and Excel cannot open two workbooks of one name. Rename that one, "
            f"for example to “{path.stem} north.xlsm”, then type: qipxl console {before}"
        )
    write_text(user_folder() / CONSOLES, json.dumps({**known, path.name.lower(): home}, indent=1) + "\n")


def known_folder() -> Path | None:
    """The provider's folder that `qipxl menu` used last; None if there is none, or the file cannot be read."""
    try:
        text = (user_folder() / FOLDER).read_text("utf-8").strip()
    except (OSError, ValueError):
        return None
    return Path(text) if text else None


def remember_folder(home: Path) -> None:
    """Record the provider's folder for the next time; raises OutputError if the file cannot be written."""
    write_text(user_folder() / FOLDER, f"{home}\n")


def console_folder(console: str) -> Path:
    """The folder of a console, by its file name; raises RequestError if this computer does not know it."""
    folder = known_consoles().get(console.lower())
    if folder is None:
        raise RequestError(
            f"{console} is not known on this computer. In a command window, type: qipxl console, then the provider's folder."
        )
    return Path(folder)
