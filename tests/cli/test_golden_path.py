"""The whole path through the command line: check, train, evaluate, embed, index, search, annotate."""

import json

import numpy as np
import pytest

from tests.cli.command import twobranch
from tests.conftest import SMALL

SETTINGS = [argument for setting in SMALL for argument in ("--set", setting)]


@pytest.fixture(scope="module")
def trained(scenes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("golden")
    done = twobranch("train", scenes, "--out", folder / "run", *SETTINGS)
    assert done.code == 0, done.err
    return folder


def test_train_writes_the_run(trained):
    run = trained / "run"
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == list(range(1, len(rows) + 1))
    assert {"recipe.yaml", "metrics.jsonl", "report.html", "model", "checkpoints"} <= {
        path.name for path in run.iterdir()
    }
    assert "Limits" in (run / "model" / "README.md").read_text()
    assert "<html" in (run / "report.html").read_text()


def test_training_helps(trained):
    rows = [json.loads(line) for line in (trained / "run" / "metrics.jsonl").read_text().splitlines()]
    assert max(row["val"]["rsum"] for row in rows) > 150  # 16 val scenes and their 80 sentences; chance is about 140


def test_a_finished_run_is_not_written_over(trained, scenes):
    done = twobranch("train", scenes, "--out", trained / "run")
    assert done.code == 2
    assert "--resume" in done.err


def test_evaluate_prints_the_document(trained, scenes):
    done = twobranch("evaluate", trained / "run" / "model", scenes, "--split", "test", "--json")
    document = json.loads(done.out)
    assert document["task"] == "retrieval"
    assert document["split"] == "test"
    assert document["tie_rule"] == "pessimistic"
    assert list(document["i2t"]) == ["R@1", "R@5", "R@10", "MedR", "MeanR", "interval"]
    recalls = [document[way][key] for way in ("i2t", "t2i") for key in ("R@1", "R@5", "R@10")]
    assert document["rsum"] == pytest.approx(sum(recalls))
    low, high = document["rsum_interval"]
    assert low <= document["rsum"] <= high


def test_evaluate_on_val_repeats_what_training_measured(trained, scenes):
    document = json.loads(twobranch("evaluate", trained / "run" / "model", scenes, "--split", "dev", "--json").out)
    described = json.loads((trained / "run" / "model" / "matcher.json").read_text())
    assert document.pop("slices")[0]["property"] == "words in the sentence"
    assert document == described["metrics"]["val"]


def test_evaluate_within_view(trained, scenes):
    done = twobranch("evaluate", trained / "run" / "model", scenes, "--task", "within-view", "--json")
    assert 0 <= json.loads(done.out)["s2s"]["R@1"] <= 100


def test_embed_index_search_annotate(trained, scenes):
    model, pictures = trained / "run" / "model", scenes / "images"
    assert twobranch("embed", model, pictures, "--out", trained / "images.npy").code == 0
    embeddings = np.load(trained / "images.npy")
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-5)

    done = twobranch("index", model, pictures, "--out", trained / "x")
    assert done.code == 0, done.err
    answer = json.loads(twobranch("search", trained / "x", "a red car", "-k", "3", "--json").out)
    assert len(answer["results"]) == 3
    scores = [hit["score"] for hit in answer["results"]]
    assert scores == sorted(scores, reverse=True)

    listed = trained / "sentences.txt"
    listed.write_text("a red car\nfish in the sea\nsnow on mountains\n")
    done = twobranch("annotate", model, pictures / "00000.jpg", "--sentences", listed, "-k", "2", "--json")
    assert done.code == 0, done.err
    json.loads(done.out)


def test_an_index_may_use_other_views(trained, scenes):
    done = twobranch("index", trained / "run" / "model", scenes / "images", "--out", trained / "y", "--views", "mirror")
    assert done.code == 0, done.err
    assert json.loads((trained / "y" / "index.json").read_text())["views"] == ["mirror"]
    done = twobranch("index", trained / "run" / "model", scenes / "images", "--out", trained / "y", "--views", "miror")
    assert done.code == 2
    assert "mirror" in done.err


