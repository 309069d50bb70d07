"""How long qipxl takes over the standard work, beside its peers, in turn and in one run; writes docs/performance.md and its picture.

The standard work is made by standard.py. Each job is a process of its own, timed from its start to its end, with the most memory
that it and its children held together; nothing of qipxl is imported here before it is needed. All jobs of a round run in turn;
medians and ratios are of the rounds. Absolute times belong to the machine, the ratios are what counts.

    python benchmarks/performance.py                 # 1,000 returns, 5 rounds: leave it an hour or more on two cores
    python benchmarks/performance.py --returns 200 --rounds 1 --no-page
"""

from __future__ import annotations

import argparse
import cProfile
import os
import platform
import pstats
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

SHEETS = (
    "Start here", "From head office", "Actions", "Extensions", "Milestones", "Evidence", "Challenge", "Reviews", "Indicators",
    "Measurements",
)  # fmt: skip
MONTH = "2026-03"
HERE = Path(__file__)
PAGE = HERE.parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- Measured by benchmarks/performance.py, from here -->", "<!-- to here -->"
FEW = 100
"""Returns that the slow peers read; their times are scaled to all."""
LOOKS_EVERY = 0.05
"""Seconds between two looks at memory."""


@dataclass
class Taken:
    """The seconds and the memory, in MiB, of each round of a job."""

    seconds: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

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


def pandas_loop(folder: Path, engine: str) -> None:
    """What a careful script does: read the sheets of every file, put them below one another, count the statuses."""
    import pandas as pd

    frames: dict[str, list[pd.DataFrame]] = {}
    for path in sorted(folder.glob("*.xlsx"))[:FEW]:
        book = pd.read_excel(
            path, sheet_name=[name for name in SHEETS if name != "Start here"], engine=engine, header=3
        )
        for name, frame in book.items():
            frames.setdefault(name, []).append(frame.assign(file=path.name))
    whole = {name: pd.concat(each, ignore_index=True) for name, each in frames.items()}
    print(whole["Actions"]["Status"].value_counts())


JOBS: Mapping[str, Callable[[Path], object]] = {
    "bare": bare,
    "pandas-calamine": partial(pandas_loop, engine="calamine"),
    "pandas-openpyxl": partial(pandas_loop, engine="openpyxl"),
}


def make_provider(home: Path, returns: int) -> Path:
    """A provider's folder with the standard work of one month; gives the folder of the returns."""
    from standard import make_returns

    from qipxl.cli import main as qipxl_command

    listed = home.parent / "services.csv"
    lines = [f"S{number:05d},House {number},Region {number % 7}" for number in range(returns)]
    listed.write_text("code,name,region\n" + "\n".join(lines) + "\n", "utf-8")
    qipxl_command(["init", str(home), "--name", "Standard Care", "--services", str(listed)], standalone_mode=False)
    place = home / "returns" / MONTH
    shutil.rmtree(place, ignore_errors=True)
    return make_returns(place, returns)


