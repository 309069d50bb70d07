"""Mails to services as drafts: a file .eml for each, which a mail program opens ready to be sent. qipxl sends nothing.

    mails/2026-03/trackers/    a draft for each service with its new tracker, and send list.csv
    mails/2026-03/questions/   a draft for each return with something to put right, with a new copy of the tracker
    mails/2026-03/reminders/   a draft for each service whose return is late, with its tracker once more

A draft that was written before with the same content is not written again: it was sent, deleted, or is still there.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

from qipxl.files import distinct_names, write_bytes, write_text
from qipxl.periods import Period
from qipxl.provider.register import Register
from qipxl.provider.register_schema import ServiceLine
from qipxl.services import file_title
from qipxl.tracker.mail_text import NO_NAME, QUESTIONS, REMINDER, TRACKER, count_words

if TYPE_CHECKING:
    from email.headerregistry import Address

FOLDERS = {TRACKER: "trackers", QUESTIONS: "questions", REMINDER: "reminders"}
"""The folder of each kind of mail."""
SEND_LIST = "send list.csv"
MARK = "X-Qipxl"
"""A header of every draft that qipxl wrote: only files that have it are removed."""
WORKBOOK = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
MACROS = ("application", "vnd.ms-excel.sheet.macroEnabled.12")


@dataclass(frozen=True)
class Mail:
    """A mail to the manager of a service: its kind, the files to attach, and the questions if it asks some.

    `remark` says in the send list why there is no draft; then there is none.
    """

    kind: str
    service: str
    attached: Sequence[Path] = ()
    questions: Sequence[str] = ()
    number: int = 0
    remark: str = ""


@dataclass(frozen=True)
class SendLine:
    """A line of a send list: who gets which draft, what is attached, and whether it is new."""

    service: str
    name: str
    address: str
    subject: str
    draft: str
    attached: str
    remark: str
    digest: str

    @property
    def has_draft(self) -> bool:
        return bool(self.draft)


HEADINGS = {
    "service": "Service", "name": "Name", "address": "To", "subject": "Subject", "draft": "Draft", "attached": "Attached",
    "remark": "Remark", "digest": "SHA-256 of the draft",
}  # fmt: skip
"""The headings of a send list, by the fields of SendLine."""
BEFORE = "Written before, with the same content."
NO_ADDRESS = "No address: enter one in the column E-mail of the register's sheet Services."


def write_mails(register: Register, period: Period, mails: Iterable[Mail], folder: Path, kind: str) -> list[SendLine]:
    """Write the drafts of one kind of mail for a month, and the send list; returns its lines.

    register: has the addresses, the managers and the provider's own texts.
    folder: the folder of the month's mails.

    Drafts of this kind that qipxl wrote before for services without such a mail now are removed. A service without a valid
    address gets a line in the send list and no draft. Raises OutputError if the folder cannot be written to.
    """
    home = folder / FOLDERS[kind]
    listed, before = list(mails), {line.service: line for line in read_send_list(home / SEND_LIST)}
    services = {line.plan_code.lower(): line for line in register.of(ServiceLine)}
    known = [services[mail.service.lower()] for mail in listed]
    names = distinct_names([file_title(service.plan_code, service.plan_name) for service in known])
    lines = []
    for mail, service, name in zip(listed, known, names, strict=True):
        lines.append(write_mail(register, period, mail, service, home / f"{name}.eml", before.get(service.plan_code)))
    kept = {home / line.draft for line in lines if line.has_draft}
    for path in sorted(home.glob("*.eml")):
        if path not in kept and is_own_draft(path):
            with suppress(OSError):
                path.unlink()
    write_text(home / SEND_LIST, send_list(lines))
    return lines


def write_mail(
    register: Register, period: Period, mail: Mail, service: ServiceLine, path: Path, before: SendLine | None
) -> SendLine:
    """Write one draft, unless it was written before with the same content; returns its line of the send list."""
    addresses, wrong = addresses_of(service.email)
    remark = mail.remark or ("" if service.email else NO_ADDRESS)
    remark = remark or (f"The register's address is not valid: {wrong[0]}." if wrong else "")
    text = register.mail_text(mail.kind).filled(facts_of(register, period, mail, service))
    subject = " ".join(text.subject.split())
    attached = "; ".join(file.name for file in mail.attached)
    if remark:
        return SendLine(service.plan_code, service.plan_name, service.email, subject, "", attached, remark, "")
    draft = draft_of(addresses, subject, text.text, mail.attached)
    digest = hashlib.sha256(draft).hexdigest()
    again = before is not None and before.digest == digest
    if not again:
        write_bytes(path, draft)
    remark = BEFORE if again else ""
    return SendLine(
        service.plan_code,
        service.plan_name,
        ", ".join(map(str, addresses)),
        subject,
        path.name,
        attached,
        remark,
        digest,
    )


def facts_of(register: Register, period: Period, mail: Mail, service: ServiceLine) -> dict[str, str]:
    """What the words in braces of a mail's text become."""
    due = register.due(period)
    return {
        "manager": service.manager or NO_NAME,
        "service": service.plan_name,
        "month": period.words,
        "due": f"{due.day} {due:%B %Y}",
        "provider": register.name,
        "things": count_words(mail.number),
        "questions": "\n".join(mail.questions),
    }


