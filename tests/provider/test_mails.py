"""Drafts of mails: whom they go to, what they say, what is attached, and what is never written."""

import csv
import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import pytest
from factories import run
from hypothesis import given
from hypothesis import strategies as st

from qipxl import Period
from qipxl.errors import RequestError
from qipxl.provider import ProviderFolder
from qipxl.provider.mails import SEND_LIST, Mail, SendLine, addresses_of, write_mails
from qipxl.tracker.mail_text import FACTS, QUESTIONS, REMINDER, TEXTS, TRACKER, MailText, count_words

MARCH = Period(2026, 3)
SERVICES = """code,name,region,manager,e-mail
ELM,Elm House,North,Jo Shah,elm@our-care.example
OAK,Oak Tree Lodge,South,Zoë O'Dowd,"oak@our-care.example; zoe@our-care.example"
YEW,Yew Court,South,,
ASH,Ash View,South,Al Fox,Al Fox
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A provider of four services: one without an address, and one with a name where the address should be."""
    (tmp_path / "services.csv").write_text(SERVICES, "utf-8")
    assert run("init", tmp_path / "our", "--name", "Our Care", "--services", tmp_path / "services.csv").exit_code == 0
    return tmp_path / "our"


def tracker(home: Path) -> Path:
    path = home / "ELM Elm House 2026-03.xlsx"
    path.write_bytes(b"PK a tracker")
    return path


def write(home: Path, mails: list[Mail], kind: str = TRACKER) -> list[SendLine]:
    return write_mails(ProviderFolder(home).read(), MARCH, mails, home / "mails" / "2026-03", kind)


