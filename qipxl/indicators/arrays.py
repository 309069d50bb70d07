"""Values as they are given, turned into arrays: a missing value is NaN and never a zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qipxl.errors import RequestError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Codes = NDArray[np.int8]

TOLERANCE = 1e-12
"""Two numbers this close, as a share of the largest value about them, are equal: a mean of 24 times 99.9 is 99.9."""


def numbers(values: ArrayLike, dimensions: int, name: str = "values") -> Floats:
    """Values as floating numbers, NaN where there is none; raises RequestError for text or the wrong shape."""
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise RequestError(f"The {name} must be numbers, or None where there is none ({error}).") from error
    if array.ndim != dimensions or not array.shape[-1]:
        raise RequestError(f"The {name} must be {'a list' if dimensions == 1 else 'a table'} with at least one number.")
    if np.isinf(array).any():
        raise RequestError(f"The {name} hold an infinite number.")
    return array


def alike(array: Floats, other: Floats, name: str) -> None:
    """Raise RequestError unless two arrays have one shape."""
    if array.shape != other.shape:
        raise RequestError(f"There must be as many {name} as values: {other.shape[-1]} stand beside {array.shape[-1]}.")


def divided(above: ArrayLike, below: ArrayLike) -> Floats:
    """A quotient, NaN where there is nothing to divide by."""
    top, bottom = np.broadcast_arrays(np.asarray(above, dtype=float), np.asarray(below, dtype=float))
    quotient: Floats = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return quotient
