"""The doctor: everything that can be said about data before training on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from twobranch.corpus.builder import build_corpus
from twobranch.corpus.corpus import Corpus
from twobranch.corpus.detection import PicturesAlone
from twobranch.corpus.findings import Finding, row_findings
from twobranch.corpus.picture_findings import (
    box_findings,
    defect_findings,
    duplicate_findings,
    near_duplicate_findings,
)
from twobranch.corpus.picture_folder import pictures_alone
from twobranch.corpus.pictures import examine_pictures
from twobranch.corpus.read import read_records
from twobranch.corpus.reading import ReadOptions
from twobranch.corpus.sentence_findings import foreign_findings, sentence_findings
from twobranch.corpus.split_findings import split_findings
from twobranch.errors import TwobranchError, one_line, printable
from twobranch.progress import progress

ORDER = ("error", "warning", "note")


@dataclass(frozen=True)
class Diagnosis:
    """What the data is and what is wrong with it.

    Attributes:
        data: what was examined.
        format: the format it is in.
        notes: what was understood.
        corpus: what can be read of it; None where nothing can.
        findings: errors first.
    """

    data: str
    format: str
    notes: tuple[str, ...]
    corpus: Corpus | None
    findings: tuple[Finding, ...]

    @property
    def trainable(self) -> bool:
        """Whether training on this data would start."""
        return all(finding.severity != "error" for finding in self.findings)

    @cached_property
    def counts(self) -> dict[str, Any]:
        """Sizes and fingerprints of the corpus and of its splits, as the JSON document has them; empty without one."""
        return _counts(self.corpus) if self.corpus else {}

    def to_json(self) -> dict[str, Any]:
        """The diagnosis as a JSON document."""
        return {
            "data": self.data,
            "format": self.format,
            "trainable": self.trainable,
            **self.counts,
            "notes": list(self.notes),
            "findings": [finding.to_json() for finding in self.findings],
        }

    def with_findings(self, findings: Iterable[Finding]) -> Diagnosis:
        """The diagnosis with further findings."""
        return replace(self, findings=_ordered([*self.findings, *findings]))


def diagnose(data: str | Path, options: ReadOptions, *, threads: int | None = None, english: bool = True) -> Diagnosis:
    """Read leniently, look at every picture, and list what is wrong.

    Args:
        data: what to examine.
        options: as training would get them; without `skip_bad_rows` a broken row is an error.
        threads: pictures decoded at a time; one per processor if None.
        english: whether sentences in other languages are a finding, as they are for the encoders of the default recipe.

    Raises:
        TwobranchError: if the data is not there or in no known format.
    """
    try:
        reading, format = read_records(data, options.model_copy(update={"skip_bad_rows": True}))
    except PicturesAlone as alone:
        return _diagnose_pictures(data, alone, threads)
    try:
        corpus = build_corpus(reading, str(data))
    except TwobranchError as error:
        refusal = Finding("nothing-to-read", "error", str(error))
        rows = row_findings(reading.bad_rows.rejected, options.skip_bad_rows)
        return Diagnosis(printable(str(data)), format, tuple(map(one_line, reading.notes)), None, (refusal, *rows))
    findings = [
        *row_findings(reading.bad_rows.rejected, options.skip_bad_rows),
        *split_findings(corpus),
        *_picture_findings(corpus, threads),
        *sentence_findings(corpus),
        *(foreign_findings(corpus) if english else ()),
    ]
    return Diagnosis(printable(str(data)), format, corpus.notes, corpus, _ordered(findings))


def _picture_findings(corpus: Corpus, threads: int | None) -> Iterator[Finding]:
    with progress("looking at pictures", corpus.images.num_rows) as advance:
        pictures = examine_pictures(corpus.image_paths, advance, threads)
    yield from defect_findings(corpus, pictures)
    yield from duplicate_findings(corpus, pictures)
    yield from near_duplicate_findings(corpus, pictures)
    yield from box_findings(corpus, pictures)


def _ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first, notes last."""
    return tuple(sorted(findings, key=lambda finding: ORDER.index(finding.severity)))


def _diagnose_pictures(data: str | Path, alone: PicturesAlone, threads: int | None) -> Diagnosis:
    """A folder of pictures without sentences: what an index would find in it."""
    corpus = pictures_alone(Path(data).expanduser())
    nothing = Finding("no-sentences", "error", f"there is nothing to train on. {alone.remedy}")
    findings = _ordered([nothing, *_picture_findings(corpus, threads)])
    note = "no annotations that a format needs: it can be indexed, but not trained on"
    return Diagnosis(printable(str(data)), "pictures alone", (note,), corpus, findings)


def _counts(corpus: Corpus) -> dict[str, Any]:
    metadata = {name: str(corpus.images.schema.field(name).type) for name in corpus.metadata_columns}
    splits = {name: _sizes(corpus.split(name)) for name in corpus.split_names}
    return {**_sizes(corpus), "splits": splits, "metadata": metadata}


def _sizes(corpus: Corpus) -> dict[str, Any]:
    return {
        "fingerprint": corpus.fingerprint,
        "images": corpus.images.num_rows,
        "sentences": corpus.sentences.num_rows,
        "phrases": corpus.phrases.num_rows,
        "regions": corpus.regions.num_rows,
        "groups": len(set(corpus.image_groups.tolist())),
    }
