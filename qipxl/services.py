"""The services of a provider, and the list of them that head office keeps."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

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
        try:
            services.append(Service(**cells))
        except ValidationError as error:
            mistake = error.errors()[0]
            raise RequestError(
                f"{path.name}, line {number}: the {mistake['loc'][0]} has {len(str(mistake['input']))} characters; "
                f"the most is {mistake['ctx']['max_length']}. Shorten it."
            ) from None
    refuse_repeats(path, services)
    return services


def read_table(path: Path) -> pd.DataFrame:
    """A table of text, blanks as empty text."""
    if not path.is_file():
        raise SourceError(f"There is no file {path}. Check the name.")
    try:
        if path.suffix.lower() == ".csv":
            return read_csv(path.read_bytes())
        return pd.read_excel(path, dtype=str, keep_default_na=False, engine="calamine").fillna("")
    except Exception:
        raise SourceError(f"{path} cannot be read as a list of services. Save it as .xlsx or as CSV.") from None


def read_csv(data: bytes) -> pd.DataFrame:
    """CSV as Excel saves it: in UTF-8 or in Windows' own characters, with commas or with semicolons."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252")
    heading = text.partition("\n")[0]
    mark = ";" if heading.count(";") > heading.count(",") else ","
    return pd.read_csv(io.StringIO(text), sep=mark, dtype=str, keep_default_na=False)


def refuse_repeats(path: Path, services: list[Service]) -> None:
    seen: set[str] = set()
    for service in services:
        if service.code.lower() in seen:
            raise RequestError(f"{path.name}: the code {service.code} stands twice. Each service needs its own.")
        seen.add(service.code.lower())
    if not services:
        raise RequestError(f"{path.name} lists no services.")
