"""What several test files share: LibreOffice, the core template, and returns written as small grids."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from office import Office, office_missing, start_office

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
def core() -> Template:
    return find_template("core")
