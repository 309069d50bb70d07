"""What each button of the console does. The jobs call the same functions as the commands; their errors are told by `console.run_job`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from qipxl.app.cli.options import quoted
from qipxl.app.excel.console_page import next_sentence
from qipxl.app.excel.open_tracker import check_open_book, is_tracker
from qipxl.app.excel.session import Outcome, Session
from qipxl.app.screen import count_words, plural
from qipxl.errors import QipxlError, RequestError
from qipxl.provider.meetings.hold import prepare_every_meeting
from qipxl.provider.meetings.matters import matters_of
from qipxl.provider.month_stage import MOST_NAMES, Next, stage_of
from qipxl.provider.monthly_run import consolidate_month
from qipxl.provider.next_step import (
    Written,
    consolidate_with_record,
    draft_words,
    issue_month,
    page_paths,
    take_next_step,
    write_page_and_pdf,
    write_questions,
    write_reminders,
)
from qipxl.provider.status import NOT_EXPECTED, month_status, without_return
from qipxl.returns.returns import problem_frame
from qipxl.text import names_text

READING, WRITING = "returns read", "trackers written"
"""The words of the status bar before a count."""


def take_step(session: Session) -> Outcome:
    """Do what comes next in the month, as `qipxl month --go`."""
    stage = stage_of(session.month(), session.today)
    if stage.next in (Next.WAIT, Next.READY):
        return Outcome(f"qipxl has nothing to do now. {next_sentence(stage)}")
    written = take_next_step(stage, issued=session.step(WRITING), read=session.step(READING))
    return Outcome(written_words(written), paths_of(written))


def issue(session: Session) -> Outcome:
    """Write two trackers for each expected service, with and without buttons, and a draft mail."""
    month = session.month()
    try:
        written = issue_month(month, session.step(WRITING), buttons=True)
    except RequestError as error:
        if "--replace" not in str(error):
            raise
        command = f"qipxl issue {quoted(str(session.home))} --period {month.period} --button --mails --replace"
        raise RequestError(f"{error} The command is: {command}") from None
    trackers = plural(len(month.expected), "tracker")
    drafts = [what for what, _ in written.files[1:]]
    return Outcome(", ".join([f"{trackers} written for {month.period.words}", *drafts]) + ".", paths_of(written))


def remind(session: Session) -> Outcome:
    """Write a draft of a reminder to each service without a usable return."""
    month = session.month()
    lines, _ = month_status(month, session.today, session.step(READING))
    missing = set(without_return(lines)["service"])
    drafts = draft_words(write_reminders(month, missing))
    return Outcome(
        f"{drafts}." if missing else "Every return is in: no reminder was written.", [month.mails / "reminders"]
    )


def who_has_sent(session: Session) -> Outcome:
    """Say how many returns are in, and list the services without one on Problems."""
    lines, _ = month_status(session.month(), session.today, session.step(READING))
    missing, expected = without_return(lines), int((lines["state"] != NOT_EXPECTED).sum())
    names = f" Missing: {names_text(list(missing['name']), MOST_NAMES)}; see Problems." if len(missing) else ""
    return Outcome(f"{expected - len(missing)} of {plural(expected, 'return')} in.{names}", [], missing_lines(missing))


def missing_lines(missing: pd.DataFrame) -> pd.DataFrame:
    """Lines of the sheet Problems about services without a usable return."""
    columns = (missing[name] for name in ("name", "service", "state", "reason", "manager"))
    about = [f"{name} ({code}): {'; '.join(filter(None, facts))}" for name, code, *facts in zip(*columns, strict=True)]
    texts = {"file": missing["file"], "severity": missing["state"], "sheet": "", "cell": "", "message": about}
    return pd.DataFrame(texts, dtype=object)


def check_returns(session: Session) -> Outcome:
    with consolidate_month(session.month(), progress=session.step(READING)) as result:
        return Outcome(count_words(result.returns), [], result.returns.problems)


def write_queries(session: Session) -> Outcome:
    """Write what goes back to services, with draft mails, as `qipxl check --mails`."""
    month = session.month()
    with consolidate_month(month, progress=session.step(READING), with_rows=True) as result:
        drafts = draft_words(write_questions(month, result))
    written = [month.mails / "questions", month.questions]
    return Outcome(f"{drafts}. {count_words(result.returns)}", written, result.returns.problems)


def consolidate(session: Session) -> Outcome:
    written, returns = consolidate_with_record(session.month(), session.step(READING))
    return Outcome(count_words(returns), paths_of(written), returns.problems)


def write_page(session: Session) -> Outcome:
    """Write the web page and the PDF, as `qipxl page --pdf`."""
    month = session.month()
    page, pdf = page_paths(month.summary)
    with consolidate_month(month, progress=session.step(READING)) as result:
        written = Written(write_page_and_pdf(result.summary(whole=True), page, pdf))
    return Outcome(written_words(written), paths_of(written))


def write_packs(session: Session) -> Outcome:
    """Write the summary and every pack, as `qipxl consolidate --pack`."""
    written, returns = consolidate_with_record(session.month(), session.step(READING), packs=True)
    return Outcome(written_words(written), paths_of(written), returns.problems)


def write_meeting_books(session: Session) -> Outcome:
    """Write a book for each kind of meeting that has a matter, as `qipxl meeting --kind`; books that are filled in stay."""
    month = session.month()
    written = prepare_every_meeting(month, session.step(READING))
    books = [f"{agenda.kind.title} ({plural(len(agenda.matters), 'matter')})" for agenda, _ in written]
    if not books:
        return Outcome("No book was written: nothing is on an agenda, or the books are filled in already.")
    return Outcome(f"Written: {names_text(books)}. {FILL_IN}", [path for _, path in written])


FILL_IN = "Fill in the yellow cells during the meeting, save the book where it is, and press Read the books."


def read_meeting_books(session: Session) -> Outcome:
    """Read the books that are saved in the provider's folder, and keep what they say in the archive."""
    month = session.month()
    month.keep_records()
    own = [line for line in month.meetings.lines if line.month == str(month.period)]
    matters = matters_of(own).values()
    discussed, waiting = sum(each.was_discussed for each in matters), sum(each.is_open for each in matters)
    blank = [each.meeting for each in month.meetings.undated if each.month == str(month.period) and each.is_blank]
    words = f"{plural(discussed, 'matter')} discussed, {waiting} open."
    empty = f" Nothing is filled in yet in {names_text(blank)}." if blank else ""
    wrong = month.meetings.problems
    texts = {"file": "", "severity": "must fix", "sheet": "", "cell": "", "message": list(wrong)}
    more = f" {plural(len(wrong), 'thing')} to put right; see Problems." if wrong else ""
    return Outcome(f"{words}{empty}{more}", [], pd.DataFrame(texts, dtype=object))


