"""Which returns are used: decided by month, doubts, content, head office and submission number; returns are never merged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from qipxl.periods import Period
from qipxl.reading.corrections import LOOK, Version, line_to_use, newest_of, outcomes, places_among
from qipxl.reading.options import Decisions
from qipxl.returns import problems
from qipxl.returns.problems import Problem, shown
from qipxl.returns.returns import Returns, problem_frame
from qipxl.services import service_of_plan
from qipxl.text import as_text, did_you_mean, escaped, folded


def resolve_duplicates(
    returns: Returns,
    doubts: Mapping[int, Sequence[str]],
    decisions: Decisions = Decisions(),  # noqa: B008  # frozen
) -> Returns:
    """Keep one return for each service, of the month the batch is about; the others stay as receipts with a reason.

    `doubts` are reasons, for each return, why head office must look first; `decisions` name the month and the files that it
    wants used. Identical copies are used once. If they differ, the higher submission number is used, or if head office wants it
    the one that was saved last. If that does not decide, the return that was accepted before is used until head office chooses;
    none if there was none.
    """
    return resolve_copies(returns, resolve_receipts(returns.receipts, doubts, decisions), decisions)


def resolve_receipts(receipts: pd.DataFrame, doubts: Mapping[int, Sequence[str]], decisions: Decisions) -> pd.DataFrame:
    """Mark the returns that are in doubt or of another month; this needs the receipts of the whole batch, but no rows."""
    receipts = receipts.copy()
    if decisions.former_codes:
        receipts["service"] = [decisions.former_codes.get(folded(code), code) for code in receipts["service"]]
    accepted, known = set(map(escaped, decisions.accepted_files)), titles(receipts)
    listed = None if decisions.services is None else {folded(code): code for code in decisions.services}
    for number in accepted_in(receipts):
        if not accepted_anyway(receipts, number, accepted):
            reasons = [*doubts.get(number, ()), *foreign_name(receipts, number, known)]
            reasons += not_listed(receipts, number, listed)
            if reasons:
                settle(receipts, number, "set aside", f"{' '.join(reasons)} {LOOK}")
    set_other_months_aside(receipts, decisions.period, accepted)
    return receipts


def resolve_copies(returns: Returns, settled: pd.DataFrame, decisions: Decisions) -> Returns:
    """Choose among several returns of one service, and drop the rows of those that are not used.

    `settled` are the receipts after `resolve_receipts`; `returns` must hold every return of each of its services.
    """
    receipts, differences = settled.copy(), list[dict[str, object]]()
    accepted = receipts[receipts["status"] == "accepted"]
    copies = accepted[accepted.duplicated(["service", "period"], keep=False)]
    for _, group in copies.groupby(["service", "period"], sort=False):
        differences += choose(returns, receipts, group, decisions)
    dropped = receipts.index[(receipts["status"] != "accepted") & (returns.receipts["status"] == "accepted")]
    if not len(dropped):
        return replace(returns, receipts=receipts)
    account_for(receipts, dropped)
    keep = {key: (~frame["return"].isin(dropped)).to_numpy() for key, frame in returns.tables.items()}
    gone = receipts.index[receipts["status"].isin(["duplicate", "superseded"])]
    found = returns.problems[~returns.problems["return"].isin(gone)]
    return replace(
        returns,
        receipts=receipts,
        tables={key: frame[keep[key]].reset_index(drop=True) for key, frame in returns.tables.items()},
        unreadable={key: frame[keep[key]].reset_index(drop=True) for key, frame in returns.unreadable.items()},
        problems=pd.concat([found, problem_frame(differences)], ignore_index=True),
    )


def accepted_in(receipts: pd.DataFrame) -> pd.Index:
    """The numbers of the accepted returns."""
    return receipts.index[receipts["status"] == "accepted"]


def accepted_anyway(receipts: pd.DataFrame, number: int, accepted: Collection[str]) -> bool:
    """True for a return that head office wants used."""
    return not names_of(str(receipts.at[number, "file"]), str(receipts.at[number, "digest"])).isdisjoint(accepted)


def names_of(file: str, digest: str) -> set[str]:
    """What a file can be accepted by: its name, with its folder or without, and its SHA-256.

    >>> sorted(names_of("North/March.zip: Homes/ELM.xlsx", "5e1f"))
    ['5e1f', 'ELM.xlsx', 'March.zip: Homes/ELM.xlsx', 'North/March.zip: Homes/ELM.xlsx']
    """
    container, separator, member = file.partition(": ")
    return {file, container.rsplit("/", 1)[-1] + separator + member, own_name(file), digest}


def own_name(file: str) -> str:
    """A file's name without its folder; of one in a compressed folder or an e-mail, without the name of that."""
    return re.split("/|: ", file)[-1]


