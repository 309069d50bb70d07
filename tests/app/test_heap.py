"""Memory that is given back, tried in a program of its own: the setting is the whole program's."""

import os
import platform
import subprocess
import sys

import pytest

PROGRAM = """
import sys
from pathlib import Path
import numpy as np
from qipxl.app.runtime import return_freed_memory

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

if sys.argv[1] == "given back":
    return_freed_memory()
for size in range(16, 33, 4):  # as arrays are freed the C library keeps ever larger ones
    np.ones(size << 17)
kept = [(np.ones(4 << 17), np.ones(1 << 14)) for _ in range(50)]
small = [one for _, one in kept]
del kept
print(held())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is asked of glibc only")
def test_freed_arrays_go_back_to_the_system() -> None:
    around = {
        name: said for name, said in os.environ.items() if not name.startswith("MALLOC_")
    }  # Dask sets some for its workers

    def megabytes(how: str) -> float:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True, env=around
        )
        return float(done.stdout)

    assert megabytes("given back") < megabytes("as ever") - 100


ELSEWHERE = """
import ctypes, platform
platform.libc_ver = lambda: ("", "")
del ctypes.CDLL
from qipxl.app.runtime import return_freed_memory
return_freed_memory()
"""


def test_elsewhere_nothing_is_asked_for() -> None:
    assert subprocess.run([sys.executable, "-c", ELSEWHERE], check=False).returncode == 0
