"""A matcher that sees colors: deterministic, instant, and wrong about everything else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from twobranch.errors import TwobranchError
from twobranch.features.decoding import decode_image
from twobranch.matcher.calibration import Calibration, Evidence, Evidences
from twobranch.regions import RegionsConfig
from twobranch.regions.whole import WholeConfig

COLORS = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
}


def paint(path: Path, color: str | tuple[int, int, int], size: tuple[int, int] = (40, 30)) -> Path:
    """Write a picture of one color."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, COLORS[color] if isinstance(color, str) else color).save(path)
    return path


def embed_color(color: Sequence[float]) -> np.ndarray:
    centered = np.asarray(color, dtype=np.float32) / 255 - 0.5
    return centered / np.linalg.norm(centered)


@dataclass
class FakeMatcher:
    """Pictures are their mean color; sentences the mean of their color words; no color word, no direction."""

    identity: str = "colors-1"
    calibrated: bool = True
    fail_after: int | None = None  # raise KeyboardInterrupt when so many pictures have been encoded
    encoded: list[str] = field(default_factory=list)
    similarity: str = "cosine"
    dim: int = 3
    views: tuple[str, ...] = ("image",)
    recipe_name: str = "fake"
    corpus_fingerprint: str = "0" * 16
    matches_regions: bool = False
    proposer: None = None
    regions: RegionsConfig = field(default_factory=lambda: RegionsConfig(proposals=WholeConfig()))

    @property
    def calibration(self) -> Calibration | None:
        if not self.calibrated:
            return None
        references = np.stack([embed_color(color) for color in COLORS.values()])
        evidence = Evidence(intercept=-50.0, score=60.0, image_gap=0.1, sentence_gap=0.1)
        return Calibration(Evidences(pair=evidence, i2t=evidence, t2i=evidence), references, references)

    @property
    def required_calibration(self) -> Calibration:
        if self.calibration is None:
            raise TwobranchError("this matcher", "needs a calibration", remedy="Train it with a validation split.")
        return self.calibration

    def save(self, path: str | Path) -> None:
        folder = Path(path)
        folder.mkdir(parents=True)
        (folder / "matcher.json").write_text(json.dumps({"identity": self.identity, "calibrated": self.calibrated}))

    @classmethod
    def load(cls, path: str | Path, **_: Any) -> FakeMatcher:
        return cls(**json.loads((Path(path) / "matcher.json").read_text()))

    def try_encode_images(
        self, images: Sequence[Any], *, views: Sequence[str] | None = None
    ) -> tuple[np.ndarray, dict[int, str]]:
        embeddings, failures = np.zeros((len(images), self.dim), dtype=np.float32), {}
        for row, image in enumerate(images):
            if self.fail_after is not None and len(self.encoded) >= self.fail_after:
                raise KeyboardInterrupt
            try:
                embeddings[row] = embed_color(np.asarray(decode_image(image)).reshape(-1, 3).mean(0))
                self.encoded.append(Path(image).name if isinstance(image, str | Path) else "picture")
            except TwobranchError as error:
                failures[row] = str(error)
        return embeddings, failures

    def encode_images(self, images: Sequence[Any], *, views: Sequence[str] | None = None) -> np.ndarray:
        embeddings, failures = self.try_encode_images(images, views=views)
        for message in failures.values():
            raise TwobranchError("picture", message, remedy="Leave it out.")
        return embeddings

    def encode_sentences(self, sentences: Sequence[str], *, keep: bool = False) -> np.ndarray:
        rows = []
        for sentence in sentences:
            colors = [embed_color(COLORS[word]) for word in sentence.lower().split() if word in COLORS]
            row = np.sum(colors, axis=0) if colors else np.zeros(3)
            rows.append(row / max(float(np.linalg.norm(row)), 1e-9))
        return np.asarray(rows, dtype=np.float32).reshape(-1, self.dim)

    def encode_queries(self, sentences: Sequence[str]) -> np.ndarray:
        return self.encode_sentences(sentences)


@dataclass
class FakeReranker:
    """Scores pairs, whatever the sentence says: the bluer and then the darker a picture, the better."""

    identity: str = "blue-1"
    recipe_name: str = "blue"
    scored: list[str] = field(default_factory=list)

    def try_score(self, images: Sequence[Any], sentences: Sequence[str]) -> tuple[np.ndarray, dict[int, str]]:
        scores, failures = np.full((len(images), len(sentences)), np.nan, dtype=np.float32), {}
        for row, image in enumerate(images):
            self.scored.append(Path(image).name)
            try:
                red, green, blue = np.asarray(decode_image(image)).reshape(-1, 3).mean(0)
                scores[row] = (2 * blue - red - green) / 100
            except TwobranchError as error:
                failures[row] = str(error)
        return scores, failures
