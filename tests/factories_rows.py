"""Rows as they come back: cells of every odd kind, and whole plans with single cells spoilt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from qipxl.app.demo.scenarios import SCENARIOS, joined_plans, make_plan
from qipxl.periods import Period
from qipxl.services import Service
from qipxl.template import FieldLine, Template
from qipxl.tracker.content import Rows

PERIOD = Period(2024, 2)
AS_AT = PERIOD.last
SERVICE = Service(code="TR1", name="Trial House")
LEAP = date(2024, 2, 29)
TEXTS = (
    "no further action", "NO FURTHER ACTION: done", "lapsed", "(lapsed)", "elapsed", "done, re-done", "7", "7.5", "A*",
    "a?c~", "abc~", "*", "?", "~", "=1+1", "TRUE", "#N/A", "n/a", "45351", "03/02/2024", "Ann Lee; Bob", "É é ß ñ",
    'say "hi" & <b>', "it's", "I don't",
)  # fmt: skip
MONTH_ENDS = [date(2024, month, 1) - timedelta(days=1) for month in range(1, 13)] + [LEAP, date(2020, 2, 29)]
BLANKS = ("", "", " ", "   ", "\xa0", "\t", "\n", " \xa0\n ", "\xa0\t ")  # LibreOffice spoils a tab beside a \n
NUMBERS = (0, 1, 2, 3, 5, 7, 10, 7.5, 0.5, -3, -1, 2, 3, 1234.25)
NOISE: tuple[Callable[[str], str], ...] = (
    str.upper,
    str.lower,
    str.swapcase,
    lambda text: f" {text}  ",
    lambda text: f"\xa0{text}\n",
    lambda text: f"\t{text}\xa0",
    lambda text: text.replace(" ", "  "),
    lambda text: text.replace(" ", "\xa0"),
    lambda text: text.replace(" ", " \n"),
    lambda text: f"\u200e{text[:1]}\u200b{text[1:]}\ufeff",
    lambda text: text.replace(" ", "\u202f").replace("-", "\u2011").replace("'", "\u2019"),
    lambda text: text.replace(" ", "\u2003 ").replace("-", "\u2013").replace("e", "e\xad"),
)


@dataclass(frozen=True)
class Raw:
    """A cell that XlsxWriter does not write: its type, its content, and whether its cell has no format."""

    type: str
    xml: str
    general: bool = False


RAW = (
    Raw("e", "<f>NA()</f><v>#N/A</v>"),
    Raw("e", "<f>1/0</f><v>#DIV/0!</v>"),
    Raw("e", '<f>VALUE("x")</f><v>#VALUE!</v>', general=True),
    Raw("e", "<v>#REF!</v>"),
    Raw("str", '<f>""</f><v></v>'),
    Raw("str", '<f>" Complete "</f><v xml:space="preserve"> Complete </v>'),
    Raw("str", '<f>"A-0"&amp;"03"</f><v>A-003</v>', general=True),
    Raw("b", "<f>1=1</f><v>1</v>", general=True),
    Raw("n", "<f>3+4</f><v>7</v>"),
    Raw("n", "<v>45351</v>", general=True),
    Raw("n", "<f>45351+0.75</f><v>45351.75</v>", general=True),
    Raw("inlineStr", "<is><t>Weak</t></is>", general=True),
)


def awkward_cell(chance: Random) -> object:
    """A cell that may be in a column of any kind."""
    return chance.choice(
        [
            chance.choice(BLANKS), chance.choice(BLANKS), True, False, chance.choice(TEXTS), chance.choice(NUMBERS),
            chance.choice(MONTH_ENDS), datetime(2024, 2, 29, 12, 30), 45351, 45351.5, "31/02/2024", "TBC", -5,
            chance.choice(RAW), chance.choice(RAW), chance.choice(RAW),
        ]
    )  # fmt: skip


def any_word(chance: Random, words: Sequence[str]) -> object:
    """One of these words, sometimes with something added that ought not to count."""
    word = chance.choice(words)
    return chance.choice(NOISE)(word) if chance.random() < 0.45 else word


def as_written(rows: Mapping[str, Sequence[Mapping[str, object]]]) -> Rows:
    """The rows with a 1 in the place of each raw cell."""
    return {
        table: [{key: 1 if isinstance(cell, Raw) else cell for key, cell in row.items()} for row in each]
        for table, each in rows.items()
    }


SPOILT = 0.06
PEOPLE = (
    "Ann Lee", "Bo Ek", "Cy Fox", "Di Roe", "A*", "Bob?", "Lee, Ann", "Mrs A. Lee (deputy manager)", "AL", "Bo Ek / Cy Fox", "-", "N/A",
    "T.B.C.",
)  # fmt: skip
WORDS = (
    "deliver training to all", "refresher training", "Two people check each round", "x", "TBC", "the team", "7", "~", "*",
    "say \"so\" & <b>", "É ß", "and so on " * 900,
)  # fmt: skip
INDICATORS = ("X-001", "x-002", "X-001; X-003", "X-002 and X-004", "X-001, X-999", "X-000;", "the team", "*")
"""How an action names indicators of the Indicators sheet, and some that are not on it."""
VERDICTS = ("Worse", "Sustained", "Sustained; Worse", "Improved, not held; Too early", "worse than before", "x")
OFFSETS = (0, 1, 7, 8, 14, 15, 16, 28, 29, 30, 31, 32, 35, 36, 60, 61, 89, 90, 91, 92, 119, 120, 121, 180, 365)
"""Days before or after the as-at date at which some limit stands, and their neighbours."""
PLAIN_TABLES = ("head_office",)
"""What head office writes comes back as it was issued, or is set aside: it is not spoilt here."""
Row = dict[str, object]


def day_near(chance: Random) -> date:
    """A day on a limit, the day before or after one, or a month's end."""
    if chance.random() < 0.15:
        return date(2024 + chance.randint(-1, 1), chance.randint(1, 12), 1) - timedelta(days=1)
    return AS_AT + timedelta(days=chance.choice((-1, 1)) * chance.choice(OFFSETS))


