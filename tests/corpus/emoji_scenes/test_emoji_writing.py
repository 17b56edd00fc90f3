from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import twobranch
from twobranch.corpus.emoji_scenes import write_emoji_scenes
from twobranch.corpus.emoji_scenes.kinds import CATEGORIES
from twobranch.errors import TwobranchError


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_emoji_scenes(tmp_path / "again", scenes=len(list((folder / "images").iterdir())), seed=3)
    assert digests(tmp_path / "again") == digests(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["again"], "nothing temporary is left"


def test_the_layout_on_disk(folder: Path, lines: list[dict[str, Any]]) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "images", "scenes.jsonl"]
    assert [line["image"] for line in lines] == [f"images/{number:05d}.jpg" for number in range(len(lines))]
    for line in lines:
        assert set(line) == {"image", "sentences", "split", "phrases", "background", "objects", "twin", "held_out"}
        with Image.open(folder / line["image"]) as picture:
            assert picture.size == (384, 288)
            assert picture.mode == "RGB"


def test_phrases_point_into_sentences_and_pictures(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        assert line["phrases"]
        for phrase in line["phrases"]:
            text = line["sentences"][phrase["sentence"]][phrase["start"] : phrase["end"]]
            assert text
            assert text == text.strip(" .,")
            assert phrase["boxes"]
            assert set(phrase["types"]) <= set(CATEGORIES)
            assert all(0 <= x0 < x1 <= 384 and 0 <= y0 < y1 <= 288 for x0, y0, x1, y1 in phrase["boxes"])


def test_the_readme_names_the_license(folder: Path) -> None:
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "CC BY-SA 4.0" in readme
    assert "openmoji.org" in readme


def test_too_few_scenes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TwobranchError, match=r"at least 8.*found 2"):
        write_emoji_scenes(tmp_path / "few", scenes=2)
    assert not list(tmp_path.iterdir())


def test_read_corpus_reads_it(folder: Path, lines: list[dict[str, Any]]) -> None:
    corpus = twobranch.read_corpus(folder)
    assert len(corpus.images) == len(lines)
    assert corpus.sentence_texts == [text for line in lines for text in line["sentences"]]
    assert len(corpus.phrases) == sum(len(line["phrases"]) for line in lines)
    assert len(corpus.regions) == sum(len(phrase["boxes"]) for line in lines for phrase in line["phrases"])
    assert set(corpus.metadata_columns) >= {"background", "objects", "twin", "held_out"}
    assert len(corpus.split("val").images) == sum(line["split"] == "val" for line in lines)
    assert not corpus.existing()[1], "every picture is found"
