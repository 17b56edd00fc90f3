"""The report of `twobranch check`: every finding with pictures of its cases, in one HTML file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from html import escape

import numpy as np

from twobranch.corpus import Corpus
from twobranch.corpus.doctor import Diagnosis
from twobranch.corpus.findings import Case, Finding
from twobranch.errors import TwobranchError
from twobranch.evaluation.reports.page import facts_section, picture, write_page
from twobranch.evaluation.reports.pictures import jpeg
from twobranch.features.decoding import decode_image

CASES = 24
"""Cases of a finding that the page shows."""
PICTURES = 6
"""Pictures of a case that it shows."""
LONGEST = 400
"""Characters of a sentence that it shows."""
SIDE = 220
"""Longer side of a picture, in pixels."""
SIZES = ("images", "groups", "sentences", "phrases", "regions")

CSS = """
.badge { display: inline-block; border-radius: 99px; padding: .02rem .6rem; font-size: .8rem; font-weight: 600;
  border: 1px solid var(--line); color: var(--soft); vertical-align: .15em; margin-right: .5rem; }
.badge.error { background: var(--bad); border-color: var(--bad); color: var(--paper); }
.badge.good { color: var(--good); background: var(--good-soft); border-color: transparent; }
.badge.warning { color: var(--bad); border-color: var(--bad); }
nav ul { list-style: none; margin: 0; padding: 0; } nav li { padding: .2rem 0; }
nav a { color: inherit; text-decoration-color: var(--line); text-underline-offset: .2em; }
section { margin-top: 2.6rem; border-top: 1px solid var(--line); } section h2 { margin-top: 1.4rem; font-size: 1.1rem; }
.case { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .7rem .9rem;
  margin: 0 0 .6rem; break-inside: avoid; overflow-wrap: anywhere; font-size: .9rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .7rem; }
.grid .case { margin: 0; } .thumbs { display: grid; grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr));
  gap: .5rem; margin-top: .5rem; } .thumbs figure { padding: 0; border: 0; background: none; }
.thumbs figcaption { font-size: .74rem; margin: 0; line-height: 1.3; overflow-wrap: anywhere; }
.pair ul { margin: 0; padding: 0; list-style: none; } .pair li.suspect { font-weight: 600; color: var(--bad); }
"""


def write_doctor_report(path: str | os.PathLike[str], diagnosis: Diagnosis, facts: Mapping[str, str]) -> None:
    """Write what `diagnose` found as one HTML file that needs nothing else.

    Args:
        path: the HTML file.
        diagnosis: the diagnosis.
        facts: what was run, on what.
    """
    verdict = "Training can run." if diagnosis.trainable else "Training would refuse this data."
    color = "good" if diagnosis.trainable else "error"
    known = _Known(diagnosis.corpus) if diagnosis.corpus else None
    sections = [
        f'<p class="soft">read as {escape(diagnosis.format)}'
        + (f" · {escape(diagnosis.corpus.summary())}" if diagnosis.corpus else "")
        + "</p>",
        f'<p><span class="badge {color}">{verdict}</span></p>',
        _contents(diagnosis),
        _splits(diagnosis),
        _notes(diagnosis),
        *(_section(finding, known) for finding in diagnosis.findings),
        facts_section(facts),
    ]
    write_page(path, f"Check of {diagnosis.data}", sections, CSS)


def _contents(diagnosis: Diagnosis) -> str:
    if not diagnosis.findings:
        return "<p>Nothing was found.</p>"
    lines = "".join(
        f'<li>{_badge(finding)}<a href="#{escape(finding.code)}">{escape(finding.message)}</a></li>'
        for finding in diagnosis.findings
    )
    return f"<nav><h2>Findings</h2><ul>{lines}</ul></nav>"


def _badge(finding: Finding) -> str:
    return f'<span class="badge {finding.severity}">{finding.severity}</span>'


def _splits(diagnosis: Diagnosis) -> str:
    splits = diagnosis.counts.get("splits", {})
    columns = [name for name in SIZES if any(sizes[name] for sizes in splits.values())]
    rows = "".join(
        f"<tr><td>{escape(name)}</td>"
        + "".join(f"<td>{sizes[column]:,}</td>" for column in columns)
        + f"<td>{sizes['fingerprint']}</td></tr>"
        for name, sizes in splits.items()
    )
    head = "".join(f"<th>{column}</th>" for column in columns)
    return rows and (
        f'<h2>Splits</h2><div class="table"><table><thead><tr><th></th>{head}<th>fingerprint</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _notes(diagnosis: Diagnosis) -> str:
    lines = "".join(f"<li>{escape(note)}</li>" for note in diagnosis.notes)
    return f"<h2>What was understood</h2><ul>{lines}</ul>" if lines else ""


def _section(finding: Finding, known: _Known | None) -> str:
    heading = f'<section id="{escape(finding.code)}"><h2>{_badge(finding)}{escape(finding.message)}</h2>'
    shown = finding.cases[:CASES]
    cases = [_case(case, known) for case in shown]
    single = all(len(case.images) == 1 and case.probability is None for case in shown)
    body = f'<div class="grid">{"".join(cases)}</div>' if single else "".join(cases)
    rest = finding.count - len(shown)
    more = f'<p class="soft">and {rest:,} more</p>' if shown and rest > 0 else ""
    return f"{heading}{body}{more}</section>"


class _Known:
    """What the corpus says of an image, by its id."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._rows = {id: row for row, id in enumerate(corpus.image_ids)}
        self._ids = corpus.sentences.column("id").to_pylist()

    def thumbnail(self, image: str) -> str:
        """The picture as HTML; empty where the file cannot be read."""
        try:
            shown = decode_image(self._corpus.image_paths[self._rows[image]], SIDE)
        except TwobranchError:
            return ""
        return picture(jpeg(shown, SIDE), image)

    def sentences(self, image: str) -> list[tuple[str, str]]:
        """Ids and texts of the sentences of an image."""
        rows = np.flatnonzero(self._corpus.sentence_images == self._rows[image])
        return [(self._ids[row], self._corpus.sentence_texts[row]) for row in rows]


def _case(case: Case, known: _Known | None) -> str:
    text = f"<div>{escape(case.text)}</div>"
    if known is None or not case.images:
        return f'<div class="case">{text}</div>'
    if case.probability is not None:
        return _pair(case, known)
    thumbnails = [(image, known.thumbnail(image)) for image in case.images[:PICTURES]]
    figures = "".join(
        f"<figure>{shown}{f'<figcaption>{escape(image)}</figcaption>' if len(case.images) > 1 else ''}</figure>"
        for image, shown in thumbnails
        if shown
    )
    rest = len(case.images) - PICTURES
    more = f'<div class="soft">and {rest:,} more pictures</div>' if rest > 0 else ""
    return f'<div class="case">{text}<div class="thumbs">{figures}</div>{more}</div>'


def _pair(case: Case, known: _Known) -> str:
    """A suspicious sentence among the other sentences of its image."""
    (image,) = case.images
    suspect = ' class="suspect"'
    lines = "".join(
        f"<li{suspect * (id == case.sentence)}>{escape(text[:LONGEST])}</li>" for id, text in known.sentences(image)
    )
    title = f'<div class="soft">{escape(str(case.sentence))} · wrong with probability {case.probability:.2f}</div>'
    return f'<div class="case pair">{known.thumbnail(image)}<div>{title}<ul>{lines}</ul></div></div>'
