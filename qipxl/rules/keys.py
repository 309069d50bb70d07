"""Texts and references as numbers, so that rows of many trackers are compared and joined fast."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from qipxl.rules.expression import Array


class TextCodes:
    """A number for each text of a book in lower case; 0 for no text."""

    def __init__(self) -> None:
        self.texts = [""]
        self.codes = {"": 0}

    def code_of(self, text: str) -> int:
        """The code of a text, in upper or lower case."""
        lowered = text.lower()
        code = self.codes.setdefault(lowered, len(self.texts))
        if code == len(self.texts):
            self.texts.append(lowered)
        return code

    def of_column(self, texts: Array) -> Array:
        """The code of every text of a column."""
        indexes, distinct = pd.factorize(texts)
        return np.array([*map(self.code_of, distinct), 0], np.int32)[indexes]

    def map_distinct(self, codes: Array, test: Callable[[str], bool]) -> Array:
        """`test` of every text, called once for each different one."""
        answers, used = np.zeros((2, len(self.texts)), bool)
        used[codes] = True
        answers[used] = [test(self.texts[code]) for code in np.flatnonzero(used).tolist()]
        return np.asarray(answers[codes])


CODE_BITS = 32
"""The lowest bits of a key, which hold the code of a text; the tracker's number is in the others."""


class Keys:
    """The keys of a column in ascending order; `order` has their rows, equal keys in the order of the rows."""

    def __init__(self, keys: Array) -> None:
        self.order = np.argsort(keys, kind="stable")
        self.sorted = keys[self.order]

    def found(self, keys: Array) -> tuple[Array, Array]:
        """For each of other keys, where it is first in `order`, and how often it is there; never for no text."""
        first = np.searchsorted(self.sorted, keys, "left")
        counts = np.searchsorted(self.sorted, keys, "right") - first
        return first, np.where(keys < 0, 0, counts)
