"""Which of several returns of one service that differ is used, and what their receipts say about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from qipxl.reading.options import Decisions
from qipxl.text import escaped, names_text

LOOK = "Head office must look: accept it by name (--accept), or ask for it again."


@dataclass(frozen=True)
class Version:
    """One of several returns of a service: `names` are what it can be chosen by, `saved` is empty or a time in UTC, as in the receipts."""

    number: int
    file: str
    digest: str
    names: Collection[str]
    submission: int
    saved: str
    period: str


@dataclass(frozen=True)
class Outcome:
    """What the receipt of a return gets: its status, a reason, and the files that it waits with (`differs_from` of receipts)."""

    status: str
    reason: str = ""
    differs_from: str = ""


def places_among(versions: Sequence[Version], accepted: Collection[str]) -> dict[int, int]:
    """The returns that head office wants used, by number, each with the last place at which it names them."""
    places = {escaped(name): place for place, name in enumerate(accepted)}
    found = {each.number: [places[name] for name in each.names if name in places] for each in versions}
    return {number: max(each) for number, each in found.items() if each}


def newest_of(versions: Sequence[Version], decisions: Decisions) -> list[Version]:
    """The return to use of those that differ; several if neither head office nor a submission number or a time decides.

    Of several that the register names, the last one is used.
    """
    chosen = places_among(versions, decisions.accepted_files)
    if chosen:
        last = max(chosen.values())
        named = [each for each in versions if each.number in chosen]
        return [each for each in named if chosen[each.number] == last] if decisions.use_sheet else named
    most = max(each.submission for each in versions)
    highest = [each for each in versions if each.submission == most]
    if decisions.newest and all(each.saved for each in highest):
        latest = max(each.saved for each in highest)
        highest = [each for each in highest if each.saved == latest]
    return highest


def outcomes(versions: Sequence[Version], decisions: Decisions) -> dict[int, Outcome]:
    """What becomes of each of several returns that differ, by number: at most one is accepted.

    Head office decides, then the submission number, then the time of saving if head office wants that. If none of them does, the
    return that was accepted before is used and the others wait; without such a return all wait.
    """
    newest = newest_of(versions, decisions)
    if len(newest) == 1:
        is_chosen = bool(places_among(newest, decisions.accepted_files))
        return dict(superseded(versions, newest[0], is_chosen=is_chosen))
    before = next((each for each in versions if each.digest in decisions.accepted_before), None)
    if before is None:
        return {each.number: undecided(versions, each, decisions) for each in versions}
    return dict(waiting(versions, before, decisions))


def superseded(versions: Sequence[Version], used: Version, *, is_chosen: bool) -> Iterator[tuple[int, Outcome]]:
    """One return is used; the reasons say whether head office, a submission number or a time decided."""
    tied = [] if is_chosen else [each for each in versions if each.submission == used.submission]
    times = moments(tied) if len(tied) > 1 else {}
    for each in versions:
        if each == used:
            older = [f"{other.file} was saved {times[other.number]}" for other in tied if other != used]
            newer = f"Newer: saved {times[used.number]}; {'; '.join(older)} (UTC)." if older else ""
            yield each.number, Outcome("accepted", newer or passed_over(versions, used))
        elif is_chosen:
            is_later = each.submission > used.submission
            although = ", although this file has a higher submission number" if is_later else ""
            yield each.number, Outcome("superseded", f"{used.file} was chosen by head office{although}.")
        elif each in tied:
            saved = f"was saved later, {times[used.number]}; this file was saved {times[each.number]} (UTC)."
            yield each.number, Outcome("superseded", f"{used.file} {saved}")
        else:
            yield each.number, Outcome("superseded", f"{used.file} has the higher submission number.")


def passed_over(versions: Sequence[Version], used: Version) -> str:
    """A sentence if head office chose a return and others have higher submission numbers, as a later correction has; else empty."""
    later = [each.file for each in versions if each.submission > used.submission]
    has = "has a higher submission number" if len(later) == 1 else "have higher submission numbers"
    return f"Chosen by head office, although {names_text(later)} {has}." if later else ""


def waiting(versions: Sequence[Version], before: Version, decisions: Decisions) -> Iterator[tuple[int, Outcome]]:
    """The return that was accepted before is used; the others wait until head office chooses."""
    names = []
    for each in versions:
        if each.submission < before.submission:
            yield each.number, Outcome("superseded", f"{before.file} has the higher submission number.")
        elif each != before:
            names.append(each.file)
            reason = f"A correction of {before.file}, which was accepted before and goes on counting."
            step = f"To use this file instead, {register_step(versions, each, decisions)}"
            yield each.number, Outcome("set aside", f"{reason} {step}", before.file)
    wait = "A correction waits" if len(names) == 1 else f"{len(names)} corrections wait"
    yield before.number, Outcome("accepted", f"{wait} for a decision: {names_text(names)}.")


def undecided(versions: Sequence[Version], one: Version, decisions: Decisions) -> Outcome:
    """A return that waits with all others; the reason says what head office does to use it."""
    others = ", ".join(each.file for each in versions if each != one)
    signs = "neither a submission number nor the time of saving" if decisions.newest else "no submission number"
    step = f"To use this file, {register_step(versions, one, decisions)}" if decisions.use_sheet else LOOK
    return Outcome("set aside", f"Differs from {others}, and {signs} says which is newer. {step}", others)


def register_step(versions: Sequence[Version], one: Version, decisions: Decisions) -> str:
    """What head office adds to the register to use a return: the rest of a sentence."""
    month = str(decisions.period or one.period)
    return f"add to the sheet {decisions.use_sheet} of the register: {' | '.join(line_to_use(versions, one, month))}."


def line_to_use(versions: Sequence[Version], one: Version, month: str) -> tuple[str, ...]:
    """The cells of the register's line that chooses one of several returns: month, file, who decided and why.

    The file's SHA-256 is in place of its name if that is the name of another one too, or if Excel would change it.
    """
    taken = set[str]().union(*(each.names for each in versions if each != one))
    is_safe = " ".join(one.file.split()) == one.file and "|" not in one.file and one.file[0] not in "=+-@'"
    return month, one.file if is_safe and one.file not in taken else one.digest, "your name", "why"


def moments(versions: Sequence[Version]) -> dict[int, str]:
    """When returns were saved, by number, such as 3 April 2026 14:02; with seconds if two were saved in the same minute."""
    times = {each.number: datetime.fromisoformat(each.saved) for each in versions}
    seconds = ":%S" if len({time.replace(second=0) for time in times.values()}) < len(times) else ""
    return {number: f"{time.day} {time.strftime('%B %Y %H:%M' + seconds)}" for number, time in times.items()}