def check_open(session: Session) -> Outcome:
    """Check every tracker open in the same Excel, as at today or the end of its month, whichever is earlier."""
    books = [book for book in session.book.app.books if is_tracker(book)]
    if not books:
        raise RequestError(
            "No tracker is open in this Excel. Open one, choose Enable Editing if Excel offers it, and press the button again."
        )
    templates, sentences = session.month().templates, []
    problems = [problem_frame([])]
    for book in books:
        try:
            problems.append(check_open_book(book, templates, today=session.today).problems)
            sentences.append(f"{book.name}: {plural(len(problems[-1]), 'problem')}.")
        except QipxlError as error:
            sentences.append(str(error))
        session.step("trackers checked")()
    return Outcome(" ".join(sentences), [], pd.concat(problems, ignore_index=True), opened=True)


def written_words(written: Written) -> str:
    """What was written, in a sentence, and what was not with the reason."""
    counts = Counter(what for what, _ in written.files)
    things = [what if count == 1 else f"{count} {what.lower()}s" for what, count in counts.items()]
    sentence = f"Written: {', '.join(things)}." if things else ""
    return " ".join(filter(None, [sentence, *written.skipped]))


def paths_of(written: Written) -> list[Path]:
    return [path for _, path in written.files]


JOB_FUNCTIONS: dict[str, Callable[[Session], Outcome]] = {
    "next": take_step, "issue": issue, "remind": remind, "status": who_has_sent, "check": check_returns,
    "queries": write_queries, "consolidate": consolidate, "page": write_page, "packs": write_packs, "meeting-books": write_meeting_books,
    "read-meetings": read_meeting_books, "check-open": check_open,
}  # fmt: skip
