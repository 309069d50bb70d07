"""Makes a register of the cells of its workbook; all mistakes in it are listed at once, each with its cell or row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from qipxl.errors import RequestError
from qipxl.indicators.rule_sets import RULE_SETS
from qipxl.periods import Period
from qipxl.provider.plans import wrong_plans
from qipxl.provider.register import ANSWERS, CHOICES, CODES, DEFAULTS, PROVIDER, AnyLine, Register
from qipxl.provider.register_checks import (
    repeated_lines,
    unclear_closed_actions,
    unknown_services,
    wrong_former_codes,
    wrong_mail_texts,
    wrong_provider_actions,
)
from qipxl.provider.register_schema import (
    LINES,
    Line,
    ServiceLine,
)
from qipxl.provider.statement_lists import framework_mistakes
from qipxl.reading.file.sheet_xml import column_index
from qipxl.returns.cell_values import parse_date
from qipxl.text import as_text, clean_text, folded
from qipxl.workbook.cells import CellError, NotStoredError, is_blank
from qipxl.workbook.headings import find_headings
from qipxl.workbook.layout import column_letters

MOST = 40
"""The number of mistakes that one message lists."""


def register_from(
    path: Path, sheets: Mapping[str, list[list[object]]], far: Mapping[str, Sequence[str]] | None = None
) -> Register:
    """The register from the cells of its sheets, each from A1 on; raises RequestError with every mistake in them.

    `far` are the addresses of cells too far away to be read: a mistake if they are in a column of a list.
    """
    mistakes: list[str] = []
    answers = read_provider(sheets, mistakes)
    mistakes += renamed_sheets(sheets)
    lines: dict[type[Line], Sequence[Line]] = {
        kind: read_lines(kind, sheets.get(kind.sheet), mistakes, (far or {}).get(kind.sheet, ())) for kind in LINES
    }
    charted = tuple(filter(None, map(str.strip, answers.pop("charted").split(";"))))
    register = Register(path, due_day=int(answers.pop("due_day")), charted=charted, lines=lines, **answers)
    mistakes += [*repeated_lines(register), *wrong_plans(register.of(ServiceLine))]
    mistakes += [*wrong_former_codes(register), *wrong_mail_texts(register), *framework_mistakes(register)]
    register = with_codes_of_plans(with_present_codes(register))
    if not any(mistake.startswith(f"{ServiceLine.sheet}!") for mistake in mistakes):
        mistakes += [*unknown_services(register), *unclear_closed_actions(register), *wrong_provider_actions(register)]
    if not lines[ServiceLine] and not mistakes:
        mistakes.append("Services lists no service. Write one on each row.")
    if mistakes:
        more = f"\n- and {len(mistakes) - MOST} more" if len(mistakes) > MOST else ""
        listed = "\n".join(f"- {mistake}" for mistake in mistakes[:MOST])
        raise RequestError(f"{path.name} has {len(mistakes)} mistake{'s' * (len(mistakes) > 1)}:\n{listed}{more}")
    return register


def read_provider(sheets: Mapping[str, list[list[object]]], mistakes: list[str]) -> dict[str, str]:
    """The answers on the sheet Provider."""
    answers = dict(DEFAULTS)
    asked = {heading.lower(): key for key, heading in ANSWERS.items()}
    for row in sheets.get(PROVIDER, []):
        key = asked.get(as_text(row[0]).strip().lower()) if row else None
        if key is not None and len(row) > 1:
            answers[key] = " ".join(as_text(row[1]).split()) or DEFAULTS[key]
    if not answers["name"]:
        mistakes.append(f"{PROVIDER} does not say the {ANSWERS['name']}. Write it next to this heading, in column B.")
    if not answers["due_day"].isdecimal() or not 1 <= int(answers["due_day"]) <= 28:
        mistakes.append(f"{PROVIDER}: {ANSWERS['due_day']} says {answers['due_day']}. Write a day from 1 to 28.")
        answers["due_day"] = DEFAULTS["due_day"]
    for key, choices in CHOICES.items():
        known = {choice.lower(): choice for choice in choices}
        if answers[key].lower() not in known:
            mistakes.append(f"{PROVIDER}: {ANSWERS[key]} says {answers[key]}. Choose {' or '.join(choices)}.")
        answers[key] = known.get(answers[key].lower(), DEFAULTS[key])
    if answers["chart_rules"] not in RULE_SETS:
        rules = " or ".join(RULE_SETS)
        mistakes.append(f"{PROVIDER}: {ANSWERS['chart_rules']} says {answers['chart_rules']}. Write {rules}.")
    return answers


def read_lines(
    kind: type[AnyLine], rows: list[list[object]] | None, mistakes: list[str], far: Sequence[str] = ()
) -> list[AnyLine]:
    """The lines of one sheet; mistakes in them are added to `mistakes`, and cells of its columns that are `far` away."""
    titles = {name: str(info.title) for name, info in kind.columns().items()}
    headings = find_headings(rows, [*titles.values()]) if rows else None
    if rows is None and kind.is_optional:
        return []
    if rows is None or headings is None:
        mistakes.append(f"The sheet {kind.sheet}, or its row of headings, is missing: {', '.join(titles.values())}.")
        return []
    indexes = {name: headings.columns[title] for name, title in titles.items() if title in headings.columns}
    missing = [titles[name] for name, info in kind.columns().items() if info.is_required() and name not in indexes]
    if missing:
        mistakes.append(f"{kind.sheet} has no column {', '.join(missing)}.")
        return []
    mistakes += lost_headings(kind, rows, headings.row, indexes)
    lines = []
    for number, row in enumerate(rows[headings.row :], headings.row + 1):
        if cells := {name: row[index] for name, index in indexes.items() if not is_blank(row[index])}:
            lines.append(read_line(kind, number, cells, indexes, mistakes))
    mistakes += [
        f"{kind.sheet}!{address} is far below the list, so its row was not read. Move the row up, or delete the cell."
        for address in far
        if column_index(address.rstrip("0123456789")) in indexes.values()
    ]
    return [line for line in lines if line is not None]


def read_line(
    kind: type[AnyLine], number: int, cells: Mapping[str, object], indexes: Mapping[str, int], mistakes: list[str]
) -> AnyLine | None:
    """One line; None if one of its cells is wrong."""
    wrong: list[str] = []

    def say(name: str, what: str) -> None:
        address = f"{column_letters(indexes[name])}{number}" if name in indexes else f"row {number}"
        wrong.append(f"{kind.sheet}!{address} {kind.columns()[name].title} {what}")

    values: dict[str, Any] = {name: typed(kind, name, cell, say) for name, cell in cells.items()}
    for name, info in kind.columns().items():
        if info.is_required() and name not in cells:
            say(name, f"is empty. {info.description}")
    if not wrong:
        try:
            return kind(row=number, **values)
        except ValidationError as error:
            for mistake in error.errors():
                name = str(mistake["loc"][0])
                say(name, f'says "{as_text(cells.get(name, ""))}". {kind.columns()[name].description}')
    mistakes += wrong
    return None


def typed(kind: type[Line], name: str, cell: object, say: Callable[[str, str], None]) -> object:
    """A cell's value in its column's type; if it does not have that type, `say` gets the mistake."""
    info = kind.columns()[name]
    text = clean_text(as_text(cell)) if name in CODES else " ".join(as_text(cell).split())
    if info.json_schema_extra["lines"] and isinstance(cell, str):
        return "\n".join(line.rstrip() for line in cell.strip().splitlines())
    if isinstance(cell, CellError):
        found = "has a formula without a result" if isinstance(cell, NotStoredError) else f'says "{text}", an error'
        say(name, f"{found}. Type the value itself.")
        return ""
    if name in CODES and isinstance(cell, date):
        say(name, f"was turned into the date {text} by Excel. Format the column as Text, and type it again.")
        return ""
    choices = {str(choice).lower(): choice for choice in info.json_schema_extra["choices"]}
    if info.annotation in (date, date | None):
        day = parse_date(cell.date() if isinstance(cell, datetime) else cell).value
        if not isinstance(day, date):
            say(name, f'says "{text}", which is not a date. Type one such as 31/03/2026.')
        return day
    if info.annotation in (float, float | None):
        return cell if isinstance(cell, int | float) else text
    if choices:
        if text.lower() not in choices:
            say(name, f'says "{text}". Choose one of: {", ".join(choices.values())}.')
        return choices.get(text.lower(), "")
    if name in ("period", "since"):
        if isinstance(cell, date) and cell.day == 1:  # Excel makes a date of 2026-03
            return str(Period(cell.year, cell.month))
        try:
            return str(Period.typed(text))
        except RequestError:
            say(name, f'says "{text}", which is not a month. Write one such as 2026-03, as text.')
    return text


def with_present_codes(register: Register) -> Register:
    """The register with the present code in each line that has a service's former code."""
    codes, lines = register.former_codes, dict(register.lines)
    for kind in LINES if codes else ():
        for name in [name for name in ("service", "taken_by") if name in kind.model_fields]:
            present = [codes.get(folded(getattr(line, name)), getattr(line, name)) for line in lines[kind]]
            lines[kind] = [
                line.model_copy(update={name: code}) for line, code in zip(lines[kind], present, strict=True)
            ]
    return replace(register, lines=lines)


