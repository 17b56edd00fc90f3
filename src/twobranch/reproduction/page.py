"""The tables as one HTML file that needs nothing else: no network, no script; light, dark, and fit for paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape
from typing import Any

from twobranch.evaluation.reports.style import CSS
from twobranch.reproduction.tables import Line, Table, duration, header, how_to_read, paper_tables

OWN_CSS = """
main { max-width: 1240px; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; margin: 1.4rem 0 0; } a { color: var(--series-1); }
section { margin-top: 3.2rem; border-top: 1px solid var(--line); } section h2 { margin: 1.6rem 0 .2rem; }
th, td { padding: .42rem .5rem; vertical-align: top; }
td:first-child { white-space: normal; min-width: 17rem; line-height: 1.35; }
td:first-child small { display: block; color: var(--soft); font-size: .8rem; overflow-wrap: anywhere; }
thead tr.groups th { padding-bottom: 0; border: 0; text-align: center; color: var(--ink); }
tr.published td { color: var(--soft); font-size: .84rem; font-style: italic; border-bottom-style: dotted; }
tr.published td:first-child { padding-left: 1.1rem; } tr.published small { font-style: normal; }
td.remark, tr.published td.remark { white-space: normal; overflow-wrap: anywhere; font-style: normal;
  font-size: .8rem; text-align: left; padding-left: 1.6rem; color: var(--soft); }
tr.failed .remark { color: var(--bad); } td.seeds { white-space: normal; min-width: 6rem; }
.range { width: 6.5rem; padding-top: .95rem; } .range i i { height: 6px; border-radius: 3px; }
.range.zero > i::after { content: ""; position: absolute; left: 50%; top: -5px; height: 16px;
  border-left: 1px solid var(--soft); }
.verdict { display: inline-block; border-radius: 99px; padding: .02rem .6rem; font-size: .84rem; font-weight: 600;
  border: 1px solid var(--line); color: var(--soft); }
.verdict.true { color: var(--good); background: var(--good-soft); border-color: transparent; }
.verdict.false { color: var(--bad); border-color: var(--bad); }
ul.read { padding-left: 1.1rem; max-width: 52rem; } ul.read li { padding: .15rem 0; }
.context { margin-top: 1.6rem; } summary { cursor: pointer; font-weight: 600; }
@media print { .table { overflow: visible; } th, td { padding: .2rem .25rem; font-size: 7.5pt; }
  .range { display: none; } td:first-child { min-width: 0; } }
