"""The tables as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twobranch.reproduction.tables import Line, Table, header, how_to_read, paper_tables


def markdown(document: Mapping[str, Any]) -> str:
    """The whole document as Markdown."""
    parts = ["# The papers on this corpus"]
    parts.append("\n".join(f"- {name}: {_code(name, text)}" for name, text in header(document).items()))
    parts += how_to_read()
    for paper in document["papers"]:
        parts.append(f"## {_escaped(paper['title'])}")
        if paper["authors"]:
            parts.append(f"{paper['authors']}, {paper['venue']}, <{paper['link']}>")
        parts += [_escaped(note) for note in paper["notes"]]
        for table in paper_tables(paper):
            parts.append(f"### {table.title}")
            parts.append(_table(table))
        if paper["not_run"]:
            parts.append(f"Not run: {', '.join(paper['not_run'])}.")
    return "\n\n".join(parts) + "\n"


def _table(table: Table) -> str:
    group = [text for text, span in table.groups for _ in range(span)] or [""] * len(table.head)
    short = {"annotation (i2t)": "i2t ", "search (t2i)": "t2i ", "within": "within "}
    head = [short.get(text, "") + name for text, name in zip(group, table.head, strict=True)]
    rows = [head, ["---", *["---:"] * (len(head) - 1)], *(_cells(line, len(head)) for line in table.lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cells(line: Line, columns: int) -> list[str]:
    label, detail, cells = _escaped(line.label), _escaped(line.detail), [_escaped(cell) for cell in line.cells]
    cells += [""] * (columns - 1 - len(cells))
    remark = f"<br>{_escaped(line.remark)}" if line.remark else ""
    if line.kind == "published":
        return [f"*{label}*<br>{detail}{remark}", *(cell and f"*{cell}*" for cell in cells)]
    if line.kind == "finding":
        return [f"{label}<br>{detail}{remark}", *cells[:-1], cells[-1] and f"**{cells[-1]}**"]
    return [f"{label}<br>`{line.detail}`{remark}", *cells]


def _code(name: str, text: str) -> str:
    return f"`{text}`" if name in ("command", "a row by itself") else text


def _escaped(text: str) -> str:
    """Text that cannot end a cell or open a tag, on one line."""
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
