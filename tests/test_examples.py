"""Every example runs as it stands, on fewer pictures and in fewer updates, and prints what it promises."""

import importlib.util
import math
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SMALL, SMALL_REGIONS

EXAMPLES = Path(__file__).parent.parent / "examples"
FEATURES = ["model.image.encoder=efficientnet-lite0", "model.image.views=[image]"]
"""The features of `SMALL`, so that the tests share them."""


@pytest.fixture
def example(monkeypatch):
    """Loads an example by its name, as an import would."""

    def load(name):
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return load


def table(printed, first):
    """The numbers of the printed line that begins so."""
    line = next(line for line in printed.splitlines() if line.startswith(first))
    words = [word.replace(",", "") for word in line.removeprefix(first).split()]
    return [float(word) for word in words if word.replace(".", "").lstrip("-").isdigit()]


def test_every_example_has_a_test():
    source = Path(__file__).read_text(encoding="utf-8")
    for path in EXAMPLES.glob("*.py"):
        assert f'example("{path.stem}")' in source


def test_train_and_search(example, scenes, tmp_path, capsys):
    example("train_and_search").main(scenes, tmp_path, [*SMALL, "stages.0.epochs=2"])
    printed = capsys.readouterr().out
    assert "embeddings (3, 512) (5, 512)" in printed
    assert "rsum" in printed


