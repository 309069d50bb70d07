"""The standard work: a folder of completed returns, all of one size, half of them saved again by LibreOffice.

Each return has 60 actions, 200 milestones, 200 evidence items, 160 monthly figures (as many as the template has room for) and
100 reviews, made up from a seed. So many DISTINCT ones are written by qipxl, every second is opened and saved by LibreOffice; all
others are copies of these under the code and the name of a service of their own, so that ten thousand files can be made in
minutes. The demo's own register goes with them where a provider's folder is wanted.

Run as a program it makes such a folder:  python benchmarks/standard.py FOLDER --returns 1000
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import qipxl
from qipxl.app.demo.make import PERIOD
from qipxl.app.demo.measurements import DECLARED, measured
from qipxl.app.demo.scenarios import joined_plans, make_plan
from qipxl.tracker.copies import CHANGED, MarkedTracker

DISTINCT = 40
COUNTS = {"actions": 60, "milestones": 200, "evidence": 200, "reviews": 100, "challenge": 10, "extensions": 10}
INDICATORS, MONTHS = 7, 24
MEASUREMENTS = 160
PLANS = 24
"""More than enough made-up plans for the COUNTS."""
CODE, NAME, REGION = "X-CODE-X", "X-NAME-X", "X-REGION-X"
"""What stands in a distinct return where a copy has its service's code, name and region."""
Line = dict[str, object]


def rows_of(number: int) -> dict[str, list[Line]]:
    """The rows of return `number`: the same for the same number."""
    rows = joined_plans(make_plan(number * 5 + each, PERIOD.last, 6, number, "Jo Shah") for each in range(PLANS))
    rows = {key: lines for key, lines in rows.items() if key in COUNTS or key == "head_office"}
    actions = rows["actions"][: COUNTS["actions"]]
    kept = {line["ref"] for line in actions}
    cut = {key: filled(key, [line for line in lines if line.get("action") in kept]) for key, lines in rows.items()}
    return cut | {"actions": actions} | monthly_figures(number)


def filled(key: str, lines: Sequence[Line]) -> list[Line]:
    """Exactly as many lines as the standard has; where there are too few, those there are again under new references."""
    wanted = COUNTS.get(key, len(lines))
    return [
        line | ({"ref": f"{line['ref']}/{place}"} if "ref" in line and place >= len(lines) else {})
        for place, line in enumerate(islice(cycle(lines), wanted))
    ]


def monthly_figures(number: int) -> dict[str, list[Line]]:
    """Seven indicators over two years, as far as the tracker has room."""
    months = [PERIOD.plus(back) for back in range(1 - MONTHS, 1)]
    declared, lines = [], []
    for place in range(INDICATORS):
        known = DECLARED[place % len(DECLARED)]
        ref = f"I-{place + 1:02d}"
        declared.append(known | {"ref": ref, "indicator": f"{known['indicator']} {place // len(DECLARED) + 1}"})
        for month in months:
            line = measured(number, str(known["ref"]), month, place)
            lines.append(line | {"ref": f"{ref} {month}", "indicator": ref})
    return {"indicators": declared, "measurements": lines[:MEASUREMENTS]}


def write_distinct(folder: Path, number: int) -> Path:
    """A completed return, with marks where a copy has its service's words."""
    path = folder / f"{number:03d}.xlsx"
    rows = rows_of(number)
    service = qipxl.Service(code=CODE, name=NAME, region=REGION, manager="Jo Shah")
    cover = {"submitted_by": "Jo Shah", "submitted_on": PERIOD.last, "submission": 1}
    issued = {"head_office": rows.get("head_office", [])}
    return qipxl.write_tracker(
        qipxl.find_template("core"), service, PERIOD, path, rows=rows, issued=issued, cover=cover
    )


def save_again(paths: Sequence[Path], folder: Path) -> None:
    """Have LibreOffice open these workbooks and save them into another folder."""
    with tempfile.TemporaryDirectory() as profile:
        command = [
            "soffice",
            f"-env:UserInstallation=file://{profile}",
            "--headless",
            "--convert-to",
            "xlsx",
            "--outdir",
        ]
        subprocess.run([*command, str(folder), *map(str, paths)], check=True, capture_output=True)


def packed_again(path: Path) -> Path:
    """The workbook with each part packed in the plain way, so that its parts can be copied as they lie."""
    with zipfile.ZipFile(path) as parts:
        content = {part.filename: parts.read(part) for part in parts.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as copy:
        for name, part in content.items():
            copy.writestr(name, part)
    elsewhere = [name for name, part in content.items() if CODE.encode() in part and name not in CHANGED]
    if elsewhere:
        raise SystemExit(f"{path}: the service's code stands in {elsewhere[0]} too.")
    return path


def make_copies(source: tuple[Path, Sequence[int]], folder: Path) -> None:
    """Copies of a distinct return as those of the services with these numbers."""
    path, numbers = source
    blank = MarkedTracker(path.read_bytes(), {"code": CODE, "name": NAME, "region": REGION})
    for number in numbers:
        words = {"code": f"S{number:05d}", "name": f"House {number}", "region": f"Region {number % 7}"}
        (folder / f"S{number:05d}.xlsx").write_bytes(blank.filled(words))


def make_returns(folder: Path, returns: int, distinct: int = DISTINCT) -> Path:
    """A folder of so many returns; every second was saved again by LibreOffice."""
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as place, ProcessPoolExecutor() as pool:
        written, saved = Path(place, "written"), Path(place, "saved")
        saved.mkdir()
        paths = list(pool.map(partial(write_distinct, written), range(distinct)))
        save_again(paths[1::2], saved)
        sources = [packed_again(saved / path.name) if number % 2 else path for number, path in enumerate(paths)]
        owners = [range(number, returns, distinct) for number in range(distinct)]
        list(pool.map(partial(make_copies, folder=folder), zip(sources, owners, strict=True)))
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--returns", type=int, default=1000)
    chosen = parser.parse_args()
    if shutil.which("soffice") is None:
        sys.exit("LibreOffice (soffice) is needed for half of the returns.")
    print(f"{len(list(make_returns(chosen.folder, chosen.returns).iterdir()))} returns in {chosen.folder}")


if __name__ == "__main__":
    main()
