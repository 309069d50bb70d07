"""The sheet Provider actions of the summary: a block for each, with its finding, its milestones and the part of each service.

How a part counts, and how the whole is rated, are formulas made from the rules of the template over the cells of this sheet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from xlsxwriter.format import Format

from qipxl.rules.expression import day_number, quoted
from qipxl.rules.rulebook import Rating, Reason, State
from qipxl.summary.provider_actions import ACTIONS, BAND, PARTS, PROVIDER_ACTIONS, ProviderActions
from qipxl.summary.rule_cells import ChildSpans, RuleCells
from qipxl.summary.sheet_spec import CHIP, state_style
from qipxl.workbook.layout import column_letters
from qipxl.workbook.styles import CELL, CENTRED, DATE, GREY, HEADING, LEFT, RULE, SECTION
from qipxl.workbook.text_width import PIXELS, lines_needed, split_lines
from qipxl.workbook.writer import LINE, Sheet, WorkbookWriter

HEADINGS: Sequence[tuple[str, str, float]] = (
    ("Action", "action", 9), ("Service", "name", 22), ("RAG", "letter", CHIP), ("Delivery", "delivery", 24), ("Known from", "known", 12),
    ("Counts as", "standing", 15), ("Why", "why", 30), ("Owner", "owner", 16), ("Due date", "due", 13), ("Days overdue", "days_overdue", 9),
    ("Status", "status", 14), ("Progress", "progress", 42), ("Note", "note", 34), ("File", "file", 26), ("Cell", "cell", 14),
)  # fmt: skip
"""The columns of the parts: heading, column of the frame, width in characters."""
AT = {source: index for index, (_, source, _) in enumerate(HEADINGS)}
"""The position of each column."""
FIRST = 3
"""The row, counted from 0, of the first block."""
PRINTED = "note"
"""The last column that is printed."""
NUMBER = len(HEADINGS)
"""The column, which shows nothing, with the number of the band that decides a rating."""
AS_AT = "as_at"
"""The defined name that formulas read the date of judgement from."""


def write_provider_actions(writer: WorkbookWriter, actions: ProviderActions, letters: Mapping[str, State]) -> None:
    """Write the sheet; `letters` are the states of the headline by their words."""
    as_at = actions.as_at
    about = (
        f"As at {as_at.day} {as_at:%B %Y}. An action of the provider is done when the part of every service is; "
        "closed services and withdrawn parts do not count."
    )
    sheet = writer.sheet(PROVIDER_ACTIONS, actions.title, about)
    sheet.hide_gridlines(2)
    writer.book.define_name(AS_AT, f"={day_number(as_at)}")
    for index, (_, _, width) in enumerate(HEADINGS):
        sheet.set_column(index, index, width)
    blocks = Blocks(writer, sheet, actions, letters)
    row = FIRST
    for line in actions.lines.to_dict("records"):
        row = blocks.write({str(name): value for name, value in line.items()}, row)
    sheet.print_area(0, 0, row - 1, AT[PRINTED])


@dataclass(frozen=True)
class Blocks:
    """The blocks of the sheet; `letters` are the states of the headline."""

    writer: WorkbookWriter
    sheet: Sheet
    actions: ProviderActions
    letters: Mapping[str, State]

    def cells(self, row: int, known: Mapping[str, str], spans: Mapping[str, str]) -> RuleCells:
        """The cells that a rule reads in a row (from 0): those `known` by the keys of their columns, and the spans of the parts."""
        number = f"${column_letters(NUMBER)}${row + 1}"
        return RuleCells(self.actions.template.provider_rules, known, ChildSpans(PARTS, spans), number)

    def rated(
        self, row: int, column: int, rating: Rating, cells: RuleCells, style: Format, line: Mapping[str, object]
    ) -> None:
        """Write as formulas the number of the band that decides, in a cell that shows nothing, and the word of the rating."""
        hidden, key = self.writer.format(num_format=";;;"), rating.column.key
        self.sheet.formula(row, NUMBER, rating.decides.number_formula(cells), hidden, line[BAND])
        self.sheet.formula(row, column, rating.decides.formula(cells), style, line[key])

    def write(self, line: Mapping[str, object], row: int) -> int:
        """Write the block of a provider action from `row` on; returns the row of the next one."""
        self.sheet.set_row(row, LINE * 1.4)
        self.sheet.put(row, 0, str(line["finding"]), self.writer.format(**SECTION))
        below = self.texts(str(line["about"]), row + 2)
        first = self.milestones(str(line["ref"]), below) + 2
        last = self.parts(str(line["ref"]), first - 1)
        self.whole(line, row + 1, first, max(first, last))
        return last + 2

    def texts(self, about: str, row: int) -> int:
        """Write the texts of the register from `row` on; returns the next row."""
        room = PIXELS * sum(width for _, source, width in HEADINGS[: AT[PRINTED]])
        for text in split_lines(about, room, 11):
            self.sheet.put(row, 0, text, self.writer.format(font_color=GREY))
            row += 1
        return row

    def whole(self, line: Mapping[str, object], row: int, first: int, last: int) -> None:
        """Write the rating of the whole as a formula over its parts, in the rows from `first` to `last`, with its reason."""
        rating = self.actions.rating(ACTIONS)
        letters = {source: column_letters(index) for source, index in AT.items()}
        spans = {source: f"${each}${first + 1}:${each}${last + 1}" for source, each in letters.items()}
        known = {"ref": quoted(str(line["ref"])), "due": f"${letters['due']}${row + 1}"}
        cells = self.cells(row, known, spans)
        bold, plain = self.writer.format(bold=True, **LEFT), self.writer.format(**LEFT)
        self.sheet.put(row, AT["action"], rating.column.heading.split()[0], bold)
        state = state_style(rating.state(str(line["progress"])))
        chip = self.writer.format(**state | {"text_wrap": False, "border": 0} | CENTRED)
        self.rated(row, AT["name"], rating, cells, chip, line)
        self.sheet.formula(row, AT["delivery"], Reason(rating.decides).formula(cells), plain, line["why"])
        self.sheet.put(row, AT["owner"], "Due", self.writer.format(align="right"))
        self.sheet.put(row, AT["due"], line["due"], self.writer.format(**DATE, bold=True))
        self.coloured(row, row, AT["name"], rating)

    def coloured(self, first: int, last: int, column: int, rating: Rating) -> None:
        """Colour cells by the word of a rating that they show."""
        for state in rating.states:
            style = self.writer.book.add_format({"bg_color": f"#{state.fill}", "font_color": f"#{state.ink}"})
            rule = {"type": "cell", "criteria": "==", "value": quoted(state.word), "format": style}
            self.sheet.conditional_format(first, column, last, column, rule)

    def milestones(self, ref: str, row: int) -> int:
        """Write the milestones, each with how many parts have reached it; returns the next row."""
        steps = self.actions.milestones[self.actions.milestones["action"] == ref]
        if not len(steps):
            return row
        row += 1
        places = ("name", "known", "progress")
        self.head(
            row,
            {
                "action": "Ref",
                "name": "Milestone",
                "known": "Services",
                "due": "Due date",
                "progress": "Evidence required",
            },
        )
        ends = ("known", "due", "note")
        rooms = [
            sum(width for _, _, width in HEADINGS[AT[first] : AT[end]]) for first, end in zip(places, ends, strict=True)
        ]
        for step in steps.to_dict("records"):
            texts = (step["milestone"], step["found"], step["evidence_required"])
            broken = [split_lines(str(text), PIXELS * room - 12, 11) for text, room in zip(texts, rooms, strict=True)]
            height = max(map(len, broken))
            for below in range(height):
                style = {**LEFT, **({"bottom": 1, "bottom_color": RULE} if below == height - 1 else {})}
                for column in range(AT[PRINTED] + 1):
                    self.sheet.write_blank(row + 1 + below, column, None, self.writer.format(**style))
                for name, lines in zip(places, broken, strict=True):
                    if below < len(lines):
                        self.sheet.put(row + 1 + below, AT[name], lines[below], self.writer.format(**style))
                if not below:
                    self.sheet.put(row + 1, AT["action"], str(step["ref"]), self.writer.format(**style))
                    self.sheet.put(row + 1, AT["due"], step["due"], self.writer.format(**style | DATE | LEFT))
            row += height
        return row + 1

    def head(self, row: int, headings: Mapping[str, str]) -> None:
        """Write a row of headings, by the columns that they are above."""
        style = self.writer.format(**HEADING, **LEFT)
        for name, column in AT.items():
            if column <= AT[PRINTED]:
                self.sheet.write_blank(row, column, None, style)
                self.sheet.put(row, column, headings.get(name, ""), style)

    def parts(self, ref: str, row: int) -> int:
        """Write the part of each service below a row of headings; returns the last row."""
        parts = self.actions.parts[self.actions.parts["action"] == ref]
        for index, (heading, _, _) in enumerate(HEADINGS):
            small = {"font_size": 7, "text_wrap": False} if heading == "RAG" else LEFT
            self.sheet.put(row, index, heading, self.writer.format(**HEADING | small))
        self.sheet.set_row(row, LINE * 2)
        rating = self.actions.rating(PARTS)
        cell, day = self.writer.format(**CELL), self.writer.format(**CELL | DATE)
        bold, number = self.writer.format(**CELL, bold=True), self.writer.format(**CELL | CENTRED)
        first = row + 1
        for part in parts.to_dict("records"):
            row += 1
            cells = self.cells(row, {name: f"${column_letters(column)}${row + 1}" for name, column in AT.items()}, {})
            for name, column in AT.items():
                if name == "letter":
                    self.letter(row, column, str(part["headline"]))
                elif name == "standing":
                    self.rated(row, column, rating, cells, bold, {str(key): value for key, value in part.items()})
                else:
                    style = {"due": day, "days_overdue": number, "name": bold}.get(name, cell)
                    self.sheet.put(row, column, part[name] if not pd.isna(part[name]) else "", style)
                    if part[name] == "" or pd.isna(part[name]):
                        self.sheet.write_blank(row, column, None, style)
            wrapped = [
                lines_needed(str(part[name]), width)
                for _, name, width in HEADINGS
                if name in part and name != "days_overdue"
            ]
            self.sheet.set_row(row, LINE * max(wrapped))
        if len(parts):
            self.coloured_letters(first, row, rating)
        return row

    def letter(self, row: int, column: int, headline: str) -> None:
        """The letter of a part's headline in its colours."""
        state = self.letters.get(headline)
        if state is None:
            self.sheet.write_blank(row, column, None, self.writer.format(**CELL))
        else:
            self.sheet.put(
                row, column, state.letter, self.writer.format(**state_style(state) | {"border": 0} | CENTRED)
            )

    def coloured_letters(self, first: int, last: int, rating: Rating) -> None:
        """Red letters for parts that count as off track; the chips have the colours of all others."""
        worst = rating.states[0]
        style = self.writer.book.add_format({"font_color": f"#{worst.fill}"})
        rule = {"type": "cell", "criteria": "==", "value": quoted(worst.word), "format": style}
        self.sheet.conditional_format(first, AT["standing"], last, AT["standing"], rule)
