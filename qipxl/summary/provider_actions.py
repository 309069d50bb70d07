"""Actions of the provider in a summary: the whole and the part of each service, rated by the rules of a template.

The rules read two small tables that no tracker has: the actions of the provider and their parts. Nothing is rated here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from qipxl.returns.rule_inputs import rule_values
from qipxl.rules.evaluate import Book, Inputs
from qipxl.rules.expression import EPOCH
from qipxl.rules.rulebook import Rating
from qipxl.summary.sheet_spec import SheetSpec, TableColumns, columns_of
from qipxl.template import Template
from qipxl.text import names_text, plural, spelled

PROVIDER_ACTIONS = "Provider actions"
ACTIONS, PARTS = "provider_actions", "parts"
"""The tables of the template that the rules read."""
RETURN, NO_RETURN, NOT_GIVEN, DELETED, REMOVED, CLOSED = (
    "Return",
    "No return",
    "Not given",
    "Deleted",
    "Removed",
    "Closed",
)
"""How a part is known: its service's return of the month has it, there is no return, or why it is not in the return."""
SHOWN: Sequence[str] = ("owner", "due", "days_overdue", "status", "progress", "headline", "delivery")
"""The columns of an action that its part shows."""
COLUMNS_READ: TableColumns = {"actions": SHOWN, "milestones": ("action", "progress")}
BAND = "band"
"""The column with the number, from 1, of the band that decides a rating."""
DONE = "Done"
"""The rating of a part that its service has done."""
MOST_NAMED = 3
"""The most provider actions that one line names."""


@dataclass(frozen=True)
class ProviderActions:
    """The actions of the provider in a month.

    template: the rules.
    lines: a line per action: `ref`, `title`, `due`, `about` (the texts of the register), the calculated values `parts_counted` and
    `parts_done`, the rating `progress` with its reason `why`, and `finding`.
    parts: a line per part, the worst first: `action` (the Ref of the provider action), `service`, `name`, `ref` (in the service's
    plan), `known`, SHOWN, `reason` (of its delivery, if its return is in), `note`, `file`, `cell`, and the rating `standing` with
    its reason `why`, which is that of the delivery if there is one.
    milestones: a line per milestone: `action`, `ref`, `milestone`, `due`, `evidence_required`, and `found`, how many parts have
    reached it, in words.
    """

    template: Template
    as_at: date
    lines: pd.DataFrame
    parts: pd.DataFrame
    milestones: pd.DataFrame

    def rating(self, key: str) -> Rating:
        """The rating of one of the two tables."""
        return self.template.provider_rules.ratings[key][0]

    @property
    def title(self) -> str:
        """The finding about all of them, such as “Provider actions: of two, one is off track and one is done”."""
        counts, number = Counter(self.lines["progress"]), len(self.lines)
        found = [
            f"{spelled(count)} {'is' if count == 1 else 'are'} {state.word.lower()}"
            for state in self.rating(ACTIONS).states
            if (count := counts[state.word])
        ]
        if len(found) == 1 and number > 1:
            word = found[0].partition(" are ")[2]
            return f"{PROVIDER_ACTIONS}: {'both' if number == 2 else f'all {spelled(number)}'} are {word}"
        return f"{PROVIDER_ACTIONS}: {f'of {spelled(number)}, ' if number > 1 else ''}{names_text(found)}"

    @property
    def one_line(self) -> str:
        """One line about all of them for pages that do not list them, the worst first."""
        order = {state.word: place for place, state in enumerate(self.rating(ACTIONS).states)}
        worst = self.lines.sort_values("progress", key=lambda words: words.map(order), kind="stable")["finding"]
        more = len(worst) - MOST_NAMED
        left = (
            [f"{plural(more, 'more is', 'more are')} on the sheet {PROVIDER_ACTIONS} of the summary"]
            if more > 0
            else []
        )
        return f"{PROVIDER_ACTIONS}. {'. '.join([*worst.head(MOST_NAMED), *left])}."