def opened(path: Path) -> EmailMessage:
    """A draft as Python's own parser reads it."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage) -> str:
    part = message.get_body()
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_draft_has_the_address_the_subject_the_text_and_the_tracker(home: Path) -> None:
    [line] = write(home, [Mail(TRACKER, "ELM", [tracker(home)])])
    message = opened(home / "mails" / "2026-03" / "trackers" / line.draft)
    assert message["To"] == line.address == "elm@our-care.example"
    assert message["Subject"] == "Elm House: your tracker for March 2026"
    assert message["X-Unsent"] == "1", "Outlook and Thunderbird open it as a draft"
    assert body(message).startswith("Dear Jo Shah,\n")
    assert "send it back by 7 April 2026" in body(message)
    assert body(message).rstrip().endswith("Our Care")
    [attached] = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("ELM Elm House 2026-03.xlsx", b"PK a tracker")


def test_an_independent_reader_sees_the_same(home: Path) -> None:
    """The older API of the standard library shares no parser policy with the new one, nor its way to decode headers."""
    from email.header import decode_header, make_header
    from email.parser import BytesParser

    [line] = write(home, [Mail(QUESTIONS, "OAK", [tracker(home)], ["- A-001: Zoë’s due date"], 1)], QUESTIONS)
    data = (home / "mails" / "2026-03" / "questions" / line.draft).read_bytes()
    message = BytesParser(policy=email.policy.compat32).parsebytes(data)
    assert str(make_header(decode_header(message["Subject"]))) == "One thing in your March 2026 tracker: Oak Tree Lodge"
    text, attached = message.get_payload()  # type: ignore[misc]
    assert "- A-001: Zoë’s due date" in text.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert attached.get_payload(decode=True) == b"PK a tracker"  # type: ignore[union-attr]
    assert message["To"] == "oak@our-care.example, zoe@our-care.example"


def test_a_service_without_an_address_is_named_and_gets_no_draft(home: Path) -> None:
    lines = write(home, [Mail(TRACKER, code, [tracker(home)]) for code in ("ELM", "YEW", "ASH")])
    folder = home / "mails" / "2026-03" / "trackers"
    assert sorted(path.name for path in folder.iterdir()) == ["ELM Elm House.eml", SEND_LIST]
    assert "No address: enter one in the column E-mail" in lines[1].remark
    assert lines[2].remark == "The register's address is not valid: Al Fox."
    rows = list(csv.DictReader((folder / SEND_LIST).read_text("utf-8-sig").splitlines()))
    assert [(row["Service"], row["Draft"]) for row in rows] == [("ELM", "ELM Elm House.eml"), ("YEW", ""), ("ASH", "")]


def test_the_same_content_gives_the_same_bytes_and_is_not_written_again(home: Path) -> None:
    [first] = write(home, [Mail(TRACKER, "ELM", [tracker(home)])])
    path = home / "mails" / "2026-03" / "trackers" / first.draft
    path.unlink()  # as after it was sent
    [again] = write(home, [Mail(TRACKER, "ELM", [tracker(home)])])
    assert (again.digest, path.exists()) == (first.digest, False)
    assert again.remark == "Written before, with the same content."
    tracker(home).write_bytes(b"PK another")
    [changed] = write(home, [Mail(TRACKER, "ELM", [home / "ELM Elm House 2026-03.xlsx"])])
    assert changed.digest != first.digest
    assert path.exists()


def test_drafts_that_are_no_longer_needed_go_and_other_files_stay(home: Path) -> None:
    write(home, [Mail(QUESTIONS, code, [], ["- A-001"], 1) for code in ("ELM", "OAK")], QUESTIONS)
    folder = home / "mails" / "2026-03" / "questions"
    (folder / "from somebody else.eml").write_text("Subject: hello\n\nhello")
    write(home, [Mail(QUESTIONS, "ELM", [], ["- A-001"], 1)], QUESTIONS)
    assert {path.name for path in folder.iterdir()} == {"ELM Elm House.eml", "from somebody else.eml", SEND_LIST}


def test_the_texts_are_the_registers(home: Path) -> None:
    book = openpyxl.load_workbook(home / "register.xlsx")
    sheet = book["Mail texts"]
    assert [cell.value for cell in sheet["A"][4:]] == [TRACKER, QUESTIONS, REMINDER]
    sheet["B5"], sheet["C5"] = "Your plan, {service}", "Hello {manager}\n\n\nSee you by {due}.\n{provider}"
    book.save(home / "register.xlsx")
    [line] = write(home, [Mail(TRACKER, "OAK", [tracker(home)])])
    message = opened(home / "mails" / "2026-03" / "trackers" / line.draft)
    assert message["Subject"] == "Your plan, Oak Tree Lodge"
    assert body(message) == "Hello Zoë O'Dowd\n\n\nSee you by 7 April 2026.\nOur Care\n"


def test_an_unknown_word_in_braces_is_a_mistake_of_the_register(home: Path) -> None:
    book = openpyxl.load_workbook(home / "register.xlsx")
    book["Mail texts"]["C6"] = "Dear {mangaer}"
    book.save(home / "register.xlsx")
    with pytest.raises(
        RequestError, match=r"Mail texts, row 6: qipxl does not know \{mangaer\}. It fills in \{manager\}"
    ):
        ProviderFolder(home).read()


def test_a_register_without_the_sheet_uses_the_texts_of_qipxl(home: Path) -> None:
    book = openpyxl.load_workbook(home / "register.xlsx")
    del book["Mail texts"]
    book.save(home / "register.xlsx")
    assert ProviderFolder(home).read().mail_text(REMINDER) == TEXTS[REMINDER]


def test_a_name_cannot_add_a_header_or_a_formula(home: Path) -> None:
    book = openpyxl.load_workbook(home / "register.xlsx")
    book["Services"]["B5"] = "@SUM(1)\nBcc: x@y.example"
    book.save(home / "register.xlsx")
    [line] = write(home, [Mail(TRACKER, "ELM", [tracker(home)])])
    message = opened(home / "mails" / "2026-03" / "trackers" / line.draft)
    assert message["Bcc"] is None
    listed = (home / "mails" / "2026-03" / "trackers" / SEND_LIST).read_text("utf-8-sig")
    assert ",'@SUM(1) Bcc" in listed


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_addresses_and_other_texts(text: str) -> None:
    found, wrong = addresses_of(text)
    assert all("@" in str(address) and "\n" not in str(address) and "\r" not in str(address) for address in found)
    assert len(found) + len(wrong) <= text.count(";") + text.count(",") + 1


@given(st.text(max_size=40), st.sampled_from(sorted(FACTS)))
def test_only_known_words_in_braces_are_replaced(text: str, name: str) -> None:
    filled = MailText(f"{text}{{{name}}}", text).filled({name: "fact"})
    assert filled.subject.endswith("fact") or "{" in text


def test_numbers_of_things_are_words() -> None:
    assert [count_words(number) for number in (1, 2, 10, 11)] == ["One thing", "Two things", "Ten things", "11 things"]
