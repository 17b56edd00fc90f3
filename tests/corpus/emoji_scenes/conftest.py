"""Scenes and a small written corpus, made once for all tests of this folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from twobranch.corpus.emoji_scenes import write_emoji_scenes
from twobranch.corpus.emoji_scenes.composing import make_scene
from twobranch.corpus.emoji_scenes.scene import Scene

WRITTEN = 40


@pytest.fixture(scope="session")
def scenes() -> list[Scene]:
    """Scenes without their pictures, enough to measure shares on."""
    return [make_scene(number) for number in range(400)]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A written corpus."""
    path = tmp_path_factory.mktemp("emoji") / "scenes"
    write_emoji_scenes(path, scenes=WRITTEN, seed=3)
    return path


@pytest.fixture(scope="session")
def lines(folder: Path) -> list[dict[str, Any]]:
    """The lines of its `scenes.jsonl`."""
    return [json.loads(line) for line in (folder / "scenes.jsonl").read_text(encoding="utf-8").splitlines()]