"""


def page(document: Mapping[str, Any]) -> str:
    """The whole document as HTML."""
    papers = document["papers"]
    title = papers[0]["title"] if len(papers) == 1 else "The papers on this corpus"
    links = "".join(f'<a href="#{escape(paper["name"])}">{escape(paper["title"])}</a>' for paper in papers)
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in header(document).items())
    notes = "".join(f"<li>{escape(note)}</li>" for note in how_to_read())
    split = document["split"]
    size = f" · {split['images']:,} images, {split['sentences']:,} sentences" if split["images"] else ""
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="soft">corpus {escape(document["corpus"])} · split {split["name"]}{size}</p>',
        _cards(document),
        f"<nav>{links}</nav>" if len(papers) > 1 else "",
        f'<h2>How to read it</h2><ul class="read">{notes}</ul>',
        *map(_section, papers),
        f"<section><h2>How it was made</h2><dl>{facts}</dl></section>",
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{CSS}{OWN_CSS}</style></head>\n<body><main>\n"
        + "\n".join(part for part in parts if part)
        + "\n</main></body></html>\n"
    )


def _cards(document: Mapping[str, Any]) -> str:
    trained = {row["recipe"]: row["rsum"] for paper in document["papers"] for row in paper["rows"] if row["seeds"]}
    failed = {row["recipe"] for paper in document["papers"] for row in paper["rows"] if row["failures"]}
    verdicts = Counter(finding["verdict"] for paper in document["papers"] for finding in paper["findings"])
    seeds = len(document["seeds"])
    cards = [(str(len(trained)), "rows", f"{seeds} seed{'s' * (seeds > 1)} each")]
    if trained:
        best = max(trained, key=lambda recipe: trained[recipe])
        cards.append((f"{trained[best]:.1f}", "best rsum of 600", best))
    tested = sum(verdicts.values()) - verdicts["not tested"]
    cards.append((f"{verdicts['true']} of {tested}", "findings true",
                  f"{verdicts['false']} false, {verdicts['undecided']} undecided"))  # fmt: skip
    cards += [(str(len(failed)), "rows not trained", "see the table")] if failed else []
    cards.append((duration(document["seconds"]["training"]), "training", "all rows and seeds"))
    return '<div class="cards">' + "".join(
        f'<div class="card"><small>{escape(name)}</small><b>{escape(value)}</b><small>{escape(note)}</small></div>'
        for value, name, note in cards
    ) + "</div>"  # fmt: skip


def _section(paper: Mapping[str, Any]) -> str:
    parts = [f'<section id="{escape(paper["name"])}"><h2>{escape(paper["title"])}</h2>']
    if paper["authors"]:
        link = f'<a href="{escape(paper["link"])}">{escape(paper["link"].removeprefix("https://"))}</a>'
        parts.append(f'<p class="soft">{escape(paper["authors"])}. {escape(paper["venue"])}. {link}</p>')
    parts += [f"<p>{escape(note)}</p>" for note in paper["notes"]]
    for table in paper_tables(paper):
        folded = table.title.startswith("Other")
        opened = f'<details class="context" open><summary>{escape(table.title)}</summary>' if folded else ""
        heading = opened or f"<h3>{escape(table.title)}</h3>"
        parts.append(f"{heading}{_table(table)}{'</details>' if folded else ''}")
    if paper["not_run"]:
        parts.append(f'<p class="soft">Not run: {escape(", ".join(paper["not_run"]))}.</p>')
    return "".join([*parts, "</section>"])


def _table(table: Table) -> str:
    barred = table.barred if any(line.bar for line in table.lines) else None
    position = 0
    groups = ""
    for text, span in table.groups:
        wider = barred is not None and position <= barred < position + span
        groups += f'<th colspan="{span + wider}">{escape(text)}</th>'
        position += span
    head = [f"<th>{escape(name)}</th>" for name in table.head]
    if barred is not None:
        head.insert(barred + 1, '<th class="range"></th>')
    top = f'<tr class="groups">{groups}</tr>' if groups else ""
    body = "".join(_line(line, table, barred) for line in table.lines)
    return f'<div class="table"><table><thead>{top}<tr>{"".join(head)}</tr></thead><tbody>{body}</tbody></table></div>'


def _line(line: Line, table: Table, barred: int | None) -> str:
    cells = [f"<td>{escape(line.label)}<small>{escape(line.detail)}</small></td>"]
    for name, text in zip(table.head[1:], line.cells, strict=False):
        if name == "verdict":
            cells.append(f'<td><span class="verdict {escape(text)}">{escape(text)}</span></td>')
        else:
            cells.append(f"<td{' class=seeds' * (name == 'each seed')}>{escape(text)}</td>")
    if line.remark:
        rest = len(table.head) + (barred is not None) - len(cells)
        cells.append(f'<td class="remark" colspan="{rest}">{escape(line.remark)}</td>')
    elif barred is not None:
        bar = ""
        if line.bar:
            begin, end = (100 * place for place in line.bar)
            bar = f'<i><i style="left: {begin:.1f}%; width: {end - begin:.1f}%"></i></i>'
        cells.insert(barred + 1, f'<td class="range{" zero" * (table.centered and bool(bar))}">{bar}</td>')
    return f'<tr class="{line.kind}">{"".join(cells)}</tr>'
