"""The parts that reports share: the page, cards, facts, curves of a training, probability, pictures."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from twobranch.errors import TwobranchError
from twobranch.evaluation import plots
from twobranch.evaluation.report_style import CSS
from twobranch.files import atomic_path


def write_page(path: str | os.PathLike[str], title: str, sections: Sequence[str], css: str = "") -> None:
    """Write one HTML file that needs nothing else.

    Args:
        path: the file.
        title: its heading.
        sections: HTML; empty ones are left out.
        css: rules beside those that all pages share.
    """
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{CSS}{css}</style></head>\n<body><main>\n"
        + "\n".join(section for section in [f"<h1>{escape(title)}</h1>", *sections] if section)
        + "\n</main></body></html>\n"
    )
    with atomic_path(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def card(name: str, value: float, unit: str, interval: Sequence[float] | None, before: float | None) -> str:
    """A figure with its interval, and what it was before training."""
    notes = [f"95 %: {interval[0]:.1f} to {interval[1]:.1f}"] if interval else []
    notes += [f"before training: {before:.1f}"] if before is not None else []
    small = "".join(f"<small>{note}</small>" for note in notes)
    shown = f"<b>{value:.1f} <span>{unit}</span></b>"
    return f'<div class="card"><small>{escape(name)}</small>{shown}{small}</div>'


def training_section(history: Sequence[Mapping[str, Any]], metric: str) -> str:
    """Losses and the selection metric over the epochs; nothing without a history."""
    if not history:
        return ""
    losses = figure(plots.loss_curves(history), "Mean loss of each epoch; a dashed line parts two stages.")
    caption = f"{metric} on the validation split after each epoch; the ring is the best."
    selection = figure(plots.selection_curve(history, metric), caption)
    return f'<h2>Training</h2><div class="plots">{losses}{selection}</div>'


def number(value: float) -> str:
    """A number with one digit; a whole one without."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def figure(svg: str, caption: str) -> str:
    """A plot with its caption."""
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def calibration_section(calibration: Mapping[str, Any]) -> str:
    """How well probabilities predict: `probability_metrics` documents, nested in any way."""
    documents = dict(_documents(calibration))
    if not documents:
        return ""
    keys = {"brier": "Brier", "brier_constant": "Brier of the base rate", "brier_skill": "Skill", "auroc": "AUROC",
            "calibration_error": "Calibration error", "base_rate": "Base rate"}  # fmt: skip
    rows = "".join(
        f"<tr><td>{escape(name)}</td>"
        + "".join("<td>-</td>" if document[key] is None else f"<td>{document[key]:.4f}</td>" for key in keys)
        + f"<td>{document['count']:,}</td></tr>"
        for name, document in documents.items()
    )
    head = "".join(f"<th>{name}</th>" for name in keys.values())
    note = (
        "A predictor that always answers the base rate has calibration error 0, but skill 0 and AUROC 0.5: all three "
        "numbers count. Skill is 1 for a perfect predictor."
    )
    curve = plots.calibration_curve({name: document["bins"] for name, document in documents.items()})
    return (
        f'<h2>Probability</h2><div class="table"><table><thead><tr><th></th>{head}<th>Predictions</th></tr></thead>'
        f'<tbody>{rows}</tbody></table></div><p class="soft">{note}</p>'
        + figure(curve, "Bins of equal mass. On the dashed line, what is said with probability p happens with rate p.")
    )


def _documents(tree: Mapping[str, Any], name: str = "") -> Iterable[tuple[str, Mapping[str, Any]]]:
    """The documents with bins in a tree, each named by its path."""
    if "bins" in tree:
        yield name or "match", tree
        return
    for key, child in tree.items():
        if isinstance(child, Mapping):
            word = plots.NAMES.get(key, key.replace("_", " "))
            yield from _documents(child, f"{name}, {word}" if name else word)


def picture(data: bytes, query: str) -> str:
    """A picture inside the page.

    Raises:
        TwobranchError: if the bytes are neither JPEG nor PNG.
    """
    kind = "jpeg" if data.startswith(b"\xff\xd8") else "png" if data.startswith(b"\x89PNG") else None
    if kind is None:
        raise TwobranchError(
            f'gallery, query "{query}"', "a picture must be JPEG or PNG bytes", found=f"{len(data)} other bytes",
            remedy="Encode the thumbnail with Pillow, image.save(buffer, 'JPEG').",
        )  # fmt: skip
    return f'<img alt="" loading="lazy" src="data:image/{kind};base64,{base64.b64encode(data).decode()}">'


def facts_section(facts: Mapping[str, str]) -> str:
    """What the numbers of a report belong to."""
    if not facts:
        return ""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in facts.items())
    return f"<h2>How it was made</h2><dl>{rows}</dl>"
