"""Trainings that take no time: ranks drawn around a quality that each row has."""

import numpy as np

from twobranch.config import validated
from twobranch.errors import TwobranchError
from twobranch.evaluation.ranks import Ranks
from twobranch.evaluation.retrieval import metrics_from_ranks
from twobranch.reproduction.paper import Paper
from twobranch.reproduction.result import FORMAT, Facts, Key, Result
from twobranch.reproduction.rows import Rows
from twobranch.training.recipes import load_recipe

IMAGES, EACH = 60, 3

PAPER = {
    "title": "A paper",
    "authors": "Somebody",
    "venue": "Somewhere, 2020",
    "link": "https://example.org/paper",
    "rows": [
        {
            "recipe": "strong",
            "title": "the | strong <one>",
            "published": [
                {
                    "system": "VGG",
                    "dataset": "Flickr30K",
                    "split": "1,000 test images",
                    "i2t": [54.9],
                    "t2i": [39.6, 75.2, 86.9],
                    "source": "a list",
                    "tag": "V2",
                }
            ],
        },
        {"recipe": "weak", "title": "the weak one"},
    ],
    "findings": [
        {"claim": "Strong is better.", "source": "x", "better": "strong", "worse": "weak", "metric": "rsum"},
        {"claim": "Weak is better within.", "source": "x", "better": "weak", "worse": "strong",
         "metric": "within-view"},
        {"claim": "Strong is hidden.", "source": "x", "better": "strong", "worse": "weak",
         "metric": "probe_accuracy"},
    ],
}  # fmt: skip


def paper(**changes):
    return validated(Paper, {**PAPER, **changes}, "a paper")


def rows(out, seeds=(0, 1, 2), train="train-print"):
    """Two rows on the same features, told apart by their digests."""
    recipes = {"strong": load_recipe("default"), "weak": load_recipe("default", ["model.embedding=256"])}
    return Rows(recipes, seeds, train, "val-print", out)


def result(name="strong", seed=0, *, worst=8, key=None, probe=80.0, pairs=False, images=IMAGES):
    """Ranks between 1 and `worst`: the larger, the weaker the row."""
    random = np.random.default_rng([seed, worst])
    image_groups, sentence_groups = np.arange(images), np.repeat(np.arange(images), EACH)
    hardness = np.random.default_rng(5).integers(0, 4, images)  # the same images are hard for all rows
    ranks = Ranks(
        hardness + random.integers(1, worst + 1, images),
        hardness.repeat(EACH) + random.integers(1, worst + 1, images * EACH),
    )
    within = None if pairs else random.integers(1, worst + 1, images * EACH)
    facts = Facts(
        format=FORMAT,
        name=name,
        key=key or Key("digest", "train-print", "val-print", seed),
        metrics=metrics_from_ranks([ranks], [(image_groups, sentence_groups)], bootstrap=0),
        stages=[
            {"stage": "first", "rsum": 200.0 + seed, "probe_accuracy": 99.0, "mean_distance": 0.5},
            {"stage": "last", "rsum": 210.0 + seed, "probe_accuracy": probe + seed, "probe_interval": [70.0, 90.0],
             "classifier_accuracy": 60.0, "mean_distance": 0.25},
        ],
        history=[],
        training_seconds=10.0,
        evaluation_seconds=1.0,
        parameters=1_234_567,
        version="0",
        threads=2,
        device="cpu",
    )  # fmt: skip
    return Result(facts, ranks, within, image_groups, sentence_groups)


class FakeBench:
    """Counts what it does; rows named in `broken` cannot be trained, or not encoded."""

    def __init__(self, *, broken=(), unencodable=False, stop_after=None):
        self.encoded, self.trained = 0, []
        self._broken, self._unencodable, self._stop_after = broken, unencodable, stop_after

    def encode(self, recipe):
        self.encoded += 1
        if self._unencodable:
            raise TwobranchError("hglmm", "PCA needs more sentences", found=10, remedy="Lower it.")
        return "features"

    def train(self, recipe, name, key, encoded, folder):
        assert encoded == "features"
        assert recipe.seed == key.seed
        if self._stop_after == len(self.trained):
            raise KeyboardInterrupt
        if name in self._broken:
            raise TwobranchError("loss", "must be finite", remedy="Lower the learning rate.")
        self.trained.append((name, key.seed))
        worst, probe = (8, 60.0) if name == "strong" else (20, 80.0)
        return result(name, key.seed, worst=worst, key=key, probe=probe)