def rated_provider_actions(
    template: Template, as_at: date, lines: pd.DataFrame, parts: pd.DataFrame, milestones: pd.DataFrame
) -> ProviderActions:
    """The actions of the provider, rated on a date; the frames are those of ProviderActions without what the rules add."""
    rules = template.provider_rules
    inputs = {key: table_inputs(template, key, frame) for key, frame in ((ACTIONS, lines), (PARTS, parts))}
    book = Book(rules.schema.tables, rules.worked_out, inputs, (as_at - EPOCH).days)
    rated = {}
    for key, frame in ((ACTIONS, lines), (PARTS, parts)):
        columns, (rating, *_) = rules.schema.tables[key].columns, rules.ratings[key]
        reasons = np.array(rating.decides.reasons(), object)
        made = {line.key: book.tables[key].values(columns[line.key]) for line in template.provider[key].calculated}
        decided = rating.decides.decided(book.tables[key])
        made |= {rating.column.key: book.tables[key].values(rating.column), BAND: decided + 1}
        rated[key] = frame.assign(**made, why=reasons[decided])
    given = rated[PARTS]["reason"] != ""
    why = (rated[PARTS]["why"].str[:1].str.upper() + rated[PARTS]["why"].str[1:]).mask(given, rated[PARTS]["reason"])
    rated[PARTS] = rated[PARTS].assign(why=why)
    book.close()
    place = {state.word: number for number, state in enumerate(rules.ratings[PARTS][0].states)}
    whole = {str(ref): number for number, ref in enumerate(lines["ref"])}
    order = pd.DataFrame({"whole": parts["action"].map(whole), "place": rated[PARTS]["standing"].map(place)})
    rated[PARTS] = rated[PARTS].loc[order.sort_values(["whole", "place"], kind="stable").index].reset_index(drop=True)
    found = [finding(line, rated[PARTS], rules.ratings[PARTS][0]) for line in rated[ACTIONS].to_dict("records")]
    return ProviderActions(template, as_at, rated[ACTIONS].assign(finding=found), rated[PARTS], milestones)


def table_inputs(template: Template, key: str, frame: pd.DataFrame) -> Inputs:
    """A frame in the terms of the rules, as if all rows were those of one tracker."""
    values = {"used": np.ones(len(frame), bool)}
    for field in template.provider[key].field:
        values |= rule_values(field, frame[field.key], None)
    return Inputs(np.zeros(len(frame), np.int64), values)


def finding(line: Mapping[object, object], parts: pd.DataFrame, standing: Rating) -> str:
    """What became of a provider action, such as “P-01 Medicines check: 7 of 12 services done; 2 off track; 1 closed, not counted”."""
    words = Counter(parts.loc[parts["action"] == line["ref"], "standing"])
    done, counted = (int(float(str(line[name]))) for name in ("parts_done", "parts_counted"))
    found = [f"{done} of {plural(counted, 'service')} done"]
    found += [
        f"{words[state.word]} {state.plain or state.word.lower()}"
        for state in standing.states
        if words[state.word] and state.word != DONE
    ]
    return f"{line['ref']} {line['title']}: {'; '.join(found)}"


FLAT = columns_of(
    ("Provider action", "action", 10), ("What the row is", "kind", 12), ("Service, milestone or whole", "what", 44), ("Rating", "rating", 16),
    ("Delivery", "delivery", 20), ("Why", "why", 30), ("Owner", "owner", 18), ("Due date", "due", 12), ("Status", "status", 13),
    ("Progress", "progress", 44), ("Details", "note", 60),
)  # fmt: skip


def provider_action_list(actions: ProviderActions | None) -> Iterator[SheetSpec]:
    """All of them as one table for packs: each action, then its milestones and its parts; nothing if there is none."""
    if actions is None:
        return
    rows: list[pd.DataFrame] = []
    for line in actions.lines.to_dict("records"):
        whole = {"action": line["ref"], "kind": "Whole", "what": line["finding"], "rating": line["progress"]}
        rows.append(pd.DataFrame([{**whole, "why": line["why"], "due": line["due"], "note": line["about"]}]))
        steps = actions.milestones[actions.milestones["action"] == line["ref"]]
        what = steps["ref"] + " " + steps["milestone"]
        rows.append(steps.assign(kind="Milestone", what=what, why=steps["found"], note=steps["evidence_required"]))
        parts = actions.parts[actions.parts["action"] == line["ref"]]
        rows.append(parts.assign(kind="Part", what=parts["name"], rating=parts["standing"]))
    sources = [column.source for column in FLAT]
    frame = pd.concat([each.reindex(columns=sources).astype(object) for each in rows], ignore_index=True)
    frame = frame.assign(due=pd.to_datetime(frame["due"])).astype({name: object for name in sources if name != "due"})
    texts = [name for name in sources if name != "due"]
    frame[texts] = frame[texts].where(frame[texts].notna(), "")
    about = "Actions of the provider that several services have a part in: the whole, its milestones, then the part of each service."
    yield SheetSpec(PROVIDER_ACTIONS, about, "", FLAT, frame, title=actions.title)