def run(command: Sequence[str], taken: Taken, cores: set[int] | None = None) -> None:
    """Run a command to its end and note what it took."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None,
    )  # fmt: skip
    most, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(LOOKS_EVERY):
            most[0] = max(most[0], memory_of_session(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    taken.seconds.append(time.perf_counter() - start)
    done.set()
    watcher.join()
    taken.memory.append(most[0])
    if code not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {code}.")


def memory_of_session(session: int) -> float:
    """What all processes of a session hold together, in MiB; a page that two share counts half for each."""
    total = 0
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if int((place / "stat").read_text().rpartition(")")[2].split()[3]) == session:
                said = (place / "smaps_rollup").read_text()
                total += int(said.partition("\nPss:")[2].split()[0])
        except (OSError, IndexError, ValueError):
            continue
    return total / 1024


def consolidate(home: Path, *more: str) -> list[str]:
    return [str(Path(sys.executable).with_name("qipxl")), "consolidate", str(home), "--period", MONTH, *more]


def afresh(home: Path) -> None:
    """The folder as it was before its first run."""
    for name in ("archive", "summaries"):
        shutil.rmtree(home / name, ignore_errors=True)
        (home / name).mkdir()


def job(name: str, folder: Path) -> list[str]:
    return [sys.executable, str(HERE), "--job", name, str(folder)]


def measured(home: Path, returns: Path, rounds: int) -> dict[str, Taken]:
    """Every job in turn, round after round."""
    one = {min(os.sched_getaffinity(0))}
    taken: dict[str, Taken] = {}
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", flush=True)

        def timed(name: str, command: Sequence[str], cores: set[int] | None = None) -> None:
            run(command, taken.setdefault(name, Taken()), cores)
            print(f"  {name}: {taken[name].seconds[-1]:.1f} s, {taken[name].memory[-1]:.0f} MiB", flush=True)

        timed("bare", job("bare", returns), one)
        afresh(home)
        timed("one", consolidate(home, "--processes", "1"), one)
        afresh(home)
        timed("two", consolidate(home, "--processes", "2"))
        timed("again", consolidate(home, "--processes", "2"))
        afresh(home)
        timed("cluster 1", consolidate(home, "--cluster", "local:1"))
        afresh(home)
        timed("cluster 2", consolidate(home, "--cluster", "local:2"))
        timed("pandas-calamine", job("pandas-calamine", returns), one)
        timed("pandas-openpyxl", job("pandas-openpyxl", returns), one)
        timed("help", [str(Path(sys.executable).with_name("qipxl")), "--help"])
        timed("check one", [str(Path(sys.executable).with_name("qipxl")), "check", str(min(returns.glob("*.xlsx")))])
    for name in ("pandas-calamine", "pandas-openpyxl"):
        files = len(list(returns.glob("*.xlsx")))
        taken[name].seconds = [seconds * files / min(FEW, files) for seconds in taken[name].seconds]
    return taken


def issuing(place: Path, rounds: int = 3) -> tuple[float, float]:
    """The ratios of a first tracker, and of one that carries the standard's rows, to writing the same cells with XlsxWriter."""
    import issue
    from standard import CODE, NAME, REGION, rows_of

    import qipxl
    from qipxl.issuing import Order, issue_trackers

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
    ("reading: cells parsed by python-calamine", ("get_sheet_by_name", "to_python", "from_filelike")),
    ("reading: inflated and checked (zip, CRC, digest)", ("inflate", "openssl_sha256", "read_bytes", "copy_of")),
    ("reading: the sheets' XML looked through", ("nearby", "count_filled", "errors", "formulas", "hidden_rows", "merges")),
    ("reading: rows told apart", ("collect_rows", "find_headings", "odd_cells")),
    ("reading: personal data looked for", ("mark_personal", "personal_surroundings")),
    ("reading: columns typed", ("type_table",)),
    ("rules", ("check",)),
    ("ratings", ("rate",)),
    ("summary worked out", ("summarise",)),
    ("summary written: sheets put together", ("write_view",)),
    ("summary written: lists made", ("views",)),
    ("summary written: XML and zip", ("close",)),
)  # fmt: skip
"""What is added up in the profile, by the names of functions that do not call one another."""


def profile(folder: Path) -> list[tuple[str, float]]:
    """Each step's share of the whole work, in one process, by Python's own profiler (which favours what calls little)."""
    import qipxl
    from qipxl.opening.files import find_files
    from qipxl.opening.workbook import Asked
    from qipxl.reading.batches import Manner, batches
    from qipxl.reading.plans import reading_plan
    from qipxl.reading.read import settled

    core = qipxl.find_template("core")
    manner = Manner({core.key: core}, Asked({core.key: reading_plan(core)}))
    sources = dict(enumerate(find_files([folder])[:FEW]))
    with tempfile.TemporaryDirectory() as place, cProfile.Profile() as watched:
        pieces = [manner.done(batch, lambda status: None) for batch in batches(sources, 1)]
        rated = qipxl.rate(qipxl.check(settled(pieces, manner.templates)))
        qipxl.write_summary(qipxl.summarise(rated), Path(place, "s.xlsx"))
    stats = pstats.Stats(watched)
    whole = stats.total_tt
    names: dict[str, float] = {}
    for (file, _, name), (_, _, own, cumulated, _) in stats.stats.items():
        known = "qipxl" in file or file == "~" or (name == "close" and file.endswith("xlsxwriter/workbook.py"))
        if known:
            plain = (
                name.removeprefix("<")
                .partition(" of ")[0]
                .replace("method '", "")
                .replace("built-in method _hashlib.", "")
            )
            plain = plain.replace("built-in method ", "").strip("'<>")
            names[plain] = max(names.get(plain, 0.0), own if name.startswith("<") else cumulated)
    shares = [(words, sum(names.get(each, 0.0) for each in functions) / whole) for words, functions in STEPS]
    return [*shares, ("everything else", max(0.0, 1 - sum(share for _, share in shares)))]


