"""How long qipxl takes over the standard work, beside its peers, in turn and in one run; writes docs/performance.md and its picture.

The standard work is made by standard.py. Each job is a process of its own, timed from its start to its end, with the most memory
that it and its children held together; nothing of qipxl is imported here before it is needed. All jobs of a round run in turn;
medians and ratios are of the rounds. Absolute times belong to the machine, the ratios are what counts.

    python benchmarks/performance.py --large 10000   # all of it, as make bench does: two hours on two cores, 40 GB of disk
    python benchmarks/performance.py                 # without the large months, of which the page then says nothing
    python benchmarks/performance.py --returns 200 --rounds 1 --no-page
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal

SHEETS = [
    "Start here", "From head office", "Actions", "Extensions", "Milestones", "Evidence", "Challenge", "Reviews", "Indicators",
    "Figures",
]  # fmt: skip
MONTH = "2026-03"
HERE = Path(__file__)
PAGE = HERE.parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- Measured by benchmarks/performance.py, from here -->", "<!-- to here -->"
SMALL_BATCH, FEWEST = 100, 20
"""Returns that the pandas loops and datamaps read; their times are scaled to all."""
DATAMAPS, KEYS = "datamaps==1.1.9", 20
"""datamaps in an environment of its own, and how many cells of each return it is asked for: with all of them it would take hours."""
PROCESSES, FEW_OF_MANY, ON_CLUSTER = "2 processes", 200, 2000
"""What reads a large month; how many returns stand beside it, and how many are read by clusters of one and of two workers."""
CARRIED, TWELVE = 40, 12
"""The services to which trackers are issued and sent back, and those of a small provider."""
SLOW_ROUNDS = 2
"""Rounds of the clusters and of the peers."""
LOOKS_EVERY = 0.05
"""Seconds between two looks at memory."""


@dataclass
class Taken:
    """The seconds and the memory, in MiB, of each round of a job; `own` is the memory of its first process alone.

    `processor` are the seconds of all its processes together.
    """

    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def bare(folder: Path) -> None:
    """Every cell of the input sheets, and nothing done with them."""
    from python_calamine import CalamineWorkbook

    for path in sorted(folder.glob("*.xlsx")):
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            if name in SHEETS:
                book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def pandas_loop(folder: Path, engine: Literal["calamine", "openpyxl"]) -> None:
    """What a careful script does: read the sheets of every file, put them below one another, count the statuses."""
    import pandas as pd

    frames: dict[str, list[pd.DataFrame]] = {}
    for path in sorted(folder.glob("*.xlsx"))[:SMALL_BATCH]:
        book = pd.read_excel(path, sheet_name=SHEETS[1:], engine=engine, header=3)
        for name, frame in book.items():
            frames.setdefault(name, []).append(frame.assign(file=path.name))
    whole = {name: pd.concat(each, ignore_index=True) for name, each in frames.items()}
    print(whole["Actions"]["Status"].value_counts())


JOBS: Mapping[str, Callable[[Path], object]] = {
    "bare": bare,
    "pandas-calamine": partial(pandas_loop, engine="calamine"),
    "pandas-openpyxl": partial(pandas_loop, engine="openpyxl"),
}


def make_provider(home: Path, returns: int, made: Path | None = None) -> Path:
    """A provider's folder with the standard work of one month, of returns `made` before where they are; gives the folder of the returns."""
    from standard import make_returns

    from qipxl.app.cli.main import main as qipxl_command

    home.parent.mkdir(parents=True, exist_ok=True)
    listed = home.parent / f"{home.name}.csv"
    lines = [f"S{number:05d},House {number},Region {number % 7}" for number in range(returns)]
    listed.write_text("code,name,region\n" + "\n".join(lines) + "\n", "utf-8")
    qipxl_command(["init", str(home), "--name", "Standard Care", "--services", str(listed)], standalone_mode=False)
    place = home / "returns" / MONTH
    shutil.rmtree(place, ignore_errors=True)
    if made is None:
        return make_returns(place, returns)
    place.mkdir(parents=True)
    for path in sorted(made.glob("*.xlsx"))[:returns]:
        os.link(path, place / path.name)
    return place


