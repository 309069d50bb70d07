"""The words of findings, which every output of a month must say."""

from qipxl.summary.finding_records import Findings


def words_of(findings: Findings) -> list[str]:
    """Every sentence, label and figure of the findings that the workbook, the page and the PDF have as text."""
    actions = [each for level in findings.decisions.levels for each in level.decisions]
    return [
        findings.headline, findings.second, findings.months.title, findings.decisions.title, findings.services.title, findings.matrix.title,
        *(text for tile in findings.tiles for text in (tile.label, tile.figure, tile.context)),
        *(text for level in findings.decisions.levels for text in (str(level.number), level.who)),
        *(text for each in actions for text in (f"{each.service} {each.ref}", each.why, each.since)),
        *(each.issue for each in findings.decisions.levels[0].decisions),
        *(text for line in findings.services.lines for text in (line.name, line.note)),
        *findings.services.delivery, *findings.services.impact, *findings.matrix.rows, *findings.matrix.columns, *findings.matrix.remarks,
        *(text for each in findings.questions for text in (each.title, each.details)), *findings.notes, *findings.intake.waiting,
    ]  # fmt: skip
