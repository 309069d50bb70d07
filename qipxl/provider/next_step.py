"""The next step of a provider's month, whole: trackers, questions, drafts of mails, summary, page and packs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from qipxl.errors import OutputError, RequestError
from qipxl.provider.mails import Mail, SendLine, write_mails
from qipxl.provider.month import ProviderMonth
from qipxl.provider.month_stage import MonthStage, Next, record_of, state_of
from qipxl.provider.monthly_run import MonthResult, consolidate_month
from qipxl.provider.packs import pack_orders, write_packs
from qipxl.provider.register_schema import CommissionerLine, ServiceLine
from qipxl.provider.up_to_date import RunRecord
from qipxl.reading.read import Progress, no_progress
from qipxl.returns.returns import Returns
from qipxl.summary.finding_records import Findings
from qipxl.summary.summary import ProviderSummary
from qipxl.summary.workbook import write_with_findings
from qipxl.template import files_of, template_file
from qipxl.text import folded, plural
from qipxl.tracker.issue import file_names, issue_trackers
from qipxl.tracker.mail_text import QUESTIONS, REMINDER, TRACKER
from qipxl.tracker.send_back import Answer, asked, question_lines, write_answers

MOST_QUESTIONS = 12
"""The most questions in a mail; the new copy of the tracker lists more."""


@dataclass(frozen=True)
class Written:
    """What a step wrote: for each kind of thing a few words and a path; and what it could not write, with the reason."""

    files: list[tuple[str, Path]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def take_next_step(
    stage: MonthStage, *, issued: Callable[[], None] = lambda: None, read: Progress = no_progress
) -> Written:
    """Do what comes next in a month; nothing if it is head office's turn.

    issued: called after each tracker that is written. read: called after each return that is read.

    Raises the errors of issuing and of reading a month, and OutputError if a file cannot be written.
    """
    if stage.next is Next.ISSUE:
        return issue_month(stage.month, issued)
    if stage.next is Next.BRING_TOGETHER:
        return bring_together(stage.month, read)
    return remind(stage) if stage.next is Next.REMIND else Written()


def issue_month(month: ProviderMonth, progress: Callable[[], None] = lambda: None, *, buttons: bool = False) -> Written:
    """Issue a month's trackers with a draft for each service, and make the folder for the returns."""
    issue_trackers(month.to_issue(), month.period, month.issued, buttons=buttons, progress=progress)
    make_returns_folder(month)
    lines = write_tracker_mails(month, month.issued)
    return Written([("Trackers", month.issued), (draft_words(lines), month.mails / "trackers")])


def make_returns_folder(month: ProviderMonth) -> None:
    """Make the folder that the month's returns are saved in; raises OutputError if that fails."""
    folder = month.folder.returns(month.period)
    try:
        if isinstance(folder, Path):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {folder} cannot be made ({error.strerror}).") from None


def write_tracker_mails(month: ProviderMonth, folder: Path) -> list[SendLine]:
    """Write a draft for each service whose tracker is in a folder, with that tracker."""
    mails = [Mail(TRACKER, code, [path]) for code, path in tracker_paths(month, folder).items() if path.is_file()]
    return write_mails(month.register, month.period, mails, month.mails, TRACKER)


def tracker_paths(month: ProviderMonth, folder: Path) -> dict[str, Path]:
    """The path of each expected service's tracker in a folder, by the service's code."""
    services = month.expected
    names = file_names(services, month.period)
    return {service.code: folder / f"{name}.xlsx" for service, name in zip(services, names, strict=True)}


def bring_together(month: ProviderMonth, progress: Progress = no_progress) -> Written:
    """Read a month's returns, and write what goes back to services, the summary, the page, the PDF and the packs."""
    with brought_together(month, progress) as (written, _, _):
        return written


@contextmanager
def brought_together(
    month: ProviderMonth, progress: Progress = no_progress
) -> Iterator[tuple[Written, ProviderSummary, Findings]]:
    """The same, with the summary, whose rows can be read until the context ends, and its findings."""
    run, templates = record_of(month).begin(), template_digests(month)
    with consolidate_month(month, keep=True, progress=progress, with_rows=True) as result:
        drafts = write_questions(month, result)
        summary = result.summary(whole=True)
        path, findings = write_with_findings(summary, month.summary)
        outputs, skipped = write_others(month, summary, path)
        keep_record(run, month, result, findings, templates, [path, *(each for _, each in outputs)])
        questions = [(draft_words(drafts), month.mails / "questions")] if drafts else []
        yield Written([("Summary", path), *outputs, *questions], skipped), summary, findings


def consolidate_with_record(
    month: ProviderMonth, progress: Progress = no_progress, *, packs: bool = False
) -> tuple[Written, Returns]:
    """Read a month's returns, write the summary, and the packs if they are asked for; returns them, and the returns."""
    run, templates = record_of(month).begin(), template_digests(month)
    with consolidate_month(month, keep=True, progress=progress) as result:
        summary = result.summary(whole=packs)
        written, findings = write_with_findings(summary, month.summary)
        outputs = [("Summary", written), *(write_month_packs(month, summary, written) if packs else [])]
        keep_record(run, month, result, findings, templates, [path for _, path in outputs])
    return Written(outputs), result.returns


