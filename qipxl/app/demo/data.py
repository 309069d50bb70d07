"""The demo's names, stories and scenarios, read from stories.toml and scenarios.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent


class Record(BaseModel):
    """Part of one of the two files; a key that the record does not have is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def read(cls, name: str) -> Self:
        return cls.model_validate(tomllib.loads((FOLDER / name).read_text("utf-8")))


class Story(Record):
    """One thing that a service wants to improve; each item of evidence is a category and a description."""

    theme: str
    issue: str
    change: str
    measure: str
    statement: str
    regulation: str
    milestones: tuple[str, ...]
    evidence: tuple[tuple[str, str], ...]


class Stories(Record):
    """The file stories.toml."""

    regions: tuple[str, ...]
    houses: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    stories: tuple[Story, ...]


class Fields(Record):
    """Values of a row: `days` are dates, as days from the date of judgement; an empty text among `values` is a blank cell."""

    days: Mapping[str, int] = {}
    values: Mapping[str, int | str] = {}


class Row(Fields):
    """A row of another table about the action."""

    table: str


class EarlierFields(Fields):
    """What the action said before the day `until`."""

    until: int


class MonthlyEvidence(Record):
    """An item of evidence for each month, from the first `categories` of the story; an empty judgement is a blank cell."""

    categories: int = 3
    judgement: str = "Accepted"


class LaterEvidence(Record):
    """Items of evidence ten days apart, long after completion; the story's where no `items` are given."""

    first_day: int
    items: tuple[tuple[str, str], ...] = ()


class Review(Record):
    """A review of the change: its judgement and its day."""

    effective: str
    day: int


class Finding(Record):
    """What a review with a certain judgement says."""

    finding: str
    embedded: str
    measure_result: str


class Tier(Record):
    """The words of an action of a tier."""

    must_should: str
    source: str


class Scenario(Fields):
    """An action in a known state on the date of judgement, with its rows in other tables.

    `due` may be a range to draw from. `completed_with_evidence` is the day of an item of evidence at completion, which a
    first review follows. If `verified`, head office has verified that the change is embedded.
    """

    tier: int = 2
    due: int | tuple[int, int]
    status: str = "In progress"
    milestones_done: int | None = None
    evidence: MonthlyEvidence | None = None
    completed_with_evidence: int | None = None
    later_evidence: LaterEvidence | None = None
    verified: bool = False
    review: Review | None = None
    earlier: EarlierFields | None = None
    rows: tuple[Row, ...] = ()


class ScenarioChange(Record):
    """A scenario by its name, with another tier or due day."""

    scenario: str
    tier: int = 2
    due: int


class ScenarioFile(Record):
    """The file scenarios.toml."""

    services: tuple[tuple[str | ScenarioChange, ...], ...]
    tiers: Mapping[int, Tier]
    findings: Mapping[str, Finding]
    scenarios: Mapping[str, Scenario]

    def of_services(self) -> tuple[tuple[Scenario, ...], ...]:
        """The scenarios of each of the first twelve services."""
        return tuple(tuple(map(self.scenario, service)) for service in self.services)

    def scenario(self, entry: str | ScenarioChange) -> Scenario:
        if isinstance(entry, str):
            return self.scenarios[entry]
        return self.scenarios[entry.scenario].model_copy(update={"tier": entry.tier, "due": entry.due})


NAMES = Stories.read("stories.toml")
SCENARIO_FILE = ScenarioFile.read("scenarios.toml")
