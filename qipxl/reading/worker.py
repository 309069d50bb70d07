"""The worker process: does one task after another for the process that started it, mostly opening or reading files.

Messages are pickled, each after its length in eight bytes. The first message is the work (an `Opening`, or the `ReadJob`,
which imports pandas); each of the others is a task, such as a batch. The answer is the status of every file as it is opened
and then the result. The process ends when its input does. It may be killed at any time.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from pathlib import Path
from typing import IO, Any, Protocol

from qipxl.reading.file.batch import ProgressCallback
from qipxl.reading.file.limits import GC_THRESHOLD, MEGABYTE


class Work(Protocol):
    """A function of each task, and the limit of the memory it may take (None for no limit)."""

    @property
    def memory_mb(self) -> int | None: ...
    def done(self, task: Any, on_status: ProgressCallback) -> object: ...


def send(stream: IO[bytes], message: object) -> None:
    """Write one message."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    stream.write(len(data).to_bytes(8, "little"))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> object:
    """Read one message; raises EOFError if the other side has ended."""
    length = stream.read(8)
    data = stream.read(int.from_bytes(length, "little")) if len(length) == 8 else b""
    if len(length) < 8 or len(data) < int.from_bytes(length, "little"):
        raise EOFError
    return pickle.loads(data)


def limit_memory(most_mb: int) -> None:
    """Limit the memory that this process takes in addition to now, if the system has such a limit."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        most = pages * resource.getpagesize() + most_mb * MEGABYTE
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        return


def main() -> None:
    """Answer until the input ends; Ctrl-C is left to the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(GC_THRESHOLD)
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints may come between the answers
    with questions, answers:
        work: Work = receive(questions)  # type: ignore[assignment]  # the other side sends nothing else
        if work.memory_mb is not None:
            limit_memory(work.memory_mb)
        send(answers, "ready")
        while True:
            try:
                task = receive(questions)
            except EOFError:
                return
            send(answers, work.done(task, lambda status: send(answers, status)))


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.exit(1)