def run(
    command: Sequence[str], taken: Taken, cores: set[int] | None = None, around: Mapping[str, str] | None = None
) -> None:
    """Run a command to its end and note what it took. Python may keep what it compiles, as in any installation."""
    around = {name: value for name, value in (around or os.environ).items() if name != "PYTHONDONTWRITEBYTECODE"}
    start, before = time.perf_counter(), processor_seconds()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, env=around,
        preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None,
    )  # fmt: skip
    most, own, done = [0.0], [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(LOOKS_EVERY):
            found = memory_of_session(process.pid)
            most[0] = max(most[0], sum(found.values()))
            own[0] = max(own[0], found.get(process.pid, 0))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    taken.seconds.append(time.perf_counter() - start)
    taken.processor.append(processor_seconds() - before)
    done.set()
    watcher.join()
    taken.memory.append(most[0])
    taken.own.append(own[0])
    if code not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {code}.")


def processor_seconds() -> float:
    """What all commands run so far have taken, with the processes that they started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def memory_of_session(session: int) -> dict[int, float]:
    """What each process of a session holds, in MiB; a page that two share counts half for each."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if int((place / "stat").read_text().rpartition(")")[2].split()[3]) == session:
                said = (place / "smaps_rollup").read_text()
                found[int(place.name)] = int(said.partition("\nPss:")[2].split()[0]) / 1024
        except (OSError, IndexError, ValueError):
            continue
    return found


def consolidate(home: Path, *more: str) -> list[str]:
    return program("consolidate", str(home), "--period", MONTH, *more)


def program(*words: str) -> list[str]:
    return [str(Path(sys.executable).with_name("qipxl")), *words]


def afresh(home: Path) -> None:
    """The folder as it was before its first run."""
    for name in ("archive", "summaries"):
        shutil.rmtree(home / name, ignore_errors=True)
        (home / name).mkdir()


def job(name: str, folder: Path) -> list[str]:
    return [sys.executable, str(HERE), "--job", name, str(folder)]


def measured(home: Path, returns: Path, rounds: int) -> dict[str, Taken]:
    """Every job in turn, round after round; clusters and peers in the first SLOW_ROUNDS."""
    one = {min(os.sched_getaffinity(0))}
    taken: dict[str, Taken] = {}
    mapped, around = datamaps(home.parent, returns)
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", flush=True)

        def timed(
            name: str, command: Sequence[str], cores: set[int] | None = None, around: Mapping[str, str] | None = None
        ) -> None:
            run(command, taken.setdefault(name, Taken()), cores, around)
            print(f"  {name}: {taken[name].seconds[-1]:.1f} s, {taken[name].memory[-1]:.0f} MiB", flush=True)

        timed("bare", job("bare", returns), one)
        afresh(home)
        timed("one", consolidate(home, "--processes", "1"), one)
        afresh(home)
        timed("two", consolidate(home, "--processes", "2"))
        timed("again", consolidate(home, "--processes", "2"))
        timed("help", program("--help"))
        timed("check one", program("check", str(min(returns.glob("*.xlsx")))))
        if number >= SLOW_ROUNDS:
            continue
        afresh(home)
        timed("cluster 1", consolidate(home, "--cluster", "local:1"))
        afresh(home)
        timed("cluster 2", consolidate(home, "--cluster", "local:2"))
        timed("pandas-calamine", job("pandas-calamine", returns), one)
        timed("pandas-openpyxl", job("pandas-openpyxl", returns), one)
        timed("datamaps", mapped, None, around)
    files = len(list(returns.glob("*.xlsx")))
    for name, few in (("pandas-calamine", SMALL_BATCH), ("pandas-openpyxl", SMALL_BATCH), ("datamaps", FEWEST)):
        taken[name].seconds = [seconds * files / min(few, files) for seconds in taken[name].seconds]
    return taken


def datamaps(place: Path, returns: Path) -> tuple[list[str], dict[str, str]]:
    """The command that has datamaps read FEWEST returns, and its environment; both are made here."""
    subprocess.run([sys.executable, "-m", "venv", str(place / "datamaps")], check=True)
    programs = place / "datamaps" / "bin"
    subprocess.run([str(programs / "pip"), "install", "--quiet", DATAMAPS], check=True)
    folder = place / "datamaps-input"
    folder.mkdir()
    for path in sorted(returns.glob("*.xlsx"))[:FEWEST]:
        shutil.copy(path, folder)
    lines = [f"Key {number},Actions,{'ABCDE'[number % 5]}{5 + number // 5},TEXT" for number in range(KEYS)]
    (folder / "datamap.csv").write_text(
        "\n".join(["cell_key,template_sheet,cell_reference,type", *lines]) + "\n", "utf-8"
    )
    command = [str(programs / "datamaps"), "import", "templates", "--to-master", "--inputdir", str(folder)]
    return command, {**os.environ, "HOME": str(place / "datamaps-home")}


