"""The contrast and the difference of two colours."""

from __future__ import annotations

import math


def contrast(first: str, second: str) -> float:
    """The contrast of two colours (hexadecimal RGB) from 1 to 21, as WCAG 2 defines it."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def difference(first: str, second: str) -> float:
    """The distance of two colours in CIELAB (CIE76, D65): about 2 is just visible, black and white are 100 apart."""
    return math.dist(lab(first), lab(second))


def luminance(colour: str) -> float:
    """The relative luminance of a colour (hexadecimal RGB), from 0 to 1, as WCAG 2 defines it."""
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(colour: str) -> tuple[float, float, float]:
    """Red, green and blue as light, from 0 to 1 (sRGB)."""
    parts = (int(colour[index : index + 2], 16) / 255 for index in (0, 2, 4))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def lab(colour: str) -> tuple[float, float, float]:
    """A colour (hexadecimal RGB) in CIELAB: lightness from 0 to 100, then a and b."""
    red, green, blue = linear(colour)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
