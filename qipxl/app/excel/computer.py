"""The parts of a computer that setting up the buttons uses: registry, files, Python. A protocol, so that tests can replace it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

USER, MACHINE, CLASSES = "HKEY_CURRENT_USER", "HKEY_LOCAL_MACHINE", "HKEY_CLASSES_ROOT"
"""Parts of the registry that are read; only the first is written."""


class Computer(Protocol):
    """A computer on which Excel may run."""

    system: str
    """The value of sys.platform, such as win32 or darwin."""
    python: Path
    home: Path

    def registry_value(self, part: str, key: str, name: str) -> object:
        """A value of the registry, or None."""

    def set_registry_value(self, key: str, name: str, value: str) -> None:
        """Write a text into the user's part of the registry."""

    def names_in(self, folder: Path) -> Sequence[str]:
        """The names in a folder; empty if there is no such folder."""

    def version(self, package: str) -> str:
        """The version of a Python package; empty if it is not installed."""

    def has_module(self, module: str) -> bool:
        """True if a Python module can be imported."""


class ThisComputer:
    """The computer on which qipxl runs."""

    system = sys.platform
    python = Path(sys.executable)
    home = Path.home()

    def registry_value(self, part: str, key: str, name: str) -> object:
        if sys.platform == "win32":
            import winreg

            try:
                with winreg.OpenKey(getattr(winreg, part), key) as opened:
                    return winreg.QueryValueEx(opened, name)[0]
            except OSError:
                return None
        return None

    def set_registry_value(self, key: str, name: str, value: str) -> None:
        if sys.platform == "win32":
            import winreg

            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as opened:
                winreg.SetValueEx(opened, name, 0, winreg.REG_SZ, value)

    def names_in(self, folder: Path) -> Sequence[str]:
        try:
            return sorted(os.listdir(folder))
        except OSError:
            return []

    def version(self, package: str) -> str:
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            return ""

    def has_module(self, module: str) -> bool:
        return importlib.util.find_spec(module) is not None
