"""The page and the picture "A year in the life of one action": what tests/action_year.py plays, drawn month by month.

The picture is SVG text, so that a test can compare it with a new play. Its letters are Arial or whatever the reader's machine has
in its place: no line is wider than the widest common one (DejaVu Sans) needs.
"""

from __future__ import annotations

import sys
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import wrap
from xml.sax.saxutils import escape

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent / "tests"))
import action_year  # noqa: E402  # tests/ is not installed, so its path is added above
from action_year import BEFORE, CHECKED, JANUARY, STORY, Played, play_year  # noqa: E402  # the same

from qipxl import find_template, xmr  # noqa: E402  # below the line that adds the path
from qipxl.rules.rulebook import Rating  # noqa: E402  # the same
from qipxl.workbook.styles import BRAND, GREEN, GREY, HEAD, INK, RED, RULE  # noqa: E402  # the same

PICTURE, PAGE = "year-of-an-action.svg", "year-of-an-action.md"
NOTE = "<!-- Made by docs/year_of_an_action.py: change the story in tests/action_year.py, then run `make docs`. -->"
TITLE = "A year in the life of one action"
ALT = "Twelve months of one action, with its dates, its ratings and the chart of its figures; the table below says the same in words"
WIDTH, LEFT, COLUMN = 1000, 112, 73
PER = 100
ACTS = {"Director": "director", "Executive lead": "executive lead", "Board": "board"}
"""The levels of escalation beyond the service, in small letters."""


@dataclass(frozen=True)
class Shown:
    """A month as the page shows it."""

    month: str
    event: str
    letter: str
    word: str
    fill: str
    ink: str
    entered: str
    said: str
    gaps: int


def shown(played: Played) -> Shown:
    """What the summary of a month says about the action, in the words of the template's rules."""
    core, action, step = find_template("core"), played.action, played.step
    ratings = {rating.column.key: rating for rating in core.rules.ratings["actions"]}
    tables = (core.rules.ratings["actions"], core.rules.ratings["finished"])
    reasons = {code: say for table in tables for rating in table for code, say in said_by(rating)}
    state = ratings["headline"].state(str(action["headline"]))
    code = action["impact_rule"] if action["impact"] == state.word else action["delivery_rule"]
    if action["return"] < 0 and state.word == "Embedded":
        code = "left-embedded"  # it has left the plan, and its row is that of the month in which it left
    said = reasons[str(code)]
    if action["escalation"] in ACTS:
        said += f". Goes to the {ACTS[str(action['escalation'])]}"
    month = f"{played.period.first:%B}"
    return Shown(
        month, step.event, state.letter, state.shown, f"#{state.fill}", f"#{state.ink}", step.entered,
        f"{said}.", step.gaps,
    )  # fmt: skip


def said_by(rating: Rating) -> list[tuple[str, str]]:
    """The reason of each band of a rating, by its code."""
    return list(zip(rating.decides.codes(), rating.decides.reasons(), strict=True))


# ---------------------------------------------------------------- drawing
HALO = ' stroke="#ffffff" stroke-width="4" stroke-linejoin="round" paint-order="stroke"'
"""White around a number, so that no line of the chart crosses it out."""


def text(
    x: float, y: float, words: str, size: float = 12, *, fill: str = INK, bold: bool = False, at: str = "start", halo: str = ""
) -> str:  # fmt: skip
    weight = (' font-weight="bold"' if bold else "") + halo
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}" text-anchor="{at}"{weight}>{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = RULE, width: float = 1, dashes: str = "") -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{stroke}" stroke-width="{width:g}"{dashed}/>'


def box(x: float, y: float, width: float, height: float, fill: str, stroke: str = GREY, round_by: float = 4) -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{round_by:g}" fill="{fill}" stroke="{stroke}"/>'


def circle(x: float, y: float, fill: str, stroke: str, dashes: str = "", radius: float = 7) -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}" stroke="{stroke}" stroke-width="2"{dashed}/>'


def diamond(x: float, y: float, fill: str, stroke: str) -> str:
    return f'<path d="M{x:g},{y - 8:g} l8,8 l-8,8 l-8,-8 z" fill="{fill}" stroke="{stroke}" stroke-width="2"/>'


