"""What several test files share: LibreOffice, the core template, and returns written as small grids."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from office import Office, office_missing, start_office

from qipxl.demo import Demo, make_demo
from qipxl.headoffice import ProviderFolder
from qipxl.template import Template, find_template


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
