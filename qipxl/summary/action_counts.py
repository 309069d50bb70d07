"""The counts of a summary's actions that several findings share: by letter, month, service, and level of escalation."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from qipxl.periods import Period
from qipxl.returns.returns import NIL_RETURN
from qipxl.rules.rulebook import Rating, State
from qipxl.summary.action_lists import escalated_lines, sorted_actions
from qipxl.summary.charts import by_month
from qipxl.summary.counts import NO_RETURN, differing_words, is_partly_in, pair_counts
from qipxl.summary.finding_records import (
    Decision,
    Decisions,
    Level,
    Matrix,
    MonthsChart,
    ServiceLine,
    ServicesMap,
    Target,
)
from qipxl.summary.headline_words import Counts
from qipxl.summary.plain_words import reason_words, who_decides
from qipxl.summary.rating_groups import DELIVERY, IMPACT, PAIRS, group_places
from qipxl.summary.sheet_spec import SOURCES, by_letter, states_of
from qipxl.summary.summary import EMBEDDED, SLIPPING, ProviderSummary
from qipxl.text import names_text, plural, spelled
from qipxl.workbook.styles import AMBER, PALE, RED

SHOWN_MONTHS, MOST_DECISIONS, MOST_SERVICES = 6, 10, 15
"""The most months of the charts, and the most lines of the decisions and the services."""
ESCALATIONS, ATTENTION, INDICATORS, LINKS = "Escalations", "Needs attention", "Indicators", "Risks"
"""The sheets that findings lead to."""
REMARKS = {
    "R": "late, without owner, or unproven", "S": "it no longer holds", "D": "finished, but did not work",
    "B": "verified by another person",
}  # fmt: skip
"""A remark on some rows of the matrix, by their letters."""
WORDS = {
    "R": "R red", "S": "S slipping", "?": "? not rated", "A": "A amber", "X": "X withdrawn", "N": "N too early to tell",
    "D": "D delivered only", "G": "G green: works", "B": "B blue: embedded",
}  # fmt: skip
"""The words of each letter in the chart by month."""
STACKED = "RS?ANDGB"
"""The letters of the chart by month, from its base line; withdrawn actions are left out."""
LEVEL_EDGES = (RED, AMBER)
"""The colours of the two highest levels of escalation; the others are pale."""


class Counted:
    """The counts of a summary's actions that several findings share."""

    def __init__(self, summary: ProviderSummary) -> None:
        self.summary = summary
        self.period = Period(summary.as_at.year, summary.as_at.month)
        self.states = states_of(summary.headline)
        self.red_letters = red_letters(summary.headline)
        order = summary.sort_order
        self.ordered = sorted_actions(summary, ("service", "name", "ref", "headline", "delivery", "impact"))
        self.letters = (
            self.ordered["headline"].map({word: state.letter for word, state in self.states.items()}).fillna("")
        )
        self.position = {index: place for place, index in enumerate(summary.actions.index[order])}
        self.by_month, self.left_out = by_month(summary)

    def of_letters(self, letters: str) -> pd.Series:
        """Which of the sorted actions have one of these letters."""
        return self.letters.isin(list(letters))

    def target(self, chosen: pd.Series) -> Target:
        """The rows of some of the sorted actions, if they are consecutive."""
        rows = np.flatnonzero(chosen.to_numpy(bool))
        consecutive = len(rows) > 0 and rows[-1] - rows[0] + 1 == len(rows)
        return Target((int(rows[0]), int(rows[-1]))) if consecutive else Target()

    def in_months(self, letters: str) -> list[int]:
        """How many actions had one of these letters in each month of the chart; the latest last."""
        present = [letter for letter in letters if letter in self.by_month.columns]
        return [int(count) for count in self.by_month[present].sum(axis=1)]

    @cached_property
    def month_names(self) -> list[str]:
        """The names of the chart's months, such as February; with the year if another month has the same name."""
        names = [str(month).split()[0] for month in self.by_month.index]
        full = {f"{Period(2026, number).first:%b}": f"{Period(2026, number).first:%B}" for number in range(1, 13)}
        return [full.get(name, name) for name in names]

    @cached_property
    def counts(self) -> Counts:
        """The counts for the sentences."""
        summary, red = self.summary, self.in_months(self.red_letters)
        escalated = summary.escalated
        level = self.levels[0] if self.levels else None
        decide = int((escalated["escalation"] == level.word).sum()) if level is not None else 0
        recent = red[-SHOWN_MONTHS:]
        return Counts(
            returned=len(summary.returns.accepted),
            actions=len(self.ordered),
            red=int(self.of_letters(self.red_letters).sum()),
            decide=decide,
            level=f"the {level.word.lower()}" if level is not None else "",
            hollow=len(summary.ineffective),
            work=int(self.of_letters("GB").sum()),
            embedded=int((self.ordered["delivery"] == EMBEDDED).sum()),
            slipping=int((self.ordered["delivery"] == SLIPPING).sum()),
            same=recent[-1] if recent else 0,
            earlier=recent[:-1],
            months=self.month_names[-SHOWN_MONTHS:][:-1],
            left_out=self.left_out,
            gap=self.has_gap,
        )

    @property
    def has_gap(self) -> bool:
        """True if a month between those of the chart has no returns."""
        months = pd.PeriodIndex(self.by_month.index[-SHOWN_MONTHS:], freq="M")
        return len(months) > 0 and (months[-1] - months[0]).n + 1 > len(months)

    @cached_property
    def levels(self) -> list[State]:
        """The levels of escalation, the highest first."""
        rating = self.summary.rating_of("actions", "escalation")
        return list(rating.states) if rating is not None else []

    def months_chart(self) -> MonthsChart:
        """The chart of actions by letter and month."""
        frame = self.by_month.tail(SHOWN_MONTHS)
        letters = [letter for letter in STACKED if letter in frame.columns and frame[letter].any()]
        first = by_letter(self.summary.headline)
        notes = [f"Without {names_text(self.left_out)}, to compare the same services."] if self.left_out else []
        withdrawn = int(self.of_letters("X").sum())
        notes += [f"Without {plural(withdrawn, 'withdrawn action')}."] if withdrawn else []
        return MonthsChart(
            self.months_title(),
            [str(month) for month in frame.index],
            letters,
            frame[letters].astype(int).to_numpy().tolist(),
            [WORDS.get(letter, letter) for letter in letters],
            [f"#{first[letter].fill}" for letter in letters],
            " ".join(notes),
            [f"#{first[letter].ink}" for letter in letters],
        )

    def months_title(self) -> str:
        """The finding of the chart by month: how red and green changed in the last month."""
        red, works = self.in_months(self.red_letters), self.in_months("GB")
        if len(red) < 2:
            return f"{plural(len(self.ordered), 'action')} this month"
        return f"{step('Red', red[-2], red[-1])}, {step('green or blue', works[-2], works[-1])}"

    def decisions(self) -> Decisions:
        """The escalated actions, by level."""
        escalated = self.summary.escalated
        shown = escalated_lines(self.summary, MOST_DECISIONS)
        why = reason_words(self.summary, shown)
        lines: dict[str, list[Decision]] = {}
        for (index, line), reason in zip(shown.iterrows(), why, strict=True):
            lines.setdefault(str(line["escalation"]), []).append(self.decision(index, line.to_dict(), reason))
        numbers = escalated["escalation"].value_counts()
        edges = [*LEVEL_EDGES, *[PALE] * len(self.levels)]
        colours = dict(zip((state.word for state in self.levels), edges, strict=False))
        levels = [
            Level(
                state.word, who_decides(state), colours[state.word], int(numbers[state.word]), lines.get(state.word, [])
            )
            for state in self.levels
            if numbers.get(state.word, 0)
        ]
        number = len(escalated)
        title = (
            f"{spelled(number, first=True)} {'action needs' if number == 1 else 'actions need'} a decision above the service"
            if number
            else "No action needs a decision above the service"
        )
        return Decisions(title, levels, number - len(shown))

    def decision(self, index: Hashable, line: Mapping[Hashable, Any], why: str) -> Decision:
        """One escalated action."""
        since = line.get("since")
        words = f"escalated since {since}" if since and since == since else ""
        return Decision(
            str(line["name"]),
            str(line["service"]),
            str(line["ref"]),
            why,
            words,
            str(line["issue"]),
            self.position[index],
        )

    def services(self) -> ServicesMap:
        """The services, those without a return first, then the most red; services without red last."""
        overview, history = self.summary.overview, self.summary.history
        months = [str(self.period.plus(step)) for step in range(1 - SHOWN_MONTHS, 1)]
        red, differing = self.red_by_month(months), self.summary.differing
        delivery, impact = (
            self.by_service(rating, groups) for rating, groups in (("delivery", DELIVERY), ("impact", IMPACT))
        )
        lines, partly = [], set(overview.loc[is_partly_in(overview), "service"].astype(str))
        for code, name, state in overview[["service", "name", "state"]].itertuples(index=False):
            empty = [0] * len(DELIVERY), [0] * len(IMPACT)
            note = self.absence(str(code)) if state == NO_RETURN else ""
            if str(code) in differing:
                note = f"{differing_words(differing[str(code)])}: head office must choose. See {SOURCES}."
            elif str(code) in partly:
                name = f"{name} ({str(state).partition(';')[0]})"
            elif state not in (NO_RETURN, NIL_RETURN, "accepted"):
                note = f"Its file was not used ({state}): see {SOURCES}."
            lines.append(
                ServiceLine(
                    str(name), str(code), red.get(str(code), [None] * len(months)), delivery.get(str(code), empty[0]),
                    impact.get(str(code), empty[1]), note,
                )
            )  # fmt: skip
        lines.sort(key=lambda line: (not line.note, -(line.red[-1] or 0), -(line.delivery[0] + line.impact[0])))
        reds = sum(1 for line in lines if line.red[-1])
        number = len(lines)
        title = (
            f"{spelled(reds, first=True)} of {plural(number, 'service')} {'has' if reds == 1 else 'have'} a red action"
        )
        if number == 1:
            title = "The service has a red action" if reds else "The service has no red action"
        elif not reds:
            title = f"No red action in {plural(number, 'service')}"
        more = ""
        if number > MOST_SERVICES:
            lines, rest = lines[: MOST_SERVICES - 1], lines[MOST_SERVICES - 1 :]
            with_red = sum(1 for line in rest if line.red[-1])
            more = (
                f"{plural(len(rest), 'more service')}, {with_red} with red"
                if with_red
                else f"{len(rest)} more services without red"
            )
        names = [Period.read(month).first.strftime("%b") for month in months]
        unrated = self.ordered[self.of_letters("?")]
        named = names_text([f"{name} {ref}" for name, ref in zip(unrated["name"], unrated["ref"], strict=True)], 3)
        return ServicesMap(
            title, names if history is not None else names[-1:],
            [word for word, _ in DELIVERY], [word for word, _ in IMPACT], lines, more, named,
        )  # fmt: skip

    def red_by_month(self, months: Sequence[str]) -> dict[str, list[int | None]]:
        """The red actions of each service in each month; None for a month without a return."""
        history = self.summary.history
        if history is None:
            red = self.services_of(self.ordered[self.of_letters(self.red_letters)]).value_counts()
            accepted = set(self.services_of(self.summary.returns.accepted))
            return {
                code: [int(red.get(code, 0))] if code in accepted else [None]
                for code in self.summary.overview["service"]
            }
        return red_by_month(self.summary, months)

    def services_of(self, lines: pd.DataFrame) -> pd.Series:
        """The code of the service of each line, whichever of its plans the line is from."""
        return self.summary.service_codes(lines["service"])

    def by_service(self, key: str, groups: Sequence[tuple[str, str]]) -> dict[str, list[int]]:
        """How many actions of each service are in each group of a rating's letters, without the withdrawn ones."""
        kept = self.ordered[~self.of_letters("X")]
        places = group_places(self.summary, key, kept[key], groups)
        table = pair_counts(self.services_of(kept), places).reindex(columns=range(len(groups)), fill_value=0)
        return {
            str(code): [int(count) for count in counts]
            for code, counts in zip(table.index, table.to_numpy(), strict=True)
        }

    def absence(self, code: str) -> str:
        """What is known of a service without a return."""
        last = self.last_return.get(code)
        if self.summary.history is None:
            return "No return: ask why."
        if last is None:
            return "No return, and none in the months before: ask why."
        return f"No return. Its last one is of {Period.read(last).words}: ask before you read anything into it."

    @cached_property
    def last_return(self) -> dict[str, str]:
        """The last earlier month with a return of each service, of whichever of its plans."""
        months: dict[str, str] = {}
        for code, month in self.last_return_of_plans.items():
            service = self.summary.services.get(code, code)
            months[service] = max(month, months.get(service, ""))
        return months

    @cached_property
    def last_return_of_plans(self) -> dict[str, str]:
        """The last earlier month with a return of each plan of each service."""
        history = self.summary.history
        if history is None:
            return {}
        sent = history[(history["letter"] == "") & (history["period"] < str(self.period))]
        return {str(code): str(month) for code, month in sent.groupby("service")["period"].max().items()}

    def matrix(self) -> Matrix:
        """The pairs of delivery and impact."""
        kept = self.ordered[~self.of_letters("X")]
        rows, columns = (
            group_places(self.summary, key, kept[key], groups)
            for key, groups in (("delivery", PAIRS), ("impact", IMPACT))
        )
        counts = [
            [int(((rows == down) & (columns == across)).sum()) for across in range(len(IMPACT))]
            for down in range(len(PAIRS))
        ]
        shown = [row for row, (_, letters) in enumerate(PAIRS) if letters not in "S?" or any(counts[row])]
        hollow = len(self.summary.ineffective)
        title = (
            f"{spelled(hollow, first=True)} {'action is' if hollow == 1 else 'actions are'} delivered but not effective"
            if hollow
            else "No finished action is judged not effective"
        )
        return Matrix(
            title,
            [PAIRS[row][0] for row in shown],
            [word for word, _ in IMPACT],
            [counts[row] for row in shown],
            [REMARKS.get(PAIRS[row][1], "") if self.remarked(PAIRS[row][1], counts[row]) else "" for row in shown],
        )

    @staticmethod
    def remarked(letters: str, counts: Sequence[int]) -> bool:
        """True if a row of the matrix has the actions that its remark is about."""
        return bool(counts[0]) if letters == "D" else any(counts)


def red_letters(headline: Rating) -> str:
    """The letters of the headline's states with the colour of the worst one."""
    worst = headline.states[0].fill
    return "".join(dict.fromkeys(state.letter for state in headline.states if state.fill == worst))


def red_by_month(summary: ProviderSummary, months: Sequence[str]) -> dict[str, list[int | None]]:
    """How many red actions each service had in each month, in all its plans; None for a month without a return."""
    assert summary.history is not None
    history = summary.history.assign(service=summary.service_codes(summary.history["service"]))
    letters, services = red_letters(summary.headline), summary.overview["service"]
    sent = set(history.loc[history["letter"] == "", ["service", "period"]].itertuples(index=False, name=None))
    lines = history[history["letter"].isin(list(letters))]
    counts = lines.groupby(["service", "period"])["actions"].sum().to_dict()
    return {
        code: [int(counts.get((code, month), 0)) if (code, month) in sent else None for month in months]
        for code in services
    }


def step(word: str, before: int, now: int) -> str:
    """A count of two months in words: “Red 3 to 9”, “green or blue still 4”."""
    return f"{word} {before} to {now}" if before != now else f"{word} still {now}"
