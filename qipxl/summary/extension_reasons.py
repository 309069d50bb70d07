"""The reasons given for more time, for the lists of the actions and the milestones that were extended."""

from __future__ import annotations

from collections.abc import Mapping

from qipxl.archive.lazy_tables import LazyTables
from qipxl.text import folded

ReasonsOfActions = Mapping[tuple[int, str], str]
"""Reasons in words, by the return and the folded Ref of what was extended."""
READ_OF_EXTENSIONS = ("action", "milestone", "reason_code", "reason")


def extension_reasons(records: LazyTables, of: str) -> ReasonsOfActions:
    """The reasons, each after its kind, in the order in which they were given, by the return and the folded Ref of what was extended.

    records: the tables of the returns, by key. of: `action` or `milestone`. An extension of a milestone is none of its action.
    """
    given: dict[tuple[int, str], list[str]] = {}
    for lines in records.only(READ_OF_EXTENSIONS).parts("extensions") if "extensions" in records else ():
        for line in lines.to_dict("records"):
            ref = folded(line.get(of))
            if ref and (of == "milestone" or not folded(line.get("milestone"))):
                kind = str(line.get("reason_code") or "no kind given")
                text = ": ".join(filter(None, (kind, str(line.get("reason") or ""))))
                given.setdefault((int(line["return"]), ref), []).append(text)
    return {key: "; ".join(texts) for key, texts in given.items()}
