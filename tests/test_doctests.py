"""Examples in the docstrings of the public API: every public function has one, and each prints what it says."""

import doctest
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import qipxl

PUBLIC = {name: getattr(qipxl, name) for name in qipxl.__all__}
MODULES = sorted({value.__module__ for value in PUBLIC.values()})


@pytest.mark.parametrize("name", [name for name, value in PUBLIC.items() if not inspect.isclass(value)])
def test_a_public_function_has_an_example(name: str) -> None:
    assert ">>> " in (inspect.getdoc(PUBLIC[name]) or "")


@pytest.mark.parametrize("module", MODULES)
def test_examples_print_what_they_say(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert doctest.testmod(import_module(module)).failed == 0
