"""A laid-out report as text for a chat: numbered lines, every figure in them."""

from __future__ import annotations

from reporting.outlets.situation.document import NOTHING, Cell, Document, Section, Table

COLON = {"zh": "：", "en": ": "}
COMMA = {"zh": "，", "en": ", "}


def chat_text(document: Document) -> str:
    """The whole report, a numbered line for each section and one beneath for each row."""
    lines = [f"【{document.title}】{document.issue}", *document.lines, document.headline]
    for nth, section in enumerate(document.sections, start=1):
        lines.append(f"{nth}. {section.title}")
        lines += _section(section, document.language)
    return "\n".join([*lines, *document.foot]) + "\n"


def _section(section: Section, language: str) -> list[str]:
    lines = [f"   {passage}" for passage in section.passages]
    for table in section.tables:
        lines += [f"   · {row_text(table, row, language)}" for row in table.rows]
    return lines


def row_text(table: Table, row: list[Cell], language: str) -> str:
    """`Caijiagang: to test 1,000, sampled 900`: each figure behind its heading. Where a row has one
    figure alone, it stands with its unit: `Sampling: 163,900 person-times`."""
    cells = list(zip(table.headings[1:], row[1:], strict=True))
    if sum(cell.numeric for _heading, cell in cells) == 1:
        number, *rest = [cell.text for _heading, cell in cells]
        unit, *more = rest or [""]
        parts = [number if unit in ("", NOTHING) else f"{number} {unit}", *more]
    else:
        parts = [f"{heading} {cell.text}" if cell.numeric else cell.text for heading, cell in cells]
    said = [part for nth, part in enumerate(parts) if nth == 0 or part != NOTHING]
    return row[0].text + COLON[language] + COMMA[language].join(said)
