"""Small pictures and tables in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

Draw = Callable[..., Path]


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """draw("a/b.jpg", ...) writes pictures that differ from each other; returns the folder."""
    drawn: list[str] = []

    def draw_pictures(*names: str, size: tuple[int, int] = (32, 24)) -> Path:
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.effect_noise(size, 20 + len(drawn)).convert("RGB").save(path)
            drawn.append(name)
        return tmp_path

    return draw_pictures


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """write("captions.csv", text) writes a UTF-8 file and returns its path."""

    def write_text(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return write_text
