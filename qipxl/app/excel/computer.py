"""What setting up Excel asks of a computer: its registry, its files, its Python. One small record, so that each can be tried anywhere."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

USER, MACHINE, CLASSES = "HKEY_CURRENT_USER", "HKEY_LOCAL_MACHINE", "HKEY_CLASSES_ROOT"
"""The parts of the registry that are looked into; only the first is written to."""


class Computer(Protocol):
    """A computer that Excel may run on."""

    system: str
    """win32, darwin, or another name of sys.platform."""
    python: Path
    home: Path

    def registered(self, part: str, key: str, name: str) -> object:
        """A value of the registry; None where there is none."""

    def register(self, key: str, name: str, value: str) -> None:
        """Write a text into the user's own part of the registry."""

    def listed(self, folder: Path) -> Sequence[str]:
        """The names in a folder; none where there is no such folder."""

    def version(self, package: str) -> str:
        """The version of a Python package; empty where it is not installed."""

    def imports(self, module: str) -> bool:
        """True where a Python module is there."""


class ThisComputer:
    """The computer that qipxl runs on."""

    system = sys.platform
    python = Path(sys.executable)
    home = Path.home()

    def registered(self, part: str, key: str, name: str) -> object:
        if sys.platform == "win32":
            import winreg

            try:
                with winreg.OpenKey(getattr(winreg, part), key) as opened:
                    return winreg.QueryValueEx(opened, name)[0]
            except OSError:
                return None
        return None

    def register(self, key: str, name: str, value: str) -> None:
        if sys.platform == "win32":
            import winreg

            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as opened:
                winreg.SetValueEx(opened, name, 0, winreg.REG_SZ, value)

    def listed(self, folder: Path) -> Sequence[str]:
        try:
            return sorted(os.listdir(folder))
        except OSError:
            return []

    def version(self, package: str) -> str:
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            return ""

    def imports(self, module: str) -> bool:
        return importlib.util.find_spec(module) is not None
