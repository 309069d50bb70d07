"""What Start here of a service's next tracker asks and says."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date

import pandas as pd

from qipxl.archive.store import KEY
from qipxl.indicators import NOT_SHOWN
from qipxl.indicators.action_verdicts import OUTCOME, verdict_sentence
from qipxl.provider.head_office_facts import action_of
from qipxl.provider.last_returns import LastReturns
from qipxl.provider.left_plan import TABLE as FINISHED
from qipxl.provider.left_plan import slipping_words
from qipxl.provider.meetings.carry import is_settled
from qipxl.provider.register_schema import DecisionLine, QuestionLine
from qipxl.provider.table_room import Row
from qipxl.returns.cell_values import cell_value
from qipxl.services import Service
from qipxl.template import Template
from qipxl.text import folded
from qipxl.tracker.news import NewsLine
from qipxl.tracker.send_back import NOT_CARRIED
from qipxl.workbook.layout import missing_words


def decisions(last: LastReturns, service: Service) -> list[NewsLine]:
    """The decisions about the service's actions since the month before."""
    since = last.period.plus(-1).first
    return [
        NewsLine(
            f"Decided on {line.decided_on.day} {line.decided_on:%B}: {line.decision} ({line.decided_by})", line.action
        )
        for line in last.register.of(DecisionLine)
        if folded(line.service) == folded(service.code) and since <= line.decided_on <= last.period.last
    ]


def open_questions(last: LastReturns, service: Service) -> list[QuestionLine]:
    """Head office's questions to a service that are not answered yet."""
    return [
        line
        for line in last.register.of(QuestionLine)
        if line.service.lower() == service.code.lower()
        and line.asked_on <= last.period.last
        and line.answered_on is None
    ]


def questions(last: LastReturns, service: Service) -> list[str]:
    """Head office's open questions, as sentences."""
    return [
        f"Head office asks{f' about {line.action}' if line.action else ''}: {line.question}"
        for line in open_questions(last, service)
    ]


def escalations(last: LastReturns, template: Template, service: Service) -> list[NewsLine]:
    """A line for each action that was escalated beyond the service, with the reason from the rules."""
    ratings, actions = last.rows("actions-ratings", service.code), last.rows("actions", service.code)
    if not len(ratings) or "escalated" not in ratings.columns:
        return []
    escalated = ratings[ratings["escalated"].astype(bool)].filter([*KEY, "row", "escalation", "escalation_rule"])
    lines = actions[[*KEY, "row", "ref"]].merge(escalated, on=[*KEY, "row"])
    decides = next(rating for rating in template.rules.ratings["actions"] if rating.column.key == "escalation").decides
    reasons = {band.code: band.say for band in decides.bands}
    news = []
    for line in lines.itertuples():
        reason = reasons.get(str(line.escalation_rule), "see Escalation")
        words = f"is escalated to the {str(line.escalation).lower()}: {reason}."
        news.append(NewsLine(words if line.ref else f"An action without a Ref {words}", str(line.ref)))
    return news


def slipping(last: LastReturns, template: Template, service: Service) -> list[str]:
    """A sentence for each action that was embedded, has left the plan and no longer holds, by the rules of the last return."""
    ratings, lines = last.rows(f"{FINISHED}-ratings", service.code), last.rows(FINISHED, service.code)
    if not len(ratings) or "escalated" not in ratings.columns:
        return []
    rating = next((each for each in template.rules.ratings[FINISHED] if each.column.key == "holding"), None)
    reasons = {} if rating is None else {band.code: band.say for band in rating.decides.bands}
    gone = {folded(row["ref"]) for row in last.left.get(folded(service.code), ())}
    now = pd.concat([lines[["ref"]].reset_index(drop=True), ratings.reset_index(drop=True)], axis=1)
    return slipping_words(reasons, now[[folded(ref) in gone for ref in now["ref"]]])


