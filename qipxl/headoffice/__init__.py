"""Head office: the register it keeps in Excel, and the provider's folder with everything a month needs."""

from qipxl.headoffice.folder import ProviderFolder, init_folder, open_folder
from qipxl.headoffice.month import ProviderMonth
from qipxl.headoffice.register import Register, read_register, register_from
from qipxl.headoffice.standing import standing_of

__all__ = [
    "ProviderFolder",
    "ProviderMonth",
    "Register",
    "init_folder",
    "open_folder",
    "read_register",
    "register_from",
    "standing_of",
]
