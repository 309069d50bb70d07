"""Data of several tests: a smaller demo cut out of the whole one, which costs no tracker, and templates with fewer rows."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

from qipxl.app.demo import Demo
from qipxl.app.demo.make import PERIOD
from qipxl.app.demo.register import demo_register
from qipxl.provider import ProviderFolder
from qipxl.returns.export import as_json
from qipxl.returns.provenance import traced
from qipxl.returns.rate import Rated
from qipxl.template import Template

LONG = os.environ.get("QIPXL_LONG") == "1"
"""Whether the tests run in their long form."""
MONTHS, SEED = 6, 1


def first_services(demo: Demo, home: Path, count: int) -> Demo:
    """The folder that `make_demo(home, count)` makes, from the trackers of the whole demo (test_demo compares the two)."""
    services, others = demo.services[:count], tuple(each.code for each in demo.services[count:])
    shutil.copytree(demo.folder.home, home, ignore=lambda _, names: [name for name in names if name.startswith(others)])
    folder = ProviderFolder(home)
    folder.register.unlink()
    demo_register(folder, services, PERIOD, MONTHS, SEED)
    return replace(demo, folder=folder, services=services)


def shortened(template: Template, rows: int) -> Template:
    """The template with at most this number of rows in each table; its trackers are read as those of the whole template are."""
    tables = {key: line.model_copy(update={"rows": min(line.rows, rows)}) for key, line in template.tables.items()}
    return template.model_copy(update={"tables": tables})


def json_of(rated: Rated) -> str:
    """Rated returns that are in memory, as `qipxl check --format json` prints them."""
    return as_json(rated.returns, rated.as_at, partial(traced, rated))
