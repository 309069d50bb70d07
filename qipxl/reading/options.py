"""How files are read, and what head office has decided about them: the two records that every command hands on unchanged."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from qipxl.periods import Period
from qipxl.reading.file.limits import Limits


@dataclass(frozen=True)
class ReadOptions:
    """How files are read; the same record goes from the command to the worker processes.

    limits: safety limits of each file, in the units that `Limits` names.
    other_formats: True to read .xls, .xlsb and .ods files too.
    check_formatting: True to look at colours and struck-through rows of every return, not only of damaged ones.
    skip_personal_data: kinds of personal data that are not searched for (`qipxl.privacy.KINDS`).
    processes: number of worker processes; None for one per core, at most 8.
    cluster: address of a Dask cluster that reads instead of processes on this machine.
    """

    limits: Limits = field(default_factory=Limits)
    other_formats: bool = False
    check_formatting: bool = False
    skip_personal_data: tuple[str, ...] = ()
    processes: int | None = None
    cluster: str | None = None


@dataclass(frozen=True)
class Decisions:
    """What head office has decided about a batch of files.

    period: the month that the returns are for; None for the commonest month among them.
    accepted_files: files, by name or SHA-256, that are used although there is a doubt about them.
    services: the codes of the services whose returns are used; None for those of any service.
    former_codes: the present code of each service whose code has changed, by its former code in small letters.
    accepted_before: the SHA-256 of the files whose returns of this month are in the archive; each counts until head office
        chooses another one.
    newest: True to use the return that was saved last if submission numbers do not decide.
    use_sheet: the sheet of the register that names the files to use; empty if there is no register.
    """

    period: Period | None = None
    accepted_files: Collection[str] = ()
    services: Collection[str] | None = None
    former_codes: Mapping[str, str] = field(default_factory=dict)
    accepted_before: Collection[str] = ()
    newest: bool = False
    use_sheet: str = ""