def unknown_names(receipts: pd.DataFrame, accepted: Collection[str]) -> list[str]:
    """The accepted names that no file has."""
    if not accepted:
        return []
    known = set[str]().union(*map(names_of, receipts["file"], receipts["digest"]))
    return [name for name in accepted if escaped(name) not in known]


def titles(receipts: pd.DataFrame) -> dict[str, str]:
    """The name of every service of a batch, by its code."""
    known = receipts[receipts["service"] != ""].drop_duplicates("service")
    return dict(zip(map(str, known["service"]), map(str, known["name"]), strict=True))


def foreign_name(receipts: pd.DataFrame, number: int, known: Mapping[str, str]) -> Iterator[str]:
    """A sentence if a file is named after another service of this batch: it may be in the wrong service's tracker."""
    own, name = str(receipts.at[number, "service"]), own_name(str(receipts.at[number, "file"]))
    words = name.rsplit(".", 1)[0].replace("_", " ").split()
    if not words or own in words or title_of(receipts, number).lower() in name.lower():
        return
    home = service_of_plan(own, title_of(receipts, number))
    for code, title in known.items():
        if service_of_plan(code, title) != home and (
            code == words[0] or (len(title) > 3 and title.lower() in name.lower())
        ):
            yield f"The file is named after {title} ({code}), but the tracker in it was issued to {title_of(receipts, number)} ({own})."
            return


def not_listed(receipts: pd.DataFrame, number: int, listed: Mapping[str, str] | None) -> Iterator[str]:
    """A sentence if a return's service is not `listed` (codes by folded code): no total contains it until head office agrees."""
    code = str(receipts.at[number, "service"])
    if listed is not None and folded(code) not in listed:
        yield (
            f"The register lists no service with the code {code} ({title_of(receipts, number)}), so its rows are in no total."
            f"{did_you_mean(code, listed.values())} If it is a service of the provider, add its row to Services in the register."
        )


def title_of(receipts: pd.DataFrame, number: int) -> str:
    return str(receipts.at[number, "name"])


def set_other_months_aside(receipts: pd.DataFrame, period: Period | None, accepted: Collection[str]) -> None:
    """Set aside the returns of other months than the batch's own: last month's tracker sent again, or one too early."""
    periods = receipts.loc[receipts["status"] == "accepted", "period"]
    if not len(periods):
        return
    counts = Counter(map(str, periods))
    month = str(period) if period is not None else max(counts, key=lambda each: (counts[each], each))
    for number in periods.index[periods != month]:
        if not accepted_anyway(receipts, number, accepted):
            own, right = Period.read(str(periods[number])).words, Period.read(month).words
            reason = f"This is the tracker for {own}; these returns are for {right}. Ask for the right month's."
            settle(receipts, number, "set aside", reason)


def account_for(receipts: pd.DataFrame, dropped: pd.Index) -> None:
    """Count the rows of returns that are not used as superseded or as set aside."""
    twice = receipts.loc[dropped, "status"].isin(["duplicate", "superseded"])
    found = receipts.loc[dropped, "rows_found"]
    receipts.loc[dropped, "rows_accepted"] = 0
    receipts.loc[dropped, "rows_superseded"] = found.where(twice, 0)
    receipts.loc[dropped, "rows_set_aside"] = found.where(~twice, 0)
    rows = list(receipts["rows"])
    for index in np.flatnonzero(receipts.index.isin(dropped)):
        gone = receipts["status"].iloc[index] in ("duplicate", "superseded")
        new = {key: {"accepted": 0, "superseded": counts["found"] * gone} for key, counts in rows[index].items()}
        rows[index] = {key: counts | new[key] for key, counts in rows[index].items()}
    receipts["rows"] = rows


def choose(
    returns: Returns, receipts: pd.DataFrame, group: pd.DataFrame, decisions: Decisions
) -> Iterator[dict[str, object]]:
    """Choose among several returns of one service; of identical returns, the one with the shortest file name is kept.

    A file that head office wants used, or whose return was accepted before, is kept rather than a copy of it. Yields a problem
    for each row in which two returns differ.
    """
    versions = versions_in(group)
    names = {each.number: each.file for each in versions}
    chosen = places_among(versions, decisions.accepted_files)

    def preferred(one: Version) -> tuple[int, bool, int, str]:
        return -chosen.get(one.number, -1), one.digest not in decisions.accepted_before, len(one.file), one.file

    left: list[Version] = []
    for one in sorted(versions, key=preferred):
        identical = next((other for other in left if same_content(returns, other.number, one.number)), None)
        if identical is None:
            left.append(one)
        else:
            settle(receipts, one.number, "duplicate", f"The same as {identical.file}.")
    if len(left) == 1:
        return
    results = outcomes(left, decisions)
    for number, result in results.items():
        note = str(receipts.at[number, "reason"]) if result.status == "accepted" else ""
        settle(receipts, number, result.status, " ".join(filter(None, [note, result.reason])))
        receipts.loc[number, "differs_from"] = result.differs_from
    used = next((number for number, result in results.items() if result.status == "accepted"), None)
    compared = newest_of(left, decisions)[0].number if used is None else used
    for each in left:
        if each.number != compared:
            yield from differences(returns, each.number, compared, names)


