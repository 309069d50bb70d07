"""Shares equal texts between frames: frames read from files have copies of their own, which take several times the memory."""

from __future__ import annotations

import numpy as np
import pandas as pd


class StringPool:
    """The texts seen so far."""

    def __init__(self) -> None:
        self.known: dict[object, object] = {}

    def of_frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The same rows with texts as Python strings, shared with all earlier frames."""
        shared = {}
        for name, kind in frame.dtypes.items():
            if isinstance(kind, pd.CategoricalDtype):
                codes, texts = frame[name].cat.codes.to_numpy(), [*kind.categories, np.nan]
            elif isinstance(kind, np.dtypes.ObjectDType | pd.StringDtype):
                codes, distinct = pd.factorize(frame[name].to_numpy(object), use_na_sentinel=False)
                texts = list(distinct)
            else:
                continue
            known = np.empty(len(texts), object)
            known[:] = [self.known.setdefault(text, text) for text in texts]
            shared[str(name)] = pd.Series(known[codes], index=frame.index, dtype=object)
        return frame.assign(**shared)
