"""The doctor: everything that can be said about data before training on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from twobranch.corpus.builder import build_corpus
from twobranch.corpus.corpus import Corpus
from twobranch.corpus.findings import Finding, row_findings, sentence_findings, split_findings
from twobranch.corpus.picture_findings import box_findings, defect_findings, duplicate_findings
from twobranch.corpus.pictures import examine_pictures
from twobranch.corpus.read import read_records
from twobranch.corpus.reading import ReadOptions
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

    def to_json(self) -> dict[str, Any]:
        """The diagnosis as a JSON document."""
        return {
            "data": self.data,
            "format": self.format,
            "trainable": self.trainable,
            **(_counts(self.corpus) if self.corpus else {}),
            "notes": list(self.notes),
            "findings": [{**asdict(finding), "examples": list(finding.examples)} for finding in self.findings],
        }


def diagnose(data: str | Path, options: ReadOptions, *, threads: int | None = None) -> Diagnosis:
    """Read leniently, look at every picture, and list what is wrong.

    Args:
        data: what to examine.
        options: as training would get them; without `skip_bad_rows` a broken row is an error.
        threads: pictures decoded at a time; one per processor if None.

    Raises:
        TwobranchError: if the data is not there or in no known format.
    """
    reading, format = read_records(data, options.model_copy(update={"skip_bad_rows": True}))
    try:
        corpus = build_corpus(reading, str(data))
    except TwobranchError as error:
        refusal = Finding("nothing-to-read", "error", str(error))
        rows = row_findings(reading.bad_rows.rejected, options.skip_bad_rows)
        return Diagnosis(printable(str(data)), format, tuple(map(one_line, reading.notes)), None, (refusal, *rows))
    with progress("looking at pictures", corpus.images.num_rows) as advance:
        pictures = examine_pictures(corpus.image_paths, advance, threads)
    findings = [
        *row_findings(reading.bad_rows.rejected, options.skip_bad_rows),
        *split_findings(corpus),
        *defect_findings(corpus, pictures),
        *duplicate_findings(corpus, pictures),
        *box_findings(corpus, pictures),
        *sentence_findings(corpus),
    ]
    findings.sort(key=lambda finding: ORDER.index(finding.severity))
    return Diagnosis(printable(str(data)), format, corpus.notes, corpus, tuple(findings))


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
