"""Arguments as arrays of numbers; a missing value is NaN and never zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qipxl.errors import RequestError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Codes = NDArray[np.int8]

TOLERANCE = 1e-12
"""Numbers closer than this share of the largest value are equal, so that the mean of 24 times 99.9 is 99.9."""


def numbers(values: ArrayLike, dimensions: int, name: str = "values") -> Floats:
    """Values as floats, NaN for a missing one; raises RequestError for text or the wrong number of dimensions."""
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise RequestError(f"The {name} must be numbers, or None for a missing one ({error}).") from error
    if array.ndim != dimensions or not array.shape[-1]:
        raise RequestError(f"The {name} must be {'a list' if dimensions == 1 else 'a table'} with at least one number.")
    if np.isinf(array).any():
        raise RequestError(f"The {name} hold an infinite number.")
    return array


def check_same_shape(array: Floats, other: Floats, name: str) -> None:
    """Raise RequestError unless two arrays have the same shape."""
    if array.shape != other.shape:
        raise RequestError(
            f"There must be as many {name} as values: there are {other.shape[-1]} {name} and {array.shape[-1]} values."
        )


def divided(above: ArrayLike, below: ArrayLike) -> Floats:
    """A quotient; NaN if the divisor is 0, negative or missing."""
    top, bottom = np.broadcast_arrays(np.asarray(above, dtype=float), np.asarray(below, dtype=float))
    quotient: Floats = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return quotient


def known(number: float | None) -> float | None:
    """A number as a float; None for NaN."""
    return None if number is None or np.isnan(number) else float(number)
