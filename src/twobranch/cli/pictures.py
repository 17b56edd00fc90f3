"""Pictures of results: what a search found, what an annotation says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twobranch.files import atomic_path

COLUMNS = 4
INK, QUIET, GOOD = "#1f2328", "#6e7781", "#2f7d4f"


def search_picture(query: str, hits: Sequence[tuple[Path, float]], out: Path) -> None:
    """Draw the pictures that a search found, best first, each with its probability as a bar.

    Args:
        query: the sentence.
        hits: path and probability of each picture.
        out: the PNG file to write.
    """
    rows = -(-len(hits) // COLUMNS)
    figure, axes = _figure(rows, COLUMNS, width=10.0, height=2.25 * rows + 0.6)
    figure.suptitle(f"“{query}”", x=0.02, ha="left", fontsize=14, color=INK)
    for axis, (path, probability) in zip(axes.flat, hits, strict=False):
        _show(axis, path)
        axis.barh([-0.05], [probability], height=0.03, color=GOOD, transform=axis.transAxes, clip_on=False)
        axis.text(0, -0.09, f"{probability:.0%}", transform=axis.transAxes, va="top", fontsize=9, color=QUIET)
    _save(figure, out)


def annotation_picture(image: Path, sentences: Sequence[tuple[str, float]], out: Path) -> None:
    """Draw a picture and, beside it, its best sentences with their probabilities.

    Args:
        image: the picture.
        sentences: text and probability, best first.
        out: the PNG file to write.
    """
    figure, axes = _figure(1, 2, width=10.0, height=3.2)
    _show(axes[0, 0], image)
    text = axes[0, 1]
    for number, (sentence, probability) in enumerate(sentences):
        y = 0.92 - number * 0.19
        text.text(0, y, sentence, fontsize=11, color=INK, wrap=True)
        text.barh([y - 0.06], [probability], height=0.025, color=GOOD)
        text.text(min(probability, 1.0) + 0.015, y - 0.06, f"{probability:.0%}", fontsize=9, color=QUIET, va="center")
    text.set_xlim(0, 1.1)
    text.set_ylim(0, 1)
    _save(figure, out)


def _figure(rows: int, columns: int, width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=110, facecolor="white", layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    return figure, axes


def _show(axis: Any, path: Path) -> None:
    from twobranch.features.decoding import decode_image

    axis.imshow(decode_image(path))


def _save(figure: Any, out: Path) -> None:
    with atomic_path(out) as temporary:
        figure.savefig(temporary, format="png")
