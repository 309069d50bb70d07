"""The provider's folder: the register, what was issued, what came back, summaries, the archive."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from qipxl.errors import OutputError, RequestError, SourceError
from qipxl.files import Location, parse_location
from qipxl.periods import Period
from qipxl.provider.month import ProviderMonth
from qipxl.provider.register import Register, read_register
from qipxl.provider.register_schema import Line, ServiceLine
from qipxl.provider.register_workbook import write_register
from qipxl.services import Service

REGISTER, CONSOLE = "register.xlsx", "qipxl-console.xlsm"
"""The register stands in a workbook of its own, or in the console."""
PLACES, MOVABLE = "places.toml", ("returns", "archive")
"""The file that says which of these folders are somewhere else, such as archive = "s3://our-bucket/archive"."""
FOLDERS = ("issued", "returns", "summaries", "archive")


@dataclass(frozen=True)
class ProviderFolder:
    """Where everything of a provider stands."""

    home: Path

    @property
    def register(self) -> Path:
        """The workbook that holds the register; raises RequestError where two do."""
        plain, console = self.home / REGISTER, self.console
        if plain.exists() and console.exists():
            raise RequestError(
                f"{self.home} holds two registers, {REGISTER} and {CONSOLE}. Keep the one you go on with, and rename the other."
            )
        return console if console.exists() else plain

    @property
    def console(self) -> Path:
        """The workbook with the register and the buttons, where there is one; what follows the first words of its name is free."""
        return next(iter(sorted(self.home.glob("qipxl-console*.xlsm"))), self.home / CONSOLE)

    @cached_property
    def elsewhere(self) -> dict[str, str]:
        """The folders that are not in this one but where `places.toml` says; raises RequestError where it makes no sense."""
        file = self.home / PLACES
        if not file.is_file():
            return {}
        try:
            said = tomllib.loads(file.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise RequestError(f"{file} cannot be read ({error}).") from None
        if wrong := [name for name, place in said.items() if name not in MOVABLE or not isinstance(place, str)]:
            raise RequestError(
                f"{file}: “{wrong[0]}” makes no sense. It may name {' and '.join(MOVABLE)}, each with a place."
            )
        return said

    def place(self, name: str) -> Location:
        """One of the folders, wherever it is; a path of this machine is said from the provider's folder on."""
        found = parse_location(self.elsewhere.get(name, name))
        return self.home / found if isinstance(found, Path) else found

    @property
    def archive(self) -> Location:
        return self.place("archive")

    def issued(self, period: Period) -> Path:
        return self.home / "issued" / str(period)

    def returns(self, period: Period) -> Location:
        return self.place("returns") / str(period)

    def summary(self, period: Period) -> Path:
        return self.home / "summaries" / f"{period} summary.xlsx"

    def month(self, period: Period | str) -> ProviderMonth:
        """A month of the provider, such as "2026-03", with the register as it is now.

        Raises RequestError if the month cannot be read or the register has a mistake.
        """
        return ProviderMonth(self, self.read(), period if isinstance(period, Period) else Period.read(period))

    def read(self) -> Register:
        """The register as it stands."""
        return read_register(self.register)


def open_folder(home: Path) -> ProviderFolder:
    """The provider's folder at a place; raises SourceError where there is none."""
    folder = ProviderFolder(home)
    if not folder.register.is_file():
        raise SourceError(f"{home} is no provider's folder: it has no {REGISTER}. `qipxl init` makes one.")
    return folder


def init_folder(home: Path, name: str, today: date, services: Sequence[Service] = ()) -> ProviderFolder:
    """Make a provider's folder with an empty register, or one that lists the services given.

    Raises RequestError where there is one already, OutputError where it cannot be made.
    """
    folder = ProviderFolder(home)
    if folder.register.exists():
        raise RequestError(f"{folder.register} exists already. Open it in Excel and go on in it.")
    lines: dict[type[Line], list[Line]] = {
        ServiceLine: [
            ServiceLine(code=each.code, name=each.name, region=each.region, manager=each.manager) for each in services
        ]
    }
    try:
        for each in FOLDERS:
            (home / each).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {home} cannot be made ({error.strerror}). Choose another.") from None
    write_register(folder.register, name, today, lines)
    return folder
