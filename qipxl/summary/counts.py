"""The counts of a summary: actions by letter and problems, for each service, each region and the whole provider."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from qipxl.returns.returns import NIL_RETURN, Returns
from qipxl.rules.rulebook import HEADLINE, Rating
from qipxl.services import GENERAL, PLAN_MARK, Service, services_by_code
from qipxl.text import names_text

NO_RETURN = "no return"


def headline_of(ratings: Sequence[Rating]) -> Rating:
    return next(rating for rating in ratings if rating.column.key == HEADLINE)


def headline_letters(headline: Rating) -> list[str]:
    return list(dict.fromkeys(state.letter for state in headline.states))


def overview_lines(
    returns: Returns, actions: pd.DataFrame, headline: Rating, services: Sequence[Service]
) -> pd.DataFrame:
    """A line per service and plan: those without a return that could be used first, then by region and name.

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


def service_lines(plans: pd.DataFrame) -> pd.DataFrame:
    """The lines of `overview_lines` with one line per service: the counts of its plans are added up, its state is that of all of them.

    A service is in if all its plans are.
    """
    services = services_by_code(zip(plans["service"].astype(str), plans["name"].astype(str), strict=True))
    if all(code == service for code, (service, _) in services.items()):
        return plans
    own = [services[code] for code in plans["service"].astype(str)]
    lines = plans.assign(plan=plans["service"], service=[code for code, _ in own], name=[name for _, name in own])
    numbers = {str(name): (str(name), partial(pd.Series.sum, min_count=1)) for name in plans.select_dtypes(np.number)}
    grouped = lines.groupby("service", sort=False)
    merged = grouped.agg(
        name=("name", "first"),
        region=("region", "first"),
        state=("state", "first"),
        expected=("expected", "any"),
        **numbers,
    )
    merged["state"] = [state_of_plans(group) for _, group in grouped]
    merged = merged.reset_index()[[*plans.columns]].astype({name: plans[name].dtype for name in numbers})
    return (
        merged.assign(in_=is_in(merged))
        .sort_values(["in_", "region", "name"], kind="stable")
        .drop(columns="in_")
        .reset_index(drop=True)
    )


def is_in(lines: pd.DataFrame) -> pd.Series:
    """Which services, or plans, have sent a return that could be used; a service with each of its plans."""
    return lines["state"].isin(["accepted", NIL_RETURN])


def is_partly_in(lines: pd.DataFrame) -> pd.Series:
    """Which services have sent returns that could be used of some of their plans only."""
    return ~is_in(lines) & lines["actions"].notna()


def state_of_plans(plans: pd.DataFrame) -> str:
    """The state of a service, from the lines of its plans: `plan`, the plan's code, and `state`.

    >>> lines = [("ELM", "accepted"), ("ELM / Safeguarding", "no return"), ("ELM / Falls", "set aside")]
    >>> state_of_plans(pd.DataFrame(lines, columns=["plan", "state"]).assign(service="ELM"))
    '1 of 3 plans in; Safeguarding is missing; Falls: set aside'
    """
    states = list(map(str, plans["state"]))
    there = is_in(plans)
    if there.all():
        return "accepted" if "accepted" in states else NIL_RETURN
    if not there.any():
        return next((state for state in states if state != NO_RETURN), NO_RETURN)
    names = [
        name_of_plan(str(code), str(service)) for code, service in zip(plans["plan"], plans["service"], strict=True)
    ]
    missing = [name for name, state in zip(names, states, strict=True) if state == NO_RETURN]
    words = [f"{int(there.sum())} of {len(states)} plans in"]
    words += [f"{names_text(missing)} {'is' if len(missing) == 1 else 'are'} missing"] if missing else []
    others = zip(names, states, there, strict=True)
    return "; ".join([*words, *(f"{name}: {state}" for name, state, sent in others if not sent and state != NO_RETURN)])


def name_of_plan(code: str, service: str) -> str:
    """The name of a plan, by its code and the code of its service; the plan without a name is the general one."""
    return code.removeprefix(service).removeprefix(PLAN_MARK) or GENERAL


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
    table = pair_counts(actions["service"], letters) if len(actions) else pd.DataFrame()
    table = table.reindex(columns=headline_letters(headline), fill_value=0)
    table.insert(0, "actions", table.sum(axis=1))
    return table


def pair_counts(rows: pd.Series, columns: pd.Series) -> pd.DataFrame:
    """How often each pair of values of two columns occurs: as `pandas.crosstab`, in a tenth of its time."""
    return rows.groupby([rows, columns]).size().unstack(fill_value=0)


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
