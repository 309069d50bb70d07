"""The services of a provider, and head office's list of services."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qipxl.errors import RequestError, SourceError

COLUMNS = ("code", "name", "region", "manager")


class Service(BaseModel):
    """One service: its short code (up to 40 characters), its name (up to 120), its region and its registered manager.

    Raises pydantic's ValidationError if the code or the name is empty or too long.

    >>> Service(code="ELM", name="Elm House", region="North").manager
    ''
    """

    model_config = ConfigDict(frozen=True)

    code: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=1, max_length=120)
    region: str = ""
    manager: str = ""


def read_services(path: Path) -> list[Service]:
    """Read a list of services from CSV or Excel.

    `path` is a file with the columns code, name, region and manager in any order; region and manager may be missing.
    Raises SourceError if the file is missing or is not a table, RequestError if a line has no code or name, or if a code
    is repeated.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "services.csv")
    ...     _ = path.write_text("code,name\\nELM,Elm House\\n")
    ...     read_services(path)
    [Service(code='ELM', name='Elm House', region='', manager='')]
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
    """A table of text; empty cells are empty texts."""
    if not path.is_file():
        raise SourceError(f"There is no file {path}. Check the name.")
    try:
        if path.suffix.lower() == ".csv":
            return read_csv(path.read_bytes())
        return pd.read_excel(path, dtype=str, keep_default_na=False, engine="calamine").fillna("")
    except Exception:
        raise SourceError(f"{path} cannot be read as a list of services. Save it as .xlsx or as CSV.") from None


def read_csv(data: bytes) -> pd.DataFrame:
    """CSV as Excel saves it: in UTF-8 or Windows-1252, with commas or semicolons."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252")
    heading = text.partition("\n")[0]
    separator = ";" if heading.count(";") > heading.count(",") else ","
    return pd.read_csv(io.StringIO(text), sep=separator, dtype=str, keep_default_na=False)


def refuse_repeats(path: Path, services: list[Service]) -> None:
    seen: set[str] = set()
    for service in services:
        if service.code.lower() in seen:
            raise RequestError(f"{path.name}: the code {service.code} is repeated. Each service needs its own code.")
        seen.add(service.code.lower())
    if not services:
        raise RequestError(f"{path.name} lists no services.")
