"""Head office: the register it keeps in Excel, and the provider's folder with everything a month needs.

Each name is fetched when it is first used: checking a file needs no register.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qipxl.provider.folder import ProviderFolder, init_folder, open_folder
    from qipxl.provider.month import ProviderMonth
    from qipxl.provider.register import Register
    from qipxl.provider.register_file import read_register
    from qipxl.provider.register_reading import register_from
    from qipxl.provider.status import status_of

HOMES = {
    "ProviderFolder": "folder",
    "ProviderMonth": "month",
    "Register": "register",
    "init_folder": "folder",
    "open_folder": "folder",
    "read_register": "register_file",
    "register_from": "register_reading",
    "status_of": "status",
}
__all__ = [
    "ProviderFolder",
    "ProviderMonth",
    "Register",
    "init_folder",
    "open_folder",
    "read_register",
    "register_from",
    "status_of",
]


def __getattr__(name: str) -> object:
    if name in HOMES:
        return getattr(import_module(f"qipxl.provider.{HOMES[name]}"), name)
    raise AttributeError(f"module 'qipxl.provider' has no attribute {name!r}")
