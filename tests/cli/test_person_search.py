"""Person search through the command line: train on identities, measure, index, find a person by description."""

import json

import pytest

from tests.cli.command import twobranch
from twobranch.corpus.emoji_scenes import write_emoji_identities
from twobranch.matcher import Matcher

SETTINGS = [
    "model.image.encoder=efficientnet-lite0",
    "model.image.views=[image]",
    "model.image.branch.hidden=[64]",
    "model.embedding=32",
    "model.sentence.branch.units=32",
    "stages.0.inputs.image=features",
    "stages.0.length=12",
    "stages.0.sampler.images=32",
]


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    write_emoji_identities(folder / "data", identities=(16, 6, 6), pictures=4)
    arguments = [argument for setting in SETTINGS for argument in ("--set", setting)]
    done = twobranch("train", folder / "data", "--recipe", "person-search", "--out", folder / "run", *arguments)
    assert done.code == 0, done.err
    assert "of the text" in done.err, "the training says how much of the text has word vectors"
    return folder


def test_evaluate_prints_the_document_of_person_search(people):
    done = twobranch("evaluate", people / "run" / "model", people / "data", "--task", "person-search", "--json")
    document = json.loads(done.out)
    assert (document["task"], document["split"], document["images"], document["identities"]) == (
        "person-search", "test", 24, 6,
    )  # fmt: skip
    assert document["Rank-1"] <= document["Rank-5"] <= document["Rank-10"] <= 100
    assert document["chance"]["Rank-1"] == pytest.approx(100 * 4 / 24)
    assert set(document["interval"]) == {"Rank-1", "Rank-5", "Rank-10", "mAP", "mINP", "MedR"}


def test_the_table_for_people_names_chance(people):
    done = twobranch("evaluate", people / "run" / "model", people / "data", "--task", "person-search")
    assert done.code == 0, done.err
    for word in ("Rank-1", "mINP", "6 identities in 24 images", "a random order has Rank-1 16.7"):
        assert word in done.out


def test_a_person_is_found_by_description(people):
    """A text network that was trained here is loaded, indexed and searched like any other matcher."""
    model, index = people / "run" / "model", people / "index"
    assert twobranch("index", model, people / "data" / "images", "--out", index).code == 0
    done = twobranch("search", index, "A runner with a red umbrella.", "-k", "3", "--json")
    assert len(json.loads(done.out)["results"]) == 3
    matcher = Matcher.load(model)
    assert matcher.encode_sentences(["A chef with a blue book.", "xyzzy", ""]).shape == (3, 32)
    assert matcher.sentence_encoder.vectors is None
    words = matcher.sentence_encoder.dim - 1
    assert f"| sentence encoder | words, {words} learned from the corpus" in (model / "README.md").read_text()
