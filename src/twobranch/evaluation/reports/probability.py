"""The section of probability: tables and reliability diagrams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from twobranch.evaluation.reports import plots
from twobranch.evaluation.reports.page import figure
from twobranch.evaluation.reports.plot_style import NAMES

QUESTIONS = {
    "pairs": "That a pair matches, a rate of 0 on the lower edge",
    "any_match": "That a gallery holds a match, by its size",
    "first_box": "That the first box is right",
}
"""What is asked under the key of a document."""
RULE = "Bins of equal mass: on the dashed line, what is said with probability p happens with rate p."

Document = tuple[tuple[str, ...], Mapping[str, Any]]
"""The keys that lead to a document of `probability_metrics`, and the document."""


def probability_section(calibration: Mapping[str, Any], judged_on: str) -> str:
    """How well probabilities predict; nothing without documents.

    Args:
        calibration: `probability_metrics` documents, nested in any way; the keys become their names.
        judged_on: what they were measured on, for a sentence.
    """
    documents = list(_documents(calibration))
    if not documents:
        return ""
    keys = {"brier": "Brier", "brier_constant": "Brier of base rate", "brier_skill": "Skill", "auroc": "AUROC",
            "calibration_error": "Calibration error", "base_rate": "Base rate"}  # fmt: skip
    rows = "".join(
        f"<tr><td>{escape(', '.join(map(_word, path)))}</td>"
        + "".join("<td>-</td>" if document[key] is None else f"<td>{document[key]:.4f}</td>" for key in keys)
        + f"<td>{document['count']:,}</td></tr>"
        for path, document in documents
    )
    head = "".join(f"<th>{name}</th>" for name in keys.values())
    note = (
        "A predictor that always answers the base rate has calibration error 0, but skill 0 and AUROC 0.5: all three "
        "numbers count. Skill is 1 for a perfect predictor."
    )
    curves = "".join(
        figure(plots.calibration_curve(lines), f"{caption}. {RULE}") for caption, lines in _curves(documents).items()
    )
    return (
        f'<h2>Probability</h2><p class="soft">Measured on {escape(judged_on)}.</p>'
        f'<div class="table dense"><table><thead><tr><th></th>{head}<th>Predictions</th></tr></thead>'
        f'<tbody>{rows}</tbody></table></div><p class="soft">{note}</p><div class="plots">{curves}</div>'
    )


def _curves(documents: Sequence[Document]) -> dict[str, dict[str, Any]]:
    """By caption, the bins of each line: a plot per question, and per direction where that has several lines."""
    found: dict[str, dict[str, Any]] = {}
    for path, document in documents:
        question = next((name for name in path if name in QUESTIONS), "")
        first, *details = [name for name in path if name != question] or ["match"]
        caption = QUESTIONS.get(question, "Match")
        if details:
            caption = f"{_word(first)[0].upper()}{_word(first)[1:]}: {caption[0].lower()}{caption[1:]}"
        found.setdefault(caption, {})[", ".join(map(_word, details)) or first] = document["bins"]
    return found


def _documents(tree: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[Document]:
    """The documents with bins in a tree, each with the keys that lead to it."""
    if "bins" in tree:
        yield path or ("match",), tree
        return
    for key, child in tree.items():
        if isinstance(child, Mapping):
            yield from _documents(child, (*path, key))


def _word(key: str) -> str:
    return NAMES.get(key, key.replace("_", " "))