def draft_of(addresses: Sequence[Address], subject: str, text: str, attached: Sequence[Path]) -> bytes:
    """A mail as the bytes of a file .eml, marked as not sent: the same bytes for the same content."""
    from email.policy import SMTP  # loads all that Python knows of addresses, as `addresses_of` does

    message = EmailMessage(policy=SMTP)
    message["To"] = addresses
    message["Subject"] = subject
    message["X-Unsent"] = "1"
    message[MARK] = "draft"
    message.set_content(text.rstrip() + "\n", cte="quoted-printable")
    for file in attached:
        main, sub = MACROS if file.suffix == ".xlsm" else WORKBOOK
        message.add_attachment(file.read_bytes(), maintype=main, subtype=sub, filename=file.name)
    if attached:
        message.set_boundary(f"qipxl-{hashlib.sha256(f'{subject}{text}'.encode()).hexdigest()[:32]}")
    return message.as_bytes()


def addresses_of(text: str) -> tuple[list[Address], list[str]]:
    """The addresses in a cell, with ; or , between them, and the texts that are not addresses.

    >>> addresses_of("jo@our-care.example; Al Fox")
    ([Address(display_name='', username='jo', domain='our-care.example')], ['Al Fox'])
    """
    from email.headerregistry import Address

    found, wrong = list[Address](), list[str]()
    for part in filter(None, map(str.strip, re.split("[;,]", text))):
        try:
            address = Address(addr_spec=part)
        except (MessageError, ValueError, IndexError):
            wrong.append(part)
            continue
        if address.username and "." in address.domain.strip(".") and part.isascii() and part.isprintable():
            found.append(address)
        else:
            wrong.append(part)
    return found, wrong


def is_own_draft(path: Path) -> bool:
    """True for a draft that qipxl wrote."""
    try:
        return f"\n{MARK}:".encode() in path.read_bytes()[:4096]
    except OSError:
        return False


def send_list(lines: Sequence[SendLine]) -> str:
    """A send list as CSV that Excel opens: with a mark of its encoding, and no text that begins a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS.values())
    writer.writerows([harmless(getattr(line, name)) for name in HEADINGS] for line in lines)
    return f"\ufeff{out.getvalue()}"


def harmless(text: str) -> str:
    """A text that Excel does not take for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def read_send_list(path: Path) -> list[SendLine]:
    """The lines of a send list that was written before; none if there is none or it was changed."""
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
        return [SendLine(*(row[heading] for heading in HEADINGS.values())) for row in rows]
    except (OSError, ValueError, KeyError, csv.Error):
        return []
