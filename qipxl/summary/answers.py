"""What services answered to head office's questions, and every text that they wrote outside the tables."""

from __future__ import annotations

from qipxl.returns.codes import ANSWER, OUTSIDE_TABLES
from qipxl.summary.sheet_spec import SheetSpec, columns_of, listing
from qipxl.summary.summary import ProviderSummary

ANSWERS = "Answers to head office"
ANSWER_COLUMNS = columns_of(
    ("Service", "name", 22), ("Region", "region", 14), ("Question", "question", 60), ("Answer or remark", "value", 60), ("File", "file", 26),
    ("Cell", "cell", 16),
)  # fmt: skip


def answers(summary: ProviderSummary) -> SheetSpec:
    """The answers, each with its question, then the remarks outside the tables."""
    lines = summary.problems[summary.problems["code"].isin((ANSWER, *OUTSIDE_TABLES))]
    sources = summary.sources.reindex(lines["return"])
    frame = lines.assign(
        name=sources["name"].to_numpy(),
        region=sources["region"].to_numpy(),
        question=lines["heading"].where(lines["code"] == ANSWER, ""),
        cell=lines["sheet"] + "!" + lines["cell"],
        remark=lines["code"] != ANSWER,
    ).sort_values(["remark", "return"], kind="stable")
    about = (
        "What services answered on Start here, with the question; then what they wrote outside the tables. "
        "Enter “Answered on” on the register's sheet Questions to close a question."
    )
    return listing(ANSWERS, about, ANSWER_COLUMNS, frame, "text", link_cell=True)