def tick(x: float, y: float) -> list[str]:
    mark = f'<path d="M{x - 4:g},{y:g} l3,4 l5,-8" fill="none" stroke="#ffffff" stroke-width="2"/>'
    return [box(x - 7, y - 7, 14, 14, GREEN, GREEN, 2), mark]


def arrow(x1: float, x2: float, y: float) -> list[str]:
    head = f'<path d="M{x2 - 8:g},{y - 4:g} l8,4 l-8,4 z" fill="{GREY}"/>'
    return [line(x1, y, x2 - 6, y, GREY, 1.5), head]


def at_day(day: date) -> float:
    """The place of a day from left to right."""
    return round(LEFT + COLUMN * (day.month - 1 + (day.day - 0.5) / monthrange(day.year, day.month)[1]), 1)


def middle(number: int) -> float:
    return LEFT + COLUMN * (number + 0.5)


def short(day: date) -> str:
    return f"{day.day} {day:%b}"


def guides(top: float, bottom: float) -> list[str]:
    """A faint line between the months, so that a date is found under its month."""
    return [line(LEFT + COLUMN * number, top, LEFT + COLUMN * number, bottom, HEAD) for number in range(13)]


def chips(months: Sequence[Shown], top: float) -> list[str]:
    """The month's name, its letter in its colour, and what happened."""
    parts = [text(8, top + 40, "Rating", 13, bold=True), text(8, top + 72, "What happened", 12)]
    for number, month in enumerate(months):
        x = middle(number)
        parts += [
            text(x, top + 10, month.month[:3], 13, bold=True, at="middle"),
            box(x - 25, top + 18, 50, 34, month.fill),
            text(x, top + 42, month.letter, 20, fill=month.ink, bold=True, at="middle"),
        ]
        lines = month.event.split(" ")
        parts += [text(x, top + 72 + 14 * index, word, 12, at="middle") for index, word in enumerate(lines)]
    return parts


def lanes(top: float) -> list[str]:
    """The dates: the first milestone, due, delivered, and reviewed, a lane each."""
    step, due, done, seen = top + 28, top + 74, top + 120, top + 166
    parts = [line(0, top, WIDTH, top), text(8, step + 4, "First milestone", 13, bold=True)]
    parts += [text(8, due + 4, "Due date", 13, bold=True)]
    planned, reached = at_day(action_year.STEP), at_day(action_year.STEP_DONE)
    parts += [
        line(planned + 9, step, reached - 8, step, RED, 2, "3 3"),
        diamond(planned, step, "#ffffff", BRAND),
        *tick(reached, step),
    ]
    parts += [text(planned + 8, step - 13, f"due {short(action_year.STEP)}", 12, at="end")]
    parts += [text(reached - 8, step - 13, f"done {short(action_year.STEP_DONE)}, late", 12)]
    parts += [text(8, done + 4, "Delivered", 13, bold=True), text(8, seen + 4, "Reviews", 13, bold=True)]
    first, moved, new = map(at_day, (action_year.ORIGINAL, action_year.REVISED, action_year.NEW_DATE))
    parts += [*arrow(first + 9, moved - 9, due), *arrow(at_day(action_year.REOPENED), new - 9, due)]
    parts += [diamond(first, due, "#ffffff", BRAND), diamond(moved, due, BRAND, BRAND), diamond(new, due, BRAND, BRAND)]
    parts += [
        text(first + 8, due - 13, f"original {short(action_year.ORIGINAL)}", 12, at="end"),
        text(moved - 8, due - 13, f"agreed {short(action_year.REVISED)}", 12),
        text(new, due - 13, f"agreed {short(action_year.NEW_DATE)}", 12, at="middle"),
        text(at_day(action_year.REOPENED), due - 13, "reopened", 12, at="middle"),
        line(at_day(action_year.REOPENED), due - 7, at_day(action_year.REOPENED), due + 7, GREY, 2),
    ]
    for day in (action_year.DELIVERED, action_year.AGAIN):
        x = at_day(day)
        parts += [*tick(x, done), text(x, done - 13, short(day), 12, at="middle")]
    held = (
        (action_year.FIRST_REVIEW, "works"), (action_year.EMBEDDING_REVIEW, "embedded"), (action_year.THIRD_REVIEW, "works"),
    )  # fmt: skip
    for day, finding in held:
        parts += [circle(at_day(day), seen, GREEN, GREEN), text(at_day(day), seen - 13, finding, 12, at="middle")]
        parts += [text(at_day(day), seen + 21, short(day), 12, fill=GREY, at="middle")]
    missed, failed = at_day(action_year.NEXT_REVIEW), at_day(action_year.SECOND_REVIEW)
    parts += [circle(missed, seen, "#ffffff", RED, "3 2"), circle(failed, seen, RED, RED)]
    cross = f"M{failed - 3:g},{seen - 3:g} l6,6 m0,-6 l-6,6"
    parts += [f'<path d="{cross}" stroke="#ffffff" stroke-width="2"/>']
    parts += [
        text(missed - 4, seen - 13, "not held", 12, fill=RED, at="end"),
        text(missed, seen + 21, short(action_year.NEXT_REVIEW), 12, fill=GREY, at="end"),
    ]
    parts += [
        text(failed - 4, seen - 13, "does not work", 12, fill=RED),
        text(failed, seen + 21, short(action_year.SECOND_REVIEW), 12, fill=GREY),
    ]
    parts += [
        text(
            WIDTH - 6,
            seen + 40,
            f"Next review: {action_year.LAST_PLANNED.day} {action_year.LAST_PLANNED:%B %Y}",
            12,
            fill=GREY,
            at="end",
        )
    ]
    return parts


