"""Pictures with plain shapes, and a small corpus whose phrases have boxes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from twobranch.corpus import Corpus, read_corpus

SHAPES = [(20, 30, 60, 90), (80, 10, 150, 60), (90, 70, 140, 110)]
"""Boxes of the shapes in every picture of 160 x 120 pixels."""


def paint(path: Path, seed: int, size: tuple[int, int] = (160, 120)) -> Path:
    """Three shapes of plain color on a noisy ground."""
    ground = np.random.default_rng(seed).integers(90, 110, (size[1], size[0], 3), dtype=np.uint8)
    picture = Image.fromarray(ground)
    draw = ImageDraw.Draw(picture)
    for box, color in zip(SHAPES, ("red", "blue", "yellow"), strict=True):
        draw.rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=color)
    picture.save(path)
    return path


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Four pictures."""
    return [paint(tmp_path / f"{number}.png", number) for number in range(4)]


@pytest.fixture
def corpus(pictures: list[Path]) -> Corpus:
    """The pictures with a sentence whose phrases have one, two and no boxes."""
    phrases = [
        {"sentence": 0, "start": 0, "end": 5, "boxes": [SHAPES[0]], "types": ["things"]},
        {"sentence": 0, "start": 7, "end": 16, "boxes": SHAPES[1:], "types": ["things", "pairs"]},
        {"sentence": 0, "start": 18, "end": 23, "types": ["notvisual"]},
    ]
    lines = [
        {"image": path.name, "sentences": ["A box, two boxes, a day"], "split": "train", "phrases": phrases}
        for path in pictures
    ]
    table = pictures[0].parent / "scenes.jsonl"
    table.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return read_corpus(table)
