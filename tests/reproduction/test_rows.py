"""Training the rows: each once, resumed where it stopped, failures told."""

import json

import numpy as np
import pytest

from tests.reproduction.fakes import FakeBench, result, rows
from twobranch.reproduction.result import Key, read_result, recipe_digest, result_folder
from twobranch.reproduction.rows import Rows
from twobranch.training.recipes import load_recipe

NAMES = ["strong", "weak"]
ALL = [(name, seed) for name in NAMES for seed in (0, 1, 2)]


def run(table, bench, names=NAMES, after=lambda outcome: None):
    return table.run(bench, names, after)


def test_each_row_and_seed_once_on_features_encoded_once(tmp_path):
    bench, seen = FakeBench(), []
    outcome = run(rows(tmp_path), bench, after=lambda o: seen.append({name: len(r) for name, r in o.results.items()}))
    assert bench.trained == ALL
    assert bench.encoded == 1
    assert seen == [{"strong": 3, "weak": 0}, {"strong": 3, "weak": 3}]
    assert [r.facts.key.seed for r in outcome.results["weak"]] == [0, 1, 2]


def test_nothing_is_trained_twice(tmp_path):
    first = run(rows(tmp_path), FakeBench())
    bench = FakeBench()
    again = run(rows(tmp_path), bench)
    assert (bench.trained, bench.encoded) == ([], 0)
    for one, other in zip(first.results["strong"], again.results["strong"], strict=True):
        assert one.facts == other.facts
        np.testing.assert_array_equal(one.ranks.t2i, other.ranks.t2i)
        np.testing.assert_array_equal(one.within_view, other.within_view)


def test_an_interrupted_command_goes_on(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(rows(tmp_path), FakeBench(stop_after=4))
    bench = FakeBench()
    run(rows(tmp_path), bench)
    assert bench.trained == ALL[4:]


def test_more_seeds_are_added(tmp_path):
    run(rows(tmp_path, seeds=[1]), FakeBench())
    bench = FakeBench()
    outcome = run(rows(tmp_path), bench, ["strong"])
    assert bench.trained == [("strong", 0), ("strong", 2)]
    assert [r.facts.key.seed for r in outcome.results["strong"]] == [0, 1, 2]
    assert [r.facts.key.seed for r in outcome.results["weak"]] == [1]  # found, though not asked for


def test_another_corpus_or_recipe_is_trained_anew(tmp_path):
    run(rows(tmp_path), FakeBench())
    bench = FakeBench()
    run(rows(tmp_path, train="other"), bench)
    assert bench.trained == ALL
    changed = Rows({**rows(tmp_path).recipes, "weak": load_recipe("default", ["model.embedding=64"])},
                   (0, 1, 2), "other", "val-print", tmp_path)  # fmt: skip
    bench = FakeBench()
    run(changed, bench)
    assert bench.trained == [("weak", seed) for seed in (0, 1, 2)]


@pytest.mark.parametrize("damage", ["cut json", "no ranks", "cut ranks", "other format", "pickle"])
def test_a_damaged_result_is_trained_anew(tmp_path, damage):
    run(rows(tmp_path), FakeBench())
    folder = result_folder(tmp_path, "weak", 1)
    document, ranks = folder / "result.json", folder / "ranks.npz"
    match damage:
        case "cut json":
            document.write_text(document.read_text()[:50])
        case "no ranks":
            ranks.unlink()
        case "cut ranks":
            ranks.write_bytes(ranks.read_bytes()[:100])
        case "other format":
            document.write_text(json.dumps({**json.loads(document.read_text()), "format": 0}))
        case "pickle":
            arrays = dict.fromkeys(("i2t", "t2i", "image_groups", "sentence_groups"), np.array([{}], dtype=object))
            np.savez(ranks, **arrays)
    bench = FakeBench()
    run(rows(tmp_path), bench)
    assert bench.trained == [("weak", 1)]


def test_a_failing_row_stops_no_other_and_is_tried_again(tmp_path):
    outcome = run(rows(tmp_path), FakeBench(broken=["strong"]))
    assert list(outcome.failures) == ["strong"]
    assert set(outcome.failures["strong"]) == {0, 1, 2}
    assert "must be finite" in outcome.failures["strong"][0]
    assert len(outcome.results["weak"]) == 3
    bench = FakeBench()
    assert not run(rows(tmp_path), bench).failures
    assert bench.trained == ALL[:3]


def test_features_that_cannot_be_made_fail_their_rows(tmp_path):
    bench = FakeBench(unencodable=True)
    outcome = run(rows(tmp_path), bench)
    assert bench.encoded == 1
    assert set(outcome.failures) == set(NAMES)


def test_rows_are_grouped_by_their_features(tmp_path):
    recipes = {
        "a": load_recipe("default"),
        "b": load_recipe("default", ["model.sentence.encoder=tfidf"]),
        "c": load_recipe("default", ["model.embedding=16"]),
        "d": load_recipe("default", ["model.image.views=[image]"]),
    }
    table = Rows(recipes, (0,), "t", "v", tmp_path)
    assert table.by_features(["a", "b", "c", "d"]) == [["a", "c"], ["b"], ["d"]]
    assert table.by_features(["c", "b"]) == [["b"], ["c"]]


def test_a_pair_scorer_round_trips(tmp_path):
    key = Key("d", "t", "v", 0)
    result(pairs=True, key=key).write(tmp_path / "one")
    assert read_result(tmp_path / "one", key).within_view is None
    assert read_result(tmp_path / "none", key) is None


def test_a_digest_covers_what_a_recipe_does():
    plain = load_recipe("default")
    assert recipe_digest(plain) == recipe_digest(load_recipe("default", ["seed=3", "summary=other words"]))
    assert recipe_digest(plain) != recipe_digest(load_recipe("default", ["stages.0.length=3"]))


def test_an_attempt_goes_only_after_its_result_is_there(tmp_path, monkeypatch):
    class Attempting(FakeBench):
        def train(self, recipe, name, key, encoded, folder):
            folder.mkdir(parents=True)
            (folder / "weights").write_text("hours of work")
            return super().train(recipe, name, key, encoded, folder)

    def full(result, folder):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("twobranch.reproduction.result.Result.write", full)
        with pytest.raises(KeyboardInterrupt):
            run(rows(tmp_path, seeds=[0]), Attempting(), ["strong"])
    (attempt,) = (tmp_path / "runs" / "strong").iterdir()
    assert (attempt / "weights").exists()
    result(key=rows(tmp_path).key("strong", 0)).write(result_folder(tmp_path, "strong", 0))
    bench = FakeBench()
    run(rows(tmp_path, seeds=[0]), bench, ["strong"])  # killed between result and attempt: the next one removes it
    assert bench.trained == []
    assert [path.name for path in (tmp_path / "runs" / "strong").iterdir()] == ["seed-0"]