def verdict_words(last: LastReturns, template: Template, service: Service, actions: Sequence[Row]) -> list[NewsLine]:
    """What the figures show for each action that links indicators, and what its outcome still needs."""
    news, words = [], template.lists["verdict"].plain
    for ref in [str(row["ref"]) for row in actions if row.get("ref")]:
        figures = last.impact.verdicts.get(action_of(service.code, ref), ())
        judged = [(figure, figure.verdict) for figure in figures if figure.verdict is not None]
        details = [
            f"{figure.name}: {verdict.needs}" for figure, verdict in judged if figure.part == OUTCOME and verdict.needs
        ]
        if len(judged) == 1:
            details = [judged[0][1].words]
        if judged:
            news.append(NewsLine(" ".join([f"Figures of {ref}: {verdict_sentence(figures, words)}.", *details]), ref))
    return [*news, NewsLine(NOT_SHOWN)] if news else []


def open_challenges(last: LastReturns, service: Service) -> list[str]:
    """A sentence for each open challenge, with what was to follow and by when."""
    lines = last.rows("challenge", service.code) if "challenge" in last.tables else pd.DataFrame()
    if not {"ref", "action", "challenge", "follow_up", "due", "closed_on"} <= set(lines.columns):
        return []
    waiting = lines[lines["closed_on"].isna()].to_dict("records")
    return [
        open_challenge(line)
        for line in waiting
        if not is_settled(last.register, service.code, last.period.last, line["ref"])
    ]


def open_challenge(line: Mapping[Hashable, object]) -> str:
    """The sentence for an open challenge, whole whichever of its cells are blank.

    >>> open_challenge({"ref": "C-001", "action": "", "challenge": "", "follow_up": "", "due": None})
    'Challenge C-001 is open.'
    """
    ref, action, challenge, follow = (cell_value(line[key]) for key in ("ref", "action", "challenge", "follow_up"))
    due = cell_value(line["due"])
    by = f"{due:%d/%m/%Y}" if isinstance(due, date) else ""
    about = f" about {action}" if action else ""
    words = f"{f'Challenge {ref}' if ref else 'A challenge without a Ref'}{about} is open{f': {challenge}' if challenge else ''}"
    if not words.endswith((".", "?", "!")):
        words += "."
    if follow:
        return f"{words} To follow{f', by {by}' if by else ''}: {follow}"
    return f"{words} It is to be answered by {by}." if by else words


def still_to_fix(last: LastReturns, service: Service) -> list[str]:
    """How many cells of the last return had to be corrected, by sheet; Checks shows those that are still wrong."""
    problems = last.rows("problems", service.code)
    if not len(problems):
        return []
    wrong = problems[(problems["severity"] == "must fix") & ~problems["code"].isin(NOT_CARRIED)]
    counts = [f"{count} on {sheet}" for sheet, count in wrong["sheet"].value_counts(sort=False).items() if sheet]
    return [f"Your last return had to be put right in places: {', '.join(counts)}. See Checks."] if counts else []


def put_back_words(last: LastReturns, service: Service) -> list[str]:
    """A sentence about the actions and one about the milestones that were missing from the last return."""
    sentences = []
    for key, way_out in (
        ("actions", "Bring them up to date; withdraw one that is no longer needed, with a reason and an approver."),
        ("milestones", "Bring them up to date; head office can remove one that is no longer needed."),
    ):
        frame = last.rows(key, service.code)
        pairs = zip(frame["ref"], map(missing_words, frame["row"]), strict=True) if len(frame) else ()
        refs = [f"{ref} ({words})" for ref, words in pairs if words]
        if refs:
            sentences.append(f"Missing from your last return, and in the plan again: {', '.join(refs)}. {way_out}")
    return sentences


def left_behind(last: LastReturns, service: Service) -> list[str]:
    """What staff added to the workbook and the next tracker does not contain."""
    problems = last.rows("problems", service.code)
    return [f"Not carried over: {line.message}" for line in problems.itertuples() if line.code in NOT_CARRIED]
