"""RUN/report.html."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twobranch.features.corpus_features import CorpusFeatures
from twobranch.matcher.matcher import Matcher


def write_run_report(
    path: Path,
    matcher: Matcher,
    val: CorpusFeatures,
    before: dict[str, Any],
    history: list[dict[str, Any]],
    seconds: float,
) -> None:
    """Write the report of a run."""
