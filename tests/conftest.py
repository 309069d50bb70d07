"""What several test files share: LibreOffice, the core template, and returns written as small grids."""

from __future__ import annotations

import os
import pkgutil
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from office import Office, office_missing, start_office

import qipxl
from qipxl.app.demo import Demo, make_demo
from qipxl.provider import ProviderFolder
from qipxl.template import Template, find_template

# Hypothesis draws from the constants of the modules that are loaded: where one is loaded in the middle of a test, what it draws changes,
# and the test is called inconsistent. So all are loaded first, but for those that run when they are, or bring Dask.
for module in pkgutil.walk_packages(qipxl.__path__, "qipxl."):
    if not module.name.endswith(("__main__", ".cluster")):
        with suppress(ImportError):  # an extra that is not installed
            import_module(module.name)


@pytest.fixture(scope="session")
def office() -> Iterator[Office]:
    """One LibreOffice for all tests; without it they are skipped, or fail where CI=true."""
    missing = office_missing()
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"These tests need LibreOffice: {missing}")
    with start_office() as running:
        yield running


@pytest.fixture(scope="session")
def made_demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo's provider of twelve services and its last month, made once; nobody writes into it."""
    return make_demo(tmp_path_factory.mktemp("made") / "demo")


@pytest.fixture(scope="module")
def demo(made_demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A copy of it for the tests of one module."""
    home = shutil.copytree(made_demo.folder.home, tmp_path_factory.mktemp("demo") / "demo")
    return replace(made_demo, folder=ProviderFolder(Path(home)))


@pytest.fixture(scope="session")
def core() -> Template:
    return find_template("core")