def chart(months: Sequence[Shown], top: float, height: float) -> list[str]:
    """The outcome indicator: the year before at the left, then a point a month; mean and limits are those of the year before."""
    values = [PER * gaps / CHECKED for gaps in (*BEFORE, *(month.gaps for month in months))]
    dates = [str(JANUARY.plus(number - len(BEFORE))) for number in range(len(values))]
    judged = xmr(values, dates=dates, direction="decrease", fix_after=len(BEFORE))
    mean, upper, lower = (float(each[-1]) for each in (judged.mean, judged.upl, judged.lpl))
    highest = 35.0

    def y(value: float) -> float:
        return round(top + 24 + (height - 24) * (1 - value / highest), 1)

    parts = [
        line(0, top, WIDTH, top),
        text(8, top + 18, "Charts with a gap, of 100 checked (less is better)", 13, bold=True),
    ]
    parts += [text(24, y(value) + 4, f"{value}", 11, fill=GREY, at="end") for value in (0, 10, 20, 30)]
    parts += [line(28, y(value), WIDTH - 6, y(value), HEAD) for value in (0, 10, 20, 30)]
    parts += [line(28, y(mean), WIDTH - 6, y(mean), BRAND, 1.5)]
    parts += [line(28, y(each), WIDTH - 6, y(each), BRAND, 1.5, "6 4") for each in (upper, lower)]
    names = (("upper limit", upper), ("mean", mean), ("lower limit", lower))
    parts += [
        text(middle(6), y(value) - 5, f"{name} {value:.0f}", 12, fill=BRAND, at="middle") for name, value in names
    ]
    xs = [36 + 6.4 * number for number in range(len(BEFORE))] + [middle(number) for number in range(len(months))]
    points = list(zip(xs, map(y, values), strict=True))
    for part in (points[: len(BEFORE)], points[len(BEFORE) :]):
        parts.append(
            f'<polyline points="{" ".join(f"{x:g},{value:g}" for x, value in part)}" fill="none" stroke="{GREY}" stroke-width="1.5"/>'
        )
    for number, ((x, place), value) in enumerate(zip(points, values, strict=True)):
        late = number >= len(BEFORE)
        fill = RED if late and value > upper else GREEN if late and value < lower else GREY
        parts.append(f'<circle cx="{x:g}" cy="{place:g}" r="{5 if late else 2.5:g}" fill="{fill}"/>')
        if late:
            below = value < lower
            parts.append(
                text(
                    x,
                    place + (18 if below else -9),
                    f"{value:.0f}",
                    12,
                    bold=True,
                    fill=fill if fill != GREY else INK,
                    at="middle",
                    halo=HALO,
                )
            )
    parts.append(line(LEFT - 2, top + 26, LEFT - 2, top + height, GREY, 1, "2 3"))
    parts.append(text(LEFT - 8, top + height + 14, "year before", 11, fill=GREY, at="end"))
    parts.append(
        text(
            WIDTH - 6,
            top + height + 14,
            "Mean and limits are those of the year before. Red: beyond the upper limit. Green: below the lower limit.",
            11,
            fill=GREY,
            at="end",
        )
    )
    return parts


