"""The identity variant: characters, what is said of them, and the files."""

from __future__ import annotations

import hashlib
import json
import random
import re
from pathlib import Path

import pytest
from PIL import Image

from twobranch.corpus import read_corpus
from twobranch.corpus.emoji_scenes import write_emoji_identities
from twobranch.corpus.emoji_scenes.identities import (
    BELONGINGS,
    FIGURES,
    PORTRAIT,
    characters,
    describe_character,
    most_characters,
)
from twobranch.corpus.emoji_scenes.kind_tables import KINDS
from twobranch.corpus.emoji_scenes.palette import PAINTS
from twobranch.errors import TwobranchError


@pytest.fixture(scope="module")
def identities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people") / "identities"
    write_emoji_identities(folder, identities=(4, 2, 3), pictures=3, seed=5)
    return folder


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes_and_another_others(identities: Path, tmp_path: Path) -> None:
    for seed in (5, 6):
        write_emoji_identities(tmp_path / str(seed), identities=(4, 2, 3), pictures=3, seed=seed)
    assert digest(tmp_path / "5") == digest(identities)
    assert digest(tmp_path / "6") != digest(identities)


def test_pictures_and_sentences_of_a_character_are_one_group_in_one_split(identities: Path) -> None:
    corpus = read_corpus(identities)
    groups = corpus.images.column("group").to_pylist()
    splits = corpus.images.column("split").to_pylist()
    assert [groups.count(group) for group in sorted(set(groups))] == [3] * 9
    of_group = {
        group: {split for other, split in zip(groups, splits, strict=True) if other == group} for group in groups
    }
    assert sorted(len(found) for found in of_group.values()) == [1] * 9
    assert [splits.count(name) for name in ("train", "val", "test")] == [12, 6, 9]
    assert [(corpus.sentence_groups == group).sum() for group in set(corpus.image_groups.tolist())] == [6] * 9


def test_pictures_are_portraits_that_differ(identities: Path) -> None:
    pictures = [Image.open(path) for path in sorted((identities / "images").iterdir())]
    assert {picture.size for picture in pictures} == {PORTRAIT}
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)


def test_a_sentence_names_nothing_that_the_character_has_not() -> None:
    for number, character in enumerate(characters(300, seed=1)):
        text = describe_character(character, random.Random(number)).lower()
        own = {character.figure.name, character.first.kind.name, character.second.kind.name}
        named = {name for name in (*FIGURES, *BELONGINGS) if name in text}
        assert named
        assert named <= own
        # Each color belongs to the thing that it stands before: a swap of the two colors is no description.
        owned = {(one.kind.name, one.color) for one in (character.first, character.second)}
        said = re.findall(rf"\b({'|'.join(PAINTS)}) ({'|'.join(BELONGINGS)})\b", text)
        assert {(name, color) for color, name in said} <= owned, text
        assert len(said) == sum(word.strip(".,") in PAINTS for word in text.split()), text


def test_no_two_characters_are_alike_and_no_attribute_is_one_characters_own() -> None:
    made = characters(550)
    assert len({(one.figure.name, frozenset([one.first, one.second])) for one in made}) == 550
    for belonging in {one.first for one in made}:
        assert sum(belonging in (one.first, one.second) for one in made) > 1
    assert most_characters() > 10_000
    assert all(KINDS[name].color_names for name in BELONGINGS)


def test_more_characters_than_there_are_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TwobranchError, match="at least 1 in each split"):
        write_emoji_identities(tmp_path / "a", identities=(10**6, 1, 1))
    with pytest.raises(TwobranchError, match="at least 1 in each split"):
        write_emoji_identities(tmp_path / "a", identities=(1, 0, 1))
    with pytest.raises(TwobranchError, match=r"at least 1 in each split \(train, val, test\).*found \(1, 1\)"):
        write_emoji_identities(tmp_path / "a", identities=(1, 1))  # type: ignore[arg-type]
    assert not (tmp_path / "a").exists()


def test_the_license_stands_beside_the_pictures(identities: Path) -> None:
    assert "CC BY-SA 4.0" in (identities / "README.md").read_text(encoding="utf-8")
    line = json.loads((identities / "identities.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert set(line) == {"image", "sentences", "split", "group"}