def template_digests(month: ProviderMonth) -> dict[str, str]:
    """The digest of each file of the provider's own templates, by its path."""
    return RunRecord.digests(path for name in month.own_templates for path in files_of(template_file(name)))


def write_questions(month: ProviderMonth, result: MonthResult) -> list[SendLine]:
    """Write the queries, a new copy of each tracker and a draft for each service that is asked something.

    result: a run with rows.
    """
    answers = write_answers(result.rated, result.returns, result.references, month.questions, fresh=True)
    return write_question_mails(month, result.returns, answers)


def write_question_mails(month: ProviderMonth, returns: Returns, answers: Sequence[Answer]) -> list[SendLine]:
    """Write a draft for each service that is asked something; the send list also names the files that could not be used."""
    listed = {folded(line.plan_code): line.plan_code for line in month.register.of(ServiceLine)}
    mails: dict[str, Mail] = {}
    for answer in answers:
        receipt = returns.receipts.loc[answer.number]
        code = listed.get(folded(str(receipt["service"])))
        if code is None:
            continue
        if receipt["status"] == "accepted":
            queries = asked(answer.queries)
            lines = question_lines(queries, MOST_QUESTIONS)
            files = [answer.tracker] if answer.tracker is not None else []
            mails[code] = Mail(QUESTIONS, code, files, lines, len(queries))
        elif code not in mails:
            remark = f"{receipt['file']} was {receipt['status']}: {receipt['reason']}"
            mails[code] = Mail(QUESTIONS, code, remark=remark)
    return write_mails(month.register, month.period, mails.values(), month.mails, QUESTIONS)


def write_others(
    month: ProviderMonth, summary: ProviderSummary, written: Path
) -> tuple[list[tuple[str, Path]], list[str]]:
    """Write the page, the PDF and the packs next to the summary; returns them, and what was left out with the reason."""
    outputs = write_month_packs(month, summary, written)
    try:
        page, pdf = page_paths(written)
    except RequestError as error:
        return outputs, [str(error)]
    return [*write_page_and_pdf(summary, page, pdf), *outputs], []


def write_month_packs(month: ProviderMonth, summary: ProviderSummary, written: Path) -> list[tuple[str, Path]]:
    """Write the packs for the board, the commissioners and an inspector next to the summary; returns them."""
    audiences = ["board", *(["commissioner"] if month.register.of(CommissionerLine) else []), "inspector"]
    return [("Pack", path) for path in write_packs(pack_orders(audiences, summary, month, written), summary)]


def page_paths(written: Path) -> tuple[Path, Path]:
    """The paths of the page and of the PDF of a summary.

    Raises RequestError if their libraries are not installed, or if a file that qipxl did not write has one of these paths.
    """
    try:
        import qipxl.summary.page  # noqa: F401  # loads the libraries of the page
        from qipxl.summary.page.own_files import refuse_other_pages
    except ModuleNotFoundError as error:
        raise RequestError(
            f'No page and no PDF: {error.name} is not installed. Install qipxl with it: pip install ".[page]" where README is.'
        ) from None
    page, pdf = written.with_suffix(".html"), written.with_suffix(".pdf")
    refuse_other_pages(page, pdf)
    return page, pdf


def write_page_and_pdf(summary: ProviderSummary, page: Path, pdf: Path) -> list[tuple[str, Path]]:
    """Write the web page and the board page as PDF, to the paths that `page_paths` gives."""
    from qipxl.summary.page import write_board_pdf, write_page

    return [("Page", write_page(summary, page)), ("PDF", write_board_pdf(summary, pdf))]


def keep_record(
    run: RunRecord,
    month: ProviderMonth,
    result: MonthResult,
    findings: Findings,
    templates: dict[str, str],
    outputs: Sequence[Path],
) -> None:
    """Record the run, so that the next one knows what is new."""
    receipts = result.returns.receipts[["path", "file", "digest"]].itertuples(index=False, name=None)
    sentences = [text for text in (findings.headline, findings.second) if text]
    state = state_of(result.returns, findings.intake)
    run.keep(receipts, templates, outputs, sentences, 0, state, month.register.digest)


def remind(stage: MonthStage) -> Written:
    """Write a draft of a reminder to each service that has sent no usable return, with its tracker."""
    month, names = stage.month, set(stage.missing)
    late = {service.code for service in month.expected if service.name in names or not stage.files}
    return Written([(draft_words(write_reminders(month, late)), month.mails / "reminders")])


def write_reminders(month: ProviderMonth, late: Collection[str]) -> list[SendLine]:
    """Write a draft of a reminder to each of these services, by their codes, with its tracker if it was issued."""
    paths = tracker_paths(month, month.issued)
    mails = [Mail(REMINDER, code, [path] if path.is_file() else []) for code, path in paths.items() if code in late]
    return write_mails(month.register, month.period, mails, month.mails, REMINDER)


def draft_words(lines: Sequence[SendLine]) -> str:
    """How many drafts there are to send."""
    return f"{plural(sum(line.has_draft for line in lines), 'draft')} to send"
