"""Judgements from outside the service on evidence, packs and reviews, from the register."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType

from qipxl.provider.register import Register
from qipxl.provider.register_schema import JUDGEMENTS, ClosedActionLine, JudgementLine
from qipxl.services import ref_prefix
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
    code = ref_prefix(to.service)
    refs = {"action": f"{code}-{line.action}", "ref": f"{code}-{line.ref}"}
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


def words_for(template: Template, table: str) -> set[str]:
    """The words in which an item of a table may be judged: those for every item, and those that a list of its own has too."""
    outside = next(field for field in template.tables[TABLE].field if field.key == "outside_judgement")
    own = {word for field in template.tables[table].field for word in template.options(field)}
    return {*JUDGEMENTS, *(own & {*template.options(outside)})}


def without_item(register: Register, summary: ProviderSummary) -> Iterator[tuple[str, str, str, str, str, str]]:
    """A line LINK for each judgement of the summary's month that does not count: the return of its service does not have the item, or
    the word is for other items."""
    names = dict(zip(map(folded, summary.returns.accepted["service"]), summary.returns.accepted["name"], strict=True))
    month = summary.as_at.year, summary.as_at.month
    lines = [
        line
        for line in register.of(JudgementLine)
        if (line.judged_on.year, line.judged_on.month) == month and folded(line.service) in names
    ]
    items = items_with_words(summary) if lines else {}
    for line in lines:
        key = key_of(line)
        found = items.get(key, [])
        if len(found) == 1 and line.judgement in found[0]:
            continue
        why = f"the return has no evidence or review of this Ref for {line.action}"
        if len(found) > 1:
            why = f"the return has two items of this Ref for {line.action}"
        elif found:
            why = f"“{line.judgement}” is for packs; write {' or '.join(JUDGEMENTS)}"
        place = f"{JudgementLine.sheet}, row {line.row}" if line.row else line.judged_by
        what = f"{place}: {why}, so the judgement does not count."
        yield "Judgement without its item", line.ref, line.service, names[key[0]], what, line.action


def items_with_words(summary: ProviderSummary) -> dict[tuple[str, ...], list[set[str]]]:
    """For each item that may be judged, by service, action and Ref, the words in which its table may be; several if several tables have it."""
    words: dict[str, set[str]] = {}
    for template in summary.in_use:
        for table in judged_tables(template):
            words.setdefault(table, set()).update(words_for(template, table))
    items: dict[tuple[str, ...], list[set[str]]] = {}
    for table in sorted(words.keys() & set(summary.records)):
        lines = (
            summary.records.only(())[table][["service", "action", "ref"]]
            .astype(object)
            .itertuples(index=False, name=None)
        )
        for item in dict.fromkeys(lines):
            items.setdefault(tuple(map(folded, item)), []).append(words[table])
    return items


def judged_rows(
    judged: Judged, template: Template, service: str, items: Mapping[str, Iterable[tuple[object, object]]]
) -> Iterator[dict[str, object]]:
    """A row of From head office for each item of a service that was judged.

    `items` are the Refs and the actions of each table's rows. A Ref that two tables have for one action names neither item,
    and a word for items of another table judges nothing.
    """
    own = {
        table: {(folded(action), folded(ref)): (ref, action) for ref, action in items.get(table, ()) if ref and action}
        for table in judged_tables(template)
    }
    times = Counter(key for keys in own.values() for key in keys)
    for table, name in judged_tables(template).items():
        words = words_for(template, table)
        for key, (ref, action) in own[table].items():
            line = judged.get((folded(service), *key))
            if line is not None and times[key] == 1 and line.judgement in words:
                yield {
                    "action": action, name: ref, "outside_judgement": line.judgement, "outside_by": line.judged_by,
                    "outside_on": line.judged_on,
                }  # fmt: skip
