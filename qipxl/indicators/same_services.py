"""Which services a total over several months adds up, so that every month adds up the same ones."""

from __future__ import annotations

import numpy as np

from qipxl.indicators.arrays import Bools

ENOUGH = 13
"""A year and the month that it is compared with: more months do not make up for leaving a service out."""


def same_services(there: Bools) -> tuple[Bools, Bools]:
    """The services and the months to add up, of a table that says which service (row) has a figure in which month (column).

    The services all have a figure in the latest month, and in each of the months. Services that begin late or have gaps are
    left out, or else the months that they lack, whichever keeps more figures (of ENOUGH months at most).

    >>> there = np.array([[True, True, True], [True, True, True], [False, False, True]])
    >>> services, months = same_services(there)
    >>> services.tolist(), months.tolist()
    ([True, True, False], [True, True, True])
    """
    services, months = np.zeros(there.shape[0], dtype=bool), np.zeros(there.shape[1], dtype=bool)
    if not there.any():
        return services, months
    last, most = int(np.flatnonzero(there.any(axis=0))[-1]), 0
    for first in range(last + 1):
        window = there[:, first : last + 1]
        gaps = np.where(there[:, last], (~window).sum(axis=1), there.shape[1])
        for allowed in np.unique(gaps[there[:, last]]):
            chosen = gaps <= allowed
            complete = window[chosen].all(axis=0)
            figures = int(chosen.sum()) * min(int(complete.sum()), ENOUGH)
            if figures > most:
                most, services = figures, chosen
                months = np.zeros_like(months)
                months[first : last + 1] = complete
    return services, months
