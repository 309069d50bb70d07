"""Macros in a return that qipxl did not put there. Nothing runs them here; whoever opens the file in Excel must know of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qipxl.files import macros
from qipxl.reading.file.package import Package
from qipxl.reading.file.raw_workbook import relations_of
from qipxl.reading.file.refusal import RefusedError
from qipxl.returns.problems import Found, shown

RELATIONS = "xl/_rels/workbook.xml.rels"
OLD_KINDS = {"xlmacrosheet", "xlintlmacrosheet"}
ATTRIBUTE = re.compile(r"\s*Attribute [\w.]+ = [^:]*")
"""A line that tells Excel about a module or a procedure, and does nothing."""
TRACKER = ("QipTracker",)
"""The modules that a tracker is issued with."""
STORAGE = "VBA\0".encode("utf-16-le")
"""The name of the storage of the modules, of which a project has one."""
NAMED = 5
"""So many modules are named in the problem."""


def foreign_macros(package: Package) -> list[Found]:
    """A problem where a workbook holds modules with other text than those in `macros/`, or macros of the old kind.

    What is compared is the text. Compiled code that was made to differ from the text beside it is not seen.
    """
    found = [shown(name) for name in foreign_modules(package)]
    if not found:
        return []
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return [Found("macros-foreign", "", "", value=", ".join(found[:NAMED]) + more)]


def foreign_modules(package: Package) -> Iterator[str]:
    """The names of modules that are not qipxl's, or what stands in place of a name."""
    related = {part.lower(): kind for kind, part in relations_of(package, RELATIONS, "xl").values()}
    for name, member in package.names.items():
        folded = name.lower()
        kind = related.get(folded, "").rpartition("/")[2].lower()
        if folded.startswith("xl/macrosheets/") or kind in OLD_KINDS:
            yield "an Excel 4 macro sheet"
        elif kind == "vbaproject" or ("vbaproject" in folded and folded.endswith(".bin")):
            yield from modules_not_ours(package.inflate(member))


def modules_not_ours(project: bytes) -> Iterator[str]:
    """The modules of a project that hold code with another text than ours; case and blanks do not count, Excel changes them."""
    from pyopenvba.cfb import CFB  # only a workbook with macros needs it, and it would slow every process's start
    from pyopenvba.vba import parse_vba_project

    own = {without_looks((macros() / f"{name}.bas").read_text("ascii")) for name in TRACKER}
    try:
        streams = CFB.from_bytes(project)
        modules = [(module.name, module.source) for module in parse_vba_project(streams).modules]
        known = {name.lower() for name, _ in modules} | {"dir", "_vba_project"}
        others = [name for name in streams.list_streams_in_storage("VBA") if name.lower() not in known]
        if project.count(STORAGE) != 1 or any(not name.startswith("__SRP_") for name in others):
            modules = [("a project that cannot be read", "made to be read in two ways")]
    except RefusedError:
        raise
    except Exception:  # whatever a made-up project makes the parser do
        yield "a project that cannot be read"
        return
    for name, text in modules:
        code = without_looks(text)
        if code and code not in own:
            yield name


def without_looks(text: str) -> str:
    """A module's code in small letters, without blanks, and without the attributes that Excel writes above it."""
    return " ".join(" ".join(line for line in text.splitlines() if not ATTRIBUTE.fullmatch(line)).lower().split())