def table(months: Sequence[Shown], top: float) -> tuple[list[str], float]:
    """A line a month: what the service entered, and what qipxl said; with the place where it ends."""
    said_at, y = 478, top + 40
    parts = [line(0, top, WIDTH, top), text(LEFT, top + 22, "What the service entered", 13, bold=True)]
    parts += [text(said_at, top + 22, "What qipxl said", 13, bold=True)]
    for number, month in enumerate(months):
        entered, said = wrap(month.entered, 50), wrap(f"{month.word}: {month.said}", 66)
        height = 17 * max(len(entered), len(said), 1) + 13
        if number % 2 == 0:
            parts.append(f'<rect x="0" y="{y - 5:g}" width="{WIDTH}" height="{height}" fill="#f4f6f8"/>')
        parts += [
            text(8, y + 13, month.month, 13, bold=True),
            *(text(LEFT, y + 13 + 17 * index, words, 13) for index, words in enumerate(entered)),
        ]
        parts += [
            box(said_at, y - 1, 24, 20, month.fill),
            text(said_at + 12, y + 14, month.letter, 13, fill=month.ink, bold=True, at="middle"),
        ]
        parts += [text(said_at + 34, y + 13 + 17 * index, words, 13) for index, words in enumerate(said)]
        y += height
    return parts, y


def picture(months: Sequence[Shown]) -> str:
    """The whole picture as SVG."""
    action = action_year.ACTION
    what = f"{action_year.ELM.name}, action {action_year.REF}: “{action['Issue or risk']}”. Change wanted: “{action['Intended change']}”."
    parts = [text(8, 26, f"{TITLE}, {JANUARY.year}", 20, bold=True), text(8, 48, what, 13)]
    parts += [*guides(178, 566), *chips(months, 74), *lanes(178), *chart(months, 396, 170)]
    lines, end = table(months, 594)
    parts += lines
    legend = "R: off track, or not effective · A: at risk · N: not yet measurable · D: delivered · G: effective · B: embedded · S: slipping"
    parts += [line(0, end, WIDTH, end), text(8, end + 20, legend, 12, fill=GREY)]
    height = int(end + 32)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
    head += f'font-family="Arial, Helvetica, sans-serif" role="img" aria-label="{escape(ALT)}">'
    back = f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    return "\n".join([head, f"<title>{escape(TITLE)}</title>", back, *parts, "</svg>"]) + "\n"


LESSONS = """\
What to take from it:

- **Done is not green.** In April the work was done. In May another person found that it works, and only then was it green.
- **Blue needs time.** It came three months after completion, after three returns with no concern, and with a check that head office
  had recorded.
- **Blue is tested again.** In August the action had left the plan, and was tested all the same. In September the planned review was
  not held and the figure was beyond its limit: it was slipping in the same month.
- **Red stays until a review lifts it.** In November the work was done again, but the last review still said that it does not help."""


def row(month: Shown) -> str:
    """A month's line in the page's table."""
    return f"| {month.month} | {month.event} | {month.entered} | **{month.letter}** {month.word}: {month.said} |"


def page(months: Sequence[Shown]) -> str:
    """The page with the picture and the same in words."""
    rows = [row(each) for each in months]
    parts = [
        f"# {TITLE}",
        NOTE,
        "One service, one action of tier 2 (a should-do), played month by month with qipxl: each tracker was issued, filled in, sent back and\n"
        "consolidated. The letters are those of the tracker and of the summary. [ratings.md](ratings.md) gives the reasons for the rules.",
        f"![{ALT}]({PICTURE})",
        "\n".join(
            [
                "| month | what happened | what the service entered | what qipxl said |",
                "|---|---|---|---|",
                *rows,
            ]
        ),
        LESSONS,
    ]
    return "\n\n".join(parts) + "\n"


def files(played: Sequence[Played]) -> dict[str, str]:
    """The page and the picture of a year that was played, by the names of their files."""
    months = [shown(each) for each in played]
    assert len(months) == len(STORY)
    return {PICTURE: picture(months), PAGE: page(months)}


def main() -> None:
    """Play the year and write both files."""
    with TemporaryDirectory() as folder:
        for name, content in files(play_year(Path(folder) / "our")).items():
            (DOCS / name).write_text(content, "utf-8")


if __name__ == "__main__":
    main()
