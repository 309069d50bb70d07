"""Memory that goes back to the system as soon as it is free.

Linux' usual C library keeps freed arrays of up to 32 MB for later ones, and Arrow has a pool that does the same: beside
lists of half a million rows that comes to a quarter of all memory. Elsewhere nothing of this is asked for.
"""

from __future__ import annotations

import ctypes
import platform

import pyarrow as pa

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1
"""The names of two of the C library's settings, from its malloc.h."""
LARGE = 1 << 20
"""Bytes from which on an array has memory of its own, which goes when it goes."""
KEPT = 1 << 26
"""Free bytes that are kept all the same."""


def give_back_large_arrays() -> None:
    """Ask for it, from now on and for the whole program."""
    if platform.libc_ver()[0] == "glibc":
        pa.set_memory_pool(pa.system_memory_pool())
        library = ctypes.CDLL(None)
        library.mallopt(MMAP_THRESHOLD, LARGE)
        library.mallopt(TRIM_THRESHOLD, KEPT)
