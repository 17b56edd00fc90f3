"""What the doctor reports, and what it finds in the tables of a corpus without opening a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from twobranch.corpus.corpus import Corpus
from twobranch.corpus.reading import BadRow
from twobranch.corpus.splits import TEST, TRAIN, VAL

Severity = Literal["error", "warning", "note"]
"""Training refuses; training goes on, but somebody should look; good to know."""

EXAMPLES = 10
"""How many examples a finding shows."""

SMALL = 500
"""Training images below which results are weak and their intervals wide."""

LONG = 100
"""Words above which a sentence is long: text encoders cut at 128 to 256 tokens."""


@dataclass(frozen=True)
class Finding:
    """One kind of trouble, how often it is there, and where.

    Attributes:
        code: a stable name, such as "missing-images".
        severity: see `Severity`.
        message: one sentence for the user.
        count: how many rows, images, groups or sentences are concerned.
        examples: the first `EXAMPLES` of them.
    """

    code: str
    severity: Severity
    message: str
    count: int = 1
    examples: tuple[str, ...] = ()


def finding(code: str, severity: Severity, message: str, cases: Sequence[str]) -> Iterator[Finding]:
    """A finding about cases, or none where there are no cases; "{n}" in the message is their number.

    Example:
        >>> [found.message for found in finding("long-sentences", "note", "long sentences: {n}", ["a.jpg#0"])]
        ['long sentences: 1']
    """
    if cases:
        yield Finding(code, severity, message.format(n=f"{len(cases):,}"), len(cases), tuple(cases[:EXAMPLES]))


def row_findings(rejected: Sequence[BadRow], skipped: bool) -> Iterator[Finding]:
    """Broken rows, and rows that put a group into a second split; errors unless the user has them skipped."""
    severity: Severity = "warning" if skipped else "error"
    remedy = "they are left out" if skipped else "training refuses them; mend them or pass --skip-bad-rows"
    broken = [row.problem for row in rejected if row.kind == "bad-row"]
    straddling = [row.problem for row in rejected if row.kind == "group-straddles-splits"]
    yield from finding("bad-rows", severity, f"broken rows: {{n}}; {remedy}", broken)
    message = f"rows that put a group into a second split: {{n}}; {remedy}"
    yield from finding("groups-straddling-splits", severity, message, straddling)


def split_findings(corpus: Corpus) -> Iterator[Finding]:
    """Splits that are not there, and images that are in none."""
    absent = [name for name in (TRAIN, VAL, TEST) if name not in corpus.split_names]
    if TRAIN in absent:
        yield Finding("no-train-split", "error", "no image is in the split train, so there is nothing to train on")
    if VAL in absent:
        yield Finding("no-val-split", "warning", "no image is in the split val, by which the best model is chosen")
    if TEST in absent:
        yield Finding("no-test-split", "note", "no image is in the split test; results can be measured on val")
    unsplit = corpus.images.filter(corpus.images.column("split").is_null()).column("id").to_pylist()
    yield from finding("images-in-no-split", "note", "images in no split: {n}; they are not used", unsplit)
    if TRAIN not in absent and (count := corpus.split(TRAIN).images.num_rows) < SMALL:
        message = f"{count:,} training images are few; below {SMALL} expect weak results with wide intervals"
        yield Finding("small-corpus", "warning", message, count)


def sentence_findings(corpus: Corpus) -> Iterator[Finding]:
    """Sentences that stand on images of several groups, and very long ones."""
    texts, ids = corpus.sentence_texts, corpus.sentences.column("id").to_pylist()
    uses = np.unique(np.stack([corpus.text_codes, corpus.sentence_groups]), axis=1)[0]  # one entry per text and group
    shared = [(code, count) for code, count in Counter(uses.tolist()).most_common() if count > 1]
    first = dict(zip(reversed(corpus.text_codes.tolist()), reversed(texts), strict=True))
    cases = [f"{first[code]!r} on {count:,} images" for code, count in shared]
    message = "sentences on several images, which they cannot tell apart: {n}"
    yield from finding("shared-sentences", "note", message, cases)
    long = [id for id, text in zip(ids, texts, strict=True) if len(text.split()) > LONG]
    yield from finding(
        "long-sentences", "warning", f"sentences of more than {LONG} words: {{n}}; they may be cut", long
    )
