"""What a person may see when a button does not work, and what it means: things that cannot be looked up from outside Excel."""

from __future__ import annotations

SYMPTOMS = (
    (
        "A button shows run-time error 70 or 1000, or nothing happens at all.",
        "IT forbids Office to start programs (Defender: block all Office applications from creating child "
        "processes). Use the commands or a shortcut to them.",
    ),
    (
        "There are no buttons, or pressing one says that macros are disabled.",
        "Macros are off, or the file came from the internet or by e-mail: right-click it, Properties, Unblock; or "
        "have IT trust its folder or its signature.",
    ),
    (
        "The console file has vanished.",
        "A virus scanner put it away. Ask IT to allow it (docs/excel-it.md has what is in it), or make it anew: "
        "qipxl console.",
    ),
    (
        "“qipxl is not set up for Excel on this computer.”",
        "Type: qipxl excel install. Each person who uses the console does so once.",
    ),
    (
        "“qipxl could not be started.”",
        "The Python that is recorded was moved or removed, or belongs to a virtual environment that is gone. Type:"
        " qipxl excel install, with the Python that has qipxl.",
    ),
    (
        "“No module named xlwings” in excel.log.",
        "xlwings was installed into another Python. In the folder of qipxl, with the Python that is recorded, type: "
        'pip install ".[excel]"',
    ),
    (
        "“'NoneType' object has no attribute 'apps'” in excel.log.",
        "pywin32 is missing or broken. Type: pip install --force-reinstall pywin32",
    ),
    (
        "The status bar says that qipxl is working, and nothing goes on.",
        "A cell is being typed in, or a box is open, and Excel answers nobody. Press Enter or Escape, and close "
        "the box.",
    ),
    (
        "“No tracker is open in this Excel.”",
        "The tracker is in Protected View: choose Enable Editing. Or two Excels are running: close one and open "
        "both files in the other.",
    ),
    (
        "“… is not open in Excel” in excel.log.",
        "The console was closed, or renamed by somebody else, while qipxl was starting. Open it and press the button again.",
    ),
    (
        "“… is not known on this computer.”",
        "The console was made elsewhere, renamed or moved. Type: qipxl console, and the provider's folder.",
    ),
    (
        "“This could not be written into the console.”",
        "It is read-only, protected, or open in two places at once. Open it alone for editing, and take protection"
        " off Log, Problems and Console.",
    ),
    (
        "The console stands on OneDrive or SharePoint.",
        "That does no harm: qipxl never asks Excel where a workbook stands. The provider's folder itself must be "
        "one that this computer can read.",
    ),
    (
        "A name holds =, &, ', % or accents.",
        "That does no harm: the name goes to qipxl as figures.",
    ),
    (
        "Excel has 32 bits, and Python 64.",
        "That does no harm.",
    ),
    (
        "“xlwings32-….dll not found”, or versions that differ.",
        "That comes from the add-in of xlwings, which qipxl does not use. Type: xlwings addin remove",
    ),
)
"""Each thing seen, with what it means and asks for."""