def at_scale(place: Path, number: int, made: Path | None) -> dict[str, Taken]:
    """Once each: 200 and `number` returns with 2 processes; 2,000 with one and with two workers of a cluster; twice `number` with two.

    The keys say it: returns, then what reads them.
    """
    if made is None:
        made = make_provider(place / "made", 2 * number)
    middle = min(ON_CLUSTER, number)
    taken: dict[str, Taken] = {}
    for count, how in (
        (min(FEW_OF_MANY, number // 2), PROCESSES),
        (number, PROCESSES),
        (middle, "local:1"),
        (middle, "local:2"),
        (2 * number, "local:2"),
    ):
        home, name = place / "at-scale", f"{count} {how}"
        make_provider(home, count, made)
        afresh(home)
        taken[name] = Taken()
        run(consolidate(home, *(("--processes", "2") if how == PROCESSES else ("--cluster", how))), taken[name])
        each = taken[name]
        print(f"  {name}: {each.seconds[-1]:.1f} s, {each.memory[-1]:.0f} MiB, own {each.own[-1]:.0f} MiB", flush=True)
        shutil.rmtree(home)
    return taken


def writing_trackers(place: Path, made: Path, rounds: int) -> dict[str, Taken]:
    """A small provider's month; and what is issued and sent back to CARRIED services whose returns are in the archive."""
    small, home = place / "small", place / "carrying"
    for each, services in ((small, TWELVE), (home, CARRIED)):
        make_provider(each, min(services, len(list(made.glob("*.xlsx")))), made)
    run(consolidate(home), Taken())
    following, issued, back = next_month(), str(place / "issued"), str(place / "back")
    commands = {
        "twelve": consolidate(small),
        "issue": program("issue", str(home), "--period", following, "--out", issued, "--replace"),
        "fresh": program("check", str(home), "--period", MONTH, "--queries", back, "--fresh"),
    }
    taken = {name: Taken() for name in commands}
    for _ in range(rounds):
        afresh(small)
        for name, command in commands.items():
            run(command, taken[name])
            print(
                f"  {name}: {taken[name].seconds[-1]:.1f} s, {taken[name].processor[-1]:.1f} of processors", flush=True
            )
    return taken


def next_month() -> str:
    from qipxl import Period

    return str(Period.read(MONTH).plus(1))


def issuing(place: Path, rounds: int = 3) -> tuple[float, float]:
    """The ratios of a first tracker, and of one that carries the standard's rows, to writing the same cells with XlsxWriter."""
    import issue
    from standard import CODE, NAME, REGION, rows_of

    import qipxl
    from qipxl.tracker.issue import Order, issue_trackers

    template, period = qipxl.find_template("core"), qipxl.Period.read(MONTH).plus(1)
    rows = {key: lines for key, lines in rows_of(0).items() if key != "head_office"}
    services = [qipxl.Service(code=f"N{number:04d}", name=f"New House {number}") for number in range(100)]
    firsts, carried = [], []
    for number in range(rounds):
        carrying = place / f"carried-{number}"
        service = qipxl.Service(code=CODE, name=NAME, region=REGION)
        afresh_seconds = {}
        for kind, orders in (("first", services), ("carried", [service])):
            folder = place / f"{kind}-{number}"
            given = None if kind == "first" else rows
            start = time.perf_counter()
            paths = issue_trackers([Order(template, each, given) for each in orders], period, folder)
            took = (time.perf_counter() - start) / len(orders)
            cells = issue.cells_of(paths[0])
            start = time.perf_counter()
            issue.bare(cells, carrying.with_suffix(".xlsx"))
            afresh_seconds[kind] = took / (time.perf_counter() - start)
        firsts.append(afresh_seconds["first"])
        carried.append(afresh_seconds["carried"])
    return statistics.median(firsts), statistics.median(carried)


STEPS = (
    ("reading: cells taken from the sheets' XML", ("usual_cells", "ValueReader.", "values_of", "open_values")),
    ("reading: inflated and checked (zip, check sums, digest)", ("Package.part", "copy_of", "digest", "open_file")),
    ("reading: the sheets' XML looked through for more", ("SheetXml.",)),
    ("reading: personal data looked for", ("mark_personal", "personal_surroundings")),
    ("reading: columns typed", ("ReadJob.typed",)),
    ("reading: written to the cache", ("ReadCache.", "write_partition")),
    ("reading: tables, headings and rows found, the rest of opening", ("open_return",)),
    (
        "batches: rows fetched and put together",
        ("ReturnBatch.", "StringPool.", "joined", "resolve_", "compare_with_issued", "receive", "send"),
    ),
    ("rules", ("check",)),
    ("ratings", ("rate",)),
    ("archive, written and read", ("keep_returns", "Archive.", "ArchivedRows.", "open_archive")),
    (
        "what head office knows; figures judged",
        ("rate_batch", "ProviderMonth.", "impact_of", "Impact.", "refresh", "series_of"),
    ),
    ("summary worked out", ("MonthResult.", "summary_of")),
    ("summary written: XML and zip", ("Workbook.close", "packed", "Packing.")),
    ("summary written: lists made, cells put together", ("write_summary", "write_with_findings")),
    ("terminal", ("show_",)),
    (
        "programs and libraries loaded, templates read",
        ("_find_and_load", "load_template", "declared_template", "find_template"),
    ),
)
"""What a sample counts for: the first step of which a function is running, the innermost function first."""


def profile(home: Path) -> list[tuple[str, float]]:
    """Each step's share of consolidating all returns with one reading process, sampled by py-spy in all processes, waiting left out."""
    raw = home.parent / "profile.txt"
    sampler = [
        str(Path(sys.executable).with_name("py-spy")),
        "record",
        "--subprocesses",
        "--format",
        "raw",
        "--rate",
        "50",
    ]
    command = [*sampler, "--output", str(raw), "--", *consolidate(home, "--processes", "1")]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    counted: Counter[str] = Counter()
    for line in raw.read_text("utf-8").splitlines():
        stack, _, samples = line.rpartition(" ")
        counted[step_of([frame.partition(" (")[0] for frame in stack.split(";")])] += int(samples)
    whole = sum(counted.values())
    return [(words, counted[words] / whole) for words in [*(words for words, _ in STEPS), REST] if counted[words]]


REST = "everything else"


def step_of(frames: Sequence[str]) -> str:
    """The step to which a stack of functions, the innermost last, belongs."""
    for frame in reversed(frames):
        for words, names in STEPS:
            if any(frame == name or (name[-1] in "._" and frame.startswith(name)) for name in names):
                return words
    return REST


LIMITS = (
    ("`consolidate`, everything on, 1 process on 1 core ÷ bare reading", "one", "bare", 3.5, False),
    ("the same, 2 processes ÷ bare reading", "two", "bare", 2.2, False),
    ("the same, nothing changed since ÷ bare reading", "again", "bare", 0.10, False),
    ("pandas + openpyxl loop that concatenates and counts ÷ qipxl with 2 processes", "pandas-openpyxl", "two", 8.7, True),
    ("pandas + calamine loop that concatenates and counts ÷ qipxl with 1 process", "pandas-calamine", "one", 1.5, True),
    ("2 Dask workers ÷ 1", "cluster 2", "cluster 1", 0.65, False),
)  # fmt: skip


def page(
    taken: Mapping[str, Taken],
    batches: Sequence[tuple[str, float]],
    issued: tuple[float, float],
    written: Mapping[str, Taken],
    returns: int,
    large: Mapping[str, Taken],
) -> str:
    """What docs/performance.md says was measured; what is said about it stands in the page itself."""
    rounds = len(taken["bare"].seconds)
    lines = [
        f"`make bench` measured this on {date.today():%d/%m/%Y}.",
        f"{returns:,} returns of 60 actions, 200 milestones, 200 evidence items, 160 monthly figures and 100 reviews each (1.7 MB a "
        "file, nine tenths of it the workings of the tracker), every second one saved again by "
        f"LibreOffice, in a provider's folder. {rounds} round{'s' * (rounds > 1)} (clusters and peers: {min(rounds, SLOW_ROUNDS)}) "
        f"on {len(os.sched_getaffinity(0))} cores, {platform.system()}, Python {platform.python_version()}, all files in the page cache. "
        "“Bare reading” is python-calamine "
        "reading the same sheets of the same files into lists of Python, with nothing done to them: one process on one core. "
        "Each time is that of the whole command, from its start to its end.",
        "![Seconds for the standard work: qipxl and its peers](performance.png)",
        f"| what | median | a return | memory, all processes |\n|---|---|---|---|\n{job_lines(taken, returns)}",
        f"The pandas loops read the first {min(SMALL_BATCH, returns)} returns, scaled to all: they check nothing, rate nothing and write "
        f"nothing. {DATAMAPS.replace('==', ' ')}, in an environment of its own with two processes, reads {KEYS} cells of each of "
        f"{min(FEWEST, returns)} returns, scaled to all.",
        *([large_lines(large)] if large else []),
        "## Against the limits we set ourselves",
        "\n".join(
            [
                "| what | limit | measured | |",
                "|---|---|---|---|",
                *limit_lines(taken, issued),
                *(large_limits(large) if large else ()),
            ]
        ),
        "## A month of few services",
        "Carried trackers hold the rows of the returns above. Each round writes all of them again.",
        few_lines(written),
        "## Where the time goes",
        "`qipxl consolidate` of all of them with one process that reads, sampled by py-spy in all processes:",
        "| step | share |\n|---|---|\n" + "\n".join(f"| {words} | {batch:.0%} |" for words, batch in batches),
    ]
    return "\n\n".join(lines) + "\n"


FEW = {
    "twelve": (f"`qipxl consolidate` of {TWELVE} services", 2.0),
    "issue": (f"`qipxl issue`: {CARRIED} trackers carried over", 12.0),
    "fresh": (f"`qipxl check --queries --fresh`: {CARRIED} returns", 15.0),
}
"""The name of each job for few services, and its limit in seconds."""


def few_lines(written: Mapping[str, Taken]) -> str:
    """What a month of few services takes, and its limits."""
    lines = [
        "| what | limit | median | | seconds of all processes | memory, all processes |",
        "|---|---|---|---|---|---|",
    ]
    for name, each in written.items():
        words, most = FEW[name]
        met, processor = "met" if each.median <= most else "missed", statistics.median(each.processor)
        lines.append(
            f"| {words} | {most:g} s | {each.median:.2f} s | {met} | {processor:.1f} | {max(each.memory):.0f} MiB |"
        )
    return "\n".join(lines)


def large_lines(large: Mapping[str, Taken]) -> str:
    """What many returns take, once each."""
    lines = [
        "Many returns, once each:",
        "",
        "| returns, and what reads them | seconds | a return | memory, all processes | its first process alone |",
        "|---|---|---|---|---|",
    ]
    for name, each in large.items():
        count, _, how = name.partition(" ")
        lines.append(
            f"| {int(count):,}, {how if how == PROCESSES else f'`--cluster {how}`'} | {each.seconds[0]:.0f} | "
            f"{1000 * each.seconds[0] / int(count):.1f} ms | {each.memory[0]:.0f} MiB | {each.own[0]:.0f} MiB |"
        )
    return "\n".join(lines)


def large_limits(large: Mapping[str, Taken]) -> list[str]:
    """How these stand against their limits."""
    few, many, one, two, most = large.items()
    apiece = [each.seconds[0] / int(name.partition(" ")[0]) for name, each in (few, many)]
    small, number, middle, twice = (int(name.partition(" ")[0]) for name, _ in (few, many, one, most))
    return [
        limit_line(f"cost of a return, {number:,} ÷ {small}", 1.15, apiece[1] / apiece[0], False),
        limit_line(f"2 Dask workers ÷ 1, {middle:,} returns", 0.65, two[1].seconds[0] / one[1].seconds[0], False),
        memory_line(f"memory of all processes, {number:,} returns", 1536, many[1].memory[0]),
        memory_line(
            f"memory of the program that gave the command, {twice:,} returns on a cluster", 1024, most[1].own[0]
        ),
    ]


def memory_line(words: str, most: int, found: float) -> str:
    return f"| {words} | {most:,} MiB | {found:,.0f} MiB | {'met' if found <= most else 'missed'} |"


WORDS = {
    "bare": "bare reading (python-calamine), 1 core",
    "one": "`qipxl consolidate`, 1 process on 1 core",
    "two": "`qipxl consolidate`, 2 processes",
    "again": "the same again, nothing changed",
    "cluster 1": "`qipxl consolidate --cluster local:1`",
    "cluster 2": "`qipxl consolidate --cluster local:2`",
    "pandas-calamine": "pandas + calamine loop, 1 core",
    "pandas-openpyxl": "pandas + openpyxl loop, 1 core",
    "datamaps": "datamaps, 20 cells of each return, 2 processes",
    "help": "the help of `qipxl`",
    "check one": "`qipxl check` of one return",
}


def job_lines(taken: Mapping[str, Taken], returns: int) -> str:
    lines = []
    for name, each in taken.items():
        single = name in ("help", "check one")
        apiece = "" if single else f"{1000 * each.median / returns:.1f} ms"
        lines.append(f"| {WORDS[name]} | {each.median:.2f} s | {apiece} | {max(each.memory):.0f} MiB |")
    return "\n".join(lines)


def limit_lines(taken: Mapping[str, Taken], issued: tuple[float, float]) -> list[str]:
    lines = []
    for words, above, below, limit, least in LIMITS:
        pairs = zip(taken[above].seconds, taken[below].seconds, strict=False)
        ratio = statistics.median(a / b for a, b in pairs)
        lines.append(limit_line(words, limit, ratio, least))
    lines.append(limit_line("100 first trackers ÷ writing as many afresh with XlsxWriter", 0.10, issued[0], False))
    lines.append(limit_line("a tracker carried forward ÷ writing it afresh with XlsxWriter", 0.5, issued[1], False))
    lines.append(memory_line("memory of all processes", 650, max(taken["two"].memory)))
    for name, most in (("help", 0.15), ("check one", 0.8)):
        took = taken[name].median
        lines.append(f"| {WORDS[name]} | {most} s | {took:.2f} s | {'met' if took <= most else 'missed'} |")
    return lines


def limit_line(words: str, limit: float | None, ratio: float, least: bool) -> str:
    if limit is None:
        return f"| {words} | | {ratio:.2f} | |"
    met = ratio >= limit if least else ratio <= limit
    return f"| {words} | {'at least' if least else 'at most'} {limit:g} | {ratio:.3g} | {'met' if met else 'missed'} |"


def picture(taken: Mapping[str, Taken], path: Path) -> None:
    """A bar for each job over the standard work."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = [name for name in WORDS if name in taken and name not in ("help", "check one")][::-1]
    figure, axes = pyplot.subplots(figsize=(9, 3.8), layout="constrained")
    colours = ["#12436D" if "qipxl" in WORDS[name] or name == "again" else "#8A8A8A" for name in names]
    bars = axes.barh(
        [WORDS[name].replace("`", "") for name in names], [taken[name].median for name in names], color=colours
    )
    axes.bar_label(bars, fmt="%.1f s", padding=4)
    axes.margins(x=0.12)
    axes.set_xlabel("seconds")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110, metadata={"Software": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--returns", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--large", type=int, default=0, help="So many returns once, beside 200, and twice as many on a cluster."
    )
    parser.add_argument(
        "--made", type=Path, help="A folder of returns that standard.py made before, twice as many as --large."
    )
    parser.add_argument("--no-page", action="store_true", help="Only print.")
    parser.add_argument("--job", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.job:
        JOBS[chosen.job[0]](Path(chosen.job[1]))
        return
    with tempfile.TemporaryDirectory() as place:
        print(f"{chosen.returns} returns are made ...", flush=True)
        home = Path(place, "provider")
        returns = make_provider(home, chosen.returns)
        taken = measured(home, returns, chosen.rounds)
        issued = issuing(Path(place))
        written = writing_trackers(Path(place), returns, min(chosen.rounds, 3))
        afresh(home)
        batches = profile(home)
        shutil.rmtree(home)

        def tell(large: Mapping[str, Taken]) -> None:
            text = page(taken, batches, issued, written, chosen.returns, large)
            print(text, flush=True)
            if not chosen.no_page:
                before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
                PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{rest.partition(END)[2]}", "utf-8")
                picture(taken, PAGE.with_name("performance.png"))

        tell({})
        if chosen.large:
            tell(at_scale(Path(place), chosen.large, chosen.made))


if __name__ == "__main__":
    main()
