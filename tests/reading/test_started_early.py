"""Processes that are started before there is work for them: they are used, replaced if they died, and ended."""

from __future__ import annotations

import pytest

from qipxl.reading.file.limits import Limits
from qipxl.reading.file.sheets import OpenSheets
from qipxl.reading.process import KEEP_MEMORY, SPARE, WorkerProcess, started_early

pytestmark = pytest.mark.processes


def test_a_process_started_early_is_used_and_the_others_are_ended() -> None:
    with started_early(2):
        early = [process for _, process in SPARE]
        used = WorkerProcess()
        assert used.process in early
        assert used.is_ready(OpenSheets(Limits(), texts=False))
        (left,) = [process for _, process in SPARE]
        assert left.poll() is None
    assert not SPARE
    assert left.poll() is not None
    assert used.process is not None
    assert used.process.poll() is None
    used.end()


def test_a_process_with_another_environment_is_not_used() -> None:
    with started_early(1, KEEP_MEMORY):
        reader, writer = WorkerProcess(), WorkerProcess(KEEP_MEMORY)
        assert not SPARE
        reader.end()
        writer.end()


def test_a_process_that_has_died_is_replaced() -> None:
    with started_early(1):
        SPARE[0][1].kill()
        SPARE[0][1].wait()
        process = WorkerProcess()
        work = OpenSheets(Limits(), texts=False)
        assert process.is_ready(work) or process.is_ready(work)
        process.end()