def test_recipes():
    assert "default" in twobranch("recipes", "list").out
    assert twobranch("recipes", "show", "two-branch/embedding").out.startswith("summary:")
    done = twobranch("recipes", "show", "two-branch/embeding")
    assert done.code == 2
    assert 'Did you mean "two-branch/embedding"' in done.err


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda model: (model / "matcher.json").unlink(), "holds matcher.json"),
        (lambda model: (model / "matcher.json").write_text("{"), "must be a JSON document"),
        (lambda model: (model / "model.safetensors").write_bytes(b"x"), "the weights must be those"),
        (lambda model: _edit(model, format=99), "a matcher of format 1"),
        (lambda model: _edit(model, image_encoder={"identity": "other"}), "weights and preprocessing of the training"),
        (lambda model: _drop(model, "recipe"), "matcher.json, recipe: this key is required. Restore the folder."),
        (lambda model: _name_a_branch(model, "this.Branch"), "never imported by itself"),
        (lambda model: _name_a_branch(model, "subprocess.Popen"), "must be a subclass of BranchConfig"),
    ],
)
def test_a_damaged_matcher_is_named(trained, scenes, tmp_path, damage, message):
    import shutil

    model = tmp_path / "model"
    shutil.copytree(trained / "run" / "model", model)
    damage(model)
    done = twobranch("embed", model, scenes / "images", "--out", tmp_path / "x.npy")
    assert done.code == 2
    assert message in done.err.replace("\n", " ")
    assert "Traceback" not in done.err
    assert not (tmp_path / "x.npy").exists()


def _edit(model, **values):
    path = model / "matcher.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def _name_a_branch(model, name):
    architecture = json.loads((model / "matcher.json").read_text())["architecture"]
    architecture["image"]["branch"] = {"branch": name}
    _edit(model, architecture=architecture)


def _drop(model, key):
    path = model / "matcher.json"
    document = json.loads(path.read_text())
    del document[key]
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "nowhere.csv", "--out", "r"), "the data must exist"),
        (("train", "{scenes}", "--out", "r", "--recipe", "defalt"), 'Did you mean "default"'),
        (("train", "{scenes}", "--out", "r", "--set", "model.embeding=1"), 'Did you mean "embedding"'),
        (("train", "{scenes}", "--out", "r", "--device", "tpu"), "must be auto, cpu, cuda"),
        (("evaluate", "nowhere", "{scenes}"), "a matcher folder holds"),
        (("evaluate", "nowhere", "{scenes}", "--task", "sing"), "must be one of"),
        (("evaluate", "nowhere", "{scenes}", "--task", "person-search", "--folds", "5"), "--folds: is for retrieval"),
        (("search", "nowhere", "x"), "index"),
    ],
)
def test_errors_say_what_to_do(scenes, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    done = twobranch(*(argument.format(scenes=scenes) for argument in arguments))
    assert done.code == 2
    assert message in done.err.replace("\n", " ")
    assert "Traceback" not in done.err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_demo(tmp_path):
    """The README's first command, without the page."""
    done = twobranch("demo", "--out", tmp_path / "demo", "--no-serve")
    assert done.code == 0, done.err
    names = {path.name for path in (tmp_path / "demo").iterdir()}
    assert names >= {"scenes", "run", "scenes.index", "search-1.png", "annotate.png"}
    again = twobranch("demo", "--out", tmp_path / "demo", "--no-serve")
    assert again.code == 0, again.err


def test_a_second_training_into_the_same_run_is_refused(trained, scenes):
    from twobranch.training.run import Run

    with Run(trained / "run").writing():
        done = twobranch("train", scenes, "--out", trained / "run", "--resume")
    assert done.code == 2
    assert "one process at a time writes a run" in done.err


def test_a_full_disk_ends_a_training_with_an_error(scenes, tmp_path, monkeypatch):
    from safetensors import SafetensorError

    def full(*_):
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    with monkeypatch.context() as patch:
        patch.setattr("twobranch.training.checkpoint.save_file", full)
        done = twobranch("train", scenes, "--out", tmp_path / "run", *SETTINGS)
    assert done.code == 2
    assert "No space left" in done.err
    done = twobranch("train", scenes, "--out", tmp_path / "run")
    assert "Pass --resume" in done.err
    assert twobranch("train", scenes, "--out", tmp_path / "run", "--resume", *SETTINGS).code == 0


@pytest.mark.parametrize("reason", ["No space left on device", "No usable temporary directory found"])
def test_a_full_disk_elsewhere_is_told_too(scenes, tmp_path, monkeypatch, reason):
    def full(*_, **__):
        raise OSError(28, reason)

    monkeypatch.setattr("twobranch.training.fit", full)
    done = twobranch("train", scenes, "--out", tmp_path / "run")
    assert done.code == 2
    assert reason in done.err
    assert "Make space there" in done.err


def test_a_lock_alone_is_no_run(tmp_path):
    from twobranch.training.run import LOCK, Run

    run = Run(tmp_path / "run")
    with run.writing():
        run.must_be_new()
    assert [child.name for child in run.path.iterdir()] == [LOCK]
