"""`twobranch evaluate --task person-search`, on scenes whose pictures are persons of their own."""

import json

import pytest

from tests.cli.command import twobranch


@pytest.fixture(scope="module")
def answer(run, scenes):
    """What the command prints with --json, read."""
    done = twobranch("evaluate", run / "model", scenes, "--task", "person-search", "--split", "test", "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_the_document(answer):
    assert (answer["task"], answer["split"], answer["tie_rule"]) == ("person-search", "test", "pessimistic")
    assert answer["Rank-1"] <= answer["Rank-5"] <= answer["Rank-10"]
    for name in ("Rank-1", "Rank-5", "Rank-10", "mAP", "mINP"):
        low, high = answer["interval"][name]
        assert 0 <= low <= answer[name] <= high <= 100
    assert answer["chance"]["Rank-1"] == pytest.approx(100 / answer["images"])  # each person has one picture here
    assert answer["identities"] == answer["images"]
    assert answer["unmatched_queries"] == 0


def test_with_one_picture_each_it_is_search_by_sentence(answer, run, scenes):
    done = twobranch("evaluate", run / "model", scenes, "--split", "test", "--json")
    search = json.loads(done.out)["t2i"]
    assert [answer[f"Rank-{k}"] for k in (1, 5, 10)] == pytest.approx([search[f"R@{k}"] for k in (1, 5, 10)])
    assert answer["MedR"] == search["MedR"]
    assert answer["mAP"] == pytest.approx(answer["mINP"])


def test_the_table_names_metrics_and_chance(run, scenes):
    done = twobranch("evaluate", run / "model", scenes, "--task", "person-search", "--split", "test")
    assert done.code == 0, done.err
    assert "a random order has Rank-1" in " ".join(done.out.split())
    assert "Rank-1" in done.out


def test_the_help_names_the_task():
    assert "person-search" in twobranch("evaluate", "--help").out