def test_search_without_torch(example, run, scenes, tmp_path):
    """In a process of its own, in which neither torch nor twobranch can be imported."""
    from twobranch import Matcher
    from twobranch.export import export_matcher

    matcher = Matcher.load(run / "model")
    export_matcher(matcher, "openvino", tmp_path / "exported")
    program = (
        "import runpy, sys; sys.modules |= dict.fromkeys(('torch', 'twobranch'));"
        "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    file = example("search_without_torch").__file__
    pictures = sorted((scenes / "images").glob("*.jpg"))[:6]
    for picture in pictures:
        (tmp_path / "pictures").mkdir(exist_ok=True)
        (tmp_path / "pictures" / picture.name).write_bytes(picture.read_bytes())
    command = [sys.executable, "-c", program, file, tmp_path / "exported", tmp_path / "pictures", "a red car"]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert len(lines) == 5
    best = matcher.score(pictures, ["a red car"])[:, 0]
    assert float(lines[0][0]) == pytest.approx(best.max(), abs=0.03)  # the matcher computes in bfloat16


def test_two_branch(example, scenes, tmp_path, capsys):
    two_branch = example("two_branch")
    two_branch.main(scenes, tmp_path, [*FEATURES, "stages.0.length=3"])
    printed = capsys.readouterr().out
    rows = {name: table(printed, name) for name in two_branch.CHANGES}
    assert all(len(row) == 4 for row in rows.values())
    assert len({tuple(row) for row in rows.values()}) > 1, "the changes change nothing"
    assert len(table(printed, "similarity network")) == 3
    probabilities = printed.split("(columns):")[1].replace("[", " ").replace("]", " ").split()
    assert len(probabilities) == 9
    assert all(0 <= float(value) <= 1 for value in probabilities)


def test_cnn_mlp(example, scenes, tmp_path, capsys):
    cnn_mlp = example("cnn_mlp")
    cnn_mlp.main(scenes, tmp_path, [*FEATURES, "stages.0.length=3"])
    printed = capsys.readouterr().out
    grams = {name: table(printed, name)[0] for name in cnn_mlp.TEXTS}
    assert grams["bag-of-words"] < grams["bigrams"] < grams["trigrams"] < grams["trigrams-skip-grams"]
    for negatives in ("both, hard", "sentence, hard", "image, hard", "both, random-k", "both, in-batch"):
        assert len(table(printed, negatives)) == 2


def test_mite(example, scenes, tmp_path, capsys):
    lengths = [f"stages.{number}.length=2" for number in range(4)]
    example("mite").main(scenes, tmp_path, [*FEATURES, *lengths])
    printed = capsys.readouterr().out
    for name in ("reversal", "inverted-labels"):
        rows = printed.split(f"mite/{name}")[1].split("after, on val")[1]
        for stage in ("S1 triplet", "S2 classifier", "S3 adversarial", "S4 fine-tuning"):
            rsum, classifier, probe, distance = table(rows, stage)
            assert 0 <= rsum <= 600
            assert 0 <= classifier <= 100
            assert 0 <= probe <= 100
            assert 0 < distance < 2
    # S2 trains the classifier alone: the branches, and so the probe, stay as they were.
    after_s1, after_s2 = (table(printed, stage) for stage in ("S1 triplet", "S2 classifier"))
    assert (after_s1[0], after_s1[2:]) == (after_s2[0], after_s2[2:])


def test_dual_path(example, scenes, tmp_path, capsys):
    example("dual_path").main(scenes, tmp_path, FEATURES, updates=4)
    printed = capsys.readouterr().out
    assert "120 groups to classify into" in printed
    assert printed.count("  after ") == 6, "five rows, one of them in two stages"
    first = printed.split("after I instance:")[1].splitlines()[0]
    # A classifier that knew nothing, the log of the number of groups, has begun to learn.
    assert 1 < float(first.split("Instance.image ")[1].split(",")[0]) < math.log(120) + 0.1
    assert "GlobalRanking" in printed.split("after II ranking and instance:")[1].splitlines()[0]


def test_text_networks(example, scenes, tmp_path, capsys):
    text_networks = example("text_networks")
    file = tmp_path / "vectors.txt"
    file.write_text("".join(f"{word} {i} {i % 3 - 1} 1\n" for i, word in enumerate(["a", "the", "dog", "snow", "car"])))
    text_networks.main(scenes, tmp_path, [*FEATURES, "stages.0.length=2"], file)
    printed = capsys.readouterr().out
    assert " words occur twice or more in the training sentences" in printed
    rows = {name: table(printed, name) for name in text_networks.NETWORKS}
    assert rows["text/self-attention"][-1] == 1, "a weighted mean does not see the order"
    assert rows["text/gru"][-1] < 1


def test_end_to_end(example, scenes, tmp_path, capsys):
    quick = [f"stages.{number}.{key}" for number in range(2) for key in ("epochs=1", "at_least=0")]
    example("end_to_end").main(scenes, tmp_path, ["model.image.views=[image]", *quick])
    frozen, tuned = capsys.readouterr().out.split("\nend-to-end/")[1:]
    assert "tuned: False" in frozen
    assert "image_encoder/weights.safetensors" not in frozen
    assert "tuned: True" in tuned
    assert "model/image_encoder/weights.safetensors: 13." in tuned


def test_person_search(example, tmp_path, capsys):
    from twobranch.corpus.emoji_scenes import write_emoji_identities

    write_emoji_identities(tmp_path / "people", identities=(12, 4, 5), pictures=3)
    example("person_search").main(tmp_path / "people", tmp_path, [*FEATURES, "stages.0.length=2"])
    printed = capsys.readouterr().out
    assert "5 persons in 15 pictures, 30 descriptions" in printed
    assert "Rank-1 of a random order: 20.0" in printed
    assert len(table(printed, "mINP")) == 1
    assert printed.count(".jpg") == 4


def test_beyond_the_papers(example, scenes, tmp_path, capsys):
    beyond = example("beyond_the_papers")
    beyond.main(scenes, tmp_path, FEATURES, lengths=["stages.0.length=3"])
    printed = capsys.readouterr().out
    for name in ("two-branch/cca", *beyond.TRAINED, "a loss of one's own"):
        assert len(table(printed, name)) == 6
    recipe = (tmp_path / "a-loss-of-one's-own" / "recipe.yaml").read_text(encoding="utf-8")
    assert "beyond_the_papers.SmoothRanking" in recipe


def test_grounding(example, scenes, tmp_path, capsys):
    grounding = example("grounding")
    grounding.main(scenes, tmp_path, [*SMALL_REGIONS, "stages.0.epochs=1", "selection.images=10"])
    printed = capsys.readouterr().out
    bound = table(printed, "any right proposal")[0]
    for name in grounding.ROWS:
        assert 0 <= table(printed, name)[0] <= bound
    assert (tmp_path / "found.png").exists()
