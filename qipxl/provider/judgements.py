"""Judgements from outside the service on evidence, packs and reviews, from the register."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType

from qipxl.provider.register import Register
from qipxl.provider.register_schema import ClosedActionLine, JudgementLine
from qipxl.summary.sheet_spec import TableColumns
from qipxl.summary.summary import ProviderSummary
from qipxl.template import Template
from qipxl.text import folded

TABLE = "head_office"
COLUMNS_READ: TableColumns = dict.fromkeys(("evidence", "reviews", "packs"), ("action",))
"""The columns that `without_item` reads, by table."""
Judged = Mapping[tuple[str, str, str], JudgementLine]
"""The last judgement on each item, by its service's code, its action's Ref and its own Ref, folded."""
NONE_JUDGED: Judged = MappingProxyType({})


def judgements(register: Register, as_at: date) -> dict[tuple[str, str, str], JudgementLine]:
    """The last judgement of the register up to a date on each item, also under its Refs in the plan of a service that took its action."""
    lines = register.of(JudgementLine)
    taken = {
        (folded(line.service), folded(line.action)): line for line in register.of(ClosedActionLine) if line.taken_by
    }
    return last_judgements([*lines, *(moved(line, taken) for line in lines if key_of(line)[:2] in taken)], as_at)


def moved(line: JudgementLine, taken: Mapping[tuple[str, str], ClosedActionLine]) -> JudgementLine:
    """A judgement on an item of a taken action, with the Refs that it has in the plan of the service that took it."""
    to = taken[key_of(line)[:2]]
    refs = {"action": f"{to.service}-{line.action}", "ref": f"{to.service}-{line.ref}"}
    return line.model_copy(update={"service": to.taken_by, **refs})


def last_judgements(lines: Iterable[JudgementLine], as_at: date) -> dict[tuple[str, str, str], JudgementLine]:
    """The last judgement up to a date on each item; of two on one day, the later line."""
    known = [line for line in lines if line.judged_on <= as_at]
    return {key_of(line): line for line in sorted(known, key=lambda line: line.judged_on)}


def key_of(line: JudgementLine) -> tuple[str, str, str]:
    return folded(line.service), folded(line.action), folded(line.ref)


def judged_tables(template: Template) -> dict[str, str]:
    """The field of From head office that names a judged item, by the item's table."""
    fields = template.tables[TABLE].field if TABLE in template.tables else ()
    return {field.to: field.key for field in fields if field.type == "reference" and field.to != "actions"}


def without_item(register: Register, summary: ProviderSummary) -> Iterator[tuple[str, str, str, str, str, str]]:
    """A line LINK for each judgement of the summary's month on an item that the return of its service does not have."""
    names = dict(zip(map(folded, summary.returns.accepted["service"]), summary.returns.accepted["name"], strict=True))
    tables = {table for template in summary.in_use for table in judged_tables(template)}
    rows = [summary.records[table] for table in sorted(tables) if table in summary.records]
    columns = [frame[["service", "action", "ref"]].astype(object).itertuples(index=False, name=None) for frame in rows]
    times = Counter(tuple(map(folded, item)) for items in columns for item in dict.fromkeys(items))
    for line in register.of(JudgementLine):
        now = (line.judged_on.year, line.judged_on.month) == (summary.as_at.year, summary.as_at.month)
        code, action, ref = key_of(line)
        if now and code in names and times[code, action, ref] != 1:
            why = "two items of this Ref" if times[code, action, ref] else "no evidence or review of this Ref"
            where = f"{JudgementLine.sheet}, row {line.row}" if line.row else line.judged_by
            what = f"{where}: the return has {why} for {line.action}, so the judgement does not count."
            yield "Judgement without its item", line.ref, line.service, names[code], what, line.action


def judged_rows(
    judged: Judged, template: Template, service: str, items: Mapping[str, Iterable[tuple[object, object]]]
) -> Iterator[dict[str, object]]:
    """A row of From head office for each item of a service that was judged.

    `items` are the Refs and the actions of each table's rows. A Ref that two tables have for one action names neither item.
    """
    own = {
        table: {(folded(action), folded(ref)): (ref, action) for ref, action in items.get(table, ()) if ref and action}
        for table in judged_tables(template)
    }
    times = Counter(key for keys in own.values() for key in keys)
    for table, name in judged_tables(template).items():
        for key, (ref, action) in own[table].items():
            line = judged.get((folded(service), *key))
            if line is not None and times[key] == 1:
                yield {
                    "action": action, name: ref, "outside_judgement": line.judgement, "outside_by": line.judged_by,
                    "outside_on": line.judged_on,
                }  # fmt: skip