def with_codes_of_plans(register: Register) -> Register:
    """The register with the code of the plan in each line about one plan, in whatever way head office wrote it."""
    plans, lines = register.plans, dict(register.lines)
    for kind in [kind for kind in LINES if kind.of_one_plan]:
        for name in [name for name in ("service", "taken_by") if name in kind.model_fields]:
            lines[kind] = [
                line if one is None else line.model_copy(update={name: one.plan_code})
                for line in lines[kind]
                for one in [plans.one(getattr(line, name))]
            ]
    return replace(register, lines=lines)


def renamed_sheets(sheets: Collection[str]) -> Iterator[str]:
    """A mistake for each sheet that seems to be one that a register may lack, under another name: its lines would not count."""
    known = {kind.sheet for kind in LINES}
    others = {folded(name): name for name in sheets if name not in known}
    for kind in LINES:
        near = (
            get_close_matches(folded(kind.sheet), others, 1, 0.8)
            if kind.is_optional and kind.sheet not in sheets
            else []
        )
        if near:
            yield f"The sheet {others[near[0]]} was not read. If it is {kind.sheet}, give it this name again; else another name."


def lost_headings(
    kind: type[Line], rows: list[list[object]], heading_row: int, indexes: Mapping[str, int]
) -> Iterator[str]:
    """A mistake for each column between the others that has values and no heading, if the sheet lacks one: after cells were merged."""
    missing = [str(info.title) for name, info in kind.columns().items() if name not in indexes]
    for column in range(max(indexes.values(), default=0)) if missing else ():
        if is_blank(rows[heading_row - 1][column]) and any(not is_blank(row[column]) for row in rows[heading_row:]):
            address = f"{column_letters(column)}{heading_row}"
            yield f"{kind.sheet}!{address} has no heading, but values below it. Write its heading there, such as {missing[0]}."
