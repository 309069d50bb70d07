"""The counts of a summary: actions by letter and problems, for each service, each region and the whole provider."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from qipxl.returns.returns import NIL_RETURN, Returns
from qipxl.rules.rulebook import HEADLINE, Rating
from qipxl.services import Service

NO_RETURN = "no return"


def headline_of(ratings: Sequence[Rating]) -> Rating:
    return next(rating for rating in ratings if rating.column.key == HEADLINE)


def headline_letters(headline: Rating) -> list[str]:
    return list(dict.fromkeys(state.letter for state in headline.states))


def overview_lines(
    returns: Returns, actions: pd.DataFrame, headline: Rating, services: Sequence[Service]
) -> pd.DataFrame:
    """A line per service: those without a return that could be used first, then by region and name.

    The actions of a service without such a return are not known, so their counts are missing, never 0.
    """
    accepted = returns.accepted
    accepted_services = zip(accepted["service"], accepted["name"], accepted["region"], strict=True)
    known = {str(code): (str(name), str(region)) for code, name, region in accepted_services}
    expected = {service.code: (service.name, service.region) for service in services}
    names: dict[str, tuple[str, str]] = {**expected, **known}
    states = service_states(returns)
    lines = pd.DataFrame(
        [(code, *name_and_region, states.get(code, NO_RETURN)) for code, name_and_region in names.items()],
        columns=["service", "name", "region", "state"],
    )
    counted = count_letters(actions, headline)
    wrong = count_problems(returns)
    lines = lines.join(counted, on="service").join(wrong, on="service")
    late = lines["state"].isin(["accepted", NIL_RETURN])
    without = dict.fromkeys(counted, ~late) | dict.fromkeys(wrong, lines["state"] == NO_RETURN)
    blanked = {str(column): lines[column].fillna(0).astype("Int64").mask(blank) for column, blank in without.items()}
    return (
        lines.assign(late=late, expected=lines["service"].isin(expected), **blanked)
        .sort_values(["late", "region", "name"], kind="stable")
        .drop(columns="late")
        .reset_index(drop=True)
    )


def service_states(returns: Returns) -> dict[str, str]:
    """The state of each service's returns: accepted, nil, that they differ, or else the status of the first of them."""
    states: dict[str, str] = {}
    receipts = returns.receipts
    for code, status, nil in zip(receipts["service"], receipts["status"], receipts["nil"], strict=True):
        if status == "accepted":
            states[code] = NIL_RETURN if nil else status
        else:
            states.setdefault(code, status)
    return states | {code: differing_words(number) for code, number in returns.differing.items()}


def differing_words(number: int) -> str:
    """The state of a service whose returns differ, none of which counts until head office chooses."""
    return f"{number} returns differ"


def count_letters(actions: pd.DataFrame, headline: Rating) -> pd.DataFrame:
    """The number of actions of each service with each letter of the headline."""
    letters = actions["headline"].map({state.word: state.letter for state in headline.states})
    table = pd.crosstab(actions["service"], letters) if len(actions) else pd.DataFrame()
    table = table.reindex(columns=headline_letters(headline), fill_value=0)
    table.insert(0, "actions", table.sum(axis=1))
    return table


def count_problems(returns: Returns) -> pd.DataFrame:
    """The number of problems of each service that must be fixed, and that should be looked at."""
    services = returns.problems["return"].map(returns.receipts["service"])
    severity = returns.problems["severity"]
    counts = {
        "must_fix": services[severity == "must fix"].value_counts(),
        "should_look": services[severity == "should look"].value_counts(),
    }
    return pd.DataFrame(counts, index=sorted(set(services))).fillna(0)


def total_lines(overview: pd.DataFrame) -> pd.DataFrame:
    """The overview's counts per region, then for the whole provider; missing if no service has any."""
    numbers = overview.select_dtypes(np.number).columns
    regions = overview.groupby("region", sort=True)[list(numbers)].sum(min_count=1).reset_index()
    provider = overview.assign(region="Whole provider").groupby("region")[list(numbers)].sum(min_count=1).reset_index()
    return pd.concat([regions, provider], ignore_index=True)
