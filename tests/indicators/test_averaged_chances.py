"""Averaged chances compared with the sum of scipy's chances at every level, each times its weight."""

import numpy as np
import pytest
from scipy import special

from qipxl.indicators.overdispersion import FARTHEST, MOST_STEPS, averaged

CENTRES = {"rate": 1.0, "proportion": float(np.arcsin(np.sqrt(0.83)))}
SIZES = np.array([0.0, 1, 3, 17, 60])


@pytest.mark.parametrize("kind", CENTRES)
@pytest.mark.parametrize("largest", [60, 400, 20_000])
@pytest.mark.parametrize("tau", [0, 1e-6, 0.01, 0.1, 0.3, 1])
def test_averages_are_those_of_the_single_chances(kind: str, largest: int, tau: float) -> None:
    size = np.append(SIZES, largest)
    chances, most = averaged(kind, CENTRES[kind], tau, size)
    steps = int(min(max(2 * tau * np.sqrt(largest), 1) * 12, MOST_STEPS))
    z = np.linspace(-FARTHEST, FARTHEST, 2 * steps + 1)
    weight = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    level = CENTRES[kind] + tau * z
    events = np.floor(most * np.linspace(0, 1, 41)[:, None])
    if kind == "rate":
        single = special.pdtr(events[..., None], size[:, None] * np.maximum(level, 0) ** 2)
    else:
        single = special.bdtr(events[..., None], size[:, None].astype(int), np.sin(np.clip(level, 0, np.pi / 2)) ** 2)
    at_most, more = chances(events)
    np.testing.assert_allclose(at_most, single @ weight, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(more, 1 - single @ weight, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", CENTRES)
def test_below_no_events_the_averaged_chance_is_0(kind: str) -> None:
    chances, _ = averaged(kind, CENTRES[kind], 0.2, SIZES)
    assert not chances(np.full(SIZES.shape, -1.0))[0].any()
