"""What the doctor reports, and what it reports of broken rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from twobranch.corpus.reading import BadRow, Kind

Severity = Literal["error", "warning", "note"]
"""Training refuses; training goes on, but somebody should look; good to know."""

KEPT = 100
"""How many cases of a finding are kept, the first; all are counted."""


@dataclass(frozen=True)
class Case:
    """One place where a finding holds.

    Attributes:
        text: the case in words, for the user.
        images: ids of the images that it is about.
        sentence: id of the sentence that it is about, or None.
        probability: how probable it is that the case is a fault, where a matcher judged it; else None.
    """

    text: str
    images: tuple[str, ...] = ()
    sentence: str | None = None
    probability: float | None = None


@dataclass(frozen=True)
class Finding:
    """One kind of trouble, how often it is there, and where.

    Attributes:
        code: a stable name, such as "missing-images".
        severity: see `Severity`.
        message: one sentence for the user.
        count: how many rows, images, groups or sentences are concerned.
        cases: the first of them.
    """

    code: str
    severity: Severity
    message: str
    count: int = 1
    cases: tuple[Case, ...] = ()

    @property
    def examples(self) -> tuple[str, ...]:
        """The cases in words."""
        return tuple(case.text for case in self.cases)

    def to_json(self) -> dict[str, Any]:
        """The finding as a JSON document; `cases` stand in the order of `examples`."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "count": self.count,
            "examples": list(self.examples),
            "cases": [
                {"images": list(case.images), "sentence": case.sentence, "probability": case.probability}
                for case in self.cases
            ],
        }


def finding(
    code: str, severity: Severity, message: str, cases: Sequence[Case], *, kept: int = KEPT
) -> Iterator[Finding]:
    """A finding about cases, or none where there are no cases; "{n}" in the message is their number.

    Example:
        >>> [found.message for found in finding("long-sentences", "note", "long sentences: {n}", [Case("a.jpg#0")])]
        ['long sentences: 1']
    """
    if cases:
        yield Finding(code, severity, message.replace("{n}", f"{len(cases):,}"), len(cases), tuple(cases[:kept]))


ROWS: dict[Kind, tuple[str, str]] = {
    "bad-row": ("bad-rows", "broken rows: {n}"),
    "empty-sentence": ("empty-sentences", "rows with an empty sentence or none: {n}"),
    "group-straddles-splits": ("groups-straddling-splits", "rows that put a group into a second split: {n}"),
}
"""Code and message of the finding for each kind of broken row."""


def row_findings(rejected: Sequence[BadRow], skipped: bool) -> Iterator[Finding]:
    """Rows that break a rule, by kind; errors unless the user has them skipped."""
    severity: Severity = "warning" if skipped else "error"
    remedy = "they are left out" if skipped else "training refuses them; mend them or pass --skip-bad-rows"
    for kind, (code, message) in ROWS.items():
        cases = [Case(row.problem) for row in rejected if row.kind == kind]
        yield from finding(code, severity, f"{message}; {remedy}", cases)
