"""Codes of services that disappear from the register while a service of the same name appears under another code."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

import pandas as pd

from qipxl.archive.store import Archive
from qipxl.errors import RequestError
from qipxl.periods import Period
from qipxl.provider.register import Register
from qipxl.provider.register_schema import ServiceLine
from qipxl.text import folded

RECENT = 12
"""The months before the present one in which a code is looked for in the archive."""
ALIKE = 0.86
"""The share of equal letters from which two names are nearly the same."""
ORDINARY = frozenset({
    "the", "a", "of", "and", "at", "for", "home", "homes", "house", "care", "nursing", "residential", "service", "services", "centre",
    "unit", "ltd", "limited",
})  # fmt: skip
"""Words that do not tell services apart."""


def refuse_vanished_codes(register: Register, archive: Archive, period: Period) -> None:
    """Raise RequestError if the archive has recent returns under a code that the register lacks, and a service that is open in
    the month has the same or nearly the same name and no return in any of these months: the history would be lost unasked.
    """
    versions = archive.versions[archive.versions["period"] >= str(period.plus(-RECENT))]
    months = {folded(code): set(own["period"]) for code, own in versions.groupby("service")}
    known = {folded(line.plan_code) for line in register.of(ServiceLine)}
    questions = []
    for code, own in versions.groupby("service"):
        if folded(code) in known:
            continue
        name = str(own.sort_values("period")["name"].iloc[-1])
        same = [
            line
            for line in register.open_in(period)
            if is_same_name(name, line.plan_name) and not months.get(folded(line.plan_code), set()) & set(own["period"])
        ]
        questions += [question(register, str(code), own, line) for line in same]
    if questions:
        raise RequestError("\n".join(questions))


def question(register: Register, code: str, returns: pd.DataFrame, line: ServiceLine) -> str:
    """What to ask about a code and a line of the register."""
    last = returns.sort_values("period").iloc[-1]
    return (
        f"Is {line.plan_name} ({line.plan_code}) the service that had the code {code}? The archive has returns of {last['name']} under {code}, "
        f"the last of {Period.read(str(last['period'])).words}, and {register.path.name} no longer lists {code}.\n"
        f"- If it is the same service: on the sheet {ServiceLine.sheet}, row {line.row}, enter {code} in the column Former code.\n"
        f"- If {code} has closed: list {code} on {ServiceLine.sheet} again, with the date in Closed."
    )


def is_same_name(one: str, other: str) -> bool:
    """True if two names of services are the same or nearly the same.

    >>> [is_same_name("Elm House", name) for name in ("The Elm House Care Home", "Elmhouse", "Elm Hosue", "Oak House", "Elm House 2")]
    [True, True, True, False, False]
    """
    if set(re.findall(r"\d+", one)) != set(re.findall(r"\d+", other)):
        return False
    words = [re.findall(r"\w+", folded(name).replace("'", "")) for name in (one, other)]
    telling = [set(each) - ORDINARY for each in words]
    if telling[0] and telling[0] == telling[1]:
        return True
    return SequenceMatcher(None, "".join(words[0]), "".join(words[1])).ratio() >= ALIKE
