"""One cache folder and one of each encoder for all tests here: the conversion takes seconds, the tests do not."""

from __future__ import annotations

import socket
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from twobranch.features import IMAGE_ENCODERS, SENTENCE_ENCODERS
from twobranch.features.encoder import ImageEncoder, SentenceEncoder


@pytest.fixture(scope="session")
def encoder_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("encoders")


@pytest.fixture(scope="session")
def lite0(encoder_cache: Path) -> ImageEncoder:
    return IMAGE_ENCODERS["efficientnet-lite0"]().load(device="cpu", cache=encoder_cache)


@pytest.fixture(scope="session")
def minilm(encoder_cache: Path) -> SentenceEncoder:
    encoder = SENTENCE_ENCODERS["minilm"]().load(device="cpu", cache=encoder_cache)
    encoder.encode(["prepared"])  # an engine is made when it is first needed
    return encoder


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may open a connection."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Six different small pictures: gradients, each turned by another color."""
    paths = []
    ramp = np.linspace(0, 255, 60, dtype=np.uint8)
    for number in range(6):
        pixels = np.stack([np.tile(ramp, (40, 1)), np.full((40, 60), 40 * number), np.full((40, 60), 90)], axis=2)
        paths.append(tmp_path / f"picture{number}.png")
        Image.fromarray(pixels.astype(np.uint8)).save(paths[-1])
    return paths
