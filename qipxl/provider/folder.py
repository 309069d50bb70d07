"""The provider's folder: the register, what was issued, what came back, summaries, the archive.

What reads the register, and pandas with it, is loaded when a month is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from qipxl.errors import OutputError, RequestError, SourceError
from qipxl.files import Location, parse_location, read_toml
from qipxl.periods import Period
from qipxl.provider.register_file import read_register
from qipxl.text import names_text

if TYPE_CHECKING:
    from qipxl.provider.month import ProviderMonth
    from qipxl.provider.register import Register
    from qipxl.services import Service

REGISTER, CONSOLE = "register.xlsx", "qipxl-console.xlsm"
"""The register is a workbook of its own, or part of the console."""
PLACES, MOVABLE = "places.toml", ("returns", "archive")
"""The file that gives other locations of these folders, such as archive = "s3://our-bucket/archive"."""
KEPT_COPY = re.compile(r"~\$|register until ")
"""The names of files that Excel keeps while a register is open, and of those that qipxl kept."""
FOLDERS = ("issued", "returns", "summaries", "archive")


@dataclass(frozen=True)
class ProviderFolder:
    """The folder with all files of a provider."""

    home: Path

    @property
    def register(self) -> Path:
        """The workbook that holds the register; raises RequestError if there are two."""
        plain, console = self.home / REGISTER, self.console
        self.refuse_copies()
        if plain.exists() and console.exists():
            raise RequestError(
                f"{self.home} holds two registers, {REGISTER} and {CONSOLE}. Keep the one that you want to use, and rename the other."
            )
        return console if console.exists() else plain

    @property
    def console(self) -> Path:
        """The workbook with the register and the buttons; its name begins with qipxl-console. It need not exist."""
        return next(iter(sorted(self.home.glob("qipxl-console*.xlsm"))), self.home / CONSOLE)

    def refuse_copies(self) -> None:
        """Raise RequestError if there is a second register or console, as OneDrive makes if two people save at the same time."""
        for pattern in ("register*.xlsx", "qipxl-console*.xlsm"):
            found = sorted(path.name for path in self.home.glob(pattern) if not KEPT_COPY.match(path.name))
            if len(found) > 1:
                raise RequestError(
                    f"{self.home} holds {names_text(found)}. OneDrive keeps two if two people save at the same time. Copy what is "
                    f"missing into the one that you want to use, and move the other away."
                )

    @cached_property
    def elsewhere(self) -> dict[str, str]:
        """The folders whose location `places.toml` gives; raises the errors of `read_toml`, and RequestError for a mistake."""
        file = self.home / PLACES
        if not file.is_file():
            return {}
        locations = read_toml(file)
        if wrong := [name for name, path in locations.items() if name not in MOVABLE or not isinstance(path, str)]:
            allowed = " and ".join(MOVABLE)
            raise RequestError(f"{file}: “{wrong[0]}” is not valid. Only {allowed} can be given, each with a location.")
        return locations

    def place(self, name: str) -> Location:
        """The location of one of the folders; a relative path starts at the provider's folder."""
        location = parse_location(self.elsewhere.get(name, name))
        return self.home / location if isinstance(location, Path) else location

    @property
    def archive(self) -> Location:
        return self.place("archive")

    def issued(self, period: Period) -> Path:
        return self.home / "issued" / str(period)

    @property
    def issued_months(self) -> list[Period]:
        """The months for which trackers were issued, the first one first."""
        months = []
        for folder in (self.home / "issued").glob("20??-??"):
            with suppress(RequestError):
                months.append(Period.read(folder.name))
        return sorted(months)

    def returns(self, period: Period) -> Location:
        return self.place("returns") / str(period)

    def summary(self, period: Period) -> Path:
        return self.home / "summaries" / f"{period} summary.xlsx"

    def month(self, period: Period | str) -> ProviderMonth:
        """A month of the provider, such as "2026-03", with the register and the meeting books as they are now.

        Raises RequestError if the month cannot be read or the register has a mistake.
        """
        return self.month_with(self.read(), period if isinstance(period, Period) else Period.typed(period))

    def month_with(self, register: Register, period: Period) -> ProviderMonth:
        """A month with a register that was read, and with what the meetings recorded."""
        from qipxl.provider.meetings.matters import with_meetings
        from qipxl.provider.meetings.records import read_meetings
        from qipxl.provider.month import ProviderMonth

        meetings = read_meetings(self.home, self.archive, register)
        return ProviderMonth(self, with_meetings(register, meetings.lines), period, meetings=meetings)

    def read(self) -> Register:
        """Read the register."""
        return read_register(self.register)


def open_folder(home: Path) -> ProviderFolder:
    """The provider's folder at a path; raises SourceError if it is not one."""
    folder = ProviderFolder(home)
    if not folder.register.is_file():
        raise SourceError(f"{home} is not a provider's folder: {REGISTER} is missing. Run `qipxl init` to create one.")
    return folder


def init_folder(home: Path, name: str, today: date, services: Sequence[Service] = ()) -> ProviderFolder:
    """Make a provider's folder with an empty register, or one that lists the services given.

    Raises RequestError if one exists already, OutputError if it cannot be made.
    """
    from qipxl.provider.register_schema import ServiceLine
    from qipxl.provider.register_workbook import write_register
    from qipxl.services import plan_of, service_of_plan

    folder = ProviderFolder(home)
    if folder.register.exists():
        raise RequestError(f"{folder.register} exists already. Open it in Excel and continue in it.")
    lines = []
    for service in services:
        own_code, own_name = service_of_plan(service.code, service.name)
        lines.append(
            ServiceLine(
                code=own_code,
                name=own_name,
                region=service.region,
                manager=service.manager,
                email=service.email,
                plan=plan_of(service.code, service.name),
            )
        )
    try:
        for subfolder in FOLDERS:
            (home / subfolder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {home} cannot be made ({error.strerror}). Choose another.") from None
    write_register(folder.register, name, today, {ServiceLine: lines})
    return folder
