"""Head office: the register it keeps in Excel, and the provider's folder with everything a month needs."""

from qipxl.provider.folder import ProviderFolder, init_folder, open_folder
from qipxl.provider.month import ProviderMonth
from qipxl.provider.read_register import read_register, register_from
from qipxl.provider.register import Register
from qipxl.provider.status import status_of

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