LIMITS = (
    ("`consolidate`, everything on, 1 process on 1 core ÷ bare reading", "one", "bare", 1.6, False),
    ("the same, 2 processes ÷ bare reading", "two", "bare", 0.9, False),
    ("the same, nothing changed since ÷ bare reading", "again", "bare", 0.10, False),
    ("pandas + openpyxl loop that concatenates and counts ÷ qipxl with 2 processes", "pandas-openpyxl", "two", 15.0, True),
    ("pandas + calamine loop that concatenates and counts ÷ qipxl with 2 processes", "pandas-calamine", "two", None, True),
    ("2 Dask workers ÷ 1", "cluster 2", "cluster 1", 0.65, False),
)  # fmt: skip


def page(
    taken: Mapping[str, Taken], shares: Sequence[tuple[str, float]], issued: tuple[float, float], returns: int
) -> str:
    """What docs/performance.md says was measured; what is said about it stands in the page itself."""
    rounds = len(taken["bare"].seconds)
    lines = [
        f"`make bench` measured this on {date.today():%d/%m/%Y}.",
        f"{returns:,} returns of 60 actions, 200 milestones, 200 evidence items, 160 monthly figures and 100 reviews each (1.7 MB a "
        "file, nine tenths of it the tracker's own workings, which nobody needs to read), every second one saved again by "
        f"LibreOffice, in a provider's folder. {rounds} round{'s' * (rounds > 1)} on {len(os.sched_getaffinity(0))} cores, "
        f"{platform.system()}, Python {platform.python_version()}, all files in the page cache. “Bare reading” is python-calamine "
        "reading the same sheets of the same files into lists of Python, with nothing done to them: one process on one core. "
        "Each time is that of the whole command, from its start to its end.",
        "![Seconds for the standard work: qipxl and its peers](performance.png)",
        f"| what | median | a return | memory, all processes |\n|---|---|---|---|\n{job_lines(taken, returns)}",
        "The pandas loops read the first "
        f"{min(FEW, returns)} returns, scaled to all: they check nothing, rate nothing and write nothing.",
        "## Against the limits we set ourselves",
        f"| what | limit | measured | |\n|---|---|---|---|\n{limit_lines(taken, issued)}",
        "## Where the time goes",
        "One process, by Python's profiler, which makes what calls many small functions look slower than it is:",
        "| step | share |\n|---|---|\n" + "\n".join(f"| {words} | {share:.0%} |" for words, share in shares),
    ]
    return "\n\n".join(lines) + "\n"


WORDS = {
    "bare": "bare reading (python-calamine), 1 core",
    "one": "`qipxl consolidate`, 1 process on 1 core",
    "two": "`qipxl consolidate`, 2 processes",
    "again": "the same again, nothing changed",
    "cluster 1": "`qipxl consolidate --cluster local:1`",
    "cluster 2": "`qipxl consolidate --cluster local:2`",
    "pandas-calamine": "pandas + calamine loop, 1 core",
    "pandas-openpyxl": "pandas + openpyxl loop, 1 core",
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


def limit_lines(taken: Mapping[str, Taken], issued: tuple[float, float]) -> str:
    lines = []
    for words, above, below, limit, least in LIMITS:
        pairs = zip(taken[above].seconds, taken[below].seconds, strict=True)
        ratio = statistics.median(a / b for a, b in pairs)
        lines.append(limit_line(words, limit, ratio, least))
    lines.append(limit_line("100 first trackers ÷ writing as many afresh with XlsxWriter", 0.10, issued[0], False))
    lines.append(limit_line("a tracker carried forward ÷ writing it afresh with XlsxWriter", 0.5, issued[1], False))
    memory = max(taken["two"].memory)
    lines.append(f"| memory of all processes | 700 MiB | {memory:.0f} MiB | {'met' if memory <= 700 else 'missed'} |")
    for name, most in (("help", 0.3), ("check one", 1.2)):
        took = taken[name].median
        lines.append(f"| {WORDS[name]} | {most} s | {took:.2f} s | {'met' if took <= most else 'missed'} |")
    return "\n".join(lines)


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
        text = page(taken, profile(returns), issued, chosen.returns)
        print(text)
        if not chosen.no_page:
            before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
            PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{rest.partition(END)[2]}", "utf-8")
            picture(taken, PAGE.with_name("performance.png"))


if __name__ == "__main__":
    main()
