"""The services of a provider, and the list of them that head office keeps."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from qipxl.errors import RequestError, SourceError

COLUMNS = ("code", "name", "region", "manager")


class Service(BaseModel):
    """One service: its short code, its name, its region and its registered manager."""

    model_config = ConfigDict(frozen=True)

    code: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=1, max_length=120)
    region: str = ""
    manager: str = ""


def read_services(path: Path) -> list[Service]:
    """Read a list of services from CSV or Excel: columns code, name, region, manager, in any order.

    Raises SourceError where the file is not there or is not a table, RequestError where a line has no code or name, or
    a code stands twice.
    """
    frame = read_table(path)
    frame.columns = [str(column).strip().lower() for column in frame.columns]
    for needed in ("code", "name"):
        if needed not in frame.columns:
            raise RequestError(f"{path.name} has no column {needed}. Its columns must be {', '.join(COLUMNS)}.")
    services = []
    for number, line in enumerate(frame.to_dict("records"), 2):
        cells = {column: str(line.get(column, "")).strip() for column in COLUMNS}
        if not any(cells.values()):
            continue
        if not cells["code"] or not cells["name"]:
            raise RequestError(f"{path.name}, line {number}: a service needs a code and a name.")
        services.append(Service(**cells))
    refuse_repeats(path, services)
    return services


def read_table(path: Path) -> pd.DataFrame:
    """A table of text, blanks as empty text."""
    if not path.is_file():
        raise SourceError(f"There is no file {path}. Check the name.")
    try:
        if path.suffix.lower() == ".csv":
            return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        return pd.read_excel(path, dtype=str, keep_default_na=False, engine="calamine").fillna("")
    except (ValueError, UnicodeDecodeError, OSError, pd.errors.ParserError) as error:
        raise SourceError(f"{path} is neither CSV nor an Excel workbook with a table: {error}.") from None
    except Exception as error:
        raise SourceError(f"{path} cannot be read as a list of services: {error}.") from None


def refuse_repeats(path: Path, services: list[Service]) -> None:
    seen: set[str] = set()
    for service in services:
        if service.code.lower() in seen:
            raise RequestError(f"{path.name}: the code {service.code} stands twice. Each service needs its own.")
        seen.add(service.code.lower())
    if not services:
        raise RequestError(f"{path.name} lists no services.")