def plain_cell(chance: Random, template: Template, field: FieldLine, refs: Sequence[str]) -> object:
    """A cell as people fill it, or nothing."""
    if chance.random() < 0.12:
        return ""
    if field.type == "date":
        return day_near(chance)
    if field.type == "number":
        return chance.choice((0, 1, 2, 3, 4, 5, 2.5, 100, field.maximum or 7))
    if field.type == "choice":
        return any_word(chance, template.options(field))
    if field.type == "reference":
        return any_word(chance, refs)
    if field.key.endswith(("indicator", "verdict")):
        return any_word(chance, INDICATORS if field.key.endswith("indicator") else VERDICTS)
    return any_word(chance, PEOPLE if field.key.endswith(("by", "owner")) else WORDS)


def rows_of(template: Template, seed: int) -> dict[str, list[Row]]:
    """Rows for every table: the demo's plans, then odd ones; then single cells spoilt everywhere."""
    chance = Random(seed)
    plans = joined_plans(make_plan(number % len(SCENARIOS), AS_AT, 4, 1 + number, "Ann Lee") for number in range(9))
    rows: dict[str, list[Row]] = {}
    for key, line in template.tables.items():
        fields = {field.key: field for field in line.field}
        rows[key] = [{name: row.get(name, "") for name in fields} for row in plans.get(key, ())][: line.rows - 6]
        known = [str(row[line.identity]) for row in rows[key]] if line.identity else []
        for number in range(len(rows[key]), line.rows - 2):
            row: Row = {}
            for name, field in fields.items():
                refs = names_of(rows.get(field.to, ()), template.tables[field.to].identity) if field.to else []
                row[name] = plain_cell(chance, template, field, [*refs, "A-999", "*"])
            if line.identity:
                row[line.identity] = f"X-{number:03d}" if chance.random() < 0.95 or not known else chance.choice(known)
            rows[key].append(row)
        if key in PLAIN_TABLES:
            rows[key] = [head_office_row(chance, template, key, number, plans) for number in range(line.rows - 2)]
            continue
        for number, row in enumerate(rows[key]):
            for name in row:
                if chance.random() < SPOILT:
                    cell = awkward_cell(chance)
                    is_number = fields[name].type == "number"  # only head office sees that a number shows as a date
                    row[name] = 45351 if is_number and isinstance(cell, date) else cell
            if number % 29 == 17:
                rows[key][number] = dict.fromkeys(row, chance.choice(BLANKS))
            elif sum(isinstance(cell, Raw) or bool(str(cell).strip()) for cell in row.values()) < 3:
                row |= dict.fromkeys([line.field[0].key, line.field[1].key, line.field[-1].key], "2 more words")
    return rows


def names_of(rows: Sequence[Row], identity: str) -> list[str]:
    """The references that stand in a table's rows."""
    return [cell for row in rows if isinstance(cell := row[identity], str) and cell.strip()]


def head_office_row(
    chance: Random, template: Template, key: str, number: int, plans: Mapping[str, Sequence[Row]]
) -> Row:
    """A row as head office writes it: clean words, and always of an action; every other one is about an item of the plans."""
    row: Row = {}
    for field in template.tables[key].field:
        cells: dict[str, Sequence[object]] = {
            "date": [day_near(chance), ""],
            "number": ["", "", 0, 1, 2, 3, 4, 6],
            "choice": ["", *template.options(field)],
            "text": ["", *PEOPLE[:4]],
            "reference": [f"A-{number // 2 + 1:03d}", f"X-{number:03d}"],
        }
        row[field.key] = chance.choice(cells[field.type])
        items = plans.get(field.to, ()) if field.to != "actions" else ()
        if items and number % 2:
            item = chance.choice(items)
            row |= {"action": item["action"], field.key: item["ref"]}
    return row