def versions_in(receipts: pd.DataFrame) -> list[Version]:
    """The returns of some receipts."""
    lines = receipts[["file", "digest", "submission", "saved", "period"]].itertuples(name=None)
    return [
        Version(
            int(number),
            str(file),
            str(digest),
            names_of(str(file), str(digest)),
            int(submission),
            str(saved),
            str(period),
        )
        for number, file, digest, submission, saved, period in lines
    ]


def lines_to_use(receipts: pd.DataFrame) -> list[tuple[str, ...]]:
    """The register's line for each return that waits until head office chooses, in the order of the files."""
    lines = []
    compared = receipts[receipts["status"].isin(["accepted", "superseded"]) | (receipts["differs_from"] != "")]
    for number in receipts.index[receipts["differs_from"] != ""]:
        same = (compared[["service", "period"]] == receipts.loc[number, ["service", "period"]]).all(axis=1)
        versions = versions_in(compared[same])
        one = next(each for each in versions if each.number == number)
        lines.append(line_to_use(versions, one, one.period))
    return lines


def settle(receipts: pd.DataFrame, number: int, status: str, reason: str) -> None:
    """Record the status of a return, and why it has it."""
    receipts.loc[number, "status"] = status
    receipts.loc[number, "reason"] = reason


def same_content(returns: Returns, one: int, other: int) -> bool:
    """True if two returns have the same rows, cell by cell, in any order and file format; unreadable cells are compared too."""
    digests = list(returns.receipts.loc[[one, other], "digest"])
    if digests[0] == digests[1]:
        return True
    return all(rows_of(returns, key, one) == rows_of(returns, key, other) for key in returns.tables)


def rows_of(returns: Returns, key: str, number: int) -> Counter[tuple[object, ...]]:
    """How often a return has each row of a table, with withheld and unreadable texts in full, whatever the order of its rows."""
    owned = (returns.tables[key]["return"] == number).to_numpy()
    frame, masks = returns.tables[key][owned], returns.unreadable[key][owned]
    columns = []
    for field in frame.columns.drop(["return", "row"]):
        cells = [(key, str(field), number, int(row)) for row in frame["row"]]
        texts = [returns.originals.get(cell, as_text(value)) for cell, value in zip(cells, frame[field], strict=True)]
        unread = list(masks[field]) if field in masks else [False] * len(cells)
        typed = [as_text(returns.as_typed.get(cell)) for cell in cells]
        columns.append(list(zip(texts, unread, typed, strict=True)))
    return Counter(zip(*columns, strict=True))


def differences(returns: Returns, number: int, other: int, names: Mapping[int, str]) -> Iterator[dict[str, object]]:
    """A problem for each row of a return that differs from the row of the same reference in another return."""
    template = returns.templates[str(returns.receipts.at[number, "template"])]
    for key, line in template.tables.items():
        frame = returns.tables[key]
        fields = {field.key: field.heading for field in line.field}
        ours, theirs = (frame[frame["return"] == each] for each in (number, other))
        known = rows_by_ref(theirs, line.identity, fields)
        sheet = returns.placements[number, key].sheet
        for ref, (row, values) in rows_by_ref(ours, line.identity, fields).items():
            there = known.pop(ref, None)
            if there is None:
                text = f"{ref[0] or 'this row'} is not in {names[other]}"
            elif values == there[1]:
                continue
            else:
                cells = zip(fields.values(), values, there[1], strict=True)
                texts = [f"{name} says “{shown(a, 24)}”, there “{shown(b, 24)}”" for name, a, b in cells if a != b]
                text = f"{ref[0] or 'this row'} differs from {names[other]}: {'; '.join(texts)}"
            yield problems.line(number, names[number], Problem("versions-differ", key, sheet, row, value=text))
        for ref in known:
            text = f"{ref[0] or 'a row'} is only in {names[other]}"
            yield problems.line(number, names[number], Problem("versions-differ", key, sheet, value=text))


Ref = tuple[str, int]
"""A reference, and the index of the row among those with the same reference."""


def rows_by_ref(frame: pd.DataFrame, identity: str, fields: Collection[str]) -> dict[Ref, tuple[int, tuple[str, ...]]]:
    """Each row's sheet row and values as text, by its reference (by its order if rows have none)."""
    seen: Counter[str] = Counter()
    found = {}
    for row, *values in frame[["row", *fields]].itertuples(index=False, name=None):
        words = tuple(map(as_text, values))
        ref = words[list(fields).index(identity)] if identity else ""
        found[ref, seen[ref]] = (int(row), words)
        seen[ref] += 1
    return found
