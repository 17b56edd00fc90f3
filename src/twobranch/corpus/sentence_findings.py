"""What the doctor finds in the sentences of a corpus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from twobranch.corpus.corpus import Corpus
from twobranch.corpus.findings import Case, Finding, Severity, finding
from twobranch.corpus.languages import foreign_language

LONG = 100
"""Words above which a sentence is long: text encoders cut at 128 to 256 tokens."""

LONG_CHARACTERS = 1000
"""Characters above which it is long, for languages that write no spaces."""

SHOWN = 200
"""Characters of a sentence, and images of one, that a case shows."""

PLACEHOLDERS = frozenset(("nan", "null", "none", "n/a", "na", "nil", "undefined", "untitled", "todo", "tbd", "caption"))
"""What programs and forms write where a sentence is missing."""

REPEATED = 10, 0.01
"""A sentence on more images than this number and this share of all describes none of them."""

LOOKED_AT = 20_000
"""Sentences whose language is looked at, evenly spread over the corpus: 0.1 ms each."""

FOREIGN_SHARE = 0.02
"""Share of the sentences in other languages from which it is no longer a matter of single sentences."""


def sentence_findings(corpus: Corpus) -> Iterator[Finding]:
    """Sentences that say nothing, that stand on several images, or that are very long."""
    yield from _wordless(corpus)
    yield from _shared(corpus)
    long = [
        row for row, text in enumerate(corpus.sentence_texts) if len(text) > LONG_CHARACTERS or len(text.split()) > LONG
    ]
    cases = [_case(corpus, row, f"{len(corpus.sentence_texts[row].split()):,} words") for row in long]
    message = f"sentences of more than {LONG} words or {LONG_CHARACTERS:,} characters: {{n}}; encoders cut them"
    yield from finding("long-sentences", "warning", message, cases)


def _wordless(corpus: Corpus) -> Iterator[Finding]:
    cases = [
        _case(corpus, row, repr(text[:SHOWN]))
        for row, text in enumerate(corpus.sentence_texts)
        if text.strip().casefold() in PLACEHOLDERS or not any(map(str.isalnum, text))
    ]
    message = "sentences without a word, or with one that stands for a missing sentence: {n}; leave their rows out"
    yield from finding("wordless-sentences", "warning", message, cases)


def _shared(corpus: Corpus) -> Iterator[Finding]:
    """Sentences on images of several groups; on very many they are no descriptions but boilerplate."""
    texts, codes = corpus.sentence_texts, corpus.text_codes
    uses = np.unique(np.stack([codes, corpus.sentence_groups]), axis=1)[0]  # one entry per text and group
    shared = [(code, count) for code, count in Counter(uses.tolist()).most_common() if count > 1]
    rows: dict[int, list[int]] = {code: [] for code, _ in shared}
    for row in np.flatnonzero(np.isin(codes, list(rows))).tolist():
        rows[int(codes[row])].append(row)
    bound = max(REPEATED[0], REPEATED[1] * corpus.images.num_rows)
    found: dict[bool, list[Case]] = {True: [], False: []}
    for code, count in shared:
        images = dict.fromkeys(corpus.image_ids[corpus.sentence_images[row]] for row in rows[code][:SHOWN])
        text = f"{texts[rows[code][0]][:SHOWN]!r} on {count:,} images"
        found[count > bound].append(Case(text, tuple(images)))
    message = "sentences on very many images, which describe none of them: {n}; leave their rows out"
    yield from finding("repeated-sentences", "warning", message, found[True])
    message = "sentences on several images, which they cannot tell apart: {n}"
    yield from finding("shared-sentences", "note", message, found[False])


def foreign_findings(corpus: Corpus) -> Iterator[Finding]:
    """Sentences in other languages than English, judged by their share of those that were looked at."""
    count = len(corpus.sentence_texts)
    rows = np.unique(np.linspace(0, count - 1, min(count, LOOKED_AT)).astype(int)).tolist()
    languages = {row: code for row in rows if (code := foreign_language(corpus.sentence_texts[row]))}
    cases = [_case(corpus, row, f"{code}: {corpus.sentence_texts[row][:SHOWN]!r}") for row, code in languages.items()]
    share = len(cases) / max(1, len(rows))
    severity: Severity = "warning" if share >= FOREIGN_SHARE else "note"
    most = ", ".join(f"{code} {number:,}" for code, number in Counter(languages.values()).most_common(5))
    message = (
        f"sentences that are not English: {{n}} of the {len(rows):,} looked at, {share:.1%} ({most}); the sentence "
        "encoders that come with twobranch know English only: train a text network on your words (recipes text/...) or "
        "name a multilingual encoder (docs/encoders.md)"
    )
    yield from finding("foreign-sentences", severity, message, cases)


def _case(corpus: Corpus, row: int, text: str) -> Case:
    """A case about one sentence."""
    id = corpus.sentences.column("id")[row].as_py()
    return Case(f"{id}: {text}", (corpus.image_ids[corpus.sentence_images[row]],), id)
