"""Finds macros in a return that are not qipxl's. They are never run here; people who open the file in Excel are warned."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qipxl.files import macros
from qipxl.reading.file.package import Package
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.workbook_parts import relations_of, workbook_part
from qipxl.returns.problems import Problem, shown

OLD_KINDS = {"xlmacrosheet", "xlintlmacrosheet"}
ATTRIBUTE = re.compile(r"\s*Attribute [\w.]+ = [^:]*")
"""A line that describes a module or a procedure to Excel and does nothing."""
TRACKER = ("QipTracker",)
"""The modules of an issued tracker."""
STORAGE = "VBA\0".encode("utf-16-le")
"""The name of the storage of the modules; a project has exactly one."""
NAMED = 5
"""The most modules named in the problem."""


def foreign_macros(package: Package) -> list[Problem]:
    """A problem if a workbook holds modules whose text differs from those in `macros/`, or Excel 4 macros.

    Only the text is compared. Compiled code that was made to differ from its text is not detected.
    """
    names = [shown(name) for name in foreign_modules(package)]
    if not names:
        return []
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return [Problem("macros-foreign", "", "", value=", ".join(names[:NAMED]) + more)]


def foreign_modules(package: Package) -> Iterator[str]:
    """The names of modules that are not qipxl's, or a phrase if a macro has no name."""
    related = {part.lower(): kind for kind, part in relations_of(package, workbook_part(package)).values()}
    for name, member in package.names.items():
        folded = name.lower()
        kind = related.get(folded, "").rpartition("/")[2].lower()
        if folded.startswith("xl/macrosheets/") or kind in OLD_KINDS:
            yield "an Excel 4 macro sheet"
        elif kind == "vbaproject" or ("vbaproject" in folded and folded.endswith(".bin")):
            yield from modules_not_ours(package.inflate(member))


def modules_not_ours(project: bytes) -> Iterator[str]:
    """The modules of a project whose code is not ours; case and spaces do not count, because Excel changes them."""
    from pyopenvba.cfb import CFB  # slow to import, and only workbooks with macros need it
    from pyopenvba.vba import parse_vba_project

    ours = {code_text((macros() / f"{name}.bas").read_text("ascii")) for name in TRACKER}
    try:
        streams = CFB.from_bytes(project)
        modules = [(module.name, module.source) for module in parse_vba_project(streams).modules]
        known = {name.lower() for name, _ in modules} | {"dir", "_vba_project"}
        others = [name for name in streams.list_streams_in_storage("VBA") if name.lower() not in known]
        if project.count(STORAGE) != 1 or any(not name.startswith("__SRP_") for name in others):
            modules = [("a project that cannot be read", "made to be read in two ways")]
    except RefusedError:
        raise
    except Exception:  # a manipulated project can make the parser fail in any way
        yield "a project that cannot be read"
        return
    for name, text in modules:
        code = code_text(text)
        if code and code not in ours:
            yield name


def code_text(text: str) -> str:
    """A module's code in lower case, with single spaces, and without the attributes that Excel writes above it."""
    return " ".join(" ".join(line for line in text.splitlines() if not ATTRIBUTE.fullmatch(line)).lower().split())
