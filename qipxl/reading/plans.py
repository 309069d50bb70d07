"""Template → what opening a file must know of it."""

from __future__ import annotations

from qipxl.reading.file import ReadingPlan, TablePlan
from qipxl.rules.rulebook import HEADLINE
from qipxl.template import TableLine, Template
from qipxl.template.compile import read_setting


def reading_plan(template: Template) -> ReadingPlan:
    """A template's tables, settings and earlier versions, without its rules."""
    read = (read_setting(key, line) for key, line in template.setting.items())
    settings = {name: number for setting in read for name, number in setting.names()}
    tables = {key: table_plan(line) for key, line in template.tables.items()}
    earlier = {each.version: dict(each.renamed) for each in template.earlier}
    return ReadingPlan(template.key, template.version, tables, settings, earlier)


def table_plan(line: TableLine) -> TablePlan:
    of_type = {
        kind: frozenset(field.key for field in line.field if field.type == kind)
        for kind in ("choice", "date", "number")
    }
    watched = frozenset(field.key for field in line.field if field.type in ("text", "choice", "reference"))
    return TablePlan(
        sheet=line.sheet,
        headings={field.key: field.heading for field in line.field},
        worked_out=line.worked_out_headings,
        rows=line.rows,
        identity=line.identity,
        needed=line.needed,
        choices=of_type["choice"],
        dates=of_type["date"],
        texts=watched if line.filled_by == "service" else frozenset(),
        staff=frozenset(field.key for field in line.field if field.names_staff),
        rated=HEADLINE in [rating.key for rating in line.rating],
    )
